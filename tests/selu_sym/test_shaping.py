"""The conditions of shaped activations hold, by means that do not come from the code under test.

Expected digits are those of the design, found by other code, and TAT's published slope.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

import selu_sym
from selu_sym import Iid, correlation_map, gradient_gain, shape_for_depth, stability


def mean_of(function, *points):
    """Return E g(z) of z ~ N(0, 1) by SciPy's quadrature."""
    ends = [-12.0, *sorted(point for point in points if abs(point) < 12), 12.0]
    density = 1 / math.sqrt(2 * math.pi)
    return sum(
        quad(lambda x: function(x) * math.exp(-x * x / 2) * density, low, high, epsabs=1e-11)[0]
        for low, high in pairwise(ends)
    )


def over(depth, q):
    """Return what the correlation 0 becomes, by the map that integrates a rule within a rule."""
    c = 0.0
    for _ in range(depth):
        c = correlation_map(c, q)
    return c


@pytest.mark.parametrize(
    ("name", "depth", "slope", "digits"),
    [
        ("relu", 48, 0.7592, {"scale": 1.03497, "input_shift": 1.50294, "shift": -1.80419}),
        ("relu", 100, 0.8583, {"scale": 1.01512, "input_shift": 1.88724, "shift": -2.07689}),
        ("gelu", 48, 0.65212, {}),
        ("gelu", 100, 0.75329, {}),
        ("silu", 48, 0.65938, {}),
        ("mish", 48, 0.66004, {}),
        ("tanh", 48, 0.588, {}),
    ],
)
def test_the_digits_that_other_code_found(name, depth, slope, digits):
    q = shape_for_depth(name, depth)
    assert stability(q).second_moment_slope == pytest.approx(slope, abs=5e-5)
    for attribute, value in digits.items():
        assert getattr(q, attribute) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("depth", [16, 100])
@pytest.mark.parametrize("name", ["relu", "gelu", "tanh", "elu"])
def test_attracting_conditions_hold(name, depth):
    q = shape_for_depth(name, depth)
    assert gradient_gain(q) == pytest.approx(1, abs=1e-12)
    assert q.mean**2 + q.variance == pytest.approx(1, abs=1e-14)
    assert over(depth, q) == pytest.approx(0.8, abs=1e-11)
    found = stability(q)
    assert found.attracting is True
    assert found.basin == (0.0, math.inf)


@pytest.mark.parametrize("name", ["gelu", "tanh"])
def test_the_moments_of_y_by_quadrature(name):
    q = shape_for_depth(name, 48)
    assert mean_of(q) == pytest.approx(q.mean, abs=1e-12)
    assert mean_of(lambda x: q(x) ** 2) == pytest.approx(1, abs=1e-12)

    def slope(x, h=1e-5):
        return (q(x + h) - q(x - h)) / (2 * h)

    assert mean_of(lambda x: slope(x) ** 2) == pytest.approx(1, abs=1e-8)
    rho = mean_of(lambda x: x * q(x) * slope(x))
    assert rho == pytest.approx(stability(q).second_moment_slope, abs=1e-8)


@pytest.mark.parametrize("start", [1e-6, 7.0, 1e6])
@pytest.mark.parametrize("name", ["relu", "gelu", "tanh"])
def test_second_moments_come_to_1_from_everywhere(name, start):
    """GELU's smallest slope without a basin has the edge 6.04: 7 would escape."""
    q = shape_for_depth(name, 48)
    z, step = np.linspace(-9, 9, 20001, retstep=True)
    weights = np.exp(-(z**2) / 2) * step / math.sqrt(2 * math.pi)
    moment = start
    for _ in range(120):
        moment = weights @ q(math.sqrt(moment) * z) ** 2
    assert moment == pytest.approx(1, abs=1e-4)


def test_a_basin_that_ends_allows_a_smaller_slope():
    """Design 8.9: t = -1.4, rho = 0.611, and an edge at 6.04."""
    near = shape_for_depth("gelu", 48, basin=(0.5, 2.0))
    assert stability(near).second_moment_slope < 0.6116
    assert near.input_shift < 0


@pytest.mark.parametrize("name", ["gelu", "softplus"])
def test_dks(name):
    q = shape_for_depth(name, 48, conditions="dks")
    assert gradient_gain(q) ** 48 == pytest.approx(1.5, abs=1e-11)
    assert stability(q).second_moment_slope == pytest.approx(1, abs=1e-12)
    assert correlation_map(0.0, q) == pytest.approx(0, abs=1e-12)
    assert q.variance == 1.0


@pytest.mark.parametrize("name", ["gelu", "softplus"])
def test_tat(name):
    q = shape_for_depth(name, 48, conditions="tat")
    assert gradient_gain(q) == pytest.approx(1, abs=1e-12)
    assert stability(q).second_moment_slope == pytest.approx(1, abs=1e-12)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    h = 1e-3
    bend = (q(nodes + h) - 2 * q(nodes) + q(nodes - h)) / h**2
    assert 48 * (weights @ bend**2) / math.sqrt(2 * math.pi) == pytest.approx(0.3, abs=1e-5)


def residual(r):
    """TAT's test network of 101 layers, as its authors publish it."""
    skipped = r(r(r(0.0)))
    x = 0.0
    for blocks in (3, 4, 23, 3):
        for j in range(blocks):
            x = 0.36 * (r(x) if j == 0 else x) + 0.64 * r(r(r(x)))
    return max(r(x), skipped)


def test_the_leaky_slope_of_tats_network():
    q = shape_for_depth("leaky_relu", residual, conditions="tat", correlation=0.75)
    (slope,) = q.param
    assert slope == pytest.approx(0.629180029665987566, abs=1e-13)
    assert q.shift == pytest.approx(0, abs=1e-14)
    assert q.scale == pytest.approx(math.sqrt(2 / (1 + slope**2)), abs=1e-14)


def test_a_network_function_of_plain_layers_is_the_depth():
    def net(r):
        x = 0.0
        for _ in range(20):
            x = r(x)
        return x

    assert shape_for_depth("relu", net).shift == shape_for_depth("relu", 20).shift
    same = [shape_for_depth("gelu", depth, conditions="dks").scale for depth in (net, 20)]
    assert same[0] == pytest.approx(same[1], rel=1e-12)


def test_a_prescribed_slope():
    q = shape_for_depth("tanh", 48, slope=0.7)
    assert stability(q).second_moment_slope == pytest.approx(0.7, abs=1e-12)
    assert over(48, q) == pytest.approx(0.8, abs=1e-11)


@pytest.mark.parametrize("weights", ["he_normal", "torch", Iid(1.0, 0.05)])
def test_weight_models(weights):
    """The net input has the variance tau + beta, and gradients count tau."""
    q = shape_for_depth("gelu", 32, weights=weights)
    assert gradient_gain(q) == pytest.approx(1, abs=1e-12)
    assert over(32, q) == pytest.approx(0.8, abs=1e-11)
    assert stability(q).attracting is True


def test_without_biases_the_weights_change_the_input_alone():
    one, he = (shape_for_depth("silu", 32, weights=name) for name in ("iid", "he_normal"))
    assert he.input_scale == pytest.approx(one.input_scale / math.sqrt(2), rel=1e-12)
    assert (he.scale, he.shift, he.input_shift) == (one.scale, one.shift, one.input_shift)


@pytest.mark.parametrize("name", ["gelu", "relu"])
def test_random_networks(name):
    """64 layers of width 512: second moments stay, pairs come to what the map says."""
    depth, width = 64, 512
    q = shape_for_depth(name, depth)
    random = np.random.default_rng(64)
    x = random.normal(size=(width, 2))
    x *= np.sqrt(width) / np.linalg.norm(x, axis=0)
    for _ in range(depth):
        x = q(random.normal(0, width**-0.5, (width, width)) @ x)
    seen = selu_sym.propagate(q, depth, width=width)
    moments = (x**2).mean(axis=0)
    rms = math.sqrt(seen.variance_deviation[-1] ** 2 + 4 * q.mean**2 * seen.mean_deviation[-1] ** 2)
    assert np.all(np.abs(moments - 1) < 5 * rms)
    assert (x[:, 0] @ x[:, 1]) / width == pytest.approx(0.8, abs=0.15)


def test_a_callable():
    q = shape_for_depth(np.tanh, 48, derivative=lambda x: np.cosh(x) ** -2.0)
    named = shape_for_depth("tanh", 48)
    assert stability(q).second_moment_slope == pytest.approx(
        stability(named).second_moment_slope, abs=1e-8
    )


@pytest.mark.parametrize("depth", [1, 6, 20])
def test_relu_is_shaped_up_to_what_hes_relu_makes_of_0(depth):
    """It attracts from everywhere for t > 0 only, and at t = 0 its map is Cho and Saul's."""
    c = 0.0
    for _ in range(depth):
        c = (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi
    assert over(depth, shape_for_depth("relu", depth, correlation=c - 1e-3)) == pytest.approx(
        c - 1e-3, abs=1e-11
    )
    with pytest.raises(ValueError, match="has a solution"):
        shape_for_depth("relu", depth, correlation=c + 1e-3)


@pytest.mark.parametrize(
    ("name", "depth", "keywords", "advice"),
    [
        ("relu", 6, {}, {"correlation": 0.7}),
        ("gelu", 6, {}, {"correlation": 0.7}),
        ("relu", 1, {"correlation": 0.35}, {"correlation": 0.3}),
        ("relu", 48, {"conditions": "dks"}, {"conditions": "attracting", "correlation": 0.8}),
        pytest.param(
            *("tanh_shrink", 48, {}, {"correlation": 0.1, "basin": (0.1, 10.0)}),
            marks=pytest.mark.slow,
        ),
    ],
    ids=str,
)
def test_the_advice_of_a_message_works(name, depth, keywords, advice):
    with pytest.raises(ValueError, match="has a solution") as caught:
        shape_for_depth(name, depth, **keywords)
    words = str(caught.value)
    for key, value in advice.items():
        assert f"{key}={value!r}" in words
    q = shape_for_depth(name, depth, **advice)
    assert over(depth, q) == pytest.approx(advice["correlation"], abs=1e-11)


def test_a_slope_that_is_too_small():
    with pytest.raises(ValueError, match=r"the smallest slope that attracts is 0\.759"):
        shape_for_depth("relu", 48, slope=0.3)


def test_relu6_is_no_relu():
    """Its upper kink makes the input's factor count, and a smaller slope than ReLU's 0.7592."""
    q = shape_for_depth("relu6", 48)
    assert stability(q).second_moment_slope < 0.73
    assert over(48, q) == pytest.approx(0.8, abs=1e-11)


def test_tat_shapes_what_has_no_kink_but_a_second_derivative_that_jumps():
    """ELU: f'' = e^x below 0, so that E f''^2 is in closed form."""
    q = shape_for_depth("elu", 48, conditions="tat")
    s, t = q.input_scale, q.input_shift
    squared = math.exp(2 * t + 2 * s * s) * ndtr(-t / s - 2 * s)
    assert 48 * (q.scale * s * s) ** 2 * squared == pytest.approx(0.3, rel=1e-10)
    assert gradient_gain(q) == pytest.approx(1, abs=1e-12)
    assert stability(q).second_moment_slope == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        (("gelu", 0), {}, "depth must be a positive integer, got 0"),
        (("gelu", 48), {"correlation": 1.0}, "correlation must be between 0 and 0.98, got 1.0"),
        (("gelu", 48), {"slope": 1.5}, "slope must be between -1 and 1, got 1.5"),
        (("gelu", 48), {"basin": (2.0, 3.0)}, r"basin must be 'global' or \(low, high\)"),
        (("gelu", 48), {"conditions": "best"}, "conditions must be 'attracting', 'dks' or 'tat'"),
        (("relu", 48), {"conditions": "tat"}, "activation must be smooth for 'tat', got 'relu'"),
        (("gelu", 48), {"weights": "normalized"}, "weights must be independent"),
        (("identity", 48), {}, "no a f"),
        (("hard_shrink", 48), {}, "jump"),
        (
            ("gelu", 48),
            {"conditions": "dks", "network_slope": 0.5},
            "network_slope must be between 1 and inf, got 0.5",
        ),
    ],
)
def test_bad_arguments(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        shape_for_depth(*arguments, **keywords)


@pytest.mark.parametrize("name", ["LeakyReLU", "leaky-relu"])
def test_a_leaky_relu_by_its_other_names(name):
    q = shape_for_depth(name, 20, conditions="tat")
    assert (q.activation, q.param) == ("leaky_relu", q.source.parameters)
    assert q.param == shape_for_depth("leaky_relu", 20, conditions="tat").param
    with pytest.raises(ValueError, match="kinks and derivative must be given with a callable"):
        shape_for_depth(name, 20, conditions="tat", kinks=[0.0])


def test_a_kink_that_is_not_listed_is_seen():
    with pytest.warns(UserWarning, match="known to about .* pass its kinks"):
        shape_for_depth(lambda z: np.maximum(z, 0), 20)
