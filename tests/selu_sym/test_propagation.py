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
