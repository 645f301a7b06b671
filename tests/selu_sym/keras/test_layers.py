"""The Keras layers, as models use them."""

import json
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.keras as sk
import selu_sym.tensorflow as st
from selu_sym.tensorflow import _dropout
from selu_sym.tensorflow._evaluation import Fused

TARGET = {"mean": -0.1, "variance": 2.0}
P = selu_sym.selu_parameters(**TARGET, weights="iid")
Q = selu_sym.shape_for_depth("gelu", 48)


def fresh_process(code: str, **environment: str) -> str:
    """Return what a new interpreter prints."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def small_model(**options) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(16, kernel_initializer=keras.initializers.LecunNormal(seed=1)),
            sk.SELU(**TARGET),
            sk.AlphaDropout(0.2, **TARGET, seed=3, **options),
            keras.layers.Dense(1, kernel_initializer=keras.initializers.LecunNormal(seed=2)),
        ]
    )


def some_inputs(rows: int = 10) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, 8)).astype("float32")


def test_layers_are_the_ops():
    x = some_inputs()
    assert np.array_equal(sk.SELU(**TARGET)(x), st.selu(x, P))
    layer = sk.AlphaDropout(0.5, **TARGET)
    assert np.array_equal(layer(x), x)
    assert np.array_equal(layer(x, training=False), x)
    a, b = P.dropout_affine(0.5)
    y = keras.ops.convert_to_numpy(layer(x, training=True))
    either = np.isclose(y, a * x + b, rtol=1e-5) | np.isclose(y, a * P.saturation + b, rtol=1e-5)
    assert either.all()


def test_weight_models_of_layers():
    assert tuple(sk.SELU(-0.1, 2.0).fixed_point) == tuple(P)
    assert sk.SELU(-0.1, 2.0, "unit-sum").fixed_point.alpha == pytest.approx(1.9769021954241999)
    assert sk.AlphaDropout(0.1, weights=(0.5, 1.5)).fixed_point.weights == (0.5, 1.5)


def test_default_layer_is_the_built_in_one():
    x = some_inputs()
    assert np.allclose(sk.SELU()(x), keras.activations.selu(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        sk.SELU(),
        sk.SELU(-0.1, 2.0, weights=(0.5, 1.5), name="mine", dtype="mixed_float16"),
        sk.AlphaDropout(0.1),
        sk.AlphaDropout(0.1, -0.1, 2.0, "unit-sum", noise_shape=(None, 1, 4), seed=5),
        sk.AlphaDropout(0.1, fixed_point=Q, name="of_q"),
        sk.Transformed(Q, name="shaped", dtype="mixed_float16"),
        sk.Transformed("celu", 0.1, weights=(0.5, 1.5), param=2),
    ],
    ids=lambda layer: layer.name,
)
def test_configuration_makes_an_equal_layer(layer):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
    assert again.fixed_point == layer.fixed_point or repr(again.fixed_point) == repr(
        layer.fixed_point
    )


def test_a_noise_shape_of_numpy_integers_is_one_of_integers():
    layer = sk.AlphaDropout(0.5, noise_shape=np.array([2, 1]))
    assert layer.noise_shape == (2, 1)
    json.dumps(keras.saving.serialize_keras_object(layer))


def test_a_seed_that_was_drawn_is_not_in_the_configuration():
    assert sk.AlphaDropout(0.1).get_config()["seed"] is None


def test_same_seed_same_sequence_of_masks():
    x = np.ones((20, 30), "float32")
    first, second = sk.AlphaDropout(0.5, seed=1), sk.AlphaDropout(0.5, seed=1)
    sequences = [[np.array(layer(x, training=True)) for _ in range(3)] for layer in (first, second)]
    assert np.array_equal(*sequences)
    assert not np.array_equal(sequences[0][0], sequences[0][1])
    other = sk.AlphaDropout(0.5, seed=2)
    assert not np.array_equal(other(x, training=True), sequences[0][0])


@pytest.mark.parametrize("noise_shape", [(None, 1, None), (4, 1, 6), [4, 1, None]], ids=str)
def test_noise_shape(noise_shape):
    layer = sk.AlphaDropout(0.5, noise_shape=noise_shape, seed=1)
    y = np.array(layer(np.ones((4, 5, 6), "float32"), training=True))
    assert np.array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert len(np.unique(y)) == 2


def test_symbolic_shapes():
    inputs = keras.Input((None, 6))
    outputs = sk.AlphaDropout(0.5, noise_shape=(None, 1, None))(sk.SELU()(inputs))
    assert outputs.shape == (None, None, 6)
    model = keras.Model(inputs, outputs)
    for length in (2, 3):
        assert model(np.ones((2, length, 6), "float32"), training=True).shape == (2, length, 6)
    assert sk.SELU().compute_output_shape((None, 3)) == (None, 3)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_dtype_policies(policy):
    layers = [sk.SELU(dtype=policy), sk.AlphaDropout(0.5, dtype=policy)]
    y = some_inputs()
    for layer in layers:
        y = layer(y, training=True) if isinstance(layer, sk.AlphaDropout) else layer(y)
        assert y.dtype == layer.compute_dtype == policy.removeprefix("mixed_")
        assert np.isfinite(np.array(y, "float64")).all()


def test_training_in_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = small_model()
        model.compile("sgd", "mse")
        history = model.fit(some_inputs(64), np.zeros((64, 1)), batch_size=16, verbose=0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history.history["loss"][0])


def test_masks_of_sequences_pass_through():
    inputs = keras.Input((None,), dtype="int32")
    embedded = keras.layers.Embedding(5, 4, mask_zero=True)(inputs)
    outputs = keras.layers.LSTM(3)(sk.AlphaDropout(0.5)(sk.SELU()(embedded)))
    model = keras.Model(inputs, outputs)
    padded = model(np.array([[1, 2, 0, 0]]))
    assert np.allclose(padded, model(np.array([[1, 2]])), atol=1e-6)


def test_fit_with_a_last_smaller_batch_compiles_once_for_each_size(monkeypatch):
    traced = []
    inner = _dropout._alpha_dropout.plain
    fused = Fused(lambda *tensors, **sizes: traced.append(1) or inner(*tensors, **sizes))
    monkeypatch.setattr(_dropout, "_alpha_dropout", fused)
    model = small_model()
    model.compile("sgd", "mse")
    x, y = some_inputs(100), np.zeros((100, 1))
    model.fit(x, y, batch_size=32, epochs=1, verbose=0)
    once = len(traced)
    model.fit(x, y, batch_size=32, epochs=5, verbose=0)
    assert len(traced) == once > 0


@pytest.mark.parametrize(
    "how", [{}, {"jit_compile": True}, {"jit_compile": False}, {"run_eagerly": True}], ids=str
)
def test_fit(how):
    model = small_model()
    model.compile("adam", "mse", **how)
    x = some_inputs(200)
    losses = model.fit(x, x[:, :1], batch_size=32, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_clone_has_equal_layers():
    model = small_model()
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert np.allclose(clone(some_inputs()), model(some_inputs()), rtol=1e-6)
    assert clone.layers[2].get_config() == model.layers[2].get_config()


def test_a_saved_model_is_loaded_in_a_fresh_process(tmp_path):
    model = small_model(noise_shape=(None, 1))
    path = tmp_path / "model.keras"
    model.save(path)
    code = f"""
        import keras, numpy, selu_sym.keras
        model = keras.models.load_model({str(path)!r})
        x = numpy.random.default_rng(0).normal(size=(10, 8)).astype("float32")
        print(*numpy.array(model(x)).ravel(), model.layers[2].noise_shape, sep=";")
    """
    *outputs, noise_shape = fresh_process(code).strip().split(";")
    expected = np.array(model(some_inputs())).ravel()
    assert np.array(outputs, "float64") == pytest.approx(expected, rel=1e-5)
    assert noise_shape == "(None, 1)"


def test_an_exported_model_needs_no_package_of_ours(tmp_path):
    model = small_model()
    path = tmp_path / "exported"
    model.export(path, verbose=False)
    code = f"""
        import sys, numpy, tensorflow as tf
        model = tf.saved_model.load({str(path)!r})
        for rows in (10, 3):
            x = numpy.random.default_rng(0).normal(size=(rows, 8)).astype("float32")
            print(*model.serve(x).numpy().ravel())
        assert "selu_sym" not in sys.modules
    """
    ten, three = (np.array(line.split(), "float64") for line in fresh_process(code).splitlines())
    expected = np.array(model(some_inputs())).ravel()
    assert ten == pytest.approx(expected, rel=1e-5)
    assert three == pytest.approx(np.array(model(some_inputs(3))).ravel(), rel=1e-5)


def test_a_network_stays_at_the_fixed_point():
    """Sixteen LeCun-normal layers, seeded; deviations between seeds were 0.01 and 0.02."""
    y = np.random.default_rng(1).normal(-0.1, np.sqrt(2.0), (512, 512)).astype("float32")
    for depth in range(16):
        kernel = keras.initializers.LecunNormal(seed=depth)
        y = sk.SELU(**TARGET)(keras.layers.Dense(512, kernel_initializer=kernel)(y))
        y = sk.AlphaDropout(0.1, **TARGET, seed=depth)(y, training=True)
    y = np.array(y, "float64")
    assert y.mean() == pytest.approx(-0.1, abs=0.1)
    assert y.var() == pytest.approx(2.0, abs=0.2)


def test_replicas_draw_masks_of_their_own():
    code = """
        import tensorflow as tf
        cpu = tf.config.list_physical_devices("CPU")[0]
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, two)
        import keras, numpy, selu_sym.keras as sk
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        with strategy.scope():
            layer = sk.AlphaDropout(0.5, seed=1)
            call = lambda: layer(tf.ones([40, 50]), training=True)
            step = tf.function(lambda: strategy.run(call))
            steps = [[mask.numpy() for mask in step().values] for _ in range(2)]
            model = keras.Sequential([
                keras.Input((8,)), keras.layers.Dense(16), sk.SELU(), sk.AlphaDropout(0.2),
                keras.layers.Dense(1),
            ])
            model.compile("sgd", "mse")
        masks = [mask < 0 for step in steps for mask in step]
        for i in range(4):
            for j in range(i):
                same = (masks[i] == masks[j]).mean()
                assert abs(same - 0.5) < 5 * 0.5 / 2000**0.5, (i, j, same)
        x = numpy.ones((50, 8), "float32")
        loss = model.fit(x, x[:, :1], batch_size=16, verbose=0).history["loss"]
        assert numpy.isfinite(loss).all()
        print("fine")
    """
    assert fresh_process(code).strip() == "fine"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rate": 1.0}, ValueError, r"rate must be in the interval \[0, 1\), got 1\.0"),
        ({"rate": [0.1, 0.2]}, TypeError, "rate must be a number"),
        ({"rate": 0.1, "variance": -1}, ValueError, "variance must be positive, got -1.0"),
        ({"rate": 0.1, "weights": "lecun"}, ValueError, "weights must be 'unit-sum'"),
        ({"rate": 0.1, "mean": 9}, selu_sym.NoFixedPointError, "no SELU with alpha > 0"),
        ({"rate": 0.1, "noise_shape": "Invalid"}, ValueError, "noise_shape must hold positive"),
        ({"rate": 0.1, "noise_shape": 3}, ValueError, "noise_shape must hold positive"),
        ({"rate": 0.1, "noise_shape": (0, 1)}, ValueError, r"and None, got \(0, 1\)"),
        ({"rate": 0.1, "noise_shape": (None, -1)}, ValueError, "noise_shape must hold positive"),
        ({"rate": 0.1, "noise_shape": (1.5, 1)}, ValueError, "noise_shape must hold positive"),
        ({"rate": 0.1, "noise_shape": (2.0, 1)}, ValueError, "noise_shape must hold positive"),
        ({"rate": 0.1, "noise_shape": (True, 1)}, ValueError, "noise_shape must hold positive"),
        ({"rate": 0.1, "seed": 0.5}, ValueError, "seed"),
        ({"rate": 0.1, "seed": "one"}, ValueError, "seed"),
        ({"rate": 0.1, "fixed_point": Q, "mean": 0.1}, ValueError, "give a fixed_point, or mean"),
        ({"rate": 0.1, "fixed_point": "gelu"}, TypeError, "fixed_point must be a layer SELU or"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        sk.AlphaDropout(**arguments)


def test_it_runs_in_datasets():
    layer = sk.SELU()
    dataset = tf.data.Dataset.from_tensor_slices(some_inputs(12)).batch(5).map(layer)
    sizes = [batch.shape[0] for batch in dataset]
    assert sizes == [5, 5, 2]
