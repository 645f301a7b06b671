import pytest
from sympy import Matrix, erf, erfc, exp, expand, pi, simplify, sqrt

from derivations import sensitivity
from derivations.fixed_point import parameters
from derivations.moments import HALF_LINE_MOMENTS
from derivations.symbols import A, B, C, D, S, alpha, lamda, m, mu, nu, omega, tau, v


def exponential_moment(i):
    """Return E[e^(iz) 1{z<0}], the partial expectation of a lognormal variable."""
    return exp(i * m + i**2 * v / 2) * erfc((m + i * v) / sqrt(2 * v)) / 2


VALUES = {
    sensitivity.P: erfc(-m / sqrt(2 * v)) / 2,
    sensitivity.T1: exponential_moment(1),
    sensitivity.T2: exponential_moment(2),
    sensitivity.p0: exp(-(m**2) / (2 * v)) / sqrt(2 * pi * v),
}
CLOSED = {symbol: moment.doit() for symbol, moment in HALF_LINE_MOMENTS.items()}


@pytest.mark.parametrize("symbol", HALF_LINE_MOMENTS, ids=str)
@pytest.mark.parametrize("column", [0, 1])
def test_derivatives_of_the_moments(symbol, column):
    stated = sensitivity.MOMENT_DERIVATIVES[symbol][column].subs(CLOSED).subs(VALUES)
    difference = CLOSED[symbol].diff((m, v)[column]) - stated
    assert simplify(expand(difference.replace(erfc, lambda x: 1 - erf(x)))) == 0


def test_derivatives_of_the_parameters_are_those_of_the_closed_form():
    """At a rational point, with the moments and their derivatives as free numbers."""
    values = {A: 2, B: -1, C: 3, D: 1, mu: -1, nu: 9, m: 1, v: 2}
    tails = dict(zip(VALUES, (5, 7, 11, 13), strict=True))
    closed = [formula.subs(S, nu + mu**2) for formula in parameters()]
    solution = {alpha: closed[0].subs(values), lamda: closed[1].subs(values)}
    found = [
        expression.subs(solution).subs(tails).subs(values)
        for expression in sensitivity.derivatives().unfolded()
    ]
    expected = []
    for formula in closed:
        by_moment = Matrix([formula]).jacobian([A, B, C, D])
        for variable in sensitivity.INPUTS:
            total = formula.diff(variable)
            if variable in (m, v):
                rates = [
                    sensitivity.MOMENT_DERIVATIVES[s][(m, v).index(variable)] for s in (A, B, C, D)
                ]
                total += (by_moment * Matrix(rates))[0]
            expected.append(total.subs(tails).subs(values))
    for one, other in zip(found, expected, strict=True):
        assert abs((one - other).evalf(60)) < 1e-50


def test_moments_in_a_box_are_the_first_order_of_those_at_a_point():
    """At no distance the moments, and their derivatives there those of the closed forms."""
    found = sensitivity.moments_by_mean_value().unfolded()
    here = dict.fromkeys(sensitivity.CHANGES, 0)
    for symbol, value in zip((A, B, C, D), found, strict=True):
        assert value.subs(here) == symbol
        for column, change in enumerate(sensitivity.CHANGES):
            slope = value.diff(change).subs(here).subs(CLOSED).subs(VALUES)
            difference = CLOSED[symbol].diff((m, v)[column]) - slope
            assert simplify(expand(difference.replace(erfc, lambda x: 1 - erf(x)))) == 0


def test_weight_models():
    assert sensitivity.linear_net_input_derivatives() == (
        omega,
        0,
        0,
        tau,
    )
    assert sensitivity.iid_net_input_derivatives() == (0, 0, 2 * mu * tau, tau)
