"""Scale and shift for a fixed point, and for gradients as well."""

import math

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
