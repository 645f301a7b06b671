"""PyTorch's activations with scale and shift: values, derivatives, dtypes, ways to call them."""

import dataclasses
import warnings
from functools import partial

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from torch.autograd import gradcheck, gradgradcheck  # noqa: E402
from torch.func import grad, jvp, vmap  # noqa: E402
from torch.fx.experimental.proxy_tensor import make_fx  # noqa: E402

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import HALF, compiled, every_dtype, needs_compiler  # noqa: E402
from tests.transformed import CASES, SHAPED, SOME, slopes, values  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]  # of exporters


def standardized(name, param=None):
    """Return a standardized activation, also one whose fixed point repels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return selu_sym.standardize(name, param=param)


def transformation(name, param=None, s=1.25, t=-0.5, a=1.5, b=-0.25):
    """Return an activation with scales and shifts that are all different."""
    changes = {"input_scale": s, "input_shift": t, "scale": a, "shift": b}
    return dataclasses.replace(standardized(name, param), **changes)


X = np.concatenate([np.linspace(-12.1, 12.2, 60), [-1000.0, 1000.0, 1e-3]])

PYTORCHS = {
    "relu": torch.nn.ReLU(),
    "leaky_relu": torch.nn.LeakyReLU(),
    "prelu": torch.nn.PReLU(dtype=torch.float64),
    "relu6": torch.nn.ReLU6(),
    "elu": torch.nn.ELU(),
    "celu": torch.nn.CELU(),
    "selu": torch.nn.SELU(),
    "gelu": torch.nn.GELU(),
    "gelu_tanh": torch.nn.GELU(approximate="tanh"),
    "silu": torch.nn.SiLU(),
    "mish": torch.nn.Mish(),
    "hard_silu": torch.nn.Hardswish(),
    "softplus": torch.nn.Softplus(),
    "sigmoid": torch.nn.Sigmoid(),
    "hard_sigmoid": torch.nn.Hardsigmoid(),
    "log_sigmoid": torch.nn.LogSigmoid(),
    "tanh": torch.nn.Tanh(),
    "hard_tanh": torch.nn.Hardtanh(),
    "tanh_shrink": torch.nn.Tanhshrink(),
    "softsign": torch.nn.Softsign(),
    "soft_shrink": torch.nn.Softshrink(),
    "hard_shrink": torch.nn.Hardshrink(),
    "threshold": torch.nn.Threshold(1.0, 0.0),
}
"""PyTorch's own modules."""


@every_dtype
def test_values_and_derivatives(dtype):
    for case in CASES:
        x = torch.tensor(SOME).to(dtype).requires_grad_()
        y = st.transformed(x, case.q)
        (slope,) = torch.autograd.grad(y.sum(), x)
        assert (y.dtype, slope.dtype) == (dtype, dtype)
        expected, size = values(case)
        roundoff = torch.finfo(dtype).eps
        errors = np.abs(y.detach().double().numpy() - expected) / (8 * roundoff * size)
        if case.name != "threshold" or dtype not in HALF:  # a net input may round to the jump
            assert np.max(errors) <= 1, case
        limit = 256 * roundoff  # as 1 + tanh cancels most
        if dtype not in HALF:
            assert np.allclose(slope[:-1], slopes(case), rtol=limit, atol=limit), case


@pytest.mark.parametrize("name", PYTORCHS)
def test_it_is_pytorchs_own_function(name):
    q, x = transformation(name), torch.tensor(X, requires_grad=True)
    y = st.transformed(x, q)
    theirs = q.scale * PYTORCHS[name](q.input_scale * x + q.input_shift) + q.shift
    # PyTorch's softplus is linear beyond 20, and its hard sigmoid's slope a float32
    limit = 1e-8 if name in ("softplus", "hard_sigmoid") else 1e-13
    assert torch.allclose(y, theirs, rtol=1e-13, atol=limit)
    slopes = [torch.autograd.grad(value.sum(), x)[0] for value in (y, theirs)]
    assert torch.allclose(*slopes, rtol=1e-13, atol=limit)


def test_the_parameters_of_a_selu():
    q, x = transformation("selu", (1.5, 0.9)), torch.linspace(-6, 6, 40, dtype=torch.float64)
    z = q.input_scale * x + q.input_shift
    theirs = q.scale * 0.9 * torch.nn.functional.elu(z, 1.5) + q.shift
    assert torch.allclose(st.transformed(x, q), theirs, rtol=1e-13)


@pytest.mark.parametrize("case", SHAPED, ids=str)
def test_derivatives_of_every_order_and_mode(case):
    # the net inputs are not at kinks
    x = torch.tensor([-4.013, -1.23, 0.311, 0.713, 2.1], dtype=torch.float64, requires_grad=True)
    function = partial(st.transformed, q=case.q)
    assert gradcheck(function, x, check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(function, x)


@pytest.mark.parametrize("name", ["squareplus", "gaussian", "squared_relu"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_what_pytorch_lacks_is_safe_far_out(name, dtype):
    q = standardized(name)
    x = torch.tensor([-3e38, -1e20, 1e20, 3e38], dtype=dtype, requires_grad=True)
    y = st.transformed(x, q)
    (slope,) = torch.autograd.grad(y.sum(), x)
    end = {"squareplus": q.scale, "gaussian": 0.0, "squared_relu": np.inf}[name]
    assert not y.isnan().any()
    assert slope[:2].tolist() == pytest.approx([0, 0], abs=1e-30)
    assert slope[3].item() == pytest.approx(end, rel=1e-2)
    if name == "squareplus":
        x = torch.zeros(1, dtype=dtype, requires_grad=True)
        (slope,) = torch.autograd.grad(st.transformed(x, q).sum(), x)
        assert slope.item() == pytest.approx(q.scale / 2, rel=1e-2)
        assert y[0].item() == pytest.approx(q.shift, rel=1e-2)


def operations(function):
    graph = make_fx(function)(torch.ones(3)).graph
    return [node.target.name() for node in graph.nodes if node.op == "call_function"]


def test_there_is_no_operation_that_changes_nothing():
    whole = transformation("gelu")
    assert len(operations(lambda x: st.transformed(x, whole))) == 3
    q = standardized("gelu")
    assert operations(lambda x: st.transformed(x, q)) == ["aten::gelu", "aten::rsub.Scalar"]
    plain = transformation("gelu", s=1.0, t=0.0, a=1.0, b=0.0)
    assert operations(lambda x: st.transformed(x, plain)) == ["aten::gelu"]


EVERY = [case.q for case in SHAPED]


def all_of_them(x):
    """Return every activation of a tensor."""
    return torch.stack([st.transformed(x, q) for q in EVERY])


class Every(torch.nn.Module):
    """Every activation as a module."""

    def __init__(self):
        super().__init__()
        self.parts = torch.nn.ModuleList(map(st.Transformed, EVERY))

    def forward(self, x):
        return torch.stack([part(x) for part in self.parts])


POINTS = torch.linspace(-3.1, 3.0, 40).view(8, 5)
WAYS = {
    "jit.trace": lambda: torch.jit.trace(Every(), POINTS),
    "jit.script": lambda: torch.jit.script(Every()),
    "symbolic_trace": lambda: torch.fx.symbolic_trace(Every()),
    "symbolic_trace of functions": lambda: torch.fx.symbolic_trace(all_of_them),
    "make_fx": lambda: make_fx(all_of_them)(POINTS),
    "export": lambda: torch.export.export(Every(), (POINTS,)).module(),
    "compiled": lambda: compiled(all_of_them, backend="aot_eager"),
    "compiled modules": lambda: compiled(Every(), backend="eager"),
    "vmap": lambda: vmap(all_of_them, out_dims=1),
    "compiled vmap": lambda: compiled(vmap(all_of_them, out_dims=1), backend="aot_eager"),
    "double": lambda: lambda x: all_of_them(x.double()).float(),
}


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, marks=[pytest.mark.slow] * (name == "compiled vmap"), id=name)
        for name, way in WAYS.items()
    ],
)
def test_ways_to_call_them(way):
    expected = np.stack([case.exact(POINTS.view(-1).numpy()) for case in SHAPED])
    found = way()(POINTS).reshape(len(EVERY), -1).detach().numpy()
    assert np.allclose(found, expected, rtol=2e-5, atol=2e-5)


@needs_compiler
@pytest.mark.parametrize("name", ["gelu", pytest.param("squareplus", marks=pytest.mark.slow)])
def test_compiled_code_and_its_gradient(name):
    q = transformation(name)
    x = torch.linspace(-3, 3, 40).requires_grad_()
    function = compiled(lambda x: st.transformed(x, q))
    assert torch.allclose(function(x), st.transformed(x, q), rtol=1e-5, atol=1e-6)
    found = [
        torch.autograd.grad(f(x).sum(), x)[0] for f in (function, partial(st.transformed, q=q))
    ]
    assert torch.allclose(*found, rtol=1e-5, atol=1e-6)


def test_a_compiled_function_of_several_activations():
    """What is compiled for one is not called with the numbers of another."""
    function = compiled(st.transformed, backend="eager")
    several = [*EVERY[:3], standardized("gelu"), standardized("tanh")]
    for q in [*several, *several]:
        assert torch.equal(function(POINTS, q), st.transformed(POINTS, q))


def test_gradients_by_functorch():
    for q in EVERY:
        function = partial(st.transformed, q=q)
        x = POINTS.view(-1).double()
        slope = vmap(grad(function))(x)
        _, tangent = jvp(function, (x,), (torch.ones_like(x),))
        assert torch.allclose(slope, tangent, rtol=1e-12, atol=1e-12)
        step = 1e-5
        difference = (function(x + step) - function(x - step)) / (2 * step)
        assert torch.allclose(slope, difference, rtol=1e-6, atol=1e-8), q.activation


def test_onnx(tmp_path):
    path = str(tmp_path / "model.onnx")
    torch.onnx.export(Every(), (POINTS,), path, dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path)
    (found,) = session.run(None, {session.get_inputs()[0].name: POINTS.numpy()})
    expected = np.stack([case.exact(POINTS.view(-1).numpy()) for case in SHAPED])
    assert np.allclose(found.reshape(len(EVERY), -1), expected, rtol=2e-5, atol=2e-5)


def test_shapes_formats_and_devices():
    q = standardized("gelu")
    for shape in ((), (0,), (3, 0), (2, 3, 4, 5, 6)):
        assert st.transformed(torch.zeros(shape), q).shape == shape
        assert st.transformed(torch.zeros(shape, device="meta"), q).shape == shape
    x = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    assert st.transformed(x, q).is_contiguous(memory_format=torch.channels_last)


def test_half_precision_keeps_the_mean():
    """The shift is not rounded, which in bfloat16 would move every mean."""
    q = selu_sym.shape_for_depth("relu", 48)
    z = torch.randn(10**6, generator=torch.Generator().manual_seed(1))
    y = st.transformed(z.to(torch.bfloat16), q)
    assert abs(float(y.double().mean()) - q.mean) < 5 * (q.variance / 1e6) ** 0.5


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1.0], EVERY[0]), TypeError, "x must be a tensor, got list"),
        (
            (torch.ones(2).int(), EVERY[0]),
            TypeError,
            "x must be of a floating-point dtype, got tor",
        ),
        ((POINTS, "gelu"), TypeError, "q must be a TransformedActivation, as standardize, balance"),
        ((POINTS, selu_sym.selu_parameters()), TypeError, "q must be a TransformedActivation, as "),
        (
            (POINTS, selu_sym.standardize("tanh", [0.0, 0.5])),
            ValueError,
            r"q must hold numbers, got arrays of shape \(2,\)",
        ),
        (
            (POINTS, selu_sym.standardize(np.tanh)),
            TypeError,
            "q must have an activation of selu_sym.list_activations",
        ),
    ],
    ids=["list", "integers", "name", "SELU", "arrays", "callable"],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        st.transformed(*arguments)


def test_no_warning_comes_from_the_functions():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        all_of_them(POINTS)
