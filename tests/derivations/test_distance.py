import mpmath
import pytest
from sympy import Integer, lambdify, simplify

from derivations import correlation, distance
from derivations.symbols import alpha, beta, c, lamda, tau, v
from tests.derivations.test_correlation import ERFCX, digits


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variance", "d"), [("1.5", "0.7"), ("0.01", "0.001"), ("40", "0.05"), ("9", "1")]
)
def test_the_four_integrals_are_what_the_mean_product_lacks(variance, d):
    """K(1) - K(c) in closed form, at thirty digits; it is some 1e-5 of K(1) at the second point."""
    with mpmath.workdps(40):
        variance, d = mpmath.mpf(variance), mpmath.mpf(d)
        limits = lambdify([v, distance.d], distance.distance_limits().unfolded(), "mpmath")
        limits = limits(variance, d)
        limits = (0, *limits[:5], 0, limits[5])
        total = mpmath.mpf(0)
        for part, start, end in zip(distance.DISTANCE, limits[::2], limits[1::2], strict=True):
            (integrand,) = part().unfolded()
            f = lambdify(
                [correlation.w, v, distance.d, alpha], integrand, [ERFCX, "mpmath"], cse=True
            )
            places = mpmath.linspace(start, end, 4)
            total += mpmath.quad(lambda w, f=f: f(w, variance, d, mpmath.mpf(2)), places)
        mean = correlation.pair_mean().doit().subs({alpha: 2, lamda: 1, v: variance})
        below = (mpmath.expm1, lambda z: mpmath.expm1(z) ** 2)
        weight = lambda z: mpmath.npdf(z, 0, mpmath.sqrt(variance))  # noqa: E731
        width = mpmath.sqrt(variance)
        places = [-20 * width, -5 * width, -width, 0]
        square = variance / 2 + 4 * mpmath.quad(lambda z: below[1](z) * weight(z), places)
        expected = square - digits(mean.subs(c, 1 - d))
        assert abs(total / expected - 1) < 1e-24


def test_the_slope_is_that_of_the_mean_product():
    assert simplify(distance.distance_slope() + correlation.pair_mean_slope()) == 0


def test_next_decorrelation_is_1_less_the_next_correlation():
    second_moment = distance.M + correlation.K
    variance = tau * second_moment + beta
    following = correlation.next_correlation().subs(v, variance)
    assert simplify(1 - following - distance.next_decorrelation().subs(v, variance)) == 0


def test_the_limits_meet():
    """At p = sin(theta)/2 the first and the second one, at k = cos(theta/2)/4 it and the third."""
    limits = distance.distance_limits().unfolded()
    at = {v: Integer(3), distance.d: Integer(1) / 2}
    edge, nearest, border, end = (limits[i].subs(at) for i in (0, 1, 2, 4))
    with mpmath.workdps(25):
        s, theta = mpmath.sqrt(3), mpmath.acos(mpmath.mpf("0.5"))
        assert abs(mpmath.sinh(digits(edge)) / s - theta) < 1e-20
        assert abs(2 * mpmath.sinh(digits(nearest)) / s - theta) < 1e-20
        k = mpmath.cos(theta / 2) * mpmath.cos(mpmath.sinh(digits(border)) / s)
        assert abs(mpmath.sin(theta / 2) * mpmath.sinh(digits(end)) - k) < 1e-20
