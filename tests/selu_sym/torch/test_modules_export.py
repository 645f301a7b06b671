"""PyTorch's modules in tracers, TorchScript, quantization, and the exporters of others."""

import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from scipy.special import expit, ndtr

torch = pytest.importorskip("torch")

from torch.ao.quantization import (  # noqa: E402
    get_default_qat_qconfig_mapping,
    get_default_qconfig_mapping,
    quantize_fx,
)

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import P  # noqa: E402
from tests.ulps import exact_selu, in_ulps, inputs  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]  # of the exporters

SHAPED = selu_sym.shape_for_depth("relu", 48)
X = torch.linspace(-3.0, 3.0, 48).view(8, 6)


@pytest.fixture(autouse=True)
def seed():
    """Seed PyTorch's generator, and leave it as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def network():
    return torch.nn.Sequential(
        torch.nn.Linear(6, 6),
        st.SELU(-0.1, 2.0),
        st.AlphaDropout(0.25, -0.1, 2.0),
        st.AlphaDropout(0.25, -0.1, 2.0, noise_shape=(None, 1)),
        st.FeatureAlphaDropout(0.25, -0.1, 2.0),
        torch.nn.Linear(6, 6),
        st.Transformed("tanh"),
        st.Transformed(SHAPED),
        st.AlphaDropout(0.25, fixed_point=SHAPED),
        torch.nn.Linear(6, 2),
    )


WAYS = {
    "jit.trace": lambda module: torch.jit.trace(module, X, check_trace=False),
    "jit.script": torch.jit.script,
    "symbolic_trace": torch.fx.symbolic_trace,
    "script of a symbolic trace": lambda module: torch.jit.script(torch.fx.symbolic_trace(module)),
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@each_way
def test_a_traced_network_computes_the_same(way):
    module = network().eval()
    assert torch.allclose(way(module)(X), module(X), rtol=1e-5, atol=1e-6)
    for inner in (module[1], module[6], module[7]):
        assert torch.allclose(way(inner)(X), inner(X), rtol=1e-6)


@each_way
def test_a_traced_network_drops_in_training(way):
    module = network().train()
    traced = way(module)
    assert not torch.equal(traced(X), traced(X))
    traced(X).sum().backward()
    if way is not WAYS["jit.trace"]:  # which records what it saw
        module.eval()
        assert torch.allclose(traced.eval()(X), module(X), rtol=1e-5, atol=1e-6)


def test_a_scripted_module_is_saved(tmp_path):
    module = torch.jit.script(network().eval())
    torch.jit.save(module, tmp_path / "module.pt")
    assert torch.equal(torch.jit.load(tmp_path / "module.pt")(X), module(X))


def test_modules_stay_nodes_of_a_symbolic_trace():
    graph = torch.fx.symbolic_trace(network()).graph
    called = [node.target for node in graph.nodes if node.op == "call_module"]
    assert called == [str(index) for index in range(10)]


@pytest.mark.parametrize("make", [network, lambda: torch.nn.Sequential(torch.nn.SELU())])
def test_quantization(make):
    module = make().eval()
    prepared = quantize_fx.prepare_fx(module, get_default_qconfig_mapping(), (X,))
    prepared(X)
    assert torch.allclose(quantize_fx.convert_fx(prepared)(X), module(X), atol=0.1)
    training = quantize_fx.prepare_qat_fx(make().train(), get_default_qat_qconfig_mapping(), (X,))
    assert training(X).shape == module(X).shape


def run_onnx(path, x):
    onnx.checker.check_model(path)
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: x})[0]


@pytest.mark.parametrize(
    ("dynamo", "make"),
    [(True, lambda module: module), (False, lambda module: module), (False, torch.jit.script)],
    ids=["torch.export", "jit.trace", "jit.script"],
)
def test_onnx_by_both_exporters(tmp_path, make, dynamo):
    module, path = network().eval(), str(tmp_path / "model.onnx")
    torch.onnx.export(make(module), (X,), path, dynamo=dynamo, verbose=False)
    found = run_onnx(path, X.numpy())
    assert found == pytest.approx(module(X).detach().numpy(), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("dynamo", [True, False])
def test_onnx_values_are_within_8_ulp(tmp_path, dynamo):
    x, path = inputs(np.float32), str(tmp_path / "model.onnx")
    torch.onnx.export(st.SELU(-0.1, 2.0), (torch.tensor(x),), path, dynamo=dynamo, verbose=False)
    errors = in_ulps(run_onnx(path, x), exact_selu(x, P, np.float32), np.float32)
    assert np.max(errors) <= 8


def test_onnx_in_training(tmp_path):
    """The file draws masks by ONNX's own operation."""
    module, path = st.AlphaDropout(0.5, -0.1, 2.0).train(), str(tmp_path / "model.onnx")
    mode = torch.onnx.TrainingMode.TRAINING
    torch.onnx.export(module, (torch.ones(8, 6),), path, dynamo=False, training=mode)
    y = run_onnx(path, np.ones((8, 6), np.float32))
    a, b = P.dropout_affine(0.5)
    assert np.unique(y) == pytest.approx([a * P.saturation + b, a + b], rel=1e-5)


KERAS = """
import sys, keras, numpy as np, onnxruntime
import selu_sym.keras as sk
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6), sk.SELU(-0.1, 2.0),
                          sk.AlphaDropout(0.2, -0.1, 2.0)])
model.predict(np.zeros((8, 6), np.float32), verbose=0)
model.export(sys.argv[1], format="onnx", verbose=False)
x = np.linspace(-3, 3, 48, dtype=np.float32).reshape(8, 6)
session = onnxruntime.InferenceSession(sys.argv[1])
y = session.run(None, {session.get_inputs()[0].name: x})[0]
assert np.allclose(y, model.predict(x, verbose=0), rtol=1e-4, atol=1e-5), y
print("equal")
"""


@pytest.mark.slow
def test_keras_models_on_pytorch_are_exported_to_onnx(tmp_path):
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    command = [sys.executable, "-W", "ignore", "-c", KERAS, str(tmp_path / "model.onnx")]
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert result.stdout.splitlines()[-1:] == ["equal"], result.stdout + result.stderr


def coreml_operations(module, of):
    """Return the operations of CoreML's program, which only Apple's computers run."""
    coremltools = pytest.importorskip("coremltools")  # `make peers` installs it
    options = {"convert_to": "mlprogram", "compute_precision": coremltools.precision.FLOAT32}
    if of == "trace":
        options["inputs"] = [coremltools.TensorType(shape=X.shape)]
        source = torch.jit.trace(module.eval(), X)
    else:
        source = torch.export.export(module.eval(), (X,)).run_decompositions({})
    program = coremltools.convert(source, **options)._mil_program
    return program.functions["main"].operations


COREML = {
    "mul": np.multiply,
    "add": np.add,
    "relu": lambda x: np.maximum(x, 0.0),
    "gelu": lambda x: x * ndtr(x),
    "silu": lambda x: x * expit(x),
}


@pytest.mark.peers
@pytest.mark.parametrize("of", ["trace", "export"])
@pytest.mark.parametrize(
    "q",
    [
        SHAPED,
        selu_sym.shape_for_depth("gelu", 48),
        selu_sym.balance("silu"),
        selu_sym.balance("gelu"),
    ],
    ids=["shaped relu", "shaped gelu", "balanced silu", "balanced gelu"],
)
def test_coreml_has_scales_and_shifts(q, of):
    """Its program, run by NumPy in the order of its operations."""
    value = x = X.numpy().astype(np.float64)
    seen = []
    for operation in coreml_operations(st.Transformed(q), of):
        if operation.op_type != "const":
            seen.append(operation.op_type)
            given = operation.inputs.get("y")
            value = COREML[seen[-1]](value, *([] if given is None else [given.val]))
            assert getattr(operation.inputs.get("mode"), "val", "EXACT") == "EXACT"
    assert q.activation in seen
    expected = q.scale * COREML[q.activation](q.input_scale * x + q.input_shift) + q.shift
    assert value == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("of", ["trace", "export"])
def test_coreml_has_the_scale(of):
    operations = coreml_operations(st.SELU(weights="he_normal"), of)
    (elu,) = (operation for operation in operations if operation.op_type == "elu")
    p = selu_sym.selu_parameters(0.0, 1.0, weights="he_normal")
    assert elu.alpha.val == pytest.approx(p.alpha, rel=1e-6)
    factors = [
        operation.y.val
        for operation in operations
        if operation.op_type == "mul" and operation.x.op is elu
    ]
    assert factors == pytest.approx([p.scale], rel=1e-6)
    assert p.scale == pytest.approx(0.75, abs=1e-3)  # which would be lost
