from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from sympy import Rational, diff, limit, pi, simplify, sqrt, symbols
from sympy.core.function import AppliedUndef

from derivations import shaping
from derivations.activations import slope
from derivations.shaping import T2, L, chi, s, t
from derivations.symbols import c, z
from derivations.transformed import M1, R1, R2, S2, V, a, b, sign

# Design 8.9: digits that were found by a search of other code
GELU = {"a": 0.96963, "s": 1.07656, "t": 1.2083, "b": -1.40506, "rho": 0.65212}
TANH = {"a": 2.0048, "s": 0.62872, "t": 0.12, "b": 0.06106, "rho": 0.588}
RELU = [(1.50294, 1.03497, -1.80419, 0.7592), (1.88724, 1.01512, -2.07689, 0.8583)]


def density(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def gauss(function, *kinks):
    """Return E f(z) of z ~ N(0, 1), by SciPy's quadrature between kinks."""
    points = sorted([-12.0, 0.0, 12.0, *kinks])
    return sum(
        quad(lambda x: function(x) * density(x), low, high, epsabs=1e-13, epsrel=1e-13)[0]
        for low, high in pairwise(points)
    )


GELU_NUMBERS = (
    lambda x: x * ndtr(x),
    lambda x: ndtr(x) + x * density(x),
    lambda x: (2 - x * x) * density(x),
)
TANH_NUMBERS = (
    np.tanh,
    lambda x: np.cosh(x) ** -2,
    lambda x: -2 * np.tanh(x) * np.cosh(x) ** -2,
)


def numbers(forms, s_, t_):
    """Return the means of f at N(t, s^2) by quadrature."""
    f, f1, f2 = forms
    mean = gauss(lambda x: f(s_ * x + t_))
    return {
        M1: mean,
        V: gauss(lambda x: (f(s_ * x + t_) - mean) ** 2),
        S2: gauss(lambda x: f1(s_ * x + t_) ** 2),
        T2: gauss(lambda x: f2(s_ * x + t_) ** 2),
        R1: gauss(lambda x: s_ * x * f1(s_ * x + t_)),
        R2: gauss(lambda x: s_ * x * (f(s_ * x + t_) - mean) * f1(s_ * x + t_)),
        s: s_,
        t: t_,
    }


@pytest.mark.parametrize(
    ("forms", "expected", "side"), [(GELU_NUMBERS, GELU, -1), (TANH_NUMBERS, TANH, 1)]
)
def test_attracting_has_the_digits_that_were_found_elsewhere(forms, expected, side):
    values = {**numbers(forms, expected["s"], expected["t"]), chi: 1, sign: side}
    scale, shift, center = (float(part.subs(values)) for part in shaping.with_gain())
    assert scale == pytest.approx(expected["a"], rel=2e-5)
    assert shift == pytest.approx(expected["b"], abs=2e-5)
    assert float(shaping.attracting_slope().subs(values)) == pytest.approx(
        expected["rho"], abs=2e-5
    )

    def y(x):
        return scale * forms[0](values[s] * x + values[t]) + shift

    assert gauss(lambda x: y(x) ** 2) == pytest.approx(1, abs=1e-12)
    assert gauss(y) == pytest.approx(center, abs=1e-12)
    slopes = scale * values[s]
    rho = gauss(lambda x: x * y(x) * slopes * forms[1](values[s] * x + values[t]))
    assert rho == pytest.approx(float(shaping.attracting_slope().subs(values)), abs=1e-10)


@pytest.mark.parametrize("forms", [GELU_NUMBERS, TANH_NUMBERS])
@pytest.mark.parametrize(("s_", "t_"), [(0.5, -1.0), (1.5, 0.3), (3.0, 2.0)])
def test_the_slope_keeps_the_bound(forms, s_, t_):
    """abs(chi - rho) <= sqrt(C''(1)), where Q(1) = 1."""
    for side in (1, -1):
        values = {**numbers(forms, s_, t_), chi: 1, sign: side}
        scale = shaping.with_gain()[0].subs(values)
        bound = float(shaping.slope_bound().subs({**values, a: scale}))
        gap = abs(1 - float(shaping.attracting_slope().subs(values)))
        assert 0 < gap <= bound


def test_the_equations_behind_the_bound():
    """Of y = z^2: E[z y y'] = 2 E z^4 = 6, E y'^2 = 4, E[y y''] = 2, E y^2 = 3 and E y''^2 = 4."""
    stein, gain, schwarz = shaping.slope_steps()
    y = next(iter(stein.atoms(AppliedUndef)))
    sides = (*stein.args, gain.rhs - shaping.chi, *schwarz.args)
    assert [side.subs(y, z**2).doit() for side in sides] == [6, 6, 2, 4, 12]


@pytest.fixture(scope="module")
def relu():
    return shaping.relu_steps()


@pytest.mark.parametrize(("t_", "scale", "shift", "slope_"), RELU)
def test_the_relu_in_closed_form(relu, t_, scale, shift, slope_):
    values = {t: t_, sign: -1}
    assert float(relu["a"].subs(values)) == pytest.approx(scale, abs=1e-5)
    assert float(relu["b"].subs(values)) == pytest.approx(shift, abs=1e-5)
    assert float(relu["rho"].subs(values)) == pytest.approx(slope_, abs=1e-4)


def test_the_relus_slope_by_its_delta_is_that_of_the_definition(relu):
    """rho = 1 + a b p(t), against E[z y y'] by quadrature."""
    for t_ in (-1.0, 0.0, 1.5):
        for side in (1, -1):
            values = {t: t_, sign: side}
            scale, shift, rho = (float(relu[name].subs(values)) for name in ("a", "b", "rho"))

            def integrand(x, t_=t_, scale=scale, shift=shift):
                return x * (scale * (x + t_) + shift) * scale * (x > -t_)

            assert gauss(integrand, -t_) == pytest.approx(rho, abs=1e-12)


def test_he_is_the_relu_of_positive_mean(relu):
    values = {t: 0, sign: 1}
    assert simplify(relu["a"].subs(values) - sqrt(2)) == 0
    assert simplify(relu["b"].subs(values)) == 0
    assert simplify(relu["rho"].subs(values)) == 1


@pytest.mark.parametrize("k", [0.0, 0.01, 0.63])
@pytest.mark.parametrize("angle", [0.4, 1.5, 2.5])
def test_the_leaky_relus_map_is_that_of_quadrature(k, angle):
    """In polar coordinates: z1 = r cos(p), z2 = r cos(p - angle), and r^2 has the mean 2."""
    scale, correlation = shaping.leaky_relu_map()
    scale = float(scale.subs(slope, k))

    def y(x):
        return scale * np.where(x > 0, x, k * x)

    kinks = sorted(
        {
            -np.pi / 2,
            np.pi / 2,
            angle - np.pi / 2,
            (angle + np.pi / 2 + np.pi) % (2 * np.pi) - np.pi,
        }
    )
    points = [-np.pi, *kinks, np.pi]
    value = (
        sum(
            quad(lambda p: y(np.cos(p)) * y(np.cos(p - angle)), low, high, epsabs=1e-13)[0]
            for low, high in pairwise(points)
        )
        / np.pi
    )
    found = correlation.subs({slope: k, c: np.cos(angle)})
    assert float(found) == pytest.approx(value, abs=1e-12)


def test_the_leaky_relus_map_has_slope_and_value_1_at_1():
    _, correlation = shaping.leaky_relu_map()
    assert simplify(correlation.subs(c, 1)) == 1
    assert simplify(limit(diff(correlation, c).subs(slope, Rational(1, 3)), c, 1, "-")) == 1


def test_the_distance_to_1_falls_as_its_equations_say():
    for equation, solution in shaping.decay_steps():
        distance = equation.lhs.args[0]
        left, right = (side.subs(distance, solution) for side in equation.args)
        assert simplify(left.doit() - right) == 0


def test_the_relus_distance_falls_like_44_by_the_depths_square():
    d = symbols("d", positive=True)
    _, correlation = shaping.leaky_relu_map()
    relu = correlation.subs({slope: 0})
    coefficient = limit((relu.subs(c, 1 - d) - 1 + d) / d ** Rational(3, 2), d, 0)
    assert simplify(coefficient - 2 * sqrt(2) / (3 * pi)) == 0
    assert float(4 / coefficient**2) == pytest.approx(44.41, abs=0.005)


def test_conditions_of_dks_and_tat():
    """They leave one equation on rho, and one on chi or the curvature."""
    on_slope, on_gain = shaping.dks_conditions()
    assert simplify(on_slope.lhs - R2 / V) == 0
    assert simplify(on_gain.lhs - s**2 * S2 / V) == 0
    on_slope, on_curvature = shaping.tat_conditions()
    assert simplify(on_curvature.lhs - s**2 * T2 / S2) == 0
    assert on_slope.lhs == shaping.attracting_slope()
    assert L in on_curvature.rhs.free_symbols
    assert b not in on_slope.free_symbols


def test_far_out_the_slopes_of_both_ends_count():
    """y = a f(s z + t) for the identity: Q(q)/q tends to a^2 s^2."""
    assert simplify(shaping.escape(1, 1) - a**2 * s**2) == 0
    assert simplify(shaping.escape(0, 1) - a**2 * s**2 / 2) == 0
