"""Both balanced roots, and how far second moments come back."""

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


EDGES = {"gelu": 105.1, "silu": 7.271, "mish": 381.5, "hard_silu": 3.326, "softplus": 3.159}


EDGES |= {"squared_relu": 1.244}


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


def test_ends_that_come_nearer_let_others_leave(monkeypatch):
    """(2, 3) leaves to 5, beyond 4; so 2 is an end, and (0.05, 0.1) leaves to 2.5."""

    def mapped(_source, _a, _b, _model, q):
        between = [(q > 0.05) & (q < 0.1), (q > 2) & (q < 3)]
        return np.select(between, [2.5, 5.0], np.sqrt(q))

    monkeypatch.setattr(transformed, "second_moments", mapped)
    arguments = catalogue.source("relu"), 1.0, 0.0, Iid()
    low, high = transformed._kept_inside(*arguments, 1.0, (0.01, 4.0))
    assert (low, high) == pytest.approx((0.1, 2.0), rel=0.02)
    assert low < 0.1
    assert high > 2
