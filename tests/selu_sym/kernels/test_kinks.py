"""Activations with kinks beside 0, against double integrals."""

import math

import numpy as np
import pytest

from selu_sym._numeric import catalogue
from selu_sym.kernels import _kinks
from selu_sym.kernels._pairs import Layer
from tests.selu_sym.kernels.cases import WHOLE, expected, pair, require_accurate, sizes


def test_what_is_linear_between_kinks():
    found = {
        name for name in catalogue.names() if _kinks.is_piecewise_linear(catalogue.source(name))
    }
    assert found == {
        *("linear", "relu", "leaky_relu", "prelu", "relu6"),
        *("hard_tanh", "hard_sigmoid", "soft_shrink"),
    }


@pytest.mark.parametrize("name", ["relu6", "hard_tanh", "soft_shrink"])
def test_accuracy_at_the_ends(name):
    require_accurate(name, 0.7, 1.3, (-1.0, 0.0))
    require_accurate(name, 1.0, 1.0001, (-1 + 1e-9, 1 - 1e-9))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["relu6", "hard_tanh"])
def test_accuracy_at_large_variances(name):
    """At small ones kinks are a hundred deviations away, and there is nothing beyond them."""
    require_accurate(name, 1e4, 8e3, (-1.0, -1 + 1e-9, 0.6, 1 - 1e-9, 1.0))


def test_a_shifted_relu_through_the_whole_range_of_angles():
    source = catalogue.source("relu").with_input(1.0, 0.4)
    theta = np.linspace(0, math.pi, 4)
    v1, v2 = np.array([[0.8]]), np.array([[0.5]])
    mean, slope = _kinks.linear_between_kinks(source, v1, v2, theta[None, :])
    for number, angle in enumerate(theta.tolist()):
        truth = expected(source, 0.8, 0.5, math.cos(angle))
        assert [mean[0, number], slope[0, number]] == pytest.approx(truth, abs=1e-12)


@pytest.mark.parametrize(("name", "shift"), [("hard_silu", 0.0), ("elu", 0.5)])
def test_others_one_by_one(name, shift):
    source = catalogue.source(name)
    source = source.with_input(1.0, shift) if shift else source
    for v1, v2, c in ((0.7, 1.3, 1 - 1e-9),):
        scale = sizes(source, v1, v2)
        found, truth = pair(Layer(source), v1, v2, c), expected(source, v1, v2, c)
        for value, right, size in zip(found, truth, scale, strict=True):
            assert abs(value - right) <= 1e-10 * size


def test_one_variance_has_a_series_in_the_angle():
    source = catalogue.source("relu").with_input(1.0, 0.4)
    v, theta = np.array([0.9, 0.9]), np.array([[0.0, 0.02], [1.0, math.pi]])
    found = Layer(source, 1.0, 0.4).pairs(v, v, 1)(WHOLE, WHOLE, theta, 1)
    exact = _kinks.linear_between_kinks(source, v[:, None], v, theta)
    for series, direct in zip(found, exact, strict=True):
        assert series == pytest.approx(direct, abs=1e-11)


def test_derivatives_are_differences():
    layer = Layer(catalogue.source("relu").with_input(1.0, 0.4), 1.0, 0.4)
    found = pair(layer, 0.7, 1.3, 0.3, 3)
    h, theta = 1e-3, math.acos(0.3)
    by_angle = [
        (a - b) / (2 * h)
        for a, b in zip(*(pair(layer, 0.7, 1.3, math.cos(theta + t)) for t in (h, -h)), strict=True)
    ]
    by_v2 = [
        (a - b) / (2 * h)
        for a, b in zip(*(pair(layer, 0.7, 1.3 + t, 0.3) for t in (h, -h)), strict=True)
    ]
    assert found[4] == pytest.approx(by_angle[1], rel=1e-5)
    assert [found[3], found[6]] == pytest.approx(by_v2, rel=1e-5)
    density = math.exp(-(0.4**2) * (1 / 0.7 + 1 / 1.3 - 2 * 0.3 / math.sqrt(0.91)) / (2 * 0.91))
    assert found[4] == pytest.approx(-density / (2 * math.pi), rel=1e-9)
