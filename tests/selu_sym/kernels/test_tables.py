"""Tables of activations without a kink beside 0, against double integrals and Mehler's series."""

import math

import numpy as np
import pytest

from selu_sym._numeric import catalogue
from selu_sym._numeric.hermite import hermite_coefficients
from selu_sym.kernels import _tables
from selu_sym.kernels._pairs import Layer
from tests.selu_sym.kernels.cases import VARIANCES, WHOLE, pair, require_accurate


@pytest.mark.parametrize("name", ["selu", "tanh", "softsign"])
def test_accuracy_at_the_ends(name):
    require_accurate(name, 0.7, 1.3, (-1 + 1e-9, 0.0, 1 - 1e-9))
    require_accurate(name, 1e4, 1.0, (-1.0, 1.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["celu", "softplus"])
def test_accuracy_at_small_and_large_variances(name):
    for v1, v2 in (VARIANCES[0], VARIANCES[3]):
        require_accurate(name, v1, v2, (-1 + 1e-9, 0.6, 1 - 1e-9))


@pytest.mark.parametrize("name", ["selu", "tanh", "mish", "softplus"])
def test_mehlers_series(name):
    """E[f(z1) f(z2)] is the sum of h_k(v1) h_k(v2) c^k, h_k = E[f(sqrt(v) x) He_k(x)]/sqrt(k!)."""
    source, (v1, v2), c = catalogue.source(name), (0.4, 1.9), 0.6
    series, total = [], 1.0
    for v in (v1, v2):
        mean = hermite_coefficients(source, math.sqrt(v), 0.0, 100)
        series.append(mean)
        x, weights = np.polynomial.legendre.leggauss(400)
        halves = [10 * side * (x + 1) / 2 for side in (1, -1)]
        density = [np.exp(-(z**2) / 2) * 5 / math.sqrt(2 * math.pi) for z in halves]
        total *= sum(
            float((p * source(math.sqrt(v) * z)) @ weights)
            for p, z in zip(density, halves, strict=True)
        )
    total += float((series[0] * series[1]) @ c ** np.arange(1, 101))
    assert pair(Layer(source), v1, v2, c)[0] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("name", ["selu", "tanh"])
def test_interpolation_is_what_the_nodes_are(name):
    """Between the variances that a table has, and at those alone."""
    source = catalogue.source(name)
    v = np.geomspace(0.3, 5.0, 60)
    theta = np.linspace(0, math.pi, 60)[:, None] * np.linspace(0.9, 1.0, 60)
    table = _tables.interpolant(source, v, v, 3)(WHOLE, WHOLE, theta, 1)
    for place in ((3, 50), (20, 21), (59, 0)):
        v1, v2, angle = v[place[0]], v[place[1]], theta[place]
        exact = _tables.interpolant(source, np.array([v1]), np.array([v2]), 1)
        found = exact(WHOLE, WHOLE, np.array([[angle]]), 1)
        for many, one in zip(table, found, strict=True):
            assert many[place] == pytest.approx(one.item(), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("name", ["selu", "softplus"])
def test_derivatives(name):
    layer, (v1, v2), c = Layer(catalogue.source(name)), (0.7, 1.3), 0.3
    found = pair(layer, v1, v2, c, 3)
    h, theta = 1e-3, math.acos(c)

    def central(by):
        ends = [by(step * h) for step in (1, -1, 2, -2)]
        return [(8 * (a - b) - (p - q)) / (12 * h) for a, b, p, q in zip(*ends, strict=True)]

    by_v1 = central(lambda t: pair(layer, v1 + t, v2, c))
    by_v2 = central(lambda t: pair(layer, v1, v2 + t, c))
    by_angle = central(lambda t: pair(layer, v1, v2, math.cos(theta + t)))
    expected = [by_v1[0], by_v2[0], by_angle[1], by_v1[1], by_v2[1]]
    assert found[2:] == pytest.approx(expected, rel=1e-8)


def test_which_activations_are_tabulated():
    tabulated = [
        name for name in catalogue.names() if _tables.is_smooth_beside_0(catalogue.source(name))
    ]
    others = {"hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "relu6", "soft_shrink"}
    assert set(catalogue.names()) - set(tabulated) == others | {"threshold"}
    assert not _tables.is_smooth_beside_0(catalogue.source("relu").with_input(1.0, 0.5))
    assert _tables.is_smooth_beside_0(catalogue.source("gelu").with_input(1.0, 0.5))
