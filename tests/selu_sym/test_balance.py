"""Scale and shift: fixed points, both roots, basins, errors."""

import math

import numpy as np
import pytest

import selu_sym
from selu_sym._numeric.weights import Iid

GLOBAL = {"gelu": 2.8703, "silu": 11.646, "mish": 1.8893, "hard_silu": 4.2719}


LARGEST_BIAS = {"relu": 1 / (math.pi - 1), "gelu": 0.3462, "mish": 0.2352, "silu": 0.2326}


LARGEST_BIAS |= {"tanh": 0.2165, "softplus": 0.0850, "elu": 0.0830, "selu": 0.0744}


@pytest.mark.parametrize("name", GLOBAL)
def test_the_smallest_moment_of_a_global_basin(name):
    q = selu_sym.balance(name, basin="global")
    assert q.mean**2 + q.variance == pytest.approx(GLOBAL[name], rel=3e-5)
    assert q.basin == (0, math.inf)
    # by tau, the moment of the net input counts
    q = selu_sym.balance(name, basin="global", weights="he_normal")
    assert 2 * (q.mean**2 + q.variance) == pytest.approx(GLOBAL[name], rel=3e-5)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "prelu", "elu", "tanh"])
def test_where_all_come_to_each_the_given_one_is_kept(name):
    """The ReLU is homogeneous: what holds at one second moment holds at each."""
    q = selu_sym.balance(name, 3.0, basin="global")
    assert q.mean**2 + q.variance == pytest.approx(3.0, rel=1e-12)


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


def test_arrays_of_second_moments():
    """A ReLU scales with its input: sqrt(2) relu(z) - 2 sqrt(S/pi)."""
    totals = np.array([[0.25, 1.0], [4.0, 9.0]])
    q = selu_sym.balance("relu", totals)
    assert q.scale == pytest.approx(np.full((2, 2), math.sqrt(2)), rel=1e-14)
    assert q.shift == pytest.approx(-2 * np.sqrt(totals / math.pi), rel=1e-13)
    assert q.mean**2 + q.variance == pytest.approx(totals, rel=1e-14)
    assert isinstance(selu_sym.balance("relu", 4).scale, float)


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


@pytest.mark.parametrize("call", [selu_sym.standardize, selu_sym.balance])
def test_its_arrays_are_its_own(call):
    given = [np.array([0.5, 1.0])] if call is selu_sym.balance else [np.zeros(2), np.ones(2)]
    q = call("relu", *given)
    for name in ("scale", "shift", "mean", "variance"):
        own = getattr(q, name)
        assert not own.flags.writeable
        assert own.base is None
        assert not any(np.shares_memory(own, array) for array in given)
    given[0][:] = 7
    assert 7 not in q.mean
