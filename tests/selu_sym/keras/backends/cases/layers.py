"""The layers as Keras calls them: dtypes, symbolic and stateless calls, masks of sequences."""

import json

import keras
import numpy as np
import pytest

import selu_sym.keras as sk
from tests.selu_sym.keras.backends.cases.common import (
    BACKEND,
    TARGET,
    P,
    needs_masks,
    to_numpy,
)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("int8", [-3, 0, 2]),
        ("int32", [-3, 0, 2]),
        ("int64", [-3, 0, 2]),
        ("uint8", [253, 0, 2]),
        ("bool", [1, 0, 1]),
    ],
)
def test_integers_and_booleans_are_numbers(dtype, expected):
    x = keras.ops.convert_to_tensor(np.array([-3, 0, 2]).astype(dtype))
    same = np.array(expected, "float32")
    for function in (sk.SELU(**TARGET), lambda x: sk.selu(x, **TARGET), sk.Transformed("tanh")):
        y = function(x)
        assert keras.backend.standardize_dtype(y.dtype) == "float32"
        assert np.array_equal(to_numpy(y), to_numpy(function(same)))
    for training in (False, True):
        y, of_same = (sk.AlphaDropout(0.5, seed=1)(z, training=training) for z in (x, same))
        assert keras.backend.standardize_dtype(y.dtype) == "float32"
        assert np.array_equal(to_numpy(y), to_numpy(of_same))
    assert to_numpy(sk.SELU(dtype="float16")(x)).dtype == "float16"


@pytest.mark.parametrize(
    "layer",
    [sk.selu, sk.SELU(), sk.AlphaDropout(0.5), sk.Transformed("tanh")],
    ids=["selu", "SELU", "AlphaDropout", "Transformed"],
)
def test_complex_numbers_are_refused(layer):
    x = keras.ops.convert_to_tensor(np.array([1j], "complex64"))
    with pytest.raises(TypeError, match="x must be of a floating-point, integer or bool dtype"):
        layer(x)


@pytest.mark.parametrize("layer", [sk.SELU, lambda **of: sk.AlphaDropout(0.5, **of)])
def test_layers_need_a_floating_point_dtype(layer):
    with pytest.raises(TypeError, match="dtype must be a floating-point one"):
        layer(dtype="int32")(np.array([1, 2], "int32"))


def test_symbolic_calls():
    inputs = keras.Input((None, 6))
    y = sk.selu(sk.AlphaDropout(0.5, noise_shape=(None, 1, None))(sk.SELU()(inputs)), **TARGET)
    assert sk.Transformed("tanh")(inputs).shape == (None, None, 6)
    assert isinstance(y, keras.KerasTensor)
    assert y.shape == (None, None, 6)
    assert y.dtype == "float32"
    model = keras.Model(inputs, y)
    for length in (2, 3):
        x = np.random.default_rng(length).normal(size=(2, length, 6)).astype("float32")
        assert model(x, training=True).shape == (2, length, 6)
        assert to_numpy(model(x)) == pytest.approx(to_numpy(sk.selu(sk.selu(x), **TARGET)), 1e-6)
    again = keras.Model.from_config(json.loads(json.dumps(model.get_config())))
    assert to_numpy(again(x)) == pytest.approx(to_numpy(model(x)), rel=1e-6)


@pytest.mark.parametrize(
    ("dtype", "expected"), [("float16", "float16"), ("float64", "float64"), ("int32", "float32")]
)
def test_symbolic_calls_of_the_function_keep_the_dtype(dtype, expected):
    assert sk.selu(keras.Input((3,), dtype=dtype)).dtype == expected


def test_stateless_calls():
    layer = sk.AlphaDropout(0.5, seed=1)
    x = np.ones((4, 5), "float32")
    state = [variable.value for variable in layer.non_trainable_variables]
    first, new_state = layer.stateless_call([], state, x, training=True)
    again, _ = layer.stateless_call([], state, x, training=True)
    other, _ = layer.stateless_call([], new_state, x, training=True)
    assert np.array_equal(to_numpy(first), to_numpy(again))
    assert not np.array_equal(to_numpy(first), to_numpy(other))


@needs_masks
def test_masks_of_sequences_pass_through():
    inputs = keras.Input((None,), dtype="int32")
    y = keras.layers.Embedding(5, 4, mask_zero=True)(inputs)
    y = sk.AlphaDropout(0.5)(sk.selu(sk.SELU()(y)))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling1D()(y))
    padded = to_numpy(model(np.array([[1, 2, 0, 0]])))
    assert padded == pytest.approx(to_numpy(model(np.array([[1, 2]]))), rel=1e-5)


def test_a_subclass_builds_itself():
    class Counting(sk.SELU):
        def build(self, input_shape):
            self.shift = self.add_weight(shape=(input_shape[-1],), initializer="ones")

        def call(self, inputs):
            return super().call(inputs + self.shift)

    layer = Counting()
    assert not layer.built
    y = layer(np.zeros((2, 3), "float32"))
    assert layer.built
    assert to_numpy(y) == pytest.approx(np.full((2, 3), 1.0507009873554805), rel=1e-6)
    assert sk.SELU().built
    assert sk.AlphaDropout(0.5).built


@pytest.mark.parametrize("layer", [sk.SELU(**TARGET), sk.AlphaDropout(0.5, **TARGET)])
def test_the_fixed_point_of_a_layer(layer):
    assert layer.fixed_point == P
    if BACKEND == "torch":  # the name belongs to PyTorch's modules, which Keras's layers are there
        assert not [seed for seed in layer.parameters() if seed.requires_grad]
    else:
        with pytest.warns(DeprecationWarning, match="parameters is now fixed_point"):
            assert layer.parameters == P
    with pytest.raises(AttributeError, match="no attribute 'paramters'"):
        _ = layer.paramters
    assert "parameters" not in dir(layer) or BACKEND == "torch"


@pytest.mark.parametrize("training", ["no", 1, 0.0])
def test_training_is_a_bool(training):
    with pytest.raises(TypeError, match=f"training must be a bool, got {training!r}"):
        sk.AlphaDropout(0.5)(np.ones((2, 3), "float32"), training=training)


def test_training_that_nobody_gives_is_off():
    """As in Keras's own layers, None stands for that; a bool of NumPy is one."""
    x = np.ones((20, 30), "float32")
    layer = sk.AlphaDropout(0.5)
    assert np.array_equal(to_numpy(layer(x, training=None)), x)
    assert np.array_equal(to_numpy(layer(x, training=np.False_)), x)
    assert not np.array_equal(to_numpy(layer(x, training=np.True_)), x)


@pytest.mark.parametrize("name", ["mean", "variance"])
@pytest.mark.parametrize("value", [True, np.True_, "0.5", None])
def test_moments_are_numbers(name, value):
    """As PyTorch's positional ``inplace`` would come, or Keras's own positional arguments."""
    given = {name: value}
    for make in (
        sk.SELU,
        lambda **of: sk.AlphaDropout(0.2, **of),
        lambda **of: sk.selu([1.0], **of),
    ):
        with pytest.raises(TypeError, match=f"{name} must be a real number, got {value!r}"):
            make(**given)


@pytest.mark.parametrize("rate", [True, np.True_, "0.5", None])
def test_rates_are_numbers(rate):
    with pytest.raises(TypeError, match="rate must be real numbers, got"):
        sk.AlphaDropout(rate)
