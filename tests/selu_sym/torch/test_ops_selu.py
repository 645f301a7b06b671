"""PyTorch's SELU: values in ulps, derivatives, dtypes, and every way to call it."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.autograd import gradcheck, gradgradcheck  # noqa: E402
from torch.autograd.forward_ad import dual_level, make_dual, unpack_dual  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import (  # noqa: E402
    ALL,
    HALF,
    P,
    compiled,
    each_point,
    every_dtype,
    needs_compiler,
    to_numpy,
)
from tests.ulps import exact_selu, half_precision_error, in_ulps, inputs  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

SPECIAL = [-np.inf, -0.0, 0.0, np.inf, np.nan]
X = torch.tensor([[-3.0, -1.0, -0.0, 0.5, 2.0], [-20.0, -0.1, 0.0, 1e-3, 30.0]])
every_way = pytest.mark.parametrize(
    "way", [lambda f: f, pytest.param(compiled, marks=needs_compiler)], ids=["eager", "compiled"]
)


def selu(x):
    return st.selu(x, P)


def slope(x):
    x = np.asarray(x, np.float64)
    return np.where(x > 0, P.scale, P.scale * P.alpha * np.exp(np.minimum(x, 0)))


def gradient(function, x):
    x = x.detach().requires_grad_()
    (found,) = torch.autograd.grad(function(x).sum(), x)
    return found.double().numpy()


@every_way
@each_point
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_error_in_ulps(dtype, p, way):
    x = inputs(dtype)
    y = way(lambda x: st.selu(x, p))(torch.tensor(x)).numpy()
    errors = in_ulps(y, exact_selu(x, p, dtype), dtype)
    assert np.max(errors) <= 8  # the docstring says so
    assert np.mean(errors) < 1


@every_way
@each_point
@pytest.mark.parametrize("dtype", HALF, ids=str)
def test_every_half_precision_number(dtype, p, way):
    x = torch.arange(-(2**15), 2**15, dtype=torch.int16).view(dtype)
    y = way(lambda x: st.selu(x, p))(x)
    assert half_precision_error(to_numpy(x), to_numpy(y), p) <= 2


@every_way
@every_dtype
def test_special_values(dtype, way):
    y = way(selu)(torch.tensor(SPECIAL, dtype=dtype))
    assert y.dtype == dtype
    assert float(y[0]) == pytest.approx(P.saturation, rel=torch.finfo(dtype).eps)
    assert np.array_equal(y[1:].double(), [0, 0, np.inf, np.nan], equal_nan=True)
    if way is not compiled:
        assert torch.signbit(y[:3]).tolist() == [True, True, False]


@every_way
@every_dtype
def test_gradient_is_that_of_the_definition(dtype, way):
    kind = np.float64 if dtype == torch.float64 else np.float32
    x = torch.tensor(inputs(kind)).to(dtype)
    x = x[torch.isfinite(x)]
    roundoff = torch.finfo(dtype).eps * P.scale * P.alpha
    found = gradient(way(selu), x)
    assert np.max(np.abs(found - slope(x.double()))) <= 8 * roundoff


@every_dtype
def test_derivatives_at_special_values_are_those_of_the_peer(dtype):
    x = torch.tensor(SPECIAL[:4], dtype=dtype, requires_grad=True)
    for function, (scale, steep) in (
        (selu, (P.scale, P.scale * P.alpha)),
        (torch.nn.functional.selu, (1.0507009873554805, 1.7580993408473766)),
    ):
        (first,) = torch.autograd.grad(function(x).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x)
        eps = 2 * torch.finfo(dtype).eps
        assert first.tolist() == pytest.approx([0, steep, steep, scale], rel=eps)
        assert second.tolist() == [0, 0, 0, 0]


def test_the_naive_choice_has_the_fault_that_ours_is_free_of():
    x = torch.tensor([1000.0])
    assert np.isnan(gradient(lambda x: torch.where(x > 0, x, torch.exp(x) - 1), x)).all()
    assert gradient(selu, x) == pytest.approx([P.scale])


def test_gradients_of_every_order_and_mode():
    x = torch.tensor([-3.0, -1.0, -1e-3, 1e-3, 2.0, 30.0], dtype=torch.float64, requires_grad=True)
    options = {"check_forward_ad": True, "check_batched_grad": True}
    assert gradcheck(selu, x, check_batched_forward_grad=True, **options)
    assert gradgradcheck(selu, x, check_fwd_over_rev=True, check_batched_grad=True)
    hessian = torch.func.hessian(lambda x: selu(x).sum())(x.detach())
    expected = np.where(x.detach() > 0, 0, slope(x.detach()))
    assert np.allclose(hessian, np.diag(expected), rtol=1e-13)


def forward_mode(x):
    with dual_level():
        return unpack_dual(selu(make_dual(x, torch.ones_like(x)))).tangent


PATHS = {
    "itself": selu,
    "module": st.SELU(-0.1, 2.0),
    "vmap": torch.func.vmap(selu),
    "vmap of vmap": torch.func.vmap(torch.func.vmap(selu), in_dims=1, out_dims=1),
    "checkpoint": lambda x: checkpoint(selu, x, use_reentrant=False),
    "sequential": torch.nn.Sequential(torch.nn.Identity(), st.SELU(-0.1, 2.0)),
    "not contiguous": lambda x: selu(x.T).T,
    "view of a larger one": lambda x: selu(torch.stack([x, x], -1)[..., 0]),
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
def test_paths(path):
    expected = np.where(X > 0, P.scale * X, P.scale * P.alpha * np.expm1(np.minimum(X, 0)))
    assert np.allclose(path(X), expected, rtol=1e-6)
    assert np.allclose(gradient(path, X), slope(X), rtol=1e-6)


def test_forward_mode():
    assert np.allclose(forward_mode(X), slope(X), rtol=1e-6)
    _, tangent = torch.func.jvp(selu, (X,), (torch.ones_like(X),))
    assert np.allclose(tangent, slope(X), rtol=1e-6)


@needs_compiler
def test_a_compiled_gradient_and_shapes_that_change():
    function = compiled(selu, dynamic=True)
    for rows in (2, 3, 7):
        x = torch.linspace(-3, 3, 5 * rows).view(rows, 5)
        assert np.allclose(function(x), selu(x), rtol=1e-6)
        assert np.allclose(gradient(function, x), slope(x), rtol=1e-6)


def test_memory_format_is_kept():
    x = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    assert selu(x).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3, 4, 5, 6)], ids=str)
def test_any_shape(shape):
    assert st.selu(torch.zeros(shape)).shape == shape
    assert st.selu(torch.zeros(shape, device="meta")).shape == shape


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_it_agrees_with_the_built_in_function(dtype):
    x = torch.linspace(-6, 6, 1001).to(dtype)
    mine, theirs = st.selu(x), torch.nn.functional.selu(x)
    torch.testing.assert_close(mine, theirs, rtol=2 * torch.finfo(dtype).eps, atol=0)


def test_autocast_keeps_what_it_is_given():
    network = torch.nn.Sequential(torch.nn.Linear(5, 4), st.SELU(-0.1, 2.0))
    with torch.autocast("cpu", torch.bfloat16):
        y = network(X)
        assert y.dtype == torch.bfloat16
        assert selu(X).dtype == torch.float32
    y.float().sum().backward()
    assert network[0].weight.grad.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.uint8, torch.bool])
def test_integers_are_refused_as_by_the_peer(dtype):
    x = torch.ones(3).to(dtype)
    with pytest.raises((RuntimeError, NotImplementedError)):
        torch.nn.functional.selu(x)
    with pytest.raises(TypeError, match="x must be of a floating-point dtype, got torch"):
        st.selu(x)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((torch.ones(2) * 1j,), TypeError, "x must be of a floating-point dtype, got torch.compl"),
        (([1.0],), TypeError, "x must be a tensor, got list"),
        ((X, (1.6, 1.05)), TypeError, "p must be SeluParameters, as selu_parameters returns"),
        (
            (X, selu_sym.selu_parameters(0.0, [1.0, 2.0])),
            ValueError,
            r"p must hold numbers, got arrays of shape \(2,\)",
        ),
    ],
    ids=str,
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        st.selu(*arguments)
