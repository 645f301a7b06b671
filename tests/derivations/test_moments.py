import mpmath
import pytest
from sympy import Rational, erf, erfc, exp, expand, pi, simplify, sqrt

from derivations import moments
from derivations.symbols import A, B, C, D, m, mu, nu, v
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


def test_net_input_of_a_weighted_sum():
    mean, variance = moments.net_input()
    omega, tau = moments.omega, moments.tau
    assert (mean, variance) == (mu * omega, nu * tau)
    assert moments.net_input_iid() == (0, tau * (nu + mu**2) + moments.beta)
