import pytest
from sympy import (
    Integral,
    Matrix,
    Rational,
    erf,
    erfc,
    exp,
    expand,
    eye,
    oo,
    simplify,
    sqrt,
    symbols,
)

from derivations import moments, sensitivity, stability
from derivations.moments import HALF_LINE_MOMENTS, density
from derivations.stability import U, derivative
from derivations.stable import A_minor, C_minor, V
from derivations.symbols import A, B, C, D, alpha, lamda, m, mu, nu, omega, tau, v, z
from tests.derivations.test_sensitivity import CLOSED, VALUES

BY_ERF = {**CLOSED, **VALUES}


BY_TAILS = {stability.T0: 1 - sensitivity.P, stability.G: sensitivity.T1 - sensitivity.T2}


def is_zero(expression) -> bool:
    """Return whether an expression in the symbols of the derivation is zero, in closed form."""
    closed = expression.subs(BY_ERF).subs(VALUES)
    return simplify(expand(closed.replace(erfc, lambda x: 1 - erf(x)))) == 0


def test_heat_equation():
    by_v, by_m = stability.heat_equation()
    assert simplify(by_v - by_m) == 0


@pytest.mark.parametrize("symbol", HALF_LINE_MOMENTS, ids=str)
def test_derivative_by_mean_is_the_mean_of_the_derivative(symbol):
    moment = HALF_LINE_MOMENTS[symbol]
    slope, boundary = stability.derivative_by_mean(moment)
    inside = Integral(slope * density(z, m, v), (z, *type(moment).half_line)).doit()
    difference = (inside + boundary.subs(VALUES) - moment.doit().diff(m)).rewrite(erf)
    assert simplify(expand(difference.replace(erfc, lambda x: 1 - erf(x)))) == 0


def test_moments_by_tails():
    for symbol, expression in stability.moments_by_tails().items():
        assert is_zero(symbol - expression)


@pytest.mark.parametrize("symbol", VALUES, ids=str)
@pytest.mark.parametrize("variable", [m, v], ids=str)
def test_rules(symbol, variable):
    assert is_zero(VALUES[symbol].diff(variable) - derivative(symbol, variable))


def test_variance_is_a_sum_of_positive_terms():
    variance = stability.new_second_moment() - stability.new_mean() ** 2
    assert expand(stability.new_variance().subs({U: C - A**2, V: D - B**2}) - variance) == 0
    for term in stability.new_variance().expand().args:
        assert term.is_positive


def test_positive_variance_by_the_negative_part():
    (mirrored, _), (plain, _) = stability.positive_part_variance().args
    by_minor = {A: m + A_minor, C: m**2 + v - C_minor}
    assert expand(mirrored - plain.subs(by_minor)) == 0


def test_variance_far_below_zero_is_the_lognormal_one():
    (lognormal, _), (otherwise, _) = stability.negative_part_variance().args
    narrow = {m: -3, v: Rational(1, 100)}
    whole = Integral(exp(z) * density(z, m, v), (z, -oo, oo)).doit()
    square = Integral(exp(2 * z) * density(z, m, v), (z, -oo, oo)).doit()
    exact = (square - whole**2).subs(narrow)
    assert abs((lognormal.subs(narrow) / exact).evalf(30) - 1) < 1e-25
    assert otherwise == V


@pytest.mark.parametrize("i", [0, 1], ids=["mean", "variance"])
def test_layer_map_for_balls(i):
    plain = stability.new_mean(), stability.new_second_moment() - stability.new_mean() ** 2
    assert is_zero((stability.layer_map_for_balls()[i] - plain[i]).subs(BY_TAILS))


def test_first_derivatives_for_balls():
    found = stability.layer_derivatives_for_balls()
    for one, other in zip(found, stability.layer_derivatives(), strict=True):
        assert expand((one - other).subs(BY_TAILS).subs(stability.moments_by_tails())) == 0


def test_second_derivatives_for_balls():
    found = stability.layer_second_derivatives_for_balls()
    by_m, by_v, variance_m, variance_v = stability.layer_derivatives()
    pairs = [(by_m, m), (by_m, v), (by_v, v), (variance_m, m), (variance_m, v), (variance_v, v)]
    for one, (first, x) in zip(found, pairs, strict=True):
        difference = (one - derivative(first, x)).subs(BY_TAILS)
        assert expand(difference.subs(stability.moments_by_tails())) == 0


def test_jacobians_are_those_of_the_composed_map():
    """With a polynomial for the layer map, whose derivatives are known by hand."""
    first = dict(zip(stability.FIRST, (2 * m, 3, v, m), strict=True))  # of m^2 + 3v and m v
    for model, entries in (
        (moments.net_input(), stability.linear_jacobian()),
        (moments.net_input_iid(), stability.iid_jacobian()),
    ):
        there = dict(zip((m, v), model, strict=True))
        composed = Matrix([m**2 + 3 * v, m * v]).subs(there, simultaneous=True)
        expected = composed.jacobian([mu, nu])
        found = Matrix(2, 2, entries).subs(first).subs(there, simultaneous=True)
        assert simplify(found - expected) == Matrix.zeros(2)
    assert Matrix(2, 2, stability.iid_jacobian()).det() == 0


MATRICES = [
    ((2, 1), (1, 3)),
    ((0, -2), (3, 1)),
    ((1, 2), (2, 4)),
    ((-5, 0), (1, 2)),
    ((0, 0), (0, 0)),
]


@pytest.mark.parametrize("rows", MATRICES, ids=str)
def test_spectral_radius_and_singular_value(rows):
    matrix = Matrix(rows)
    entries = dict(zip(stability.ENTRIES, matrix, strict=True))
    radius = max(abs(value).evalf(30) for value in matrix.eigenvals())
    assert abs(stability.spectral_radius().subs(entries).evalf(30) - radius) < 1e-25
    largest = sqrt(max((matrix.T * matrix).eigenvals(), key=lambda x: x.evalf()))
    assert abs((stability.singular_value().subs(entries) - largest).evalf(30)) < 1e-25


def along_a_line(formula):
    """Return a formula along a line of matrices as a function of t, and how to put it in at 0."""
    t = symbols("t")
    values = [1 + t, 2 - t, 3 + 2 * t, 5 - 3 * t]
    slopes = [1, -1, 2, -3]
    tau_value, tau_slope = Rational(3, 2) + 2 * t, 2
    sums = {omega: Rational(1, 2), tau: tau_value}
    along = formula.subs(sums).subs(dict(zip(stability.FIRST, values, strict=True)))
    here = dict(zip(stability.FIRST, (x.subs(t, 0) for x in values), strict=True))
    # moving v: the derivatives in m change by the "mv", those in v by the "vv"
    here |= dict(
        zip(stability.SECOND, (0, slopes[0], slopes[1], 0, slopes[2], slopes[3]), strict=True)
    )
    here |= {omega: Rational(1, 2), tau: Rational(3, 2), stability.tau_v: tau_slope}
    return along.diff(t).subs(t, 0), here


def test_singular_value_gradient():
    expected, here = along_a_line(stability.linear_singular_value())
    assert simplify(stability.linear_singular_value_gradient()[1].subs(here) - expected) == 0


def test_jacobian_speed():
    expected = 0
    for entry in stability.linear_jacobian():
        slope, here = along_a_line(entry)
        expected += slope**2
    assert simplify(stability.linear_jacobian_derivative_norms()[1].subs(here) ** 2 - expected) == 0


def test_unit_sum_gap_is_the_characteristic_polynomial_at_one():
    J = Matrix(2, 2, stability.linear_jacobian()).subs({omega: 1, tau: 1})
    by_tails = stability.moments_by_tails()
    plain = (expression.subs(by_tails) for expression in stability.layer_derivatives())
    derivatives = dict(zip(stability.FIRST, plain, strict=True))
    numbers = dict(
        zip(VALUES, (Rational(1, 3), Rational(2, 5), Rational(1, 7), Rational(1, 2)), strict=True)
    )
    point = {m: Rational(-1, 2), v: 2, alpha: Rational(3, 2)}
    # scale the SELU so that the new mean is m, as it is at a fixed point
    mean = stability.new_mean().subs(by_tails).subs(numbers).subs(point)
    point[lamda] = (point[m] / mean * lamda).subs(lamda, 1)
    expected = (eye(2) - J.subs(derivatives)).det().subs(numbers).subs(point)
    x, y = point[lamda], point[lamda] * point[alpha]
    found = stability.unit_sum_gap().subs({stability.x: x, stability.y: y})
    assert simplify(found.subs(numbers).subs(point) - expected) == 0


def test_half_lines_are_what_the_tests_take_them_for():
    assert {type(moment).half_line for moment in HALF_LINE_MOMENTS.values()} == {(0, oo), (-oo, 0)}
    assert set(VALUES) == {sensitivity.P, sensitivity.T1, sensitivity.T2, sensitivity.p0}
