"""The moments as integrals to compute, and their derivatives as a closed system."""

import mpmath
import numpy as np
import pytest
from scipy import special
from sympy import Rational, diff, lambdify

from derivations import quadrature
from derivations.moments import HALF_LINE_MOMENTS, density
from derivations.symbols import A, B, C, D, m, v, z

POINTS = [
    (Rational(1, 3), Rational(3, 2)),
    (Rational(-2), Rational(1, 4)),
    (Rational(5), Rational(9)),
]


def integral(steps, at, index, end):
    """Return a substituted integral with mpmath."""
    expression = steps.unfolded()[index].subs(at)
    function = lambdify(quadrature.w, expression, "mpmath")
    return mpmath.quad(function, mpmath.linspace(0, end, 9))


def mean_over(function, half_line, at):
    """Return the mean of a function of z over a half line, from the definition."""
    integrand = lambdify(z, (function * density(z, m, v)).subs(at), "mpmath")
    low, high = half_line
    inner = [point for point in (-30, -10, -3, -1, 0, 1, 3, 10, 30) if low < point < high]
    return mpmath.quad(integrand, [low, *inner, high])


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_the_integrals_are_those_of_the_definition(point):
    at = {m: point[0], v: point[1]}
    negated = {m: -abs(point[0]), v: point[1]}
    end = quadrature.integration_end().unfolded()[0]
    for steps, places, moments in (
        (quadrature.integrands_below(), at, (B, D)),
        (quadrature.integrands_above(), negated, (A, C)),
    ):
        side = {m: abs(point[0]), v: point[1]} if moments == (A, C) else at
        top = float(end.subs(side))
        for index, moment in enumerate(moments):
            formula = HALF_LINE_MOMENTS[moment]
            half_line = (-mpmath.inf, 0) if moments == (B, D) else (0, mpmath.inf)
            truth = mean_over(formula.integrand(z), half_line, places)
            assert mpmath.almosteq(integral(steps, at, index, top), truth, rel_eps=1e-12)


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_the_two_parts_of_the_variance_are_all_of_it(point):
    at = {m: point[0], v: point[1]}
    b, d = (mean_over(HALF_LINE_MOMENTS[x].integrand(z), (-mpmath.inf, 0), at) for x in (B, D))
    probability = quadrature.probability_and_density().unfolded()[0].subs(at).evalf(30)
    top = float(quadrature.integration_end().unfolded()[0].subs(at))
    part = integral(quadrature.variance_integrand(), {**at, B: b}, 0, top)
    rest = quadrature.remaining_variance().subs({B: b, quadrature.P: probability})
    assert abs((part + rest) / (d - b**2) - 1) < 1e-10


def test_the_derivatives_are_those_of_the_closed_forms():
    """For the four moments by SymPy, the others are differentiated from their definition."""
    at = {m: Rational(1, 3), v: Rational(3, 2)}
    closed = {symbol: formula.doit() for symbol, formula in HALF_LINE_MOMENTS.items()}
    closed[quadrature.P], closed[quadrature.p0] = quadrature.probability_and_density().unfolded()
    for i, symbol in enumerate((quadrature.T1, quadrature.T2), 1):
        from_moments = {1: closed[B] + 1 - closed[quadrature.P]}
        from_moments[2] = closed[D] + 2 * from_moments[1] - (1 - closed[quadrature.P])
        closed[symbol] = from_moments[i]
    slopes = quadrature.moment_derivatives()
    for by, variable in enumerate((m, v)):
        for i, symbol in enumerate(quadrature.VALUES):
            stated = slopes[by * len(quadrature.VALUES) + i]
            stated = stated.subs({s: value.subs(at) for s, value in closed.items()}).subs(at)
            truth = diff(closed[symbol], variable).subs(at)
            assert abs((stated - truth).evalf(40)) < 1e-30


def test_the_rule_is_that_of_other_libraries():
    found = np.array(quadrature.unit_rule(48), dtype=float).reshape(2, -1)
    nodes, weights = special.roots_legendre(48)
    assert np.abs(found[0] - (nodes + 1) / 2).max() < 1e-15
    assert np.abs(found[1] - weights / 2).max() < 1e-14  # SciPy's sum up their own errors
