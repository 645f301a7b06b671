"""Tests of the Keras layers that hold on every backend: on the one of ``KERAS_BACKEND``.

They run in a process of their own, which :mod:`tests.selu_sym.test_keras_backends` starts.
"""

import json
import os

import keras
import mpmath
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk

BACKEND = keras.backend.backend()
TARGET = {"mean": -0.1, "variance": 2.0}
P = selu_sym.selu_parameters(**TARGET, weights="iid")
STEEP = P.scale * P.alpha

X64 = BACKEND != "jax" or os.environ.get("JAX_ENABLE_X64") == "1"
needs_float64 = pytest.mark.skipif(not X64, reason="JAX has float64 only where it is enabled")
FLOAT64 = pytest.param("float64", marks=needs_float64)

differentiates = pytest.mark.skipif(BACKEND == "numpy", reason="NumPy has no gradients")

KERAS = tuple(int(part) for part in keras.__version__.split(".")[:2])
needs_masks = pytest.mark.skipif(
    BACKEND == "numpy" and KERAS < (3, 14), reason="Keras before 3.14 ignores masks on NumPy"
)


def to_numpy(x) -> np.ndarray:
    return keras.ops.convert_to_numpy(x)


def to_float64(x) -> np.ndarray:
    return to_numpy(x).astype("float64")


def gradient(function, x: np.ndarray) -> np.ndarray:
    """Return the derivative of a sum of a function's values, by the backend's own means."""
    if BACKEND == "jax":
        import jax  # noqa: PLC0415 - of this backend only

        return np.asarray(jax.grad(lambda z: function(z).sum())(x))
    if BACKEND == "torch":
        import torch  # noqa: PLC0415

        z = torch.tensor(x, requires_grad=True)
        function(z).sum().backward()
        return z.grad.numpy()
    import tensorflow as tf  # noqa: PLC0415

    z = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = function(z)
    return tape.gradient(y, z).numpy()


def exact_selu(x: np.ndarray) -> np.ndarray:
    """Return the SELU of the target, in 30 digits, rounded to float64."""
    with mpmath.workdps(30):
        below = [mpmath.mpf(STEEP) * mpmath.expm1(min(float(value), 0.0)) for value in x]
        above = [mpmath.mpf(P.scale) * mpmath.mpf(max(float(value), 0.0)) for value in x]
        return np.array([float(b + a) for b, a in zip(below, above, strict=True)])


SOME = np.concatenate([np.linspace(-30, 30, 601), np.geomspace(1e-9, 1, 50)])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", FLOAT64])
def test_values(dtype):
    x = keras.ops.cast(np.concatenate([SOME, -SOME]), dtype)
    y = sk.selu(x, **TARGET)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    seen, values = (to_float64(z) for z in (x, y))
    ulps = {"float16": (1, 2**-10), "bfloat16": (1, 2**-7), "float32": (8, 2**-23)}
    count, eps = ulps.get(dtype, (8, 2**-52))
    expected = exact_selu(seen)
    smallest = 2.0**-24 if dtype == "float16" else 0.0  # its subnormal numbers are coarse
    assert (np.abs(values - expected) <= count * eps * np.abs(expected) + smallest).all()


@needs_float64
def test_float64_is_not_rounded_to_float32_on_the_way():
    x = keras.ops.convert_to_tensor(np.full(2000, 0.7), dtype="float64")
    layer = sk.AlphaDropout(0.5, **TARGET, seed=1, dtype="float64")
    y = np.unique(to_numpy(layer(x, training=True)))
    a, b = P.dropout_affine(0.5)
    expected = sorted([a * P.saturation + b, a * 0.7 + b])
    assert y == pytest.approx(expected, rel=1e-14)


def test_special_values():
    y = to_numpy(sk.selu(np.array([np.nan, np.inf, -np.inf, 0.0, -1e30], "float32"), **TARGET))
    assert np.isnan(y[0])
    assert np.array_equal(y[1:], np.array([np.inf, P.saturation, 0.0, P.saturation], "float32"))


@differentiates
@pytest.mark.parametrize("dtype", ["float32", FLOAT64])
def test_gradient(dtype):
    x = np.array([-np.inf, -1e30, -1e3, -1.0, -1e-6, 0.0, 1e-6, 1.0, 1e3, 1e30, np.inf], dtype)
    slope = gradient(lambda z: sk.selu(z, **TARGET), x)
    expected = np.where(x > 0, P.scale, STEEP * np.exp(np.minimum(x, 0.0)))
    assert slope == pytest.approx(expected, rel=1e-6 if dtype == "float32" else 1e-14)


@differentiates
def test_gradient_of_dropout():
    x = np.random.default_rng(0).normal(size=(50, 40)).astype("float32")
    layer = sk.AlphaDropout(0.25, **TARGET, seed=1)
    y = to_numpy(sk.AlphaDropout(0.25, **TARGET, seed=1)(x, training=True))
    slope = gradient(lambda z: layer(z, training=True), x)
    a, b = P.dropout_affine(0.25)
    dropped = np.isclose(y, a * P.saturation + b, rtol=1e-6)
    assert 0.2 < dropped.mean() < 0.3
    assert slope == pytest.approx(np.where(dropped, 0.0, a), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", FLOAT64])
def test_dropout_keeps_mean_and_variance(dtype):
    """250,000 values in [-1.8, 7], seeded; five standard errors."""
    x = sk.selu(np.random.default_rng(0).normal(0, 2.01**0.5, (500, 500)), **TARGET)
    x = keras.ops.cast(x, dtype)
    layer = sk.AlphaDropout(0.2, **TARGET, seed=1, dtype=dtype)
    y = layer(x, training=True)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    values = to_float64(y)
    assert values.mean() == pytest.approx(-0.1, abs=5 * (2 / values.size) ** 0.5)
    square = (values + 0.1) ** 2
    assert square.mean() == pytest.approx(2.0, abs=5 * square.std() / values.size**0.5)


def test_dropout_rate():
    x = np.zeros((1000, 1000), "float32")
    y = to_numpy(sk.AlphaDropout(0.2, seed=1)(x, training=True))
    assert (y < 0).mean() == pytest.approx(0.2, abs=5 * (0.2 * 0.8 / x.size) ** 0.5)


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
    for y in (sk.SELU(**TARGET)(x), sk.selu(x, **TARGET)):
        assert keras.backend.standardize_dtype(y.dtype) == "float32"
        assert np.array_equal(to_numpy(y), to_numpy(sk.selu(same, **TARGET)))
    for training in (False, True):
        y, of_same = (sk.AlphaDropout(0.5, seed=1)(z, training=training) for z in (x, same))
        assert keras.backend.standardize_dtype(y.dtype) == "float32"
        assert np.array_equal(to_numpy(y), to_numpy(of_same))
    assert to_numpy(sk.SELU(dtype="float16")(x)).dtype == "float16"


@pytest.mark.parametrize(
    "layer", [sk.selu, sk.SELU(), sk.AlphaDropout(0.5)], ids=["selu", "SELU", "AlphaDropout"]
)
def test_complex_numbers_are_refused(layer):
    x = keras.ops.convert_to_tensor(np.array([1j], "complex64"))
    with pytest.raises(TypeError, match="x must be of a floating-point, integer or bool dtype"):
        layer(x)


@pytest.mark.parametrize("layer", [sk.SELU, lambda **of: sk.AlphaDropout(0.5, **of)])
def test_layers_need_a_floating_point_dtype(layer):
    with pytest.raises(TypeError, match="dtype must be a floating-point one"):
        layer(dtype="int32")(np.array([1, 2], "int32"))


@pytest.mark.parametrize("noise_shape", [(None, 1, None), (4, 1, 6), [1, 6], (1,), (1, 1, 1), (6,)])
def test_noise_shape(noise_shape):
    layer = sk.AlphaDropout(0.5, noise_shape=noise_shape, seed=1)
    y = to_numpy(layer(np.ones((4, 5, 6), "float32"), training=True))
    assert y.shape == (4, 5, 6)
    assert np.array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    shared = [i for i, size in enumerate((1, 1, *noise_shape)[-3:]) if size == 1]
    for axis in shared:
        assert np.array_equal(y, np.broadcast_to(np.take(y, [0], axis), y.shape))
    if len(shared) < 3:
        assert len(np.unique(y)) == 2


@pytest.mark.parametrize(
    "noise_shape", [(4, 5, 7), (2, 1, 1), (1, 4, 5, 6), (3,), (7, 6), (1, 1, 1, 1)], ids=str
)
def test_noise_shape_must_not_enlarge(noise_shape):
    layer = sk.AlphaDropout(0.5, noise_shape=noise_shape)
    with pytest.raises(ValueError, match="noise_shape must broadcast to the shape of x"):
        layer(np.ones((4, 5, 6), "float32"), training=True)
    with pytest.raises(ValueError, match="noise_shape must broadcast to the shape of x"):
        sk.AlphaDropout(0.5, noise_shape=noise_shape)(keras.Input((5, 6), batch_size=4))


@pytest.mark.parametrize("noise_shape", [(None,), (None, 1), (None, 1, 1, 1)], ids=str)
def test_noise_shape_with_none_has_an_entry_for_each_dimension(noise_shape):
    layer = sk.AlphaDropout(0.5, noise_shape=noise_shape)
    with pytest.raises(ValueError, match="as many entries as x has dimensions"):
        layer(np.ones((4, 5, 6), "float32"), training=True)
    with pytest.raises(ValueError, match="as many entries as x has dimensions"):
        sk.AlphaDropout(0.5, noise_shape=noise_shape)(keras.Input((5, 6)))


def test_same_seed_same_sequence_of_masks():
    x = np.ones((20, 30), "float32")
    first, second, other = (sk.AlphaDropout(0.5, seed=seed) for seed in (1, 1, 2))
    masks = [[to_numpy(layer(x, training=True)) for _ in range(3)] for layer in (first, second)]
    assert np.array_equal(*masks)
    assert not np.array_equal(masks[0][0], masks[0][1])
    assert not np.array_equal(to_numpy(other(x, training=True)), masks[0][0])


def test_random_seed_of_keras_makes_a_layer_reproducible():
    def mask() -> np.ndarray:
        keras.utils.set_random_seed(3)
        return to_numpy(sk.AlphaDropout(0.5)(np.ones((20, 30), "float32"), training=True))

    assert np.array_equal(mask(), mask())


def test_seed_generator_is_the_layer_s_state():
    layer = sk.AlphaDropout(0.5, seed=4)
    assert layer.variables == [layer.seed_generator.state]
    assert not layer.weights
    before = to_numpy(layer.seed_generator.state.value)
    layer(np.ones((2, 3), "float32"), training=True)
    assert not np.array_equal(to_numpy(layer.seed_generator.state.value), before)
    assert not sk.AlphaDropout(0).variables


def test_symbolic_calls():
    inputs = keras.Input((None, 6))
    y = sk.selu(sk.AlphaDropout(0.5, noise_shape=(None, 1, None))(sk.SELU()(inputs)), **TARGET)
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


def layers_of_a_model() -> list[keras.Layer]:
    def dense(units: int, seed: int, **options) -> keras.Layer:
        kernel = keras.initializers.LecunNormal(seed=seed)
        return keras.layers.Dense(units, kernel_initializer=kernel, **options)

    return [
        dense(16, 1),
        sk.SELU(**TARGET),
        sk.AlphaDropout(0.2, **TARGET, seed=3),
        dense(16, 2, activation=sk.selu),
        dense(16, 3, activation=sk.SELU(**TARGET)),
        dense(1, 4),
    ]


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.chain = layers_of_a_model()

    def call(self, x, training=False):
        for layer in self.chain:
            x = layer(x, training=training) if isinstance(layer, sk.AlphaDropout) else layer(x)
        return x


def functional() -> keras.Model:
    inputs = y = keras.Input((8,))
    for layer in layers_of_a_model():
        y = layer(y)
    return keras.Model(inputs, y)


def sequential() -> keras.Model:
    return keras.Sequential([keras.Input((8,)), *layers_of_a_model()])


MODELS = (sequential, functional, Subclassed)


def some_inputs(rows: int = 10) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, 8)).astype("float32")


FITS = [(make, True) for make in MODELS] + [(sequential, False)]
if BACKEND == "torch":  # it compiles with a C++ compiler, which not every machine has
    FITS = [(make, False) for make in MODELS]


@differentiates
@pytest.mark.parametrize(("make", "jit_compile"), FITS)
def test_fit(make, jit_compile):
    model = make()
    model.compile("adam", "mse", jit_compile=jit_compile)
    x = some_inputs(200)
    losses = model.fit(x, x[:, :1], batch_size=32, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert model.evaluate(x, x[:, :1], verbose=0) < losses[0]
    assert model.predict(x, verbose=0) == pytest.approx(to_numpy(model(x)), rel=1e-4, abs=1e-5)


@differentiates
def test_fit_is_reproducible():
    def weights() -> list[np.ndarray]:
        keras.utils.set_random_seed(5)
        model = keras.Sequential(
            [keras.layers.Dense(8), sk.SELU(), sk.AlphaDropout(0.3), keras.layers.Dense(1)]
        )
        model.compile("sgd", "mse")
        x = some_inputs(64)
        model.fit(x, x[:, :1], batch_size=16, epochs=2, verbose=0)
        return model.get_weights()

    for first, second in zip(weights(), weights(), strict=True):
        assert np.array_equal(first, second)


@differentiates
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", FLOAT64])
def test_fit_under_a_policy(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = sequential()
        model.compile("sgd", "mse")
        x = some_inputs(64)
        history = model.fit(x, x[:, :1], batch_size=16, verbose=0)
        assert keras.backend.standardize_dtype(model(x).dtype) == policy.removeprefix("mixed_")
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history.history["loss"][0])


@pytest.mark.parametrize("make", [sequential, functional])
def test_a_model_is_saved_cloned_and_rebuilt(make, tmp_path):
    model = make()
    x = some_inputs()
    expected = to_numpy(model(x))
    path = tmp_path / "model.keras"
    model.save(path)
    assert to_numpy(keras.saving.load_model(path)(x)) == pytest.approx(expected, rel=1e-5)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    for again in (keras.models.clone_model(model), keras.saving.deserialize_keras_object(config)):
        again.set_weights(model.get_weights())
        assert to_numpy(again(x)) == pytest.approx(expected, rel=1e-5)


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


def test_a_network_is_observed():
    layers = keras.layers
    random = np.random.default_rng(5)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, kernel_initializer="lecun_normal", name="sound"),
            sk.SELU(**TARGET, name="first"),
            layers.Dropout(0.1, name="dropout"),
            layers.Dense(128, "selu", kernel_initializer="he_normal", name="broken"),
            layers.Dense(2),
        ]
    )
    x = random.normal(-0.1, np.sqrt(2.0), (256, 64)).astype("float32")
    report = sk.observe(model, x)
    kinds = [(finding.layer, finding.kind) for finding in report.findings]
    assert kinds == [("dropout", "dropout"), ("broken", "weights"), ("broken", "fixed point")]
    first, second = report.layers
    values = to_float64(model.layers[1](model.layers[0](x)))
    assert (first.mean, first.variance) == pytest.approx((values.mean(), values.var()), rel=1e-5)
    assert (first.mean, first.variance) == pytest.approx((-0.1, 2.0), abs=0.3)
    if BACKEND in ("tensorflow", "torch"):
        assert second.gradient == 1.0
        assert 1.5 < first.gradient < 3.0  # tau = 2, of which net inputs below 0 take their part
    else:
        assert np.isnan(first.gradient)
    assert "call" not in vars(model.layers[0])


def test_recurrent_layers_are_observed():
    """JAX runs their loops compiled, where no step can be seen."""
    rnn = keras.layers.SimpleRNN(64, activation=sk.SELU(weights=selu_sym.Iid(2.0)))
    model = keras.Sequential([keras.Input((5, 64)), rnn])
    report = sk.observe(model, np.random.default_rng(5).normal(size=(64, 5, 64)))
    assert report.findings == ()
    assert len(report.layers) == (BACKEND != "jax")
