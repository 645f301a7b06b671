"""Pairs of inputs against the reference data, closed forms, and expansions for near pairs."""

import math

import numpy as np
import pytest

import selu_sym
from selu_sym._numeric import catalogue
from selu_sym._numeric.pairs import pair_distance, pair_mean
from tests.activations import ROWS, Row, each


@each([row for row in ROWS if row.correlation is not None])
@pytest.mark.filterwarnings("ignore:the fixed point")
def test_pair_means_of_the_reference_data(row: Row):
    name, parameter = row.name_and_parameter
    q = selu_sym.standardize(name, variance=float(row.v), param=parameter, weights=(0.0, 1.0))
    mapped = selu_sym.correlation_map(float(row.correlation), q)
    covariance = float(row.pair_mean) - float(row.mean) ** 2
    assert mapped * q.variance == pytest.approx(q.scale**2 * covariance, abs=1e-10 * q.scale**2)


@each([row for row in ROWS if row.correlation is not None])
def test_mean_products_and_distances_of_the_reference_data(row: Row):
    name, parameter = row.name_and_parameter
    source, c, v = catalogue.source(name, parameter), float(row.correlation), float(row.v)
    assert pair_mean(source, c, v) == pytest.approx(float(row.pair_mean), abs=1e-10)
    distance = float(row.second_moment) - float(row.pair_mean)
    assert pair_distance(source, 1 - c, v) == pytest.approx(distance, rel=1e-10)


@pytest.mark.parametrize("angle", [3.0, 2.0, 1.0, 0.1, 1e-3])
def test_the_relus_distance_is_chos_and_sauls(angle):
    """E f(z1) f(z2) = (sin t + (pi - t) cos t)/(2 pi) for c = cos t (Cho and Saul 2009)."""
    mean = (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / (2 * math.pi)
    d = 2 * math.sin(angle / 2) ** 2
    expected = 0.5 - mean
    if angle < 0.01:  # d/2 - t^3/(6 pi), of which the next term is t^5
        expected = d / 2 - angle**3 / (6 * math.pi)
    found = pair_distance(catalogue.source("relu"), d, 1.0)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["gelu", "tanh", "elu", "softplus"])
def test_near_pairs_keep_their_digits(name):
    """E[(f(z1) - f(z2))^2]/2 is d v E f'^2 for small d, but for d^2 and with kinks d^(3/2)."""
    slope = selu_sym.activation_moments(name).derivative_second_moment
    for d in (1e-8, 1e-10):
        found = pair_distance(catalogue.source(name), d, 1.0)
        assert found == pytest.approx(d * slope, rel=3 * d + 1e-9)


@pytest.mark.parametrize("name", ["selu", "relu", "silu"])
def test_both_ends(name):
    source = catalogue.source(name)
    second = selu_sym.activation_moments(name, 0.0, 2.0).second_moment
    assert pair_distance(source, 0.0, 2.0) == 0
    x, weights = np.polynomial.hermite_e.hermegauss(200)
    x, weights = math.sqrt(2) * x, weights / weights.sum()
    opposite = weights @ (source(x) * source(-x))
    assert pair_distance(source, 2.0, 2.0) == pytest.approx(second - opposite, rel=1e-3)


@pytest.mark.parametrize("v", [1.0, 40.0, 1e4])
@pytest.mark.parametrize(("name", "sign"), [("cos", 1), ("sin", -1)])
def test_waves_are_resolved_at_any_variance(name, sign, v):
    """E cos(x) cos(y) is (exp(-v (1 - c)) + exp(-v (1 + c)))/2, of sines the difference."""

    def exact(c):
        return (math.exp(-v * (1 - c)) + sign * math.exp(-v * (1 + c))) / 2

    source = catalogue.source(name)
    for c in (0.3, 0.99, -0.5, -1.0):
        assert pair_mean(source, c, v) == pytest.approx(exact(c), abs=1e-14)
    for d in (1e-3, 0.5, 1.5):
        expected = exact(1.0) - exact(1 - d)
        assert pair_distance(source, d, v) == pytest.approx(expected, rel=1e-12, abs=1e-14)
