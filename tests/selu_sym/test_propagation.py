from fractions import Fraction

import flint
import matplotlib as mpl
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import selu_sym
from selu_sym import (
    Iid,
    _depth,
    _signals,
    correlation_map,
    for_depth,
    gradient_gain,
    match_moments,
    precise,
    propagate,
    selu_parameters,
)
from selu_sym._generated import arb_kernels
from tests import accuracy
from tests.reference import PROPAGATED, Propagated, each

PUBLISHED = selu_parameters(0.0, 1.0, weights="iid")


def target(row: Propagated) -> selu_sym.SeluParameters:
    weights = Iid(float(row.tau), float(row.bias_variance))
    return selu_parameters(float(row.mean), float(row.variance), weights=weights)


@each(PROPAGATED)
def test_reference(row: Propagated):
    p = target(row)
    assert tuple(p) == pytest.approx((float(row.alpha), float(row.scale)), rel=1e-12)
    assert p.input_variance == pytest.approx(float(row.net_input_variance), rel=1e-15)
    assert gradient_gain(p) == pytest.approx(float(row.gradient_gain), rel=1e-12)
    *_, fourth = _signals.output_moments(p.input_variance, *p)
    assert fourth == pytest.approx(float(row.fourth_moment), rel=1e-12)
    following = correlation_map(float(row.correlation), p)
    assert following == pytest.approx(float(row.next_correlation), rel=0, abs=1e-12)


@each(PROPAGATED)
def test_gain_to_many_digits(row: Propagated):
    """The reference has 25 digits of the decimal numbers, and so has precise."""
    weights = Iid(float(row.tau), float(row.bias_variance))
    exact = Fraction(row.tau) == Fraction(weights.tau)
    if not exact or Fraction(row.bias_variance) != Fraction(weights.bias_variance):
        pytest.skip("tau or the bias variance is no double")
    found = precise.gradient_gain(row.mean, row.variance, weights=weights, digits=25)
    with mpmath.workdps(30):
        assert abs(found / mpmath.mpf(row.gradient_gain) - 1) < 1e-24


def test_gradients_grow_at_every_fixed_point_by_balls():
    """chi > 1 without biases is D < v T_2: proved here for each variance from 0.01 to 100.

    T_i = E[e^(iz) 1{z<0}] = e^(i^2 v/2) P(w > i sqrt(v)) has the derivative
    i^2/2 T_i - i/sqrt(8 pi v), and D = T_2 - 2 T_1 + T_0.
    """

    def tails(v):
        s = v.sqrt()
        return [(i * i * v / 2).exp() * (i * s / flint.arb(2).sqrt()).erfc() / 2 for i in (1, 2)]

    def margin(v):
        t1, t2 = tails(v)
        return v * t2 - (t2 - 2 * t1 + flint.arb(1) / 2)

    def slope(v):
        t1, t2 = tails(v)
        density = 1 / (8 * flint.arb.pi() * v).sqrt()
        d1, d2 = t1 / 2 - density, 2 * t2 - 2 * density
        return t2 + v * d2 - d2 + 2 * d1

    pieces = [(Fraction(1, 100), Fraction(100))]
    proved = 0
    while pieces:
        low, high = pieces.pop()
        middle, radius = (low + high) / 2, (high - low) / 2
        center, half = (flint.arb(flint.fmpq(x.numerator, x.denominator)) for x in (middle, radius))
        box = flint.arb(center, half)
        if margin(center) + slope(box) * (box - center) > 0:
            proved += 1
            continue
        assert proved + len(pieces) < 20_000
        pieces += [(low, middle), (middle, high)]
    assert proved > 10


def test_gain_over_the_whole_box():
    random = np.random.default_rng(1)
    m, v = accuracy.random_points(2_000, seed=1)
    alpha, scale, tau = np.exp(random.normal(0, 2, (3, m.size)))
    (found,) = _signals.gain(m, v, alpha, scale, tau)

    def kernel(m, v, *others):
        above, _, _, below, _ = arb_kernels.all_tails(m, v)
        return (arb_kernels.gradient_gain(above, below, *others),)

    points = zip(*(x.tolist() for x in (m, v, alpha, scale, tau)), strict=True)
    truth = np.array([accuracy.enclosed(kernel, *point)[0] for point in points])
    assert np.abs(found / truth - 1).max() <= 1e-13


def test_fourth_moment_over_all_variances():
    random = np.random.default_rng(2)
    v = 10 ** np.concatenate([random.uniform(-8, 8, 1_500), random.uniform(-1, 0, 500)])
    truth = np.array([accuracy.enclosed(arb_kernels.high_moments_below, x) for x in v.tolist()]).T
    assert np.abs(np.array(_signals.powers_below(v)) / truth - 1).max() <= 1e-13
    scalars = np.array([_signals.powers_below(x) for x in v[::50].tolist()]).T
    assert scalars == pytest.approx(truth[:, ::50], rel=1e-13)


def true_pair_mean(c: float, v: float, alpha: float, scale: float) -> mpmath.mpf:
    """Return E[f(z1) f(z2)] by conditioning: the inner mean in closed form, the outer one not."""
    c, v = mpmath.mpf(c), mpmath.mpf(v)
    s, rest = mpmath.sqrt(v), v * (1 - c) * (1 + c)
    r = mpmath.sqrt(rest)

    def inner(m):
        """Return E[f(z)] of z ~ N(m, rest), f without its scale."""
        a = m / r
        above = m * mpmath.ncdf(a) + r * mpmath.npdf(a)
        below = mpmath.exp(m + rest / 2) * mpmath.ncdf(-(m + rest) / r) - mpmath.ncdf(-a)
        return above + alpha * below

    def outer(w):
        z = s * w
        return mpmath.npdf(w) * (z if z > 0 else alpha * mpmath.expm1(z)) * inner(c * z)

    small = min(1, 1 / s, r / s)
    points = sorted({0, *(sign * x for sign in (1, -1) for x in (small, 4 * small, 1, 3, 6, 12))})
    return mpmath.mpf(scale) ** 2 * mpmath.quad(outer, points)


def pairs(count: int) -> np.ndarray:
    """Return columns of c, with abs(c) <= 1 - 1e-8 and often close to it, and of v."""
    random = np.random.default_rng(3)
    c = random.uniform(-1, 1, count)
    near = 1 - 10 ** random.uniform(-8, -1, count)
    c[::3] = (np.sign(c) * near)[::3]
    return np.array([c, 10 ** random.uniform(-4, 4, count)])


@pytest.mark.parametrize(("c", "v"), pairs(25).T.tolist())
def test_correlation_map_is_the_integral(c, v):
    p = selu_parameters(0.0, v, weights="iid")
    with mpmath.workdps(35):
        expected = true_pair_mean(c, v, *p) / v
    assert correlation_map(c, p) == pytest.approx(float(expected), rel=0, abs=1e-12)


def test_correlation_map_does_not_depend_on_its_nodes(monkeypatch):
    """At many more points than the slow integral can be computed at."""
    c, v = pairs(3_000)
    p = selu_parameters(0.0, v, weights="iid")
    found = correlation_map(c, p)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    monkeypatch.setattr(_signals, "unit_rule", lambda _: ((nodes + 1) / 2, weights / 2))
    assert np.abs(correlation_map(c, p) - found).max() < 1e-13


@pytest.mark.parametrize("weights", ["iid", "he_normal", Iid(0.5625, 0.05), "torch"], ids=str)
def test_correlation_map_at_its_ends(weights):
    p = selu_parameters(0.1, 0.8, weights=weights)
    assert correlation_map(1.0, p) == pytest.approx(1, abs=1e-14)
    step = 1e-6
    # K'' has a logarithm's derivative at c = 1, so that the slope is found to about sqrt(step)
    slope = (correlation_map(1.0, p) - correlation_map(1 - step, p)) / step
    assert slope == pytest.approx(gradient_gain(p), rel=2e-3)
    # uncorrelated net inputs have independent outputs
    model = selu_sym._numeric.weights.independent(p.weights)
    expected = (model.tau * 0.1**2 + model.bias_variance) / p.input_variance
    assert correlation_map(0.0, p) == pytest.approx(expected, abs=1e-14)


@given(st.floats(-1, 1), st.floats(-3, 3))
@settings(max_examples=50)
def test_correlation_map_is_increasing_and_a_correlation(c, exponent):
    p = selu_parameters(0.0, 10.0**exponent, weights="iid")
    here, above = correlation_map([c, min(1.0, c + 0.01)], p)
    assert -1 <= here <= above <= 1 + 1e-12


def test_shapes():
    many = selu_parameters([[0.0], [0.1]], [1.0, 2.0, 3.0], weights="iid")
    assert gradient_gain(many).shape == (2, 3)
    assert correlation_map(0.5, many).shape == (2, 3)
    one = correlation_map(0.5, selu_parameters(0.1, 2.0, weights="iid"))
    assert isinstance(one, float)
    assert correlation_map(0.5, many)[1, 1] == pytest.approx(one, rel=1e-14)


@pytest.mark.parametrize("mean", [-0.3, -0.1, 0.0, 0.2])
@pytest.mark.parametrize("tau", [0.3, 1.0, 2.0])
def test_gradients_grow_at_every_fixed_point_without_biases(mean, tau):
    p = selu_parameters(mean, np.geomspace(1e-2, 1e6, 200), weights=Iid(tau), missing="nan")
    gains = gradient_gain(p)
    assert np.isfinite(gains).any()
    assert (gains[np.isfinite(gains)] > 1).all()


def test_gain_of_weights_with_given_sums():
    """E[f'^2] by quadrature, at a net input whose mean is not 0."""
    p = selu_parameters(-0.1, 2.0, weights=(0.5, 1.2))
    density = lambda z: mpmath.npdf(z, -0.05, mpmath.sqrt(2.4))  # noqa: E731
    above = mpmath.quad(density, [0, 3, 20])
    below = mpmath.quad(lambda z: mpmath.exp(2 * z) * density(z), [-20, -3, 0])
    expected = 1.2 * p.scale**2 * (above + p.alpha**2 * below)
    assert gradient_gain(p) == pytest.approx(float(expected), rel=1e-12)


def selu(z, p):
    return p.scale * np.where(z > 0, z, p.alpha * np.expm1(np.minimum(z, 0)))


@pytest.mark.parametrize(
    ("mean", "variance", "weights"),
    [(0.0, 1.0, "iid"), (-0.1, 2.0, "iid"), (0.1, 1.0, Iid(2.0, 0.1))],
    ids=str,
)
def test_random_networks(mean, variance, weights):
    """Forward and backward, 60 networks of 10 layers of width 128, within 4 sigma of their mean."""
    p = selu_parameters(mean, variance, weights=weights)
    model = selu_sym._numeric.weights.independent(weights)
    depth, width, networks = 10, 128, 60
    random = np.random.default_rng(7)
    moments, growths, correlations = [], [], []
    for _ in range(networks):
        x = random.standard_normal((2, width))
        x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True) * np.sqrt(variance) + mean
        backward = np.eye(width)
        for _ in range(depth):
            weight = random.standard_normal((width, width)) * np.sqrt(model.tau / width)
            z = x @ weight.T + random.standard_normal(width) * np.sqrt(model.bias_variance)
            slope = np.where(z[0] > 0, p.scale, p.scale * p.alpha * np.exp(np.minimum(z[0], 0)))
            backward = slope[:, None] * (weight @ backward)
            x = selu(z, p)
        moments.append((x[0].mean(), x[0].var()))
        growths.append(np.sum(backward**2) / width)
        # what the next net inputs are correlated by, in the mean over their weights
        covariance = model.tau * np.mean(x[0] * x[1]) + model.bias_variance
        correlations.append(covariance / p.input_variance)
    found = propagate(
        p,
        depth,
        width=width,
        correlation=(model.tau * mean**2 + model.bias_variance) / p.input_variance,
    )
    moments, error = np.array(moments), 1 / np.sqrt(networks)
    deviations = found.mean_deviation[-1], found.variance_deviation[-1]
    for i, (limit, deviation) in enumerate(
        zip((found.mean[-1], found.variance[-1]), deviations, strict=True)
    ):
        # the bias is of order 1/width: about a tenth of a deviation here
        assert abs(moments[:, i].mean() - limit) < (4 * error + 0.15) * deviation
        # of 60 values, a deviation is known to 9 percent
        assert moments[:, i].std() == pytest.approx(deviation, rel=0.37)
    for values, limit in (
        (growths, found.gradient_growth[-1]),
        (correlations, found.correlation[-1]),
    ):
        # means over networks are off by order depth/width, too
        spread = np.std(values) * (4 * error + 0.3)
        assert abs(np.mean(values) - limit) < spread


@pytest.mark.parametrize(
    ("mean", "variance", "deviation", "second_moment"),
    [(0.0, 1.0, 0.174, 0.9878), (-0.1, 2.0, 0.271, 1.998), (0.15, 0.6, 0.206, 0.592)],
)
def test_stationary_fluctuation(mean, variance, deviation, second_moment):
    """For width 128, numbers that were computed, and seen in networks, without this package."""
    p = selu_parameters(mean, variance, weights="iid")
    slope, curvature, _ = _signals.second_moment_slopes(p.input_variance, *p, 1.0)
    second, fourth = _signals.output_moments(p.input_variance, *p)[1::2]
    square = (fourth - second**2) / (128 * (1 - slope**2))
    assert np.sqrt(square) == pytest.approx(deviation, abs=5e-4)
    bias = curvature * square / (2 * (1 - slope))
    assert second + bias == pytest.approx(second_moment, abs=6e-4)


@pytest.mark.parametrize("v", [1e-4, 1.0, 10.0, 100.0, 1e4])
def test_slopes_of_the_second_moment(v):
    """By differences, in sixty digits, of E[(e^z - 1)^2 1{z<0}]; g'' as far as it is known."""

    def below(x):
        first, second = (mpmath.erfc(i * mpmath.sqrt(x / 2)) for i in (1, 2))
        return (mpmath.exp(2 * x) * second - 2 * mpmath.exp(x / 2) * first + 1) / 2

    with mpmath.workdps(60):
        exact = [float(mpmath.diff(below, mpmath.mpf(v), k)) for k in (1, 2)]
    first, second, _ = _signals.second_moment_slopes(v, 1.0, 1.0, 1.0)
    assert first - 0.5 == pytest.approx(exact[0], abs=1e-15)
    assert second == pytest.approx(exact[1], rel=1e-14 * (1 + v) ** 2)


def test_propagation_comes_to_the_fixed_point():
    found = propagate(PUBLISHED, 60, mean=0.3, variance=2.0, width=100, correlation=0.3)
    assert found.mean.shape == found.gradient_growth.shape == found.correlation.shape == (61,)
    assert (found.mean[0], found.variance[0], found.gradient_growth[0]) == (0.3, 2.0, 1.0)
    assert found.mean_deviation[0] == found.variance_deviation[0] == 0
    assert (found.mean[-1], found.variance[-1]) == pytest.approx((0, 1), abs=1e-5)
    ratio = found.gradient_growth[-1] / found.gradient_growth[-2]
    assert ratio == pytest.approx(gradient_gain(PUBLISHED), rel=1e-6)
    at_rest = correlation_map(found.correlation[-2], PUBLISHED)
    assert found.correlation[-1] == pytest.approx(at_rest, abs=1e-6)
    assert "gradient growth" in repr(found)


def test_what_was_not_asked_for_is_none():
    found = propagate(selu_parameters(0.1, 1.0, weights="normalized"), 3)
    assert found.mean_deviation is None
    assert found.variance_deviation is None
    assert found.correlation is None
    assert "deviation" not in repr(found)


def test_plot():
    mpl.use("agg")
    figure = propagate(PUBLISHED, 5, width=50, correlation=0.2).plot()
    assert [axes.get_ylabel() for axes in figure.axes][:2] == ["mean", "variance"]
    assert len(figure.axes[1].collections) == 1
    assert len(propagate(PUBLISHED, 5).plot().axes[1].collections) == 0


@pytest.mark.parametrize("weights", ["iid", "he_uniform", Iid(0.5625)], ids=str)
@pytest.mark.parametrize(
    ("depth", "growth", "mean"), [(1, 1.01, 0.0), (64, 10.0, 0.0), (64, 2.0, 0.1), (20, 10.0, -0.1)]
)
def test_for_depth_keeps_the_growth_and_no_larger_variance_does(depth, growth, mean, weights):
    p = for_depth(depth, growth, mean, weights)
    assert gradient_gain(p) ** depth == pytest.approx(growth, rel=1e-9)
    assert p.mean == mean
    larger = selu_parameters(mean, p.variance * np.geomspace(1.001, 1e6, 100), weights=weights)
    assert (gradient_gain(larger) ** depth > growth).all()


@pytest.mark.parametrize("mean", [-1.0, -0.1, 0.0, 0.1, 1.0])
@pytest.mark.parametrize("weights", ["iid", Iid(0.5, 0.1)], ids=str)
def test_gain_increases_with_the_variance(mean, weights):
    p = selu_parameters(mean, _depth.VARIANCES, weights=weights, missing="nan")
    gains = gradient_gain(p)
    assert (np.diff(gains[np.isfinite(gains)]) > 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradient_gain(match_moments(0.0, 1.0, 0.0, 1.0)), "needs a weight model"),
        (lambda: correlation_map(1.1, PUBLISHED), r"interval \[-1, 1\], got 1.1"),
        (
            lambda: correlation_map(0.5, selu_parameters(0.1, 1.0, weights="unit-sum")),
            "must be independent",
        ),
        (lambda: propagate(PUBLISHED, 0), "depth must be a positive integer, got 0"),
        (lambda: propagate(PUBLISHED, 3, width=0.5), "width must be a positive integer, got 0.5"),
        (lambda: propagate(PUBLISHED, 3, correlation=2), "correlation must be"),
        (
            lambda: propagate(selu_parameters(0.0, [1.0, 2.0], weights="iid"), 3),
            "p must be of a single target",
        ),
        (lambda: for_depth(10, growth=1.0), "growth must be such that"),
        (lambda: for_depth(10, growth=0.0), "growth must be positive"),
        (lambda: for_depth(10, mean=1e9), "no SELU has a fixed point of mean"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
