import mpmath
import numpy as np
import pytest
from sympy import Rational, exp, lambdify, latex, simplify, symbols

from derivations import correlation
from derivations.correlation import (
    BothAbove,
    BothAboveSlope,
    BothBelow,
    BothBelowSlope,
    Opposite,
    OppositeSlope,
)
from derivations.formula import stated
from derivations.moments import MeanAbove, MeanBelow
from derivations.symbols import alpha, c, lamda, v
from tests.derivations.tools import is_zero
from tests.reference import PROPAGATED, Propagated, each

MOMENTS = [BothAbove, Opposite, BothBelow, BothAboveSlope, OppositeSlope, BothBelowSlope]
POINT = {v: Rational(7, 5), c: Rational(3, 10)}
ERFCX = {"erfcx": lambda x: mpmath.exp(x**2) * mpmath.erfc(x)}


def digits(expression, count: int = 30):
    """Return the value of an expression as an mpmath number."""
    return mpmath.mpf(str(expression.evalf(count + 5)))


def test_price_step():
    by_correlation, mixed = correlation.price_step()
    assert simplify(by_correlation - mixed) == 0


def test_stein_step():
    product, derivatives = correlation.stein_step()
    assert simplify(product - derivatives) == 0


def test_given_one_input_the_other_is_normal():
    """The density of the pair over that of z1 is that of N(c z1, (1 - c^2) v) at z2."""
    at = {c: Rational(1, 3), v: Rational(7, 5), correlation.z1: 2, correlation.z2: Rational(-4, 9)}
    joint = float(correlation.pair_density().subs(at))
    spread = float(correlation.conditional_variance().subs(at)) ** 0.5
    conditional = mpmath.npdf(-4 / 9, 2 / 3, spread)
    assert joint == pytest.approx(float(conditional * mpmath.npdf(2, 0, (7 / 5) ** 0.5)), rel=1e-12)


def test_completed_square_is_the_shifted_density():
    z1, z2 = correlation.z1, correlation.z2
    for a, b in ((0, 1), (1, 1), (2, -1)):
        m1, m2, exponent = correlation.completed_square(a, b)
        density = correlation.pair_density()
        shifted = density.subs({z1: z1 - m1, z2: z2 - m2}, simultaneous=True)
        assert is_zero(exp(a * z1 + b * z2 - exponent) * density / shifted - 1)


@pytest.mark.parametrize(
    ("moment", "slope"),
    [(BothAbove, BothAboveSlope), (Opposite, OppositeSlope), (BothBelow, BothBelowSlope)],
    ids=["++", "+-", "--"],
)
def test_price_s_theorem_holds_for_each_closed_form(moment, slope):
    """The slope's closed form comes from no derivative, and the moment's from the slope or not."""
    assert is_zero(moment(v, c).doit().diff(c) - v * slope(v, c).doit())


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
def test_closed_form_is_the_double_integral(moment):
    integral = moment(v, c).definition().subs(POINT)
    integrand = lambdify([correlation.z1, correlation.z2], integral.function, "numpy")
    nodes, weights = np.polynomial.legendre.leggauss(80)
    lines = [sign * 6 * (nodes + 1) for sign in moment.signs]
    value = 36 * weights @ (integrand(lines[0][:, None], lines[1]) @ weights)
    assert value == pytest.approx(float(moment(v, c).doit().subs(POINT).evalf()), rel=1e-12)


def test_a_moment_prints_short_and_is_stated_in_full():
    assert BothBelow(v, c)._repr_latex_() == r"$\displaystyle K_{--}$"
    assert stated(Opposite(v, c)).rhs.has(correlation.Integral)


def test_a_moment_prints_its_correlation_where_it_is_another_one():
    t = symbols("t")
    assert latex(BothBelow(v, -t)) == "K_{--}(- t)"
    assert latex(BothBelowSlope(v, t) ** 2) == r"Q_{--}^{2}(t)"
    assert latex(OppositeSlope(v, Rational(1, 2))) == r"Q_{+-}(\frac{1}{2})"


@pytest.mark.parametrize(
    ("moment", "factors"),
    [
        (BothAbove, (MeanAbove, MeanAbove)),
        (Opposite, (MeanAbove, MeanBelow)),
        (BothBelow, (MeanBelow, MeanBelow)),
    ],
    ids=["++", "+-", "--"],
)
def test_uncorrelated_inputs_are_independent(moment, factors):
    first, second = (factor(0, POINT[v]).doit() for factor in factors)
    found = moment(v, c).doit().subs({c: 0, v: POINT[v]})
    assert abs(digits(found) - digits(first * second)) < 1e-28


@each(PROPAGATED)
def test_reference(row: Propagated):
    point = {
        v: Rational(row.net_input_variance),
        c: Rational(row.correlation),
        alpha: Rational(row.alpha),
        lamda: Rational(row.scale),
    }
    step = correlation.next_correlation().subs(
        {
            correlation.K: correlation.pair_mean().doit(),
            correlation.tau: Rational(row.tau),
            correlation.beta: Rational(row.bias_variance),
        }
    )
    with mpmath.workdps(30):
        assert abs(digits(step.subs(point)) - mpmath.mpf(row.next_correlation)) < 1e-23


def test_slope_is_the_derivative_of_the_mean():
    found = correlation.pair_mean().doit().diff(c) - correlation.pair_mean_slope().doit()
    assert is_zero(found)


@pytest.mark.parametrize(("variance", "r"), [(1.5, 0.3), (0.01, -0.7), (40.0, 0.95), (300.0, 0.2)])
def test_angles_give_the_closed_form(variance, r):
    """At arguments that the closed forms can still be evaluated at, to thirty digits."""
    with mpmath.workdps(40):
        variance, r = mpmath.mpf(variance), mpmath.mpf(r)
        angles = {correlation.theta: mpmath.acos(r), correlation.eta: mpmath.acos(-r)}
        symbols_ = [v, *angles]
        ends = lambdify(symbols_, correlation.angle_limits(), "mpmath")(variance, *angles.values())
        integrals = []
        for steps, end in zip(
            (correlation.both_below_integrand(), correlation.opposite_slope_integrand()),
            ends,
            strict=True,
        ):
            integrand = lambdify([correlation.w, *symbols_], steps.unfolded()[0], [ERFCX, "mpmath"])
            integrals.append(
                mpmath.quad(
                    lambda w, f=integrand: f(w, variance, *angles.values()),
                    mpmath.linspace(0, end, 4),
                )
            )
        below, slope = integrals
        exact = {v: variance, c: r}
        assert abs(below - digits(BothBelow(v, c).doit().subs(exact))) < 1e-28
        magnitude = {v: variance, c: abs(r)}
        assert abs(slope - digits(OppositeSlope(v, c).doit().subs(magnitude))) < 1e-28

        given = (correlation.Kmm, correlation.W, c, correlation.eta, v, alpha, lamda)
        mean = lambdify(given, correlation.pair_mean_by_angles().unfolded()[0], [ERFCX, "mpmath"])
        found = mean(*integrals, r, angles[correlation.eta], variance, 2, 3)
        expected = correlation.pair_mean().doit().subs({**exact, alpha: 2, lamda: 3})
        assert abs(found - digits(expected)) < 1e-26
