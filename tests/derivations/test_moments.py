import mpmath
import pytest
from sympy import Rational, erf, erfc, exp, expand, pi, simplify, sqrt
from sympy.abc import t

from derivations import moments
from derivations.formula import stated, unfolded
from derivations.symbols import A, B, C, D, alpha, lamda, m, mu, nu, v
from tests.reference import ROWS, Row, each


def upper(x):
    """Return the standard normal's upper tail probability."""
    return erfc(x / sqrt(2)) / 2


def density(x):
    """Return the standard normal's density."""
    return exp(-(x**2) / 2) / sqrt(2 * pi)


# From tables of truncated normal moments and of the lognormal's partial expectation.
EXPECTED = {
    A: m * upper(-m / sqrt(v)) + sqrt(v) * density(m / sqrt(v)),
    C: (m**2 + v) * upper(-m / sqrt(v)) + m * sqrt(v) * density(m / sqrt(v)),
    B: exp(m + v / 2) * upper((m + v) / sqrt(v)) - upper(m / sqrt(v)),
    D: exp(2 * m + 2 * v) * upper((m + 2 * v) / sqrt(v))
    - 2 * exp(m + v / 2) * upper((m + v) / sqrt(v))
    + upper(m / sqrt(v)),
}


@pytest.mark.parametrize("symbol", EXPECTED, ids=str)
def test_closed_form_is_the_textbook_one(symbol):
    difference = moments.HALF_LINE_MOMENTS[symbol].doit() - EXPECTED[symbol]
    in_erf = expand(difference.replace(erfc, lambda x: 1 - erf(x)))
    assert simplify(in_erf) == 0


@each(ROWS)
def test_closed_form_has_the_digits_of_the_reference(row: Row):
    point = {m: Rational(row.input_mean), v: Rational(row.input_variance)}
    for symbol, digits in zip((A, B, C, D), row.moments, strict=True):
        value = moments.HALF_LINE_MOMENTS[symbol].subs(point).evalf(40)
        with mpmath.workdps(40):
            assert abs(mpmath.mpf(str(value)) / mpmath.mpf(digits) - 1) < mpmath.mpf("1e-34")


@pytest.mark.parametrize("symbol", EXPECTED, ids=str)
def test_sign_follows_from_the_assumptions(symbol):
    moment = moments.HALF_LINE_MOMENTS[symbol]
    assert moment.is_negative if symbol is B else moment.is_positive


def test_a_formula_stays_folded_until_it_is_asked():
    mean = moments.selu_mean()
    folded = lamda * (moments.MeanAbove(m, v) + alpha * moments.MeanBelow(m, v))
    assert mean == folded
    assert mean.doit() == folded.subs(
        {moment: moment.doit() for moment in moments.HALF_LINE_MOMENTS.values()}
    )


def test_a_formula_shows_its_name_its_definition_and_its_closed_form():
    moment = moments.MeanAbove(m, v)
    assert moment._repr_latex_() == r"$\displaystyle A$"
    assert stated(moment).rhs.has(moments.Integral)
    assert not unfolded(moment).rhs.has(moments.Integral)


def test_a_formula_can_be_evaluated_and_differentiated():
    moment = moments.MeanAbove(m, v)
    assert abs(moment.subs({m: 0, v: 1}).evalf(30) - (1 / sqrt(2 * pi)).evalf(30)) < 1e-29
    # d/dm E[z 1{z>0}] = P(z > 0), and through a function of t by the chain rule
    assert simplify(moment.diff(m) - upper(-m / sqrt(v)).rewrite(erf)).rewrite(erf).simplify() == 0
    assert moment.subs(m, t**2).diff(t).subs({t: 0, v: 1}) == 0


def test_net_input_of_a_weighted_sum():
    mean, variance = moments.net_input()
    omega, tau = moments.omega, moments.tau
    assert (mean, variance) == (mu * omega, nu * tau)
    assert moments.net_input_iid() == (0, tau * (nu + mu**2) + moments.beta)
