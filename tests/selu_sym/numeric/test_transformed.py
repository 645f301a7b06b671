"""Basins of balanced fixed points, against quadrature."""

import math

import pytest

import selu_sym

EDGES = {"gelu": 105.1, "silu": 7.271, "mish": 381.5, "hard_silu": 3.326, "softplus": 3.159}
EDGES |= {"squared_relu": 1.244}
GLOBAL = {"gelu": 2.8703, "silu": 11.646, "mish": 1.8893, "hard_silu": 4.2719}


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
