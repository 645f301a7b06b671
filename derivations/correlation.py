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
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from sympy import (
    Expr,
    Integer,
    Integral,
    Min,
    Piecewise,
    Symbol,
    asinh,
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

ANGLE_NODES = Integer(48)
"""Nodes of the Gauss-Legendre rule for the integrals over an angle.

In the variable :data:`w` both integrands are analytic, of scale 1, on an interval of length
asinh(pi sqrt(v)/2): 24 nodes leave no error to see for variances up to 1e4, and these none up to
1e8."""

z1, z2 = symbols("z1 z2", real=True)
"""The two net inputs."""

s = Symbol("s", positive=True)
"""sqrt(v)."""

theta = Symbol("theta", positive=True)
"""The angle between z1 and z2 as vectors, acos(c)."""

eta = Symbol("eta", positive=True)
"""Its complement pi - theta = acos(-c), the angle of the wedge in which both are negative."""

w = Symbol("w", nonnegative=True)
"""What is integrated over: the angle from the wedge's edge is delta = sinh(w)/s."""

delta = Symbol("delta", nonnegative=True)
"""The angle from the edge of a wedge, on which z2 = 0."""

K = Symbol("K", real=True)
"""E[f(z1) f(z2)]."""

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


def conditional_variance() -> Expr:
    """Return the variance of z2 given z1, whose mean is c z1; as a product it keeps its digits."""
    return (1 - c) * (1 + c) * v


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

        Its derivative in z1 is a point mass at z1 = 0, where z2 is N(0, v (1 - c^2)); that in z2 is
        the integrand of Q_pm.
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
    """Return the steps to delta, whose derivative with respect to w is cosh(w)/s."""
    return ((s, sqrt(v)), (delta, sinh(w) / s))


def I_1_complement(x: Expr) -> Expr:
    """Return 1 - I_1(x) = x M(x), in terms of erfcx."""
    argument = Symbol("x", real=True)
    complement = (1 - mills_coefficient(1, argument)).rewrite(erfcx)
    return complement.subs(argument, x)


def angle_limits() -> tuple[Expr, Expr]:
    """Return the upper limits of integration over w: for K_mm, and for Q_pm at abs(c)."""
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
