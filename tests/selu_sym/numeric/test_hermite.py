import math

import numpy as np
import pytest
from scipy.special import eval_hermitenorm

from selu_sym._numeric.catalogue import source
from selu_sym._numeric.hermite import correlation_map, curvature, hermite_coefficients


def test_coefficients():
    """Of tanh, against NumPy's Gauss-Hermite rule."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    weights = weights / math.sqrt(2 * math.pi)
    found = hermite_coefficients(source("tanh"), 0.7, 0.3, 12)
    for k in range(1, 13):
        polynomial = eval_hermitenorm(k, nodes) / math.sqrt(math.factorial(k))
        expected = weights @ (np.tanh(0.7 * nodes + 0.3) * polynomial)
        assert found[k - 1] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("c", [0.0, 0.3, 0.9])
def test_the_relus_map_is_cho_and_sauls(c):
    """He's ReLU: C(c) = (sqrt(1 - c^2) + (pi - acos c) c)/pi."""
    mapped = correlation_map(source("relu"), math.sqrt(2), 1.0, 0.0, 1 / math.sqrt(math.pi), 0.9)
    expected = (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi
    assert mapped(c) == pytest.approx(expected, abs=1e-13)


def test_the_curvature_of_the_error_function():
    """E f''^2 with f'' = -4 z e^(-z^2)/sqrt(pi): 16/pi E[z^2 e^(-2 z^2)] = 16/(pi 5^1.5)."""
    found = curvature(source("erf"), 1.0, 1.0, 0.0)
    assert found == pytest.approx(16 / (math.pi * 5**1.5), rel=1e-12)


def test_a_kink_has_no_curvature():
    assert curvature(source("relu"), 1.0, 1.0, 0.5) == math.inf
    assert curvature(source("relu"), 1.0, 1.0, 0.5, most=0.01) > 0.01
