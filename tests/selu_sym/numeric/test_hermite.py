import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import eval_hermitenorm, ndtr

from selu_sym._numeric import callables
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


@pytest.mark.parametrize(("s", "t"), [(0.05, 0.3), (3.0, -1.0)])
def test_the_curvature_where_the_second_derivative_jumps(s, t):
    """Of ELU, f'' = e^x below 0: E f''(s z + t)^2 = e^(2 t + 2 s^2) Phi(-t/s - 2 s)."""
    found = curvature(source("elu"), 2.0, s, t)
    expected = 4 * s**4 * math.exp(2 * t + 2 * s * s) * ndtr(-t / s - 2 * s)
    assert found == pytest.approx(expected, rel=1e-11)


def test_the_curvature_of_a_function_without_a_derivative():
    """By differences of differences there would be half of the digits."""
    own = callables.source_of(lambda x: np.exp(-x * x))
    assert curvature(own, 1.0, 0.7, 0.0) == pytest.approx(
        curvature(source("gaussian"), 1.0, 0.7, 0.0), rel=1e-12
    )


@pytest.mark.parametrize(("name", "s", "t"), [("elu", 20.0, 2.5), ("hard_tanh", 3.0, 0.2)])
def test_coefficients_of_steep_and_of_kinked_functions(name, s, t):
    """By SciPy's quadrature between the borders, where f changes within a panel."""
    f = source(name)
    found = hermite_coefficients(f, s, t, 60)
    ends = sorted(
        [-12.0, *((piece.low - t) / s for piece in f.pieces[1:]), *np.arange(-5, 12, 0.5)]
    )
    for k in (1, 7, 60):

        def integrand(z, k=k):
            polynomial = eval_hermitenorm(k, z) / math.sqrt(math.factorial(k))
            return f(np.array([s * z + t]))[0] * polynomial * math.exp(-z * z / 2)

        parts = [quad(integrand, *pair, epsabs=1e-13, limit=200)[0] for pair in pairwise(ends)]
        expected = sum(parts) / math.sqrt(2 * math.pi)
        assert found[k - 1] == pytest.approx(expected, abs=1e-12 * s)
