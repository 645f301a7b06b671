"""Exported models in the real runtimes: TensorFlow, ONNX Runtime and LiteRT."""

import itertools
from collections.abc import Callable

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter as litert

import selu_sym
import selu_sym.keras as sk
from tests.ulps import exact_selu, in_ulps, inputs

X = np.random.default_rng(5).normal(size=(256, 32)).astype(np.float32)
ACTIVATIONS = {
    "(0.0, 1.0)": [sk.SELU],
    "(-0.1, 2.0)": [lambda: sk.SELU(-0.1, 2.0)],
    "others": [
        lambda: sk.Transformed(selu_sym.shape_for_depth("gelu_tanh", 48)),
        lambda: sk.Transformed(selu_sym.shape_for_depth("relu", 48)),
        lambda: sk.Transformed(selu_sym.balance("mish")),
    ],
}
"""Networks by the layers after their dense layers, in turn."""

GELU = [lambda: sk.Transformed(selu_sym.balance("gelu"))]
SELUS = list(ACTIVATIONS)[:2]


def network(layers: int, activations: list[Callable]) -> keras.Model:
    model = keras.Sequential([keras.Input((32,))])
    for i in range(layers):
        initializer = keras.initializers.LecunNormal(seed=i)
        model.add(keras.layers.Dense(32, kernel_initializer=initializer))
        model.add(activations[i % len(activations)]())
    model(X)  # else Keras does not export it
    return model


def truth(model: keras.Model) -> np.ndarray:
    """Return the output from the definition, in float64."""
    values = X.astype(np.float64)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            values = values @ layer.kernel.numpy().astype(np.float64)
        elif isinstance(layer, sk.Transformed):
            values = layer.fixed_point(values)
        else:
            p = layer.fixed_point
            below = p.alpha * np.expm1(np.minimum(values, 0))
            values = p.scale * np.where(values > 0, values, below)
    return values


def lite(model: keras.Model, kind: str) -> bytes:
    function = tf.function(model, input_signature=[tf.TensorSpec([None, 32])])
    concrete = function.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        converter.representative_dataset = lambda: ([X[i : i + 32]] for i in range(0, 256, 32))
    return converter.convert()


def run_lite(content: bytes) -> np.ndarray:
    interpreter = litert.Interpreter(model_content=content)
    (given,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(given["index"], X.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], X)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def deviations(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.sqrt(np.mean((found - expected) ** 2)) / expected.std())


each = pytest.mark.parametrize("layers", [1, 3])
each_network = pytest.mark.parametrize(
    ("name", "layers"), [*itertools.product(SELUS, [1, 3]), ("others", 3)]
)
convertible = pytest.mark.skipif(
    tuple(map(int, tf.__version__.split(".")[:2])) < (2, 20), reason="converts no softsign"
)
quiet = pytest.mark.filterwarnings("ignore")  # of the converters


@quiet
@each_network
def test_saved_model(tmp_path, name, layers):
    model = network(layers, ACTIVATIONS[name])
    model.export(tmp_path / "model", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    found = loaded.serve(X)
    assert deviations(found, truth(model)) < 1e-6
    assert b"_XlaMustCompile" not in (tmp_path / "model" / "saved_model.pb").read_bytes()


@quiet
@each_network
def test_onnx(tmp_path, name, layers):
    model = network(layers, ACTIVATIONS[name])
    path = str(tmp_path / "model.onnx")
    model.export(path, format="onnx", verbose=False)
    onnx.checker.check_model(path)
    session = onnxruntime.InferenceSession(path)
    (found,) = session.run(None, {session.get_inputs()[0].name: X})
    assert deviations(found, truth(model)) < 1e-6
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert len(kinds) <= 13 * layers  # the peer has fewer: one Selu node a layer


@quiet
@pytest.mark.parametrize("name", SELUS)
@pytest.mark.parametrize(
    ("kind", "smallest"),
    [
        ("tf_saved_model", 0.0),
        ("onnx", 1e-36),  # nearer to 0, half of x times a parameter may be subnormal there
    ],
)
def test_exported_values_are_within_8_ulp(tmp_path, name, kind, smallest):
    x = inputs(np.float32)
    x = x[np.abs(x) >= smallest][:, np.newaxis]
    model = keras.Sequential([keras.Input((1,)), ACTIVATIONS[name][0]()])
    model(x)  # else Keras does not export it
    path = str(tmp_path / "model.onnx")
    model.export(path, format=kind, verbose=False)
    if kind == "onnx":
        session = onnxruntime.InferenceSession(path)
        (found,) = session.run(None, {session.get_inputs()[0].name: x})
    else:
        found = tf.saved_model.load(path).serve(x).numpy()
    exact = exact_selu(x[:, 0], model.layers[0].fixed_point, np.float32)
    assert np.max(in_ulps(found[:, 0], exact, np.float32)) <= 8


@quiet
@convertible
@each_network
@pytest.mark.parametrize(
    ("kind", "most"), [("float32", 1e-6), ("float16", 2e-3), ("dynamic", 0.05), ("int8", 0.1)]
)
def test_lite(name, layers, kind, most):
    if kind == "dynamic":
        most *= layers
    model = network(layers, ACTIVATIONS[name])
    assert deviations(run_lite(lite(model, kind)), truth(model)) < most


@quiet
@convertible
def test_lite_knows_the_gelu():
    model = network(1, GELU)
    assert deviations(run_lite(lite(model, "float32")), truth(model)) < 1e-6


@quiet
@pytest.mark.xfail(
    reason="tf2onnx knows no Erfc, which TensorFlow makes of tf.nn.gelu; so is Keras's own GELU",
    raises=onnx.checker.ValidationError,
    strict=True,
)
def test_onnx_knows_the_gelu(tmp_path):
    network(1, GELU).export(tmp_path / "model.onnx", format="onnx", verbose=False)
    onnx.checker.check_model(str(tmp_path / "model.onnx"))


@quiet
@convertible
@each
def test_lite_beside_the_peer(layers):
    mine = network(layers, [sk.SELU])
    peer = network(layers, [lambda: keras.layers.Activation("selu")])
    for kind in ("float32", "int8"):
        contents = [lite(model, kind) for model in (mine, peer)]
        assert len(contents[0]) < 1.3 * len(contents[1])
    errors = [deviations(run_lite(c), truth(mine)) for c in contents]
    assert errors[0] < errors[1]
