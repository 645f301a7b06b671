import mpmath
import pytest
from sympy import Rational, log, oo, pi

from derivations.special import OwensT, Phi, logistic, softplus
from derivations.symbols import z

VALUES = {
    logistic: lambda x: 1 / (1 + mpmath.exp(-x)),
    softplus: lambda x: mpmath.log1p(mpmath.exp(x)),
    Phi: mpmath.ncdf,
}


@pytest.mark.parametrize("function", VALUES)
@pytest.mark.parametrize("x", [-3, Rational(-1, 2), 3])
def test_values_and_derivatives(function, x):
    with mpmath.workdps(40):
        point = mpmath.mpf(x.p) / x.q if isinstance(x, Rational) else mpmath.mpf(x)
        value = mpmath.mpf(str(function(x).evalf(35)))
        assert abs(value / VALUES[function](point) - 1) < mpmath.mpf("1e-30")
        slope = mpmath.mpf(str(function(z).diff(z).subs(z, x).evalf(35)))
        assert abs(slope / mpmath.diff(VALUES[function], point) - 1) < mpmath.mpf("1e-15")


def test_values_at_0_and_at_infinity():
    assert (logistic(0), softplus(0), Phi(0)) == (Rational(1, 2), log(2), Rational(1, 2))
    assert (Phi(-oo), Phi(oo)) == (0, 1)
    assert OwensT(0, 1) == pi / 4 / (2 * pi)


def test_owens_t_is_a_probability_of_two_normal_variables():
    """T(h, a) = P(x > h, 0 < y < a x), by quadrature over x."""
    h, a = mpmath.mpf(1) / 2, mpmath.mpf(2)
    truth = mpmath.quad(
        lambda x: mpmath.npdf(x) * (mpmath.ncdf(a * x) - mpmath.mpf(1) / 2), [h, 2, 4, 9]
    )
    assert abs(OwensT(Rational(1, 2), 2).evalf(20) - truth) < 1e-14
