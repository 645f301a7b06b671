"""Pairs of inputs: how a layer changes the correlation of their net inputs.

Two inputs of a network make two net inputs in each unit, z1 and z2. For independent weights
they are Gaussian with the correlation c, and each is N(0, v). With f = selu,

    K(c) = E[f(z1) f(z2)] = lamda^2 (K_pp + 2 alpha K_pm + alpha^2 K_mm),

a sum over the signs of z1 and z2 (:class:`BothAbove`, :class:`Opposite`, :class:`BothBelow`).
Three facts about the density of the pair are all that its closed form needs:

* **Price's theorem** (:func:`price_step`): d/dc of the density is v times its mixed derivative,
  so integrating by parts twice gives K'(c) = v E[f'(z1) f'(z2)];
* **Stein's lemma** (:func:`stein_step`): z1 times the density is -v (d/dz1 + c d/dz2) of it;
* **a completed square** (:func:`tilted`): an exponential only shifts the density, so that its
  mean over a quadrant is an orthant probability, the bivariate normal distribution function.

In float64 the closed forms multiply an orthant probability of 1e-10000 by an exponential of
1e10000, and for small v they are differences of numbers near 1/4. In polar coordinates neither
happens. The radius integrates to Mills' ratio, and what is left is an integral of an analytic
function over an angle (:func:`both_below_integrand`, :func:`opposite_slope_integrand`).

Pairs that are nearly alike need more: 1 - c' is then a small difference. It is a multiple of half
the mean squared distance of the activations,

    M(c) = E[(f(z1) - f(z2))^2]/2 = K(1) - K(c) = int_c^1 K'(t) dt,

and by Price's theorem an integral of orthant probabilities, all positive. With the angle
t = cos(phi) they are integrals over the angle as well, and of the two integrals one has a closed
form (:func:`distance_near_edge`): M is a sum of four positive integrals over an angle, for
0 <= c <= 1, and is computed to the same relative accuracy however close c is to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from sympy import (
    Expr,
    Integer,
    Integral,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    acos,
    asin,
    asinh,
    cos,
    cosh,
    diff,
    exp,
    integrate,
    oo,
    pi,
    simplify,
    sin,
    sinh,
    solve,
    sqrt,
    symbols,
)

from derivations.formula import Formula, Steps
from derivations.functions import Orthant, erfcx, mills_coefficient, standard_pair_density
from derivations.moments import MeanBelow
from derivations.symbols import alpha, beta, c, lamda, tau, v

z1, z2 = symbols("z1 z2", real=True)
"""The two net inputs."""

s = Symbol("s", positive=True)
"""sqrt(v)."""

theta = Symbol("theta", positive=True)
"""The angle between z1 and z2 as vectors, acos(c)."""

eta = Symbol("eta", positive=True)
"""Its complement pi - theta = acos(-c), the angle of the wedge in which both are negative."""

PEAK = Rational(1, 4)
"""k/cos(theta/2) where :func:`distance_near_peak` takes over."""

FORGOTTEN = Integer(36)
"""e^-36 is less than the roundoff 2^-51."""

w = Symbol("w", nonnegative=True)
"""What is integrated over: the angle from the wedge's edge is delta = sinh(w)/s."""

delta = Symbol("delta", nonnegative=True)
"""The angle from the edge of a wedge, on which z2 = 0."""

K = Symbol("K", real=True)
"""E[f(z1) f(z2)]."""

d = Symbol("d", nonnegative=True)
"""The decorrelation 1 - c of a pair."""

HALF_ANGLE = symbols("sine cosine", nonnegative=True)
"""sin(theta/2) and cos(theta/2)."""

M = Symbol("M", nonnegative=True)
"""E[(f(z1) - f(z2))^2]/2, half the mean squared distance of two activations."""

Kmm = Symbol("K_mm", positive=True)
"""E[(e^z1 - 1)(e^z2 - 1) 1{z1<0, z2<0}]."""

W = Symbol("W", positive=True)
"""E[e^z2 1{z1>0, z2<0}] at abs(c)."""


def pair_density() -> Expr:
    """Return the density of (z1, z2)."""
    return standard_pair_density(z1 / sqrt(v), z2 / sqrt(v), c) / v


def price_step() -> tuple[Expr, Expr]:
    """Return d/dc of the pair's density, and v times its mixed derivative (R. Price, 1958)."""
    return diff(pair_density(), c), v * diff(pair_density(), z1, z2)


def stein_step() -> tuple[Expr, Expr]:
    """Return z1 times the pair's density, and -v (d/dz1 + c d/dz2) of it (C. Stein, 1972)."""
    density = pair_density()
    return z1 * density, -v * (diff(density, z1) + c * diff(density, z2))


@cache
def completed_square(a: int, b: int) -> tuple[Expr, Expr, Expr]:
    """Return (m1, m2, e) with e^(a z1 + b z2) times the density e^e times that at z - (m1, m2).

    The exponent is quadratic, so that m is where its gradient vanishes, and e its value there.
    """
    square = (z1**2 - 2 * c * z1 * z2 + z2**2) / (v * (1 - c**2))
    exponent = a * z1 + b * z2 - square / 2
    top = solve([diff(exponent, z) for z in (z1, z2)], [z1, z2])
    return tuple(simplify(e) for e in (top[z1], top[z2], exponent.subs(top)))


def tilted(a: int, b: int, correlation: Expr = c) -> Expr:
    """Return E[e^(a z1 + b z2) 1{z1<0, z2<0}] by an orthant probability."""
    m1, m2, exponent = completed_square(a, b)
    inside = exp(exponent) * Orthant(simplify(-m1 / sqrt(v)), simplify(-m2 / sqrt(v)), c)
    return inside.subs(c, correlation)


class PairMoment(Formula):
    """The mean of a function of (z1, z2) over one quadrant, a function of v and c."""

    nargs = 2
    integrand: ClassVar[Callable[[Expr, Expr], Expr]]
    signs: ClassVar[tuple[int, int]]
    """Of z1 and z2."""

    def definition(self) -> Expr:
        """Return the integral of integrand times density, unevaluated."""
        return self._at(
            Integral(
                self.integrand(z1, z2) * pair_density(),
                *((z, *half_line(sign)) for z, sign in zip((z1, z2), self.signs, strict=True)),
            )
        )

    def closed_form(self) -> Expr:
        """Return the integral's value in terms of the arcsine, erfc and orthant probabilities."""
        return self._at(_evaluated(type(self)))

    @classmethod
    def evaluated(cls) -> Expr:
        """Return the closed form for the symbols v and c."""
        raise NotImplementedError

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        """Print the correlation, too, where it is not c."""
        name = super()._latex(printer, exp)
        correlation = self.args[1]
        return name if correlation == c else rf"{name}({printer._print(correlation)})"

    def _at(self, expression: Expr) -> Expr:
        variance, correlation = self.args
        return expression.subs({v: variance, c: correlation}, simultaneous=True)


@cache
def _evaluated(moment: type[PairMoment]) -> Expr:
    return moment.evaluated()


def half_line(sign: int) -> tuple[Expr, Expr]:
    """Return the limits of the half line of a sign."""
    return (Integer(0), oo) if sign > 0 else (-oo, Integer(0))


class BothAboveSlope(PairMoment):
    """P_pp = P(z1 > 0, z2 > 0)."""

    name = "P_{++}"
    integrand = staticmethod(lambda z1, z2: Integer(1))
    signs = (1, 1)

    @classmethod
    def evaluated(cls) -> Expr:
        """Return Sheppard's formula, the same in the opposite quadrant."""
        return tilted(0, 0)


class OppositeSlope(PairMoment):
    """Q_pm = E[e^z2 1{z1>0, z2<0}]."""

    name = "Q_{+-}"
    integrand = staticmethod(lambda z1, z2: exp(z2))
    signs = (1, -1)

    @classmethod
    def evaluated(cls) -> Expr:
        """Return what the other quadrant has at -c, which z1 to -z1 makes of it."""
        return tilted(0, 1, -c)


class BothBelowSlope(PairMoment):
    """Q_mm = E[e^(z1 + z2) 1{z1<0, z2<0}]."""

    name = "Q_{--}"
    integrand = staticmethod(lambda z1, z2: exp(z1 + z2))
    signs = (-1, -1)

    @classmethod
    def evaluated(cls) -> Expr:
        """Return the orthant probability of the shifted pair."""
        return tilted(1, 1)


class BothAbove(PairMoment):
    """K_pp = E[z1 z2 1{z1>0, z2>0}]."""

    name = "K_{++}"
    integrand = staticmethod(lambda z1, z2: z1 * z2)
    signs = (1, 1)

    @classmethod
    def evaluated(cls) -> Expr:
        """Integrate Price's theorem from c = -1, where no pair has both above zero."""
        t = Symbol("t", real=True)
        return v * integrate(BothAboveSlope(v, t).doit(), (t, -1, c))


class Opposite(PairMoment):
    """K_pm = E[z1 (e^z2 - 1) 1{z1>0, z2<0}]."""

    name = "K_{+-}"
    integrand = staticmethod(lambda z1, z2: z1 * (exp(z2) - 1))
    signs = (1, -1)

    @classmethod
    def evaluated(cls) -> Expr:
        """Apply Stein's lemma to 1{z1>0} (e^z2 - 1) 1{z2<0}.

        Its derivative by z1 is a point mass at z1 = 0, where z2 is N(0, v (1 - c^2)); that by z2
        is the integrand of Q_pm.
        """
        at_zero = MeanBelow(Integer(0), v * (1 - c**2)) / sqrt(2 * pi * v)
        return v * at_zero.doit() + c * v * _evaluated(OppositeSlope)


class BothBelow(PairMoment):
    """K_mm = E[(e^z1 - 1) (e^z2 - 1) 1{z1<0, z2<0}]."""

    name = "K_{--}"
    integrand = staticmethod(lambda z1, z2: (exp(z1) - 1) * (exp(z2) - 1))
    signs = (-1, -1)

    @classmethod
    def evaluated(cls) -> Expr:
        """Return the four exponentials' means; the two mixed ones are equal."""
        return tilted(1, 1) - 2 * tilted(0, 1) + tilted(0, 0)


def pair_mean(variance: Expr = v, correlation: Expr = c) -> Expr:
    """Return K(c) = E[f(z1) f(z2)], with its three terms folded."""
    above, opposite, below = (
        term(variance, correlation) for term in (BothAbove, Opposite, BothBelow)
    )
    return lamda**2 * (above + 2 * alpha * opposite + alpha**2 * below)


def pair_mean_slope(variance: Expr = v, correlation: Expr = c) -> Expr:
    """Return K'(c) = v E[f'(z1) f'(z2)] by Price's theorem: every term is positive."""
    slopes = (BothAboveSlope, OppositeSlope, BothBelowSlope)
    above, opposite, below = (term(variance, correlation) for term in slopes)
    return variance * lamda**2 * (above + 2 * alpha * opposite + alpha**2 * below)


def next_correlation() -> Expr:
    """Return c' = (tau K + beta)/v, the correlation of the net inputs one layer on.

    A unit of the next layer has the net inputs sum_i w_i f(z1_i) + b and sum_i w_i f(z2_i) + b,
    whose covariance is tau K(c) + beta; v is that at c = 1.
    """
    return (tau * K + beta) / v


def both_below_integrand() -> Steps:
    """Return what is integrated over w from 0 to asinh(s eta/2) to give K_mm.

    In polar coordinates z1 = -s r sin(delta) and z2 = -s r sin(eta - delta), with r of density
    r e^(-r^2/2) and delta uniform. Since I_1(x) = int_0^oo r e^(-x r - r^2/2) dr
    (:func:`derivations.functions.mills_coefficient`), the radius integrates to

        1 - I_1(x) - I_1(y) + I_1(x + y),    x = s sin(delta), y = s sin(eta - delta),

    and the two halves of the wedge 0 < delta < eta are equal. For large s it rises from 0 within
    1/s of the edge; as a function of w, with delta = sinh(w)/s, its scale is 1 for every s.
    """
    x, y = symbols("x y", nonnegative=True)
    radial = I_1_complement(x) + I_1_complement(y) - I_1_complement(x + y)
    return Steps(
        (*angle_steps(), (x, s * sin(delta)), (y, s * sin(eta - delta))),
        (2 * radial * cosh(w) / (2 * pi * s),),
    )


def opposite_slope_integrand() -> Steps:
    """Return what is integrated over w from 0 to asinh(s min(theta, eta)) to give Q_pm at abs(c).

    In polar coordinates z2 = -s r sin(delta), and the radius integrates to I_1(s sin(delta)). The
    wedge has the angle theta. For theta beyond pi/2, Q_pm(c) + Q_pm(-c) = T_1, since the two
    wedges make up the half plane z2 < 0.
    """
    x = Symbol("x", nonnegative=True)
    radial = 1 - I_1_complement(x)
    return Steps((*angle_steps(), (x, s * sin(delta))), (radial * cosh(w) / (2 * pi * s),))


def angle_steps() -> tuple[tuple[Symbol, Expr], ...]:
    """Return the steps to delta, whose derivative by w is cosh(w)/s."""
    return ((s, sqrt(v)), (delta, sinh(w) / s))


def I_1_complement(x: Expr) -> Expr:
    """Return 1 - I_1(x) = x M(x), in terms of erfcx."""
    argument = Symbol("x", real=True)
    complement = (1 - mills_coefficient(1, argument)).rewrite(erfcx)
    return complement.subs(argument, x)


def angle_limits() -> tuple[Expr, Expr]:
    """Return up to which w the two integrands are integrated: for K_mm, for Q_pm at abs(c)."""
    return asinh(sqrt(v) * eta / 2), asinh(sqrt(v) * Min(theta, eta))


def pair_mean_by_angles() -> Steps:
    """Return K from the two integrals.

    K_pp is v (sin(theta) + eta cos(theta))/(2 pi), and K_pm is as :class:`Opposite` has it, both
    without a difference of what is larger than they are for small v.
    """
    sine, slope, opposite = symbols("sine Q_pm K_pm", real=True)
    first_tail = erfcx(sqrt(v / 2)) / 2
    return Steps(
        (
            (s, sqrt(v)),
            (sine, sqrt((1 - c) * (1 + c))),
            (slope, Piecewise((first_tail - W, c < 0), (W, True))),
            (opposite, s * (erfcx(s * sine / sqrt(2)) - 1) / (2 * sqrt(2 * pi)) + c * v * slope),
        ),
        (lamda**2 * (v * (sine + eta * c) / (2 * pi) + 2 * alpha * opposite + alpha**2 * Kmm),),
    )


def distance_slope(variance: Expr = v, correlation: Expr = c) -> Expr:
    """Return M'(c) = -K'(c), where M(c) = K(1) - K(c) and M(1) = 0."""
    return -pair_mean_slope(variance, correlation)


def next_decorrelation() -> Expr:
    """Return 1 - c' = tau M/v, where v is the variance of the net inputs one layer on.

    For independent weights, 1 - c' = (v - tau K - beta)/v with v = tau K(1) + beta. For weights of
    the sum 0 and the sum of squares tau, two net inputs have the covariance tau (K - F_1^2) with
    F_1 = E[f], and v is that at c = 1, so that the same is left.
    """
    return tau * M / v


def distance_limits() -> Steps:
    """Return where the four integrals begin and end, a pair of limits for each.

    The third one is over t with k = sin(theta/2) sinh(t) (:func:`distance_near_peak`). It grows
    like e^t, so that what is further than :data:`FORGOTTEN` below its end is not seen in float64.
    """
    half, end = symbols("half end", nonnegative=True)
    edge, nearest, border = (asinh(sqrt(v) * angle) for angle in (2 * half, half, acos(PEAK)))
    return Steps(
        ((half, asin(sqrt(d / 2))), (end, asinh(PEAK * sqrt((2 - d) / d)))),
        (Integer(0), edge, nearest, border, Max(0, end - FORGOTTEN), end, Integer(0), half),
    )


def distance_near_edge() -> Steps:
    """Return the integrand of M/lamda^2 that is next to the edges of the quadrants.

    With t = cos(phi), M(cos(theta)) is v times the integral of sin(phi) E[f'(z1) f'(z2)] over
    phi from 0 to theta. There P_pp = (pi - phi)/(2 pi), and Q_pm is the integral of
    I_1(s sin(delta))/(2 pi) over delta from 0 to phi. Integrating over phi first leaves

        v/(2 pi) (cos(delta) - cos(theta)) I_1(s sin(delta)).

    Q_mm is the integral of I_1(2 s p)/pi, p = cos(phi/2) cos(u), over u from 0 to (pi - phi)/2.
    With p in the place of u, and h = phi/2 integrated over first, it becomes 4 v/pi times the
    integral of

        I_1(2 s p) (sqrt(1 - p^2) - sqrt(cos(h)^2 - p^2))

    over p from 0 to 1, where h is the largest one that belongs to p: for p < sin(theta)/2 it is
    half of delta = asin(2 p), whose integral is part of this one. Both differences are written
    without cancellation.
    """
    i, p = symbols("i p", nonnegative=True)
    half_sine, half_cosine = sin(delta / 2) ** 2, cos(delta / 2) ** 2
    weight = 2 * sin((theta + delta) / 2) * sin((theta - delta) / 2)
    below = half_sine / (sqrt(1 - p**2) + half_cosine) * cos(delta)
    total = (pi - delta) * sin(delta) + 2 * alpha * weight * i + 4 * alpha**2 * below * i
    return Steps(
        (
            (theta, 2 * asin(sqrt(d / 2))),
            *angle_steps(),
            (i, 1 - I_1_complement(s * sin(delta))),
            (p, sin(delta) / 2),
        ),
        (v * total * cosh(w) / (2 * pi * s),),
    )


def distance_between() -> Steps:
    """Return the integrand of M/lamda^2 for sin(theta)/2 < p, up to k = :data:`PEAK` cos(theta/2).

    In this range of :func:`distance_near_edge`, h is theta/2. With p = cos(theta/2) sin(delta) and
    k = cos(theta/2) cos(delta), the difference of the two roots is
    sin(theta/2)^2/(sqrt(sin(theta/2)^2 + k^2) + k), and dp = k d(delta).
    """
    k, p = symbols("k p", nonnegative=True)
    sine, cosine = HALF_ANGLE
    root = sine**2 / (sqrt(sine**2 + k**2) + k)
    return Steps(
        (
            (sine, sqrt(d / 2)),
            (cosine, sqrt(1 - d / 2)),
            *angle_steps(),
            (k, cosine * cos(delta)),
            (p, cosine * sin(delta)),
        ),
        (4 * alpha**2 * v / pi * (1 - I_1_complement(2 * s * p)) * root * k * cosh(w) / s,),
    )


def distance_near_peak() -> Steps:
    """Return the integrand of M/lamda^2 from there to p = cos(theta/2), over t.

    The two roots change within k of the size of sin(theta/2). With k = sin(theta/2) sinh(t) that is
    of the scale 1, their difference is sin(theta/2) e^(-t), and dp = k dk/p.
    """
    k, y, p = symbols("k y p", nonnegative=True)
    sine, _ = HALF_ANGLE
    return Steps(
        (
            (sine, sqrt(d / 2)),
            (s, sqrt(v)),
            (k, sine * sinh(w)),
            (y, sine * cosh(w)),
            (p, sqrt(1 - y**2)),
        ),
        (4 * alpha**2 * v / pi * (1 - I_1_complement(2 * s * p)) * sine * exp(-w) * k * y / p,),
    )


def distance_at_peak() -> Steps:
    """Return the integrand of M/lamda^2 for p = cos(u) > cos(theta/2), over u.

    There cos(h) = p, so that one root is left.
    """
    i_1 = 1 - I_1_complement(2 * s * cos(w))
    return Steps(((s, sqrt(v)),), (4 * alpha**2 * v / pi * i_1 * sin(w) ** 2,))


DISTANCE = (distance_near_edge, distance_between, distance_near_peak, distance_at_peak)
"""The integrands of M/lamda^2, in the order of :func:`distance_limits`."""
