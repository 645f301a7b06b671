"""Signal propagation: what a fixed point does to gradients, and at finite width.

For independent weights the net input is z ~ N(0, v), v = tau S + beta with S = E[selu^2] of the
layer before.

* **Gradients.** Going back one layer multiplies their second moment by chi = tau E[selu'(z)^2]
  (:class:`GradientGain`). Without biases chi > 1 at every fixed point: after the fixed point's
  own equation is put in, that is the Gaussian Poincare inequality for an odd function, which
  Price's theorem proves in a line (:func:`poincare_steps`).
* **Finite width.** The empirical second moment of n units fluctuates with the fourth moment of
  the SELU, by half-line moments of order four (:class:`FourthMomentBelow`), and layers pass that
  on by the derivatives of q -> E[selu(z)^2] (:func:`second_moment_slopes`,
  :func:`stationary_fluctuation`).

The fourth moment of e^z - 1 below zero is the fourth difference of Mills' ratio. For small
s = sqrt(v) it cancels down to s^4, and its Taylor series about the middle is summed instead, as
:mod:`derivations.stable` does for the second one.
"""

from __future__ import annotations

from sympy import (
    Eq,
    Expr,
    Integer,
    Integral,
    Piecewise,
    Rational,
    Symbol,
    binomial,
    diff,
    exp,
    oo,
    pi,
    solve,
    sqrt,
    symbols,
)

from derivations import moments, stability
from derivations.correlation import BothBelow, BothBelowSlope
from derivations.formula import Formula, Named, Steps
from derivations.functions import MillsRatio, erfcx
from derivations.moments import (
    HalfLineMoment,
    MeanAbove,
    SecondMomentBelow,
    density,
    selu_pieces,
)
from derivations.sensitivity import T2, P, p0
from derivations.stability import derivative
from derivations.symbols import C, D, alpha, lamda, m, n, tau, v, z

EQUAL_GAIN = Rational(1, 10**9)
"""Distance from 1 within which a gain counts as 1."""

SERIES_VARIANCE = Rational(2, 5)
"""Variance below which differences of order three and four cancel, and a series is summed."""

HIGH_MOMENT_TERMS = 30
"""Terms of that series."""

s = Symbol("s", positive=True)
"""sqrt(v)."""

chi = Symbol("chi", positive=True)
"""The gradient gain."""

H3 = Symbol("H3", negative=True)
"""E[(e^z - 1)^3 1{z<0}]."""

H4 = Symbol("H4", positive=True)
"""E[(e^z - 1)^4 1{z<0}]."""

F1, F2, F3, F4 = FIRST_FOUR = symbols("F1:5", real=True)
"""E[selu(z)^k] for k = 1 to 4."""

rho = Symbol("rho", real=True)
"""g', the slope of the map g of second moments."""

curvature = Named("g2", "{g''}", real=True)
"""g''."""

mean_slope = Symbol("f1", real=True)
"""The derivative of the new mean with respect to the second moment q."""

fluctuation = Named("sigma2", r"{\sigma^2}", nonnegative=True)
"""Variance of a layer's empirical second moment."""

kappa, eta = symbols("kappa eta", real=True)
"""E[f'^4]/E[f'^2]^2, and the derivative of log(E[f'^2]) with respect to q."""

growth_variance = Symbol("gamma", nonnegative=True)
"""Variance of the logarithm of a gradient's growth."""

growth_covariance, shared = symbols("zeta xi", real=True)
"""Covariance of it with the empirical second moment q, and of f^2 with f'^2/E[f'^2]."""

mean_slope_square, square_slope = symbols("X1 X2", real=True)
"""E[f f'^2]/E[f'^2] and E[f^2 f'^2]/E[f'^2]."""

bias = Symbol("b", real=True)
"""How far its mean is from the fixed point."""


class ProbabilityAbove(HalfLineMoment):
    """P = P(z > 0), the mean of 1 there: Phi(m/s)."""

    name = "P"
    integrand = staticmethod(lambda z: Integer(1))
    half_line = (0, oo)
    is_positive = True


class SecondTail(HalfLineMoment):
    """T_2 = E[e^(2z) 1{z<0}], the mean squared slope of e^z - 1 there."""

    name = "T_2"
    integrand = staticmethod(lambda z: exp(2 * z))
    half_line = (-oo, 0)
    is_positive = True


class ThirdMomentAbove(HalfLineMoment):
    """E[z^3 1{z>0}]."""

    name = "C_3"
    integrand = staticmethod(lambda z: z**3)
    half_line = (0, oo)
    is_positive = True


class FourthMomentAbove(HalfLineMoment):
    """E[z^4 1{z>0}]."""

    name = "C_4"
    integrand = staticmethod(lambda z: z**4)
    half_line = (0, oo)
    is_positive = True


class FourthMomentBelow(HalfLineMoment):
    """E[(e^z - 1)^4 1{z<0}]."""

    name = "D_4"
    integrand = staticmethod(lambda z: (exp(z) - 1) ** 4)
    half_line = (-oo, 0)
    is_positive = True


class GradientGain(Formula):
    """chi = tau E[selu'(z)^2] of z ~ N(m, v).

    The gradient by a unit's input is the sum over the n units that it feeds of w_i selu'(z_i)
    times their own gradients. With these independent of the weights, its second moment is theirs
    times n E[w^2] E[selu'(z)^2].
    """

    name = r"\chi"
    nargs = 2
    is_positive = True

    def definition(self) -> Expr:
        """Return the two integrals of squared slope times density, unevaluated."""
        below, above = (diff(piece, z) ** 2 for piece in selu_pieces(z, alpha, lamda))
        weight = density(z, *self.args)
        return tau * (Integral(above * weight, (z, 0, oo)) + Integral(below * weight, (z, -oo, 0)))

    def closed_form(self) -> Expr:
        """Return tau lamda^2 (P + alpha^2 T_2), evaluated."""
        values = {P: ProbabilityAbove(*self.args).doit(), T2: SecondTail(*self.args).doit()}
        return gradient_gain().subs(values)


def gradient_gain() -> Expr:
    """Return chi = tau lamda^2 (P + alpha^2 T_2)."""
    return tau * lamda**2 * (P + alpha**2 * T2)


def fixed_point_without_bias() -> Eq:
    """Return tau E[selu(z)^2] = v, the second moment's equation for z ~ N(0, v), beta = 0."""
    return Eq(tau * moments.selu_second_moment(Integer(0), v), v, evaluate=False)


def gain_at_fixed_point() -> Expr:
    """Return chi where :func:`fixed_point_without_bias` holds.

    It is v (1 + 2 alpha^2 T_2)/(v + 2 alpha^2 D), and so above 1 exactly where D < v T_2.
    """
    at_zero = {
        C: v / 2,
        D: SecondMomentBelow(Integer(0), v),
        P: Rational(1, 2),
        T2: SecondTail(Integer(0), v),
    }
    (scale_square,) = solve(tau * stability.new_second_moment() - v, lamda**2)
    return gradient_gain().subs(lamda**2, scale_square).subs(at_zero).factor()


w = Symbol("w", real=True)
"""A standard normal variable, z = -s w."""


def odd_extension() -> Expr:
    """Return h(w) = (1 - e^(-s w))/s for w > 0, and -h(-w) for w < 0.

    That is (1 - e^z)/s of z = -s w, where z < 0. It is odd, so that its mean is 0, and its slope,
    e^(-s abs(w)), is continuous.
    """
    return Piecewise(((1 - exp(-s * w)) / s, w >= 0), ((exp(s * w) - 1) / s, True))


def poincare_steps() -> tuple[Eq, ...]:
    """Return the equations that prove D < v T_2: E[h^2] < E[h'^2] for the odd extension h.

    With standard normal w1, w2 of the correlation t, and both halves of h put together,

    1. v E[h(w)^2] = 2 D,
    2. E[h'(w)^2] = 2 T_2,
    3. v E[h(w1) h(w2)] = 2 (K_mm(t) - K_mm(-t)), and it is 0 at t = 0,
    4. E[h'(w1) h'(w2)] = 2 (Q_mm(t) + Q_mm(-t)), its derivative in t (Price's theorem).

    So D = v int_0^1 (Q_mm(t) + Q_mm(-t)) dt, equation 5. Since both w are standard normal,
    E[h'(w)^2] - E[h'(w1) h'(w2)] is half of E[(h'(w1) - h'(w2))^2], and positive for t < 1, because
    h' is no constant: Q_mm(t) + Q_mm(-t) < T_2, and the integral is less than v T_2.
    """
    t = Symbol("t", real=True)
    h = odd_extension()
    weight = density(w, Integer(0), Integer(1))
    below, tail = SecondMomentBelow(Integer(0), v), SecondTail(Integer(0), v)
    # braces keep SymPy from taking the names apart
    pair, slopes = (Symbol(rf"{{\mathbb{{E}}[{f}(w_1) {f}(w_2)]}}") for f in ("h", "h'"))
    return tuple(
        Eq(left, right, evaluate=False)
        for left, right in (
            (v * Integral(h.subs(s, sqrt(v)) ** 2 * weight, (w, -oo, oo)), 2 * below),
            (Integral(diff(h, w).subs(s, sqrt(v)) ** 2 * weight, (w, -oo, oo)), 2 * tail),
            (v * pair, 2 * (BothBelow(v, t) - BothBelow(v, -t))),
            (slopes, 2 * (BothBelowSlope(v, t) + BothBelowSlope(v, -t))),
            (below, v * Integral(BothBelowSlope(v, t) + BothBelowSlope(v, -t), (t, 0, 1))),
        )
    )


def high_moments_below() -> tuple[Expr, Expr]:
    """Return E[(e^z - 1)^k 1{z<0}] for k = 3 and 4 and z ~ N(0, v), by Mills' ratio.

    Completing the square, T_i = E[e^(iz) 1{z<0}] = phi(0) M(i s), and the binomial theorem makes
    a k-th difference with the step s of it.
    """
    return tuple(
        sum(
            (-1) ** (k - i) * binomial(k, i) * MillsRatio(i * sqrt(v)) / sqrt(2 * pi)
            for i in range(k + 1)
        )
        for k in (3, 4)
    )


def high_moments_below_by_differences() -> tuple[Expr, Expr]:
    """Return :func:`high_moments_below` by erfcx, which neither overflows nor underflows."""
    third, fourth = high_moments_below()
    return third.rewrite(erfcx), fourth.rewrite(erfcx)


def high_moments_below_by_series() -> Steps:
    """Return :func:`high_moments_below` for small v by the Taylor series of M about x = 2 s.

    M(x - h) is the sum of I_k h^k, and with the points x - 2s to x + 2s

        H3 = -phi(0) sum_{k>=3} (2^k - 3 - (-1)^k) s^k I_k,
        H4 = 2 phi(0) sum_{j>=2} (4^j - 4) s^(2j) I_2j:

    no term of either has another sign. The I_k by the recurrence of
    :func:`derivations.stable.moments_below_by_series`, upwards.
    """
    coefficients = symbols(f"I0:{HIGH_MOMENT_TERMS + 1}", positive=True)
    x = Symbol("x", positive=True)
    thirds, fourths = (symbols(f"{name}0:{HIGH_MOMENT_TERMS + 1}") for name in ("b", "d"))
    density_at_0 = 1 / sqrt(2 * pi)
    steps = [
        (s, sqrt(v)),
        (x, 2 * s),
        (coefficients[0], MillsRatio(x).rewrite(erfcx) * density_at_0),
        (coefficients[1], density_at_0 - x * coefficients[0]),
    ]
    for k in range(1, HIGH_MOMENT_TERMS):
        steps.append((coefficients[k + 1], (coefficients[k - 1] - x * coefficients[k]) / (k + 1)))
    third, fourth = Integer(0), Integer(0)
    for k in range(HIGH_MOMENT_TERMS, 2, -1):
        steps.append((thirds[k], s * (difference_weight(3, k) * coefficients[k] + third)))
        third = thirds[k]
        if k % 2 == 0:
            steps.append((fourths[k], s**2 * (difference_weight(4, k) * coefficients[k] + fourth)))
            fourth = fourths[k]
    return Steps(tuple(steps), (s**2 * third, s**2 * fourth))


def difference_weight(order: int, k: int) -> Expr:
    """Return the weight of I_k s^k in the difference of an order that starts at x - 2 s."""
    return sum(
        (-1) ** (order - i) * binomial(order, i) * Integer(2 - i) ** k for i in range(order + 1)
    )


def needs_series() -> Expr:
    """Return where :func:`high_moments_below_by_series` is to be used."""
    return v < SERIES_VARIANCE


def high_moments() -> tuple[Expr, Expr]:
    """Return E[selu(z)^3] and E[selu(z)^4] of z ~ N(0, v), given H3 and H4."""
    third, fourth = (above(Integer(0), v).doit() for above in (ThirdMomentAbove, FourthMomentAbove))
    return lamda**3 * (third + alpha**3 * H3), lamda**4 * (fourth + alpha**4 * H4)


def second_moment_slopes() -> tuple[Expr, Expr, Expr]:
    """Return g' and g'', and the derivative of E[selu(z)], all in q, where v = tau q + beta.

    They are made by the rules of :mod:`derivations.stability`, at m = 0. In

        g'' = (tau lamda alpha)^2 (4 T_2 - T_1/2 - 3 p_0/2)

    the T_i are Laplace transforms, T_i = phi(0) M(i s), and by parts all of it is -phi(0)/(2 s)
    times the integral of t e^(-s t - t^2/8) (1 - e^(-3 t^2/8)) over t > 0: g is concave.
    """
    by_q = tau
    slope = derivative(stability.new_second_moment(), v)
    mean = derivative(stability.new_mean(), v)
    at_zero = {m: Integer(0), P: Rational(1, 2)}
    return tuple(
        expression.subs(at_zero)
        for expression in (slope * by_q, derivative(slope, v) * by_q**2, mean * by_q)
    )


def next_fluctuations() -> tuple[Expr, Expr, Expr]:
    """Return the variances of a layer's empirical second moment, mean and variance.

    Given the layer before, n units are independent, and to first order in 1/n the moments are
    shifted by their slopes times its fluctuation, of the variance sigma2 (the law of total
    variance). A mean of n values of x has the variance Var(x)/n, and the empirical variance that
    of the mean of (x - E[x])^2. With F_k = E[selu^k], rho = g' and f1 the mean's slope:
    """
    spread = F2 - F1**2
    fourth_central = F4 - 4 * F1 * F3 + 6 * F1**2 * F2 - 3 * F1**4
    return (
        rho**2 * fluctuation + (F4 - F2**2) / n,
        mean_slope**2 * fluctuation + spread / n,
        (rho - 2 * F1 * mean_slope) ** 2 * fluctuation + (fourth_central - spread**2) / n,
    )


def next_bias() -> Expr:
    """Return the bias of the second moment one layer on, g(q + b + noise) to second order."""
    return rho * bias + curvature * fluctuation / 2


def slope_moments() -> tuple[Expr, Expr, Expr, Expr]:
    """Return (kappa, E[f f'^2]/G, E[f^2 f'^2]/G, eta) of f = selu and z ~ N(0, v), G = E[f'^2].

    kappa is E[f'^4]/G^2, and eta the derivative of log(G) in q, where v = tau q + beta. All are
    made of T_i = E[e^(iz) 1{z<0}] = phi(0) M(i s), and of half-line moments above zero.
    """
    T = [(MillsRatio(i * sqrt(v)) / sqrt(2 * pi)).rewrite(erfcx) for i in range(5)]
    above = [ProbabilityAbove(Integer(0), v), MeanAbove(Integer(0), v), v / 2]
    of_slope = lamda**2 * (above[0].doit() + alpha**2 * T[2])
    fourth = lamda**4 * (above[0].doit() + alpha**4 * T[4])
    mean = lamda**3 * (above[1].doit() + alpha**3 * (T[3] - T[2]))
    square = lamda**4 * (above[2] + alpha**4 * (T[4] - 2 * T[3] + T[2]))
    by_v = derivative(lamda**2 * (P + alpha**2 * T2), v).subs({m: 0, p0: 1 / sqrt(2 * pi * v)})
    eta = tau * by_v.subs(T2, T[2]) / of_slope
    return fourth / of_slope**2, mean / of_slope, square / of_slope, eta


def next_growth_fluctuations() -> tuple[Expr, Expr]:
    """Return the variance of the logarithm of a gradient's growth, and its covariance with q.

    Both are taken over networks, one layer on, to first order in 1/n. Through a layer of n units a
    gradient g goes as W^T D g, D the slopes. Given g and D, the n entries are independent normal
    variables, whose mean square has the relative variance 2/n. Given g, of n entries that are
    normal variables, the mean of f'^2 g^2 has the relative variance 3 (kappa - 1)/n. Beside these,
    (3 kappa - 1)/n together, the layer's gain follows its input's q by eta.

    The units that make the gain make the next q, too, which is shared as the covariance of f'^2
    and f^2 over n units.
    """
    return (
        growth_variance + 2 * eta * growth_covariance + eta**2 * fluctuation + (3 * kappa - 1) / n,
        rho * (growth_covariance + eta * fluctuation) + shared / n,
    )


def shared_by_squares() -> Expr:
    """Return the covariance of f^2 with f'^2/E[f'^2], which next_growth_fluctuations takes."""
    return square_slope - F2


def shared_by_variances() -> Expr:
    """Return the covariance of (f - E[f])^2 with f'^2/E[f'^2], for weights of the sum 0."""
    return square_slope - F2 - 2 * F1 * (mean_slope_square - F1)


def stationary_fluctuation() -> tuple[Expr, Expr]:
    """Return the variance and the bias of the second moment that layers pass on unchanged.

    sigma2 = (F4 - F2^2)/(n (1 - rho^2)) and b = g'' sigma2/(2 (1 - rho)).
    """
    (variance,) = solve(Eq(next_fluctuations()[0], fluctuation), fluctuation)
    (shift,) = solve(Eq(next_bias(), bias), bias)
    return variance, shift
