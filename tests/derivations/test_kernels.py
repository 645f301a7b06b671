"""Kernels of wide networks: identities, double integrals, and the published forms."""

import mpmath
import numpy as np
import pytest
from sympy import Rational, acos, asin, cos, diff, lambdify, pi, simplify, sin, sqrt, symbols

from derivations import correlation, kernels
from derivations.activations import ACTIVATIONS, slope
from derivations.formula import Steps
from derivations.kernels import q, theta, v1, v2
from derivations.pieces import Activation
from derivations.symbols import alpha, c, lamda, v
from tests.derivations.tools import is_zero

POINT = {v1: 0.7, v2: 2.3, theta: 1.1}
VALUE = {**POINT, q: float(np.sqrt(0.7 * 2.3) * np.cos(1.1))}
ORTHANTS = [("elu", True), ("soft_shrink", True), ("selu", False), ("hard_silu", False)]


def pair(name):
    return kernels.CLOSED[name]()


def double_integral(activation: Activation, point, *, derivative: bool) -> float:
    """Return E[f(z1) f(z2)] by Gauss-Legendre rules between the kinks, with the pair's density."""
    pieces = activation.derivative if derivative else activation.pieces
    nodes, weights = np.polynomial.legendre.leggauss(160)
    lines = []
    for variance in (point[v1], point[v2]):
        end = 9 * np.sqrt(variance)
        line = []
        for piece in pieces:
            low, high = max(float(piece.low), -end), min(float(piece.high), end)
            if low < high:
                f = lambdify(kernels.z, piece.expression, ["scipy", {"Phi": mpmath_phi}, "numpy"])
                z = low + (high - low) * (nodes + 1) / 2
                line.append((z, f(z) * weights * (high - low) / 2))
        lines.append([np.concatenate(part) for part in zip(*line, strict=True)])
    density = lambdify((kernels.z1, kernels.z2), kernels.pair_density().subs(point), "numpy")
    (x, of_x), (y, of_y) = lines
    return float(of_x @ density(x[:, None], y) @ of_y)


def mpmath_phi(x):
    return np.array([float(mpmath.ncdf(value)) for value in x])


def at_defaults(activation: Activation) -> Activation:
    return Activation(activation.name, activation.expression.subs(dict(activation.parameters)), "")


def test_price_and_heat_steps():
    for left, right in (kernels.price_step(), kernels.heat_step()):
        assert simplify(left - right) == 0


@pytest.mark.parametrize("name", kernels.CLOSED)
def test_closed_forms_are_the_double_integrals(name):
    activation = at_defaults(ACTIVATIONS[name])
    values = {**POINT, **ACTIVATIONS[name].parameters}
    for expression, derivative in zip(pair(name), (False, True), strict=True):
        expected = double_integral(activation, VALUE, derivative=derivative)
        found = float(expression.subs(values)) if expression != 1 else 1.0
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", kernels.CLOSED)
def test_price_s_theorem_holds_for_each_closed_form(name):
    mean, derivative = pair(name)
    gap = diff(mean, theta) + sqrt(v1 * v2) * sin(theta) * derivative
    values = {v1: Rational(7, 10), v2: Rational(23, 10), theta: Rational(11, 10), slope: 3}
    assert abs(gap.subs(values).evalf(40)) < 1e-35


def test_the_relu_s_is_chos_and_sauls():
    """Equation 6 of "Kernel methods for deep learning" (2009), half of it for E instead of 2 E."""
    mean, _ = kernels.relu()
    published = sqrt(v1 * v2) * (sin(theta) + (pi - theta) * cos(theta)) / (2 * pi)
    assert is_zero(mean - published)


def test_erf_s_is_williams():
    """Equation 11 of "Computing with infinite networks" (1996), with a covariance."""
    mean, _ = kernels.error_function()
    covariance = sqrt(v1 * v2) * cos(theta)
    published = 2 / pi * asin(2 * covariance / sqrt((1 + 2 * v1) * (1 + 2 * v2)))
    values = {v1: Rational(7, 10), v2: Rational(23, 10), theta: Rational(11, 10)}
    assert abs((mean - published).subs(values).evalf(40)) < 1e-35


@pytest.mark.slow
@pytest.mark.parametrize(("name", "derivative"), ORTHANTS)
def test_orthants_give_the_double_integrals(name, derivative):
    activation = at_defaults(ACTIVATIONS[name])
    expected = double_integral(activation, VALUE, derivative=derivative)
    exact = {symbol: Rational(str(value)) for symbol, value in POINT.items() if symbol != theta}
    found = kernels.orthant_mean(activation, derivative)
    found = found.subs({**exact, q: Rational(VALUE[q])}).evalf(20)
    assert float(found) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_orthants_at_one_variance_are_the_selu_s_map():
    point = {v: Rational(7, 5), c: Rational(3, 10), alpha: 2, lamda: 3}
    expected = correlation.pair_mean().doit().subs(point).evalf(20)
    at = {v1: point[v], v2: point[v], q: point[v] * point[c], alpha: 2, lamda: 3}
    found = kernels.orthant_mean(ACTIVATIONS["selu"]).subs(at).evalf(20)
    assert abs(found - expected) < 1e-15


def test_slopes_are_derivatives_at_the_same_angle():
    expressions = (kernels.gelu()[0], kernels.gelu()[0], *[kernels.gelu()[1]] * 3)
    for expression, derivative, variable in zip(
        expressions, kernels.slopes(kernels.gelu), (v1, v2, theta, v1, v2), strict=True
    ):
        f = lambdify((v1, v2, theta), expression, "mpmath")
        order = tuple(int(variable == symbol) for symbol in (v1, v2, theta))
        expected = mpmath.diff(f, (0.7, 2.3, 1.1), order)
        assert float(derivative.subs(POINT)) == pytest.approx(float(expected), rel=1e-9)


def test_wedges_make_up_the_plane():
    """The weight of a wedge of the angle omega is omega/(2 pi)."""
    _, _, weight = kernels.wedge()
    radius = mpmath.quad(lambdify(kernels.r, weight, "mpmath"), [0, 2, 12])
    assert float(radius) == pytest.approx(1 / (2 * np.pi), rel=1e-12)
    x, y, _ = kernels.wedge()
    at = {kernels.r: 1, kernels.delta: symbols("t"), kernels.omega: acos(Rational(-1, 3))}
    angle = acos(Rational(-1, 3)) - symbols("t")
    assert is_zero(x.subs(at) - sin(symbols("t")))
    assert is_zero(y.subs(at) - sin(angle))


@pytest.mark.parametrize(("h", "k"), [(0.3, 0.3), (1.0, 0.9), (-0.4, 1.2), (0.0, 0.5)])
@pytest.mark.parametrize("psi", [0.4, 1.3])
def test_the_kinks_integrand_is_the_density_s(h, k, psi):
    """Of unit variances: the density is integrated over the covariance."""
    steps = kernels.kink_integrand()
    assert isinstance(steps, Steps)
    gap = max(abs(h - k), 1e-3)
    given = {kernels.h: h, kernels.k: k, kernels.psi: psi, kernels.gap: gap}
    slope_part, mean_part = (lambdify(kernels.w, e.subs(given), "mpmath") for e in steps.unfolded())
    ends = [mpmath.asinh((mpmath.pi / 2 - psi) / gap), mpmath.asinh(mpmath.pi / 2 / gap)]
    density = lambdify(
        q, kernels.pair_density().subs({v1: 1, v2: 1, kernels.z1: h, kernels.z2: k}), "mpmath"
    )
    top = mpmath.sin(psi)
    expected = mpmath.quad(density, [0, top])
    assert float(mpmath.quad(slope_part, ends)) == pytest.approx(float(expected), rel=1e-10)
    expected = mpmath.quad(lambda t: (top - t) * density(t), [0, top])
    assert float(mpmath.quad(mean_part, ends)) == pytest.approx(float(expected), rel=1e-10)
