"""The fixed point: a line meets an ellipse, so the SELU's parameters are closed-form.

With x = lamda and y = lamda alpha, "the SELU maps N(m, v) to mean mu and second moment
S = nu + mu^2" reads

    A x + B y = mu        (a line),
    C x^2 + D y^2 = S     (an ellipse).

In the quadrant x, y > 0 the line rises (:func:`line_slope`) and the ellipse falls
(:func:`ellipse_slope`), so they meet there at most once. The line enters the quadrant
on an axis, at (mu/A, 0) for mu >= 0 and at (0, mu/B) for mu < 0, and leaves every
bounded set, so they do meet exactly when that entry lies inside the ellipse: when
:func:`existence_gap` is positive.
"""

from __future__ import annotations

from functools import cache

from sympy import (
    Abs,
    Eq,
    Expr,
    Integer,
    Piecewise,
    Rational,
    Symbol,
    diff,
    erfc,
    exp,
    factor,
    idiff,
    pi,
    solve,
    sqrt,
    symbols,
)

from derivations.formula import Steps
from derivations.moments import HALF_LINE_MOMENTS
from derivations.stable import A_minor, C_minor, V
from derivations.symbols import A, B, C, D, S, m, mu, nu, v

FARTHEST_MEAN = Integer(25)
"""Largest distance, in standard deviations, between the mean of the net input and zero. Up to it, a
tail and its powers in the solution are normal doubles."""

GAP_ERROR = Rational(1, 2**45)
"""Relative error of the terms of the existence gap in float64: the moments', with a margin."""

x = Symbol("x", positive=True)
"""lamda, the first coordinate of the quadrant."""

y = Symbol("y", positive=True)
"""lamda alpha, the second coordinate of the quadrant."""

K = Symbol("K", real=True)
"""The part of the mirrored gap that can cancel."""

G = Symbol("G", positive=True)
"""The value of :func:`existence_gap`."""

LINE = Eq(A * x + B * y, mu)
ELLIPSE = Eq(C * x**2 + D * y**2, S)

Q = A**2 * D + B**2 * C
DISCRIMINANT = S * Q - C * D * mu**2


def line_slope() -> Expr:
    """Return dy/dx on the line, -A/B, which is positive."""
    (height,) = solve(LINE, y)
    return diff(height, x)


def ellipse_slope() -> Expr:
    """Return dy/dx on the ellipse, -C x/(D y), which is negative in the quadrant."""
    return idiff(ELLIPSE.lhs - ELLIPSE.rhs, y, x)


@cache
def intersections() -> tuple[tuple[Expr, Expr], ...]:
    """Return both points (x, y) in which the line meets the ellipse."""
    free = {x: Symbol("x"), y: Symbol("y")}  # the second point need not lie in the quadrant
    points = solve([LINE.subs(free), ELLIPSE.subs(free)], list(free.values()), dict=True)
    return tuple((factor(point[free[x]]), factor(point[free[y]])) for point in points)


def point() -> tuple[Expr, Expr]:
    """Return (x, y) = (lamda, lamda alpha), the intersection that lies in the quadrant.

    Only one can: the other is ((A D mu + B sqrt(Delta))/Q, (B C mu - A sqrt(Delta))/Q),
    whose first coordinate is negative for mu <= 0 and whose second is for mu >= 0. So it
    is enough to look at mu = 0.
    """
    (found,) = (
        point for point in intersections() if all(value.subs(mu, 0).is_positive for value in point)
    )
    return found


def parameters() -> tuple[Expr, Expr]:
    """Return (alpha, lamda) of :func:`point`."""
    x_value, y_value = point()
    return y_value / x_value, x_value


def gap_above() -> Expr:
    """Return A^2 S - C mu^2: positive when the entry (mu/A, 0) lies inside the ellipse."""
    inside = ELLIPSE.rhs - ELLIPSE.lhs.subs({x: mu / A, y: 0})
    return (A**2 * inside).expand()


def gap_below() -> Expr:
    """Return B^2 S - D mu^2: positive when the entry (0, mu/B) lies inside the ellipse."""
    inside = ELLIPSE.rhs - ELLIPSE.lhs.subs({x: 0, y: mu / B})
    return (B**2 * inside).expand()


def gap_above_mirrored() -> Expr:
    """Return :func:`gap_above` in terms of the negative part of z, for m > 0.

    There A^2 S and C mu^2 can agree to many digits. With A_minor = E[-z 1{z<0}] and
    C_minor = E[z^2 1{z<0}], A = m + A_minor and C = m^2 + v - C_minor, and their
    difference is the one below. Only its first term can cancel. In the unit-sum model
    that term is exactly zero and all others are positive for mu > 0, so that a solution
    always exists there.
    """
    return (m**2 * nu - v * mu**2) + A_minor * (A_minor + 2 * m) * S + C_minor * mu**2


def gap_below_by_variance() -> Expr:
    """Return :func:`gap_below` in terms of V = D - B^2.

    Where B^2 and D both tend to 1, for m far below zero, the border of existence lies at
    a variance nu that is tiny beside mu^2, and would be lost in S = nu + mu^2.
    """
    return B**2 * nu - V * mu**2


def existence_gap() -> Steps:
    """Return the quantity that is positive exactly when a solution exists.

    The difference that cancels in the unit-sum model has a step of its own: in the middle
    of a sum its rounding errors would not.
    """
    difference = m**2 * nu - v * mu**2
    mirrored = K + (gap_above_mirrored() - difference)
    gap = Piecewise(
        (Piecewise((mirrored, m > 0), (gap_above(), True)), mu >= 0),
        (gap_below_by_variance(), True),
    )
    return Steps(((S, nu + mu**2), (K, difference)), (gap,))


def gap_magnitude() -> Expr:
    """Return the size of the terms of :func:`existence_gap` that can cancel.

    Where the gap is below this times the relative error of the moments, it is not known
    whether a solution exists.
    """
    above = Piecewise((m**2 * nu + v * mu**2, m > 0), (A**2 * S + C * mu**2, True))
    below = B**2 * nu + V * mu**2
    return Piecewise((above, mu >= 0), (below, True)).subs(S, nu + mu**2)


def stable_parameters() -> Steps:
    """Return (alpha, lamda) from sums of positive terms, and so without cancellation.

    For mu < 0 the numerator A D mu - B sqrt(Delta) of lamda cancels, for mu > 0 that of
    y = lamda alpha does. Multiplying by the conjugate turns it into the existence gap G:

        (A D mu - B sqrt(Delta)) (-A D mu - B sqrt(Delta)) = Q (B^2 S - D mu^2),
        (B C mu + A sqrt(Delta)) (-B C mu + A sqrt(Delta)) = Q (A^2 S - C mu^2).
    """
    quotient, discriminant, x_sum, y_sum = symbols("Q Delta x_sum y_sum", positive=True)
    root = sqrt(discriminant)
    delta = Piecewise((B**2 * C * S + D * G, mu >= 0), (A**2 * D * S + C * G, True))
    return Steps(
        (
            (S, nu + mu**2),
            (quotient, Q),
            (discriminant, delta),
            (x_sum, A * D * Abs(mu) - B * root),
            (y_sum, A * root - B * C * Abs(mu)),
        ),
        (
            Piecewise(
                (quotient * G / (x_sum * y_sum), mu >= 0), (x_sum * y_sum / (quotient * G), True)
            ),
            Piecewise((x_sum / quotient, mu >= 0), (G / x_sum, True)),
        ),
    )


def parameters_at_0_1() -> tuple[Expr, Expr]:
    """Return (alpha, lamda) for the fixed point (0, 1) in closed form, from the integrals."""
    moments = {
        symbol: moment.subs({m: 0, v: 1}).doit() for symbol, moment in HALF_LINE_MOMENTS.items()
    }
    alpha_value, lamda_value = (value.subs({mu: 0, S: 1}).subs(moments) for value in parameters())
    return alpha_value, lamda_value


def published_parameters_at_0_1() -> tuple[Expr, Expr]:
    """Return alpha_01 and lamda_01 as printed in the paper (equation 14)."""
    e1, e2 = erfc(1 / sqrt(2)) * sqrt(exp(1)), erfc(sqrt(2)) * exp(2)
    alpha_01 = -sqrt(2 / pi) / (e1 - 1)
    lamda_01 = (1 - e1) * sqrt(2 * pi) / sqrt(2 * e2 + pi * e1**2 - 2 * (2 + pi) * e1 + pi + 2)
    return alpha_01, lamda_01
