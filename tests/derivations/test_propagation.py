import mpmath
import pytest
from sympy import (
    Integer,
    Integral,
    Rational,
    Symbol,
    diff,
    erf,
    erfc,
    exp,
    expand,
    lambdify,
    latex,
    oo,
    pi,
    simplify,
    solve,
    sqrt,
)

from derivations import propagation, stability
from derivations.correlation import BothBelow, BothBelowSlope
from derivations.functions import erfcx
from derivations.moments import HalfLineMoment, SecondMomentBelow, selu_second_moment
from derivations.propagation import GradientGain, SecondTail
from derivations.sensitivity import T1, T2, P, p0
from derivations.symbols import C, D, alpha, lamda, m, tau, v
from tests.derivations.test_correlation import ERFCX, digits
from tests.derivations.test_sensitivity import VALUES
from tests.derivations.test_stable import evaluated
from tests.reference import PROPAGATED, Propagated, each


def is_zero(expression) -> bool:
    """Return whether an expression in erfc is zero."""
    return simplify(expand(expression.doit().replace(erfc, lambda x: 1 - erf(x)))) == 0


def exact(row: Propagated):
    return {
        v: Rational(row.net_input_variance),
        alpha: Rational(row.alpha),
        lamda: Rational(row.scale),
        tau: Rational(row.tau),
    }


@each(PROPAGATED)
def test_gain_of_the_reference(row: Propagated):
    gain = GradientGain(0, v).doit().subs(exact(row))
    with mpmath.workdps(30):
        assert abs(digits(gain) / mpmath.mpf(row.gradient_gain) - 1) < 1e-23


@each(PROPAGATED)
def test_fourth_moment_of_the_reference(row: Propagated):
    below = propagation.FourthMomentBelow(0, v).doit()
    _, fourth = propagation.high_moments()
    value = fourth.subs(propagation.H4, below).subs(exact(row))
    with mpmath.workdps(30):
        assert abs(digits(value, 40) / mpmath.mpf(row.fourth_moment) - 1) < 1e-23


@each([row for row in PROPAGATED if row.bias_variance == "0"])
def test_gain_at_fixed_point(row: Propagated):
    """With alpha alone: lamda follows from the fixed point's second moment."""
    gain = propagation.gain_at_fixed_point().doit().subs(exact(row))
    with mpmath.workdps(30):
        assert abs(digits(gain) / mpmath.mpf(row.gradient_gain) - 1) < 1e-22


def test_gain_is_the_integral_for_any_mean():
    gain = GradientGain(m, v)
    point = {m: Rational(-1, 2), v: 2, alpha: 3, lamda: Rational(1, 3), tau: 2}
    assert gain.definition().has(Integral)
    assert is_zero(gain.definition().subs(m, 0) - GradientGain(0, v).doit())
    with mpmath.workdps(30):
        # 2/9 (P + 9 T_2), by quadrature
        density = lambda z: mpmath.npdf(z, -0.5, mpmath.sqrt(2))  # noqa: E731
        above = mpmath.quad(density, [0, 2, 5, 25])
        below = mpmath.quad(lambda z: mpmath.exp(2 * z) * density(z), [-25, -5, -2, 0])
        assert abs(digits(gain.doit().subs(point)) - (above + 9 * below) * 2 / 9) < 1e-25


def test_gain_is_above_one_exactly_where_the_inequality_holds():
    gain = propagation.gain_at_fixed_point()
    below, tail = SecondMomentBelow(0, v), SecondTail(0, v)
    numerator, denominator = (gain - 1).together().as_numer_denom()
    assert expand(numerator - 2 * alpha**2 * (v * tail - below)) == 0
    assert expand(denominator - (v + 2 * alpha**2 * below)) == 0


@pytest.mark.parametrize("variance", [Rational(1, 10), 3, 50])
def test_poincare_steps(variance):
    squares, slopes, pair, pair_slopes, by_price = propagation.poincare_steps()
    with mpmath.workdps(25):
        for step in (squares, slopes):
            # by quadrature: SymPy's integral of the Piecewise is not needed
            left, right = step.lhs.subs(v, variance), step.rhs.subs(v, variance)
            (integral,) = left.atoms(Integral)
            f = lambdify(propagation.w, integral.function, "mpmath")
            value = mpmath.quad(f, [-15, -5, -1, 0, 1, 5, 15]) * mpmath.mpf(str(left / integral))
            assert abs(value - digits(right.doit())) < 1e-18
    (t,) = pair.rhs.free_symbols - {v}
    assert pair.rhs.subs(t, 0) == 0
    price = (v * pair_slopes.rhs - pair.rhs.doit().diff(t)).doit()
    assert abs(digits(price.subs({v: variance, t: Rational(1, 3)}))) < 1e-25
    (integral,) = by_price.rhs.atoms(Integral)
    assert integral.limits[0][1:] == (0, 1)
    with mpmath.workdps(25):
        found = digits(BothBelow(variance, 1 - Rational(1, 10**4)).doit())
        found -= digits(BothBelow(variance, -1 + Rational(1, 10**4)).doit())
        whole = digits(SecondMomentBelow(0, variance).doit())
        # what is missing is less than 1e-4 of v T_2, and the inequality is the sum of both
        assert 0 < whole - found < variance * digits(SecondTail(0, variance).doit()) / 10**4


@pytest.mark.parametrize("t", [Rational(-1, 2), Rational(1, 10), Rational(9, 10)])
@pytest.mark.parametrize("variance", [Rational(1, 10), 3, 50])
def test_slopes_are_correlated_by_less_than_one(variance, t):
    pair = BothBelowSlope(variance, t).doit() + BothBelowSlope(variance, -t).doit()
    assert digits(pair) < digits(SecondTail(0, variance).doit())


class ThirdMomentBelow(HalfLineMoment):
    """E[(e^z - 1)^3 1{z<0}]."""

    name = "D_3"
    integrand = staticmethod(lambda z: (exp(z) - 1) ** 3)
    half_line = (-oo, 0)
    is_negative = True


def test_powers_below_are_the_integrals():
    for found, moment in zip(
        propagation.high_moments_below(),
        (ThirdMomentBelow, propagation.FourthMomentBelow),
        strict=True,
    ):
        closed = found.rewrite(erfcx).rewrite(erfc).subs(v, 2)
        assert simplify(expand(closed - moment(0, 2).doit())) == 0
        integral = moment(0, 2).definition()
        f = lambdify(integral.limits[0][0], integral.function, "mpmath")
        with mpmath.workdps(25):
            assert abs(mpmath.quad(f, [-30, -6, -2, -0.5, 0]) - digits(closed)) < 1e-20


@pytest.mark.parametrize("variance", ["1e-8", "0.01", "0.3", "0.4"])
def test_series_gives_the_powers(variance):
    differences = propagation.high_moments_below_by_differences()
    with mpmath.workdps(60):
        value = mpmath.mpf(variance)
        series = evaluated(propagation.high_moments_below_by_series(), mpmath.mpf(0), value)
        for found, expected in zip(series, differences, strict=True):
            assert abs(found / lambdify(v, expected, [ERFCX, "mpmath"])(value) - 1) < 1e-14


def test_no_term_of_the_series_cancels():
    for order in (3, 4):
        weights = [
            propagation.difference_weight(order, k)
            for k in range(propagation.HIGH_MOMENT_TERMS + 1)
        ]
        assert weights[:order] == [0] * order
        assert len({weight > 0 for weight in weights if weight}) == 1


def test_slopes_of_the_second_moment():
    """They are the derivatives of the closed form, integrated before it is differentiated."""
    q = Symbol("q", positive=True)
    at = tau * q + Rational(1, 7)
    closed = selu_second_moment(Integer(0), v).doit().subs(v, at)
    mean = stability.new_mean().subs(stability.HALF_LINE_MOMENTS).doit().subs(m, 0).subs(v, at)
    expected = closed.diff(q), closed.diff(q, 2), mean.diff(q)
    point = {q: Rational(3, 2), tau: Rational(4, 3), alpha: Rational(5, 3), lamda: Rational(6, 5)}
    for found, value in zip(propagation.second_moment_slopes(), expected, strict=True):
        by_value = found.subs(VALUES).subs(m, 0).subs(v, at)
        assert abs(digits((by_value - value).subs(point))) < 1e-28


def test_curvature_is_a_negative_integral():
    _, curvature, _ = propagation.second_moment_slopes()
    closed = curvature.subs(VALUES).subs({m: 0, v: 4, tau: 1, alpha: 1, lamda: 1})
    with mpmath.workdps(30):
        integral = mpmath.quad(
            lambda t: t * mpmath.exp(-2 * t - t * t / 8) * (1 - mpmath.exp(-3 * t * t / 8)),
            mpmath.linspace(0, 24, 9),
        )
        expected = -integral / (4 * mpmath.sqrt(2 * mpmath.pi))
        assert abs(digits(closed) - expected) < 1e-25


def test_stationary_fluctuation_is_the_limit_of_passing_on():
    numbers = {
        propagation.F2: Rational(3, 2),
        propagation.F4: 7,
        propagation.rho: Rational(4, 5),
        propagation.curvature: Rational(-1, 3),
        propagation.n: 100,
    }
    square, shift = Rational(0), Rational(0)
    second_moment, *_ = propagation.next_fluctuations()
    for _ in range(200):
        here = {propagation.fluctuation: square, propagation.bias: shift}
        square, shift = (
            e.subs(numbers).subs(here).evalf(30) for e in (second_moment, propagation.next_bias())
        )
    # (7 - 9/4)/(100 (1 - 16/25)), and -1/6 of it over 1/5
    limits = [e.subs(numbers) for e in propagation.stationary_fluctuation()]
    assert limits[0] == Rational(19, 144)
    for found, limit in zip((square, shift), limits, strict=True):
        assert abs(found - limit.subs(propagation.fluctuation, limits[0])) < 1e-15


def test_what_units_fluctuate_by():
    """For a two-point distribution, whose sums over n = 2 units are counted by hand."""
    # values 0 and 2 with probability 1/2: F_k = 2^(k-1); of two units, the empirical second
    # moment is 0, 2 or 4, the mean 0, 1 or 2, to first order in 1/n the variance of (x - 1)^2 is 0
    numbers = dict(zip(propagation.FIRST_FOUR, (1, 2, 4, 8), strict=True))
    numbers |= {propagation.fluctuation: 0, propagation.n: 2}
    assert [e.subs(numbers) for e in propagation.next_fluctuations()] == [2, Rational(1, 2), 0]


@pytest.mark.parametrize("variance", ["0.25", "1", "9"])
def test_slope_moments_are_the_integrals(variance):
    with mpmath.workdps(30):
        s = mpmath.sqrt(mpmath.mpf(variance))
        a, scale, size = mpmath.mpf(5) / 3, mpmath.mpf(6) / 5, mpmath.mpf(2)

        def mean(function, s=s):
            """Return E[function(f, f')]."""
            below = lambda z: function(scale * a * mpmath.expm1(z), scale * a * mpmath.exp(z))  # noqa: E731
            above = lambda z: function(scale * z, scale)  # noqa: E731
            return mpmath.quad(
                lambda w: (below(-s * w) + above(s * w)) * mpmath.npdf(w), [0, 1, 3, 8, 14]
            )

        of_slope = mean(lambda f, g: g**2)
        step = mpmath.mpf(10) ** -10
        ends = [mean(lambda f, g: g**2, mpmath.sqrt(s**2 + h)) for h in (size * step, -size * step)]
        expected = (
            mean(lambda f, g: g**4) / of_slope**2,
            mean(lambda f, g: f * g**2) / of_slope,
            mean(lambda f, g: f**2 * g**2) / of_slope,
            (mpmath.log(ends[0]) - mpmath.log(ends[1])) / (2 * step),
        )
        given = [alpha, lamda, v, tau]
        for formula, value in zip(propagation.slope_moments(), expected, strict=True):
            found = lambdify(given, formula, [ERFCX, "mpmath"])(a, scale, s**2, size)
            assert abs(found - value) < 1e-17


def test_growth_of_a_linear_network_fluctuates_by_2_over_the_width():
    """There f' is constant, and a gradient's growth is a product of chi^2_n/n."""
    linear = {propagation.kappa: 1, propagation.eta: 0, propagation.shared: 0}
    linear |= {propagation.growth_variance: 6, propagation.growth_covariance: 0}
    variance, covariance = (
        e.subs(linear).subs(propagation.n, 100) for e in propagation.next_growth_fluctuations()
    )
    assert variance == 6 + Rational(2, 100)
    assert covariance == 0


def test_what_gain_and_moments_share():
    """For f = z on z > 0, 0 elsewhere, of z ~ N(0, 1): f' is 0 or 1, and G = 1/2."""
    half = Rational(1, 2)
    numbers = {propagation.F1: 1 / sqrt(2 * pi), propagation.F2: half}
    numbers |= {propagation.mean_slope_square: 2 / sqrt(2 * pi), propagation.square_slope: 1}
    assert propagation.shared_by_squares().subs(numbers) == half
    # E[(f - F1)^2 f'^2]/G - Var f, and E[f] = 1/sqrt(2 pi)
    expected = 1 - 4 / (2 * pi) + 1 / (2 * pi) - (half - 1 / (2 * pi))
    assert simplify(propagation.shared_by_variances().subs(numbers) - expected) == 0


def test_names_print_as_they_are_read():
    assert latex(propagation.fluctuation) == r"{\sigma^2}"
    assert latex(propagation.curvature**2) == "{g''}^{2}"
    third, fourth = propagation.poincare_steps()[2:4]
    assert latex(third) == r"v {\mathbb{E}[h(w_1) h(w_2)]} = - 2 K_{--}(- t) + 2 K_{--}(t)"
    assert latex(fourth) == r"{\mathbb{E}[h'(w_1) h'(w_2)]} = 2 Q_{--}(- t) + 2 Q_{--}(t)"


def test_fixed_point_without_bias():
    equation = propagation.fixed_point_without_bias()
    (square,) = solve(tau * lamda**2 * (C + alpha**2 * D) - v, lamda**2)
    at = square.subs({C: v / 2, D: SecondMomentBelow(0, v).doit()})
    left = equation.lhs.doit().subs(lamda**2, at)
    assert is_zero(left - equation.rhs)
    assert diff(propagation.gradient_gain(), P) == tau * lamda**2
    assert {T1, T2, p0} <= propagation.second_moment_slopes()[1].free_symbols
