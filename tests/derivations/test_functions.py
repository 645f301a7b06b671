"""The functions that SymPy does not have, against mpmath and SciPy."""

import mpmath
import pytest
from scipy.special import ndtr, owens_t
from sympy import (
    Abs,
    Integer,
    Piecewise,
    Rational,
    Symbol,
    erfc,
    exp,
    expand,
    lambdify,
    simplify,
    symbols,
)
from sympy.abc import t

from derivations import activation
from derivations.functions import (
    MillsRatio,
    Orthant,
    elu,
    erfcx,
    mills_coefficient,
    normal_cdf,
    relu_gradient,
    softsign,
    standard_pair_density,
)
from derivations.symbols import alpha, lamda, z
from tests.derivations.tools import is_zero

x = Symbol("x", real=True)


@pytest.fixture(autouse=True)
def fifty_digits():
    with mpmath.workdps(50):
        yield


def test_erfcx_and_mills_ratio_are_what_they_say():
    assert erfcx(0) == 1
    assert simplify(erfcx(x).diff(x).rewrite(erfc) - erfcx(x).rewrite(erfc).diff(x)) == 0
    assert simplify(MillsRatio(x).diff(x).rewrite(erfc) - MillsRatio(x).rewrite(erfc).diff(x)) == 0
    for point in (Integer(-2), Rational(1, 2), Integer(30)):
        integrand = lambdify(t, exp(-point * t - t**2 / 2), "mpmath")
        integral = mpmath.quad(integrand, [0, 0.1, 1, 2, 4, 8, 16])
        assert mpmath.almosteq(mpmath.mpf(str(MillsRatio(point).evalf(40))), integral, 1e-35)


def test_mills_coefficients_are_positive_integrals_with_a_recurrence():
    for k in range(1, 8):
        following = x * mills_coefficient(k, x) + (k + 1) * mills_coefficient(k + 1, x)
        assert expand(mills_coefficient(k - 1, x) - following) == 0
    for k, point in ((1, -1.5), (4, 0.25), (7, 1.0)):
        integral = mpmath.quad(
            lambda t, k=k, p=point: t**k / mpmath.factorial(k) * mpmath.exp(-p * t - t**2 / 2),
            [0, 1, 2, 4, 8, 16],
        )
        value = mpmath.mpf(str(mills_coefficient(k, x).evalf(45, subs={x: point})))
        assert mpmath.almosteq(value, integral, 1e-30)


@pytest.mark.parametrize(
    ("h", "k", "r"), [(-0.5, -1.2, 0.3), (-2.0, -0.1, -0.8), (-1.0, -1.0, 0.9)]
)
def test_orthant_probability_by_owen(h, k, r):
    """Owen 1956, equation 3.1, for h and k of the same sign."""
    root = (1 - r * r) ** 0.5
    expected = (ndtr(h) + ndtr(k)) / 2
    expected -= owens_t(h, (k / h - r) / root) + owens_t(k, (h / k - r) / root)
    assert float(Orthant(h, k, r).evalf()) == pytest.approx(expected, rel=1e-13)


def test_orthant_probability_s_derivatives():
    x, y, r = symbols("x y r", real=True)
    density = standard_pair_density(x, y, r)
    assert Orthant(x, y, r).diff(r) == density
    assert is_zero(Orthant(x, y, r).diff(x).diff(y) / density - 1)
    assert is_zero(Orthant(x, y, r).diff(y).diff(x) / density - 1)


def test_derivatives_of_the_elu_are_those_of_its_pieces():
    form = elu(z, alpha, lamda)
    for symbol in (z, alpha, lamda):
        for value in (-2, 3):
            at = {z: value, alpha: 1.5, lamda: 2}
            expected = form.rewrite(Piecewise).diff(symbol).subs(at)
            assert simplify(form.diff(symbol).subs(at) - expected) == 0


def test_the_relu_gradient_is_linear_in_what_comes_in():
    dy, y = activation.dy, activation.y
    formula = relu_gradient(dy, y)
    assert formula.diff(dy) == relu_gradient(1, y)
    assert formula.diff(y) == 0
    assert [float(formula.subs({dy: 3, y: value})) for value in (2, 0, -1)] == [3, 0, 0]


def test_softsign_is_its_quotient():
    for value in (-3, Rational(-1, 2), 0, Rational(5, 2)):
        expected = Integer(1) * value / (1 + abs(value))
        assert softsign(x).subs(x, value).evalf(30) == expected.evalf(30)
    assert softsign(x).diff(x) == 1 / (1 + Abs(x)) ** 2


def test_the_normal_distribution_function():
    assert float(normal_cdf(Integer(1))) == pytest.approx(ndtr(1.0), rel=1e-15)
