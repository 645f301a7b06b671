"""PyTorch's alpha dropout: moments, masks, seeds, derivatives, every way to call it, errors."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy.stats import chi2  # noqa: E402
from torch.autograd.forward_ad import dual_level, make_dual, unpack_dual  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import ALL, FIXED_POINTS, P, compiled, needs_compiler  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

MANY = 10**7
every_way = pytest.mark.parametrize(
    "way", [lambda f: f, pytest.param(compiled, marks=needs_compiler)], ids=["eager", "compiled"]
)
each_function = pytest.mark.parametrize("function", [st.alpha_dropout, st.feature_alpha_dropout])


@pytest.fixture(autouse=True)
def seed():
    """Seed PyTorch's generator, and leave it as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        yield


def dropout(x, rate=0.5, p=P, **options):
    return st.alpha_dropout(x, rate, p, training=True, **options)


def positive(*shape, dtype=torch.float32):
    """Return activations that are far from the value of dropped units."""
    return (1 + torch.rand(shape)).to(dtype)


def is_dropped(y):
    return (y < 0).numpy()


@every_way
@pytest.mark.parametrize("rate", [0.05, 0.5])
@pytest.mark.parametrize("dtype", ALL, ids=str)
@pytest.mark.parametrize("p", FIXED_POINTS[:2], ids=["0,1", "-0.1,2"])
def test_mean_and_variance_hold(p, dtype, rate, way):
    """Within five standard errors on ten million values, with the SELU before."""
    x = (p.input_mean + p.input_variance**0.5 * torch.randn(MANY, dtype=torch.float64)).to(dtype)
    y = way(lambda x: dropout(st.selu(x, p), rate, p))(x)
    assert y.dtype == dtype
    centred = y.double().numpy() - p.mean
    squares = centred**2
    variance_error = np.sqrt((np.mean(squares**2) - p.variance**2) / MANY)
    assert abs(np.mean(centred)) < 5 * np.sqrt(p.variance / MANY)
    assert abs(np.mean(squares) - p.variance) < 5 * variance_error


@every_way
@pytest.mark.parametrize("rate", [1e-6, 0.2, 1 / 3, 0.999])
def test_dropped_fraction(rate, way):
    dropped = np.mean(is_dropped(way(lambda x: dropout(x, rate))(positive(MANY))))
    assert abs(dropped - rate) < 5 * np.sqrt(rate * (1 - rate) / MANY)


OTHERS = {
    "tanh": selu_sym.balance("tanh"),
    "relu": selu_sym.shape_for_depth("relu", 48),
    "gelu": selu_sym.balance("gelu"),
}
"""Other activations; dropout sets units to their limit at minus infinity."""


@every_way
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", OTHERS)
def test_mean_and_variance_of_other_activations_hold(name, dtype, way):
    """Within five standard errors on a million values."""
    q, count = OTHERS[name], 10**6
    z = (q.input_mean + q.input_variance**0.5 * torch.randn(count, dtype=torch.float64)).to(dtype)
    y = way(lambda x: dropout(x, 0.2, q))(st.transformed(z, q)).double()
    assert abs(float(y.mean()) - q.mean) < 5 * (q.variance / count) ** 0.5
    squares = (y - q.mean) ** 2
    assert abs(float(squares.mean()) - q.variance) < 5 * float(squares.std()) / count**0.5
    a, b = q.dropout_affine(0.2)
    lowest = {"tanh": q.shift - q.scale, "relu": q.shift, "gelu": q.shift}[name]
    dropped = y[torch.isclose(y, torch.tensor(a * lowest + b).double(), rtol=1e-2, atol=1e-3)]
    assert len(dropped) > 0.18 * count


@each_function
def test_other_activations_in_traces(function):
    q, x = OTHERS["relu"], positive(40, 50)
    traced = torch.fx.symbolic_trace(lambda x: function(x, 0.5, q, training=True))
    torch.manual_seed(4)
    expected = function(x, 0.5, q, training=True)
    torch.manual_seed(4)
    assert torch.equal(traced(x), expected)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation of two equal arrays of zero mean, in standard errors."""
    return np.sum(x * y) / np.sqrt(np.sum(x**2) * np.sum(y**2)) * np.sqrt(x.size)


@every_way
@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_the_mask_is_independent_along_each_axis(rate, way):
    mask = is_dropped(way(lambda x: dropout(x, rate))(positive(64, 128, 125))) - rate
    for axis, size in enumerate(mask.shape):
        moved = np.moveaxis(mask, axis, 0)
        for lag in (1, 2, 3, 4, 8, 16, 32):
            assert abs(correlation(moved[lag:], moved[:-lag])) < 5
        # as many are dropped in each slice as chance allows: a chi-squared test
        slices = moved.reshape(size, -1)
        statistic = np.sum(slices.sum(axis=1) ** 2) / (rate * (1 - rate) * slices.shape[1])
        assert 1e-6 < chi2.sf(statistic, size) < 1 - 1e-6


@every_way
def test_each_call_draws_a_new_mask_and_a_seed_repeats_them(way):
    function, x = way(dropout), positive(1000, 1000)
    masks = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        masks.append([is_dropped(function(x)) for _ in range(2)])
    assert np.array_equal(masks[0], masks[1])
    for other in (masks[0][1], masks[2][0]):
        assert abs(correlation(masks[0][0] - 0.5, other - 0.5)) < 5


@every_way
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_units_are_dropped_or_transformed(rate, way):
    x = positive(200, 300, dtype=torch.float64)
    y = way(lambda x: dropout(x, rate))(x).numpy()
    a, b = P.dropout_affine(rate)
    dropped = y < 0
    assert 0 < dropped.mean() < 1
    assert y[~dropped] == pytest.approx(a * x.numpy()[~dropped] + b, rel=1e-13)
    assert y[dropped] == pytest.approx(a * P.saturation + b, rel=1e-13)


@every_way
@pytest.mark.parametrize(
    ("noise_shape", "shared"),
    [
        ((None, 1, None), 1),
        ((4, 1, 6), 1),
        ([1, 5, 6], 0),
        ((5, 6), 0),
        (torch.Size([4, 5, 1]), 2),
    ],
    ids=str,
)
def test_noise_shape(noise_shape, shared, way):
    x = positive(4, 5, 6)
    dropped = is_dropped(way(lambda x: dropout(x, noise_shape=noise_shape))(x))
    assert dropped.shape == x.shape
    assert np.array_equal(dropped.any(axis=shared), dropped.all(axis=shared))
    assert 0 < dropped.mean() < 1


@every_way
@pytest.mark.parametrize("shape", [(50, 40), (50, 40, 3), (5, 400, 2, 3), (5, 400, 2, 1, 2)])
def test_whole_channels_are_dropped(shape, way):
    function = way(lambda x: st.feature_alpha_dropout(x, 0.5, P, training=True))
    dropped = is_dropped(function(positive(*shape))).reshape(*shape[:2], -1)
    assert np.array_equal(dropped.any(axis=2), dropped.all(axis=2))
    assert abs(dropped[..., 0].mean() - 0.5) < 5 * 0.5 / 2000**0.5


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_whole_channels_keep_mean_and_variance(rate):
    """40,000 channels of 4 equal values each; five standard errors."""
    z = torch.randn(200, 200, 1, dtype=torch.float64) * P.input_variance**0.5
    y = st.feature_alpha_dropout(st.selu(z, P).expand(200, 200, 4), rate, P, training=True)
    centred = y[..., 0].numpy() - P.mean
    assert abs(centred.mean()) < 5 * (P.variance / centred.size) ** 0.5
    squares = centred**2
    assert abs(squares.mean() - P.variance) < 5 * squares.std() / centred.size**0.5


def slope_of(y, rate):
    return np.where(is_dropped(y), 0.0, P.dropout_affine(rate)[0])


@every_way
def test_the_gradient_is_the_factor_of_the_kept_units(way):
    x = positive(30, 40).requires_grad_()
    y = way(lambda x: dropout(x, 0.4))(x)
    (found,) = torch.autograd.grad((y**2).sum(), x)
    y = y.detach()
    assert found.numpy() == pytest.approx(2 * y.numpy() * slope_of(y, 0.4), rel=1e-5)


def test_derivatives_in_every_mode():
    x = positive(30, 40).requires_grad_()
    y = dropout(x, 0.4)
    slope = slope_of(y.detach(), 0.4)
    (first,) = torch.autograd.grad((y**2).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert second.numpy() == pytest.approx(2 * slope**2, rel=1e-5)
    with dual_level():
        y, tangent = unpack_dual(dropout(make_dual(x.detach(), torch.ones_like(x)), 0.4))
        assert tangent.numpy() == pytest.approx(slope_of(y, 0.4), rel=1e-6)
    y = checkpoint(lambda x: dropout(x, 0.4), x, use_reentrant=False)
    (found,) = torch.autograd.grad(y.sum(), x)
    assert found.numpy() == pytest.approx(slope_of(y.detach(), 0.4), rel=1e-6)


@pytest.mark.parametrize("randomness", ["different", "same"])
def test_vmap(randomness):
    x = positive(6, 5, 400)
    y = torch.func.vmap(lambda x: dropout(x, noise_shape=(1, None)), randomness=randomness)(x)
    masks = is_dropped(y)[:, 0]
    assert np.array_equal(masks[:, None] | np.zeros((6, 5, 1), bool), is_dropped(y))
    assert np.array_equal(masks[0], masks[1]) == (randomness == "same")
    gradient = torch.func.grad(lambda x: dropout(x).sum())
    slopes = torch.func.vmap(gradient, randomness="different")(x)
    assert slopes.unique().tolist() == pytest.approx([0, P.dropout_affine(0.5)[0]])
    with pytest.raises(RuntimeError, match="randomness"):
        torch.func.vmap(dropout)(x)


@every_way
def test_values_that_are_not_finite_stay_where_they_are(way):
    x = torch.cat([torch.full((500,), np.nan), torch.full((500,), np.inf), torch.ones(500)])
    x.requires_grad_()
    y = way(dropout)(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    kept = (slope > 0).numpy()
    assert np.isfinite(slope).all()
    assert 0.4 < kept.mean() < 0.6
    y = y.detach()
    assert np.array_equal(np.isnan(y[:500]), kept[:500])
    assert np.array_equal(np.isinf(y[500:1000]), kept[500:1000])
    assert np.isfinite(y[1000:]).all()


def test_what_is_computed_in_place_is_what_transformations_compute():
    """The masks of a seed are the same, with the units of x and with shared ones."""
    for dtype in ALL:
        x = positive(4, 30, 20, dtype=dtype)
        for options in ({}, {"noise_shape": (None, 1, None)}):
            found = []
            for function in (dropout, torch.func.functionalize(dropout)):
                torch.manual_seed(11)
                y = x.clone().requires_grad_()
                value = function(y, **options)
                (slope,) = torch.autograd.grad(value.sum(), y)
                found += [value, slope]
            torch.testing.assert_close(found[0], found[2], rtol=torch.finfo(dtype).eps, atol=0)
            torch.testing.assert_close(found[1], found[3], rtol=torch.finfo(dtype).eps, atol=0)


@each_function
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_nothing_to_do_returns_the_input_itself(dtype, function):
    x = positive(3, 4, dtype=dtype)
    assert function(x) is x
    assert function(x, 0.5, P) is x
    assert function(x, 0, P, training=True) is x
    x.requires_grad_()
    assert (torch.autograd.grad(function(x, 0.0, training=True).sum(), x)[0] == 1).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_keeps_its_dtype_and_its_gradient(dtype):
    x = positive(20, 30, dtype=dtype).requires_grad_()
    y = dropout(x)
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.dtype == dtype
    assert torch.isfinite(x.grad).all()
    a, b = P.dropout_affine(0.5)
    exact = np.where(is_dropped(y), a * P.saturation + b, a * x.detach().double() + b)
    # a and b take the rounding of dropped units into account
    assert y.detach().double().numpy() == pytest.approx(exact, rel=2 * torch.finfo(dtype).eps)


def test_memory_formats_and_views():
    x = positive(2, 3, 4, 5).to(memory_format=torch.channels_last)
    for options in ({}, {"noise_shape": (2, 3, 1, 1)}):
        assert dropout(x, **options).is_contiguous(memory_format=torch.channels_last)
    for view in (x.transpose(0, 3), x[:, :, ::2], x[..., 0]):
        y = dropout(view)
        a, b = P.dropout_affine(0.5)
        expected = np.where(is_dropped(y), a * P.saturation + b, a * view + b)
        assert np.allclose(y, expected, rtol=1e-6)
    assert torch.equal(x, x.clone())


@each_function
@pytest.mark.parametrize("shape", [(0, 3), (3, 0, 2), (1, 1)], ids=str)
def test_any_shape(shape, function):
    assert function(torch.ones(shape), 0.5, training=True).shape == shape
    assert function(torch.ones(shape, device="meta"), 0.5, training=True).shape == shape


def test_a_scalar():
    assert dropout(torch.tensor(1.0)).shape == ()


@needs_compiler
def test_compiled_shapes_and_modes_that_change():
    module = st.AlphaDropout(0.5, -0.1, 2.0)
    function = compiled(module)
    for rows in (300, 500):
        dropped = is_dropped(function(positive(rows, 100)))
        assert abs(dropped.mean() - 0.5) < 5 * 0.5 / (100 * rows) ** 0.5
    module.eval()
    x = positive(3, 4)
    assert torch.equal(function(x), x)


@needs_compiler
def test_rates_that_change_where_not_all_is_to_be_compiled():
    module, x = st.AlphaDropout(0.5, -0.1, 2.0), positive(300, 100)
    function = torch.compile(module)
    for module.rate in (0.5, 0.25, 0.125):
        dropped = is_dropped(function(x))
        assert abs(dropped.mean() - module.rate) < 5 * (module.rate / x.numel()) ** 0.5


@each_function
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rate": 1.0}, ValueError, r"rate must be in the interval \[0, 1\), got 1\.0"),
        ({"rate": -0.5}, ValueError, r"rate must be in the interval \[0, 1\), got -0\.5"),
        ({"rate": np.nan}, ValueError, "rate must be finite, got nan"),
        ({"rate": [0.5]}, TypeError, "rate must be a number, got an array of shape"),
        ({"rate": "0.5"}, TypeError, "rate must be real numbers"),
        ({"x": torch.ones(2, 2).int()}, TypeError, "x must be of a floating-point dtype, got tor"),
        ({"x": 1j * torch.ones(2, 2)}, TypeError, "x must be of a floating-point dtype, got torc"),
        ({"x": [1.0]}, TypeError, "x must be a tensor, got list"),
        ({"p": (1.6, 1.05)}, TypeError, "p must be SeluParameters"),
        (
            {"p": selu_sym.standardize("tanh", 0.0, [1.0, 2.0])},
            ValueError,
            r"p must hold numbers, got arrays of shape \(2,\)",
        ),
        (
            {"p": selu_sym.selu_parameters(0.0, [1.0, 2.0])},
            ValueError,
            r"p must hold numbers, got arrays of shape \(2,\)",
        ),
    ],
    ids=str,
)
def test_bad_arguments(arguments, error, message, training, function):
    with pytest.raises(error, match=message):
        function(**{"x": torch.ones(4, 5), "rate": 0.5, "training": training, **arguments})


@pytest.mark.parametrize(
    ("noise_shape", "message"),
    [
        ((4, 2), "noise_shape must broadcast to the shape of x"),
        ((7, 4, 5), "noise_shape must broadcast to the shape of x"),
        ((None,), "noise_shape with None must have as many entries"),
        ((4, 0), "noise_shape must hold positive integers and None"),
        (3, "noise_shape must hold positive integers and None, got 3"),
    ],
    ids=str,
)
def test_bad_noise_shapes(noise_shape, message):
    with pytest.raises(ValueError, match=message):
        dropout(torch.ones(4, 5), noise_shape=noise_shape)


def test_channels_need_two_dimensions():
    with pytest.raises(ValueError, match=r"x must be of shape \(batch, channels, ...\), got \(3,"):
        st.feature_alpha_dropout(torch.ones(3), 0.5, training=True)


@needs_compiler
def test_too_many_units_for_a_compiled_mask():
    x = torch.ones(2**17, 2**16, dtype=torch.float16, device="meta")
    with pytest.raises(Exception, match=r"a mask can have at most 2\*\*32 elements"):
        compiled(dropout)(x)
