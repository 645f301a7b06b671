import mpmath
import pytest
from sympy import Rational, diff

from derivations.special import OwensT, Phi, logistic, softplus
from derivations.symbols import z


def test_owens_t():
    assert OwensT(0, 1) == Rational(1, 8)
    assert OwensT(1, 0) == 0
    assert abs(OwensT(Rational(1, 2), 2).evalf(20) - mpmath.mpf("0.14158060365397839")) < 1e-15
    step = Rational(1, 10**8)
    for form in (OwensT(z, Rational(2, 3)), OwensT(Rational(1, 2), z)):
        slope = diff(form, z).subs(z, Rational(3, 4)).evalf(20)
        ends = (form.subs(z, Rational(3, 4) + side * step).evalf(30) for side in (1, -1))
        assert abs((next(ends) - next(ends)) / (2 * step) - slope) < 1e-12


@pytest.mark.parametrize(
    ("function", "truth"),
    [
        (logistic, lambda x: 1 / (1 + mpmath.exp(-x))),
        (softplus, lambda x: mpmath.log1p(mpmath.exp(x))),
        (Phi, mpmath.ncdf),
    ],
)
@pytest.mark.parametrize("place", ["-3.5", "0.25", "2"])
def test_values_and_derivatives(function, truth, place):
    at = Rational(place)
    with mpmath.workdps(30):
        value = mpmath.mpf(str(function(at).evalf(30)))
        slope = mpmath.mpf(str(diff(function(z), z).subs(z, at).evalf(30)))
        assert abs(value - truth(mpmath.mpf(place))) < 1e-27
        assert abs(slope - mpmath.diff(truth, mpmath.mpf(place))) < 1e-13
