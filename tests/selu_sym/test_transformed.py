"""Scale and shift: fixed points, both roots, basins, and what other functions make of them."""

import math
import pickle

import numpy as np
import pytest

import selu_sym
from selu_sym._numeric import catalogue, transformed
from selu_sym._numeric.weights import Iid

# (scale, shift and slope of the root that is chosen, slope of the other one), found by quadrature
BALANCED = {
    "relu": (math.sqrt(2), -1.1284, 0.363, 1.000),
    "gelu": (1.48111441271, -0.9095, 0.497, 1.1135),
    "silu": (1.62332025795, -0.7537, 0.670, 1.147),
    "mish": (None, -0.7674, 0.592, 1.056),
    "elu": (1.22342855755, -0.4670, 0.711, 0.884),
    "hard_silu": (None, -0.6678, 0.766, 1.194),
    "softplus": (None, -1.761, 0.873, 1.082),
    "tanh": (1.46741359163, 0.3885, 0.391, 0.391),
    "selu": (None, -0.2584, 0.686, 0.775),
}
EDGES = {"gelu": 105.1, "silu": 7.271, "mish": 381.5, "hard_silu": 3.326, "softplus": 3.159}
EDGES |= {"squared_relu": 1.244}
GLOBAL = {"gelu": 2.8703, "silu": 11.646, "mish": 1.8893, "hard_silu": 4.2719}
LARGEST_BIAS = {"relu": 1 / (math.pi - 1), "gelu": 0.3462, "mish": 0.2352, "silu": 0.2326}
LARGEST_BIAS |= {"tanh": 0.2165, "softplus": 0.0850, "elu": 0.0830, "selu": 0.0744}


@pytest.mark.parametrize("name", BALANCED)
def test_both_balanced_roots(name):
    scale, shift, slope, other = BALANCED[name]
    q = selu_sym.balance(name)
    if scale is not None:
        assert q.scale == pytest.approx(scale, rel=1e-11)
    assert q.shift == pytest.approx(shift, abs=6e-4)
    assert selu_sym.gradient_gain(q) == pytest.approx(1, rel=1e-13)
    assert q.mean**2 + q.variance == pytest.approx(1, rel=1e-13)
    stable = selu_sym.stability(q)
    assert stable.attracting
    assert stable.second_moment_slope == pytest.approx(slope, abs=6e-4)
    slopes = [root[0] for root in transformed.roots(catalogue.source(name), 1.0, Iid())]
    assert slopes[1] == pytest.approx(other, abs=6e-4)


@pytest.mark.parametrize("name", EDGES)
def test_far_moments_escape(name):
    low, high = selu_sym.balance(name).basin
    assert low == 0
    assert high == pytest.approx(EDGES[name], rel=6e-4)


@pytest.mark.parametrize("name", ["relu", "elu", "selu", "tanh"])
def test_where_every_moment_comes(name):
    assert selu_sym.balance(name).basin == (0, math.inf)


@pytest.mark.parametrize("name", GLOBAL)
def test_the_smallest_moment_of_a_global_basin(name):
    q = selu_sym.balance(name, basin="global")
    assert q.mean**2 + q.variance == pytest.approx(GLOBAL[name], rel=3e-5)
    assert q.basin == (0, math.inf)
    # by tau, the moment of the net input counts
    q = selu_sym.balance(name, basin="global", weights="he_normal")
    assert 2 * (q.mean**2 + q.variance) == pytest.approx(GLOBAL[name], rel=3e-5)


@pytest.mark.parametrize("name", ["softplus", "squared_relu"])
def test_where_there_is_none(name):
    with pytest.raises(ValueError, match="basin must be left out"):
        selu_sym.balance(name, basin="global")


@pytest.mark.parametrize("name", LARGEST_BIAS)
def test_the_largest_bias(name):
    with pytest.raises(ValueError, match="a bias variance of at most") as caught:
        selu_sym.balance(name, weights=Iid(1.0, 0.5))
    said = float(str(caught.value).split("at most ")[1].split()[0])
    assert said == pytest.approx(LARGEST_BIAS[name], abs=6e-5)
    assert selu_sym.gradient_gain(
        selu_sym.balance(name, weights=Iid(1.0, said * 0.999))
    ) == pytest.approx(1, rel=1e-12)


def test_which_root_of_a_bump_is_chosen():
    assert selu_sym.stability(
        selu_sym.balance("gaussian", 4.0)
    ).second_moment_slope == pytest.approx(0.270, abs=6e-4)
    q = selu_sym.balance("cos")
    assert q.mean > 0
    assert selu_sym.stability(q).second_moment_slope == pytest.approx(-0.139, abs=6e-4)


def test_a_balance_that_repels_is_said():
    with pytest.warns(UserWarning, match="both balanced fixed points .* repel .slope 1.32"):
        q = selu_sym.balance("tanh_shrink")
    assert not selu_sym.stability(q).attracting
    assert selu_sym.stability(selu_sym.balance("soft_shrink")).attracting is None


@pytest.mark.parametrize(
    ("name", "slope"),
    [("gelu", 1.062), ("silu", 1.101), ("hard_silu", 1.156), ("softplus", 1.056)],
)
def test_a_standardized_fixed_point_that_repels_is_said(name, slope):
    with pytest.warns(UserWarning, match="repels.*with the mean .* it attracts"):
        q = selu_sym.standardize(name)
    assert selu_sym.stability(q).second_moment_slope == pytest.approx(slope, abs=6e-4)


@pytest.mark.parametrize("weights", ["iid", "unit-sum", "normalized", (0.5, 1.5), Iid(2.0, 0.1)])
@pytest.mark.parametrize("name", ["elu", "tanh", "hard_shrink"])
@pytest.mark.filterwarnings("ignore:the fixed point")
def test_a_standardized_activation_has_its_fixed_point(name, weights):
    q = selu_sym.standardize(name, -0.1, 2.0, weights=weights)
    mean, variance = selu_sym.moment_map(-0.1, 2.0, q, weights=weights)
    assert mean == pytest.approx(-0.1, abs=1e-13)
    assert variance == pytest.approx(2.0, rel=1e-13)


@pytest.mark.parametrize("weights", ["iid", "unit-sum", (0.5, 1.5)])
@pytest.mark.filterwarnings("ignore:the fixed point")
def test_the_jacobian_is_that_of_the_moment_map(weights):
    q = selu_sym.standardize("gelu", 0.2, 1.3, weights=weights)
    found = selu_sym.jacobian(0.2, 1.3, q, weights=weights)
    step = 1e-6
    for column, (d_mean, d_variance) in enumerate(((step, 0), (0, step))):
        above, below = (
            np.array(
                selu_sym.moment_map(0.2 + s * d_mean, 1.3 + s * d_variance, q, weights=weights)
            )
            for s in (1, -1)
        )
        np.testing.assert_allclose(found[:, column], (above - below) / (2 * step), atol=1e-8)


def test_the_selu_is_a_case_of_it():
    """At (0, 1) the SELU needs no scale and no shift, and propagates alike."""
    p, q = selu_sym.selu_parameters(0.0, 1.0), selu_sym.standardize("selu")
    assert (q.scale, q.shift) == pytest.approx((1, 0), abs=1e-14)
    assert selu_sym.gradient_gain(q) == pytest.approx(selu_sym.gradient_gain(p), rel=1e-13)
    c = np.array([-1.0, -0.3, 0.5, 1.0])
    np.testing.assert_allclose(
        selu_sym.correlation_map(c, q), selu_sym.correlation_map(c, p), atol=1e-12
    )
    signals = [selu_sym.propagate(x, 20, variance=0.7, width=64, correlation=0.4) for x in (p, q)]
    for name in ("mean", "variance", "gradient_growth", "variance_deviation", "correlation"):
        first, second = (getattr(signal, name) for signal in signals)
        np.testing.assert_allclose(first, second, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("value", [None, 0.0, 1.5])
@pytest.mark.parametrize("name", ["relu", "tanh", "leaky_relu"])
@pytest.mark.filterwarnings("ignore:the fixed point")
def test_dropout_keeps_mean_and_variance(name, value):
    q = selu_sym.standardize(name, 0.2, 1.5) if name != "relu" else selu_sym.balance(name)
    a, b = q.dropout_affine(0.3, value)
    dropped = {"relu": q.shift, "tanh": q.shift - q.scale, "leaky_relu": 0.0}[name]
    dropped = dropped if value is None else value
    kept = a * q.mean + b
    mean = 0.7 * kept + 0.3 * (a * dropped + b)
    second = 0.7 * (a**2 * q.variance + kept**2) + 0.3 * (a * dropped + b) ** 2
    assert mean == pytest.approx(q.mean, abs=1e-13)
    assert second - mean**2 == pytest.approx(q.variance, rel=1e-13)


def test_the_relus_dropout_at_mean_0():
    """AutoInit's factor forgets the mean: 0.682 for 0.841."""
    q = selu_sym.balance("relu")
    assert selu_sym.gradient_gain(q, 0.5) == pytest.approx(0.5 * q.dropout_affine(0.5)[0] ** 2)


def test_dropout_in_signal_propagation():
    p = selu_sym.selu_parameters(0.0, 1.0)
    a, _ = p.dropout_affine(0.1)
    assert selu_sym.gradient_gain(p, 0.1) == pytest.approx(
        0.9 * a**2 * selu_sym.gradient_gain(p), rel=1e-14
    )
    signal = selu_sym.propagate(p, 64, rate=0.1)
    assert signal.gradient_growth[-1] == pytest.approx(2.7e-6, rel=0.01)  # notebook 10 saw 3e-6
    assert signal.mean[-1] == pytest.approx(0, abs=1e-12)
    assert signal.variance[-1] == pytest.approx(1, rel=1e-12)
    q = selu_sym.for_depth(64, 0.1, rate=0.1)
    assert selu_sym.gradient_gain(q, 0.1) ** 64 == pytest.approx(0.1, rel=1e-9)
    with pytest.raises(ValueError, match="rate must be 0 with a width or a correlation"):
        selu_sym.propagate(p, 4, rate=0.1, width=10)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("gelu",), {"weights": "unit-sum"}, "weights must be independent for a balance"),
        (("gelu",), {"basin": "local"}, "basin must be None or 'global'"),
        (("gelu", -1.0), {}, "second_moment must be positive"),
        (("threshold",), {}, "'threshold' jumps at 1"),
        ((np.ones_like,), {}, "activation must not be constant"),
    ],
)
def test_errors_say_what_to_do(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        selu_sym.balance(*arguments, **options)


def test_arrays_of_targets():
    mean = np.array([-0.5, -0.2])
    q = selu_sym.standardize("elu", mean, 1.5)
    for i, mu in enumerate(mean):
        one = selu_sym.standardize("elu", float(mu), 1.5)
        assert (q.scale[i], q.shift[i]) == pytest.approx((one.scale, one.shift), rel=1e-13)
    with pytest.raises(ValueError, match="single target"):
        selu_sym.stability(q)


def test_it_computes_its_activation():
    q = selu_sym.balance("relu")
    x = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(q(x), q.scale * np.maximum(x, 0) + q.shift)
    assert q(1.0) == pytest.approx(q.scale + q.shift)
    samples = np.random.default_rng(0).standard_normal(200_000)
    assert np.mean(q(samples) ** 2) == pytest.approx(1, abs=5 / math.sqrt(200_000) * 2)
    assert str(q).startswith("activation      relu")


def test_it_can_be_pickled():
    q = selu_sym.balance("gelu")
    again = pickle.loads(pickle.dumps(q))
    assert (again.scale, again.activation) == (q.scale, q.activation)
    assert again(0.5) == q(0.5)
