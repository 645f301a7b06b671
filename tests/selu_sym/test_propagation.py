import dataclasses
import sys
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
    correlation_map,
    gradient_gain,
    match_moments,
    moment_map,
    precise,
    propagate,
    selu_parameters,
)
from tests.pairs import pair_distance, pair_mean
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
    following = correlation_map(float(row.correlation), p)
    assert following == pytest.approx(float(row.next_correlation), rel=0, abs=1e-12)


@each(PROPAGATED)
def test_gain_to_many_digits(row: Propagated):
    """The reference has 25 digits of the decimal numbers, and so has precise."""
    weights = Iid(float(row.tau), float(row.bias_variance))
    exact = Fraction(row.tau) == Fraction(weights.tau)
    if not exact or Fraction(row.bias_variance) != Fraction(weights.bias_variance):
        pytest.skip("tau or the bias variance is no double")
    found = precise.gradient_gain(
        precise.selu_parameters(row.mean, row.variance, weights=weights, digits=25)
    )
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


def correlations(count: int) -> list[list[float]]:
    """Return pairs of c, with abs(c) <= 1 - 1e-8 and often close to it, and of v."""
    random = np.random.default_rng(3)
    c = random.uniform(-1, 1, count)
    near = 1 - 10 ** random.uniform(-8, -1, count)
    c[::3] = (np.sign(c) * near)[::3]
    return np.array([c, 10 ** random.uniform(-4, 4, count)]).T.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("c", "v"), correlations(16))
def test_correlation_map_is_the_integral(c, v):
    """Absolutely to 1e-12, and for c >= 0 relatively to 1 - c' but for the rounding of c'."""
    p = selu_parameters(0.0, v, weights="iid")
    with mpmath.workdps(35):
        expected = pair_mean(c, v, *p) / v
        rest = float(pair_distance(1 - mpmath.mpf(c), v, *p) / v)
    found = correlation_map(c, p)
    assert found == pytest.approx(float(expected), rel=0, abs=1e-12)
    if c >= 0:
        assert abs((1 - found) - rest) <= 1e-12 * rest + 2.0**-53


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "weights"),
    [((-0.1, 2.0), "normalized"), ((0.3, 0.9), (0.0, 1.7)), ((0.0, 1.0), "unit-sum")],
    ids=str,
)
def test_correlation_map_of_weights_with_given_sums(target, weights):
    """The covariance over the variance, each by quadrature."""
    p = selu_parameters(*target, weights=weights)
    v = p.input_variance
    found = correlation_map([-0.7, 0.2, 0.9], p)
    with mpmath.workdps(25):
        expected = [
            float((pair_mean(c, v, *p) - target[0] ** 2) / target[1]) for c in (-0.7, 0.2, 0.9)
        ]
    assert found == pytest.approx(expected, rel=0, abs=1e-12)


def random_parameters(count: int):
    """Return parameters of random targets and weights, one each."""
    random = np.random.default_rng(8)
    models = ["iid", "he_normal", "torch", Iid(0.5, 0.5), "normalized", (0.0, 0.3)]
    for i in range(count):
        variance = 10 ** random.uniform(-3, 3)
        mean = random.normal() * np.sqrt(variance) * 0.4
        p = selu_parameters(mean, variance, weights=models[i % len(models)], missing="nan")
        if np.isfinite(p.alpha):
            yield p


def test_correlation_map_never_leaves_its_domain():
    """1 stays exactly 1, and what the map returns it takes, 50 times."""
    for p in random_parameters(60):
        c = np.array([-1.0, np.nextafter(-1, 0), -0.3, 0.0, 0.7, np.nextafter(1, 0), 1.0])
        for _ in range(50):
            c = correlation_map(c, p)
            assert c[-1] == 1
            assert (np.abs(c) <= 1).all()
        assert correlation_map(1.0, p) == 1
        assert -1 <= correlation_map(-1.0, p) <= 1
    nearly_linear = selu_parameters(0.0, 1e-20, weights="iid")
    assert correlation_map(-1.0, nearly_linear) == pytest.approx(-1, abs=1e-9)
    assert correlation_map(-1.0, nearly_linear) >= -1


def test_correlation_map_is_nan_without_a_selu():
    p = selu_parameters([0.0, 3.0], 0.5, weights="iid", missing="nan")
    assert np.isnan(correlation_map([1.0, 1.0], p)).tolist() == [False, True]
    assert np.isnan(correlation_map(-0.5, p)).tolist() == [False, True]


@pytest.mark.parametrize("weights", ["iid", "he_normal", Iid(0.5625, 0.05), "torch"], ids=str)
def test_correlation_map_at_its_ends(weights):
    p = selu_parameters(0.1, 0.8, weights=weights)
    assert correlation_map(1.0, p) == 1
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


@pytest.mark.slow
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


@pytest.mark.parametrize("weights", ["iid", "he_normal", "torch", Iid(0.5, 0.5), "normalized"])
@pytest.mark.parametrize("target", [(0.0, 1.0), (-0.1, 2.0)], ids=str)
def test_equal_inputs_stay_equal(target, weights):
    p = selu_parameters(*target, weights=weights)
    for start in ({}, {"mean": 0.4, "variance": 0.3}):
        found = propagate(p, 64, correlation=1.0, **start)
        assert (found.correlation == 1).all()
        assert (found.decorrelation == 0).all()
        opposite = propagate(p, 64, correlation=-1.0, **start)
        assert (np.abs(opposite.correlation) <= 1).all()


def test_pairs_that_come_together_keep_their_digits():
    """With biases chi is 0.54 here, and 1 - c shrinks by it in each of 200 layers, to 1e-55."""
    p = selu_parameters(0.0, 1.0, weights=Iid(0.5, 0.5))
    found = propagate(p, 200, correlation=0.5)
    assert np.isfinite(found.correlation).all()
    assert (np.diff(found.correlation[:30]) > 0).all()
    assert found.correlation[-1] == 1
    shrinks = found.decorrelation[1:] / found.decorrelation[:-1]
    assert shrinks[120:] == pytest.approx(np.full(80, gradient_gain(p)), rel=1e-11)
    c = 0.5
    for expected in found.correlation[1:40]:
        c = correlation_map(c, p)
        assert expected == pytest.approx(c, rel=0, abs=1e-13)


@pytest.mark.parametrize(
    ("variance", "correlation", "published"), [(0.25, 0.99, 0.98968), (9.0, 0.5, 0.46520)]
)
def test_weights_of_the_sum_0_correlate_by_the_covariance(variance, correlation, published):
    """From another start than the fixed point: (E f f - mean^2)/variance, by quadrature."""
    p = selu_parameters(0.0, 1.0, weights="normalized")
    found = propagate(p, 12, variance=variance, correlation=correlation)
    assert (np.abs(found.correlation) <= 1).all()
    assert found.correlation[1] == pytest.approx(published, abs=5e-6)
    with mpmath.workdps(25):
        product = pair_mean(correlation, variance, *p)
        expected = (product - found.mean[1] ** 2) / found.variance[1]
    assert found.correlation[1] == pytest.approx(float(expected), rel=0, abs=1e-12)


def test_layers_are_returned_up_to_where_float64_ends():
    p = selu_parameters(-0.1, 2.0, weights="unit-sum")
    with pytest.warns(UserWarning, match="leaves what float64 can hold in layer 370 of 500"):
        found = propagate(p, 500, variance=1.0)
    lengths = [len(values) for values in vars(found).values() if values is not None]
    assert lengths == [370, 370, 370]
    assert all(np.isfinite(values).all() for values in vars(found).values() if values is not None)
    mean, variance = -0.1, 1.0
    for layer in range(1, 370):
        mean, variance = moment_map(mean, variance, p, weights="unit-sum")
        assert found.mean[layer] == mean
        assert found.variance[layer] == variance > 0
    _, following = moment_map(mean, variance, p, weights="unit-sum")
    assert following < sys.float_info.min


@pytest.mark.parametrize(
    ("start", "weights"),
    [({"mean": 1e200}, "iid"), ({"mean": 1e300}, "unit-sum"), ({"variance": 1e-300}, (1e-8, 1e-8))],
    ids=str,
)
def test_a_start_beyond_float64_is_returned_alone_or_with_few_layers(start, weights):
    p = selu_parameters(0.0, 1.0, weights="iid")
    p = dataclasses.replace(p, weights=weights)
    with pytest.warns(UserWarning, match=r"in layer \d+ of 900"):
        found = propagate(p, 900, **start)
    assert 1 <= len(found.mean) < 900
    assert np.isfinite(found.mean).all()


def test_what_was_not_asked_for_is_none():
    found = propagate(selu_parameters(0.1, 1.0, weights="normalized"), 3)
    assert found.mean_deviation is None
    assert found.variance_deviation is None
    assert found.correlation is None
    assert "deviation" not in repr(found)


def test_plot():
    mpl.use("agg")
    found = propagate(PUBLISHED, 5, width=50, correlation=0.2)
    figure = found.plot()
    assert [axes.get_ylabel() for axes in figure.axes][:2] == ["mean", "variance"]
    assert [len(axes.collections) for axes in figure.axes] == [1, 1, 1, 0]
    band = figure.axes[2].collections[0].get_paths()[0].vertices[:, 1]
    deviation = found.gradient_growth_deviation[-1]
    assert np.log(band.max() / band[np.abs(band - 1) > 0].min()) > deviation
    assert band.min() > 0
    assert len(propagate(PUBLISHED, 5).plot().axes[1].collections) == 0


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
            lambda: propagate(selu_parameters(0.0, 1.0, weights="unit-sum"), 3, correlation=0.5),
            "weights must be independent, or have the sum 0",
        ),
        (
            lambda: propagate(selu_parameters(0.1, 1.0, weights=(0.5, 1.0)), 3, width=9),
            "weights must be independent, or have the sum 0",
        ),
        (
            lambda: propagate(selu_parameters(3.0, 0.5, weights="iid", missing="nan"), 3),
            "p must be a SELU, but none has this fixed point",
        ),
        (
            lambda: propagate(selu_parameters(0.0, [1.0, 2.0], weights="iid"), 3),
            "p must be of a single target",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
