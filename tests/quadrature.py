"""Fixed points and their stability by quadrature of the definition, far tails included.

Nothing here comes from the package or from its derivations: the moments are integrals of density
times piece, the parameters are the positive root of a quadratic equation, and the Jacobian is a
quotient of differences. A half line on which the density is tiny is integrated relative to the
density at 0, and where the other half line has all but nothing missing, its moments are those of
the whole line less the tiny ones.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import mpmath
from mpmath import mpf

DIGITS = 36
"""Of the integrals, relatively."""

FARTHEST = 14
"""Deviations beyond which the density leaves nothing to see in :data:`DIGITS`."""


class Moments(NamedTuple):
    A: mpf
    B: mpf
    C: mpf
    D: mpf


def number(x: Fraction) -> mpf:
    return mpf(x.numerator) / x.denominator


def arithmetic_digits(m: Fraction, v: Fraction) -> int:
    """Digits with which 1 - lamda, some e^(-m^2/2v) for m far above 0, is still there."""
    return 2 * DIGITS + int(max(m, 0) ** 2 / v) + len(str(int(abs(m) + v + 1 / v)))


def half_line(f, m: mpf, v: mpf, side: int) -> mpf:
    """Return E[f(z) 1{z on that side of 0}] for z ~ N(m, v).

    In units in which the place and the size of the integrand are about 1, since mpmath's error
    estimate is an absolute one.
    """
    s = mpmath.sqrt(v)
    towards = side * m / s
    width = min(mpf(1), 1 / s, 1 / abs(towards) if m else 1)
    size = abs(f(side * s * width))
    end = max(towards, 0) + FARTHEST
    points = {mpf(0), end, *(towards + j for j in range(-FARTHEST, FARTHEST, 2))}
    while width < end:
        points.add(width)
        width *= 2
    inside = sorted(p for p in points if 0 <= p <= end)
    integral = mpmath.quad(
        lambda t: f(side * s * t) / size * mpmath.exp(towards * t - t * t / 2),
        inside,
        method="gauss-legendre",
    )
    return size * integral * mpmath.exp(-(towards**2) / 2) / mpmath.sqrt(2 * mpmath.pi)


def moments(m: Fraction, v: Fraction) -> Moments:
    """Return the half-line moments, for sums in :func:`arithmetic_digits`."""
    digits = arithmetic_digits(m, v)
    with mpmath.workdps(DIGITS + 10):
        place = number(m), number(v)
        below = [
            half_line(f, *place, -1)
            for f in (mpmath.expm1, lambda z: mpmath.expm1(z) ** 2, lambda z: -z, lambda z: z * z)
        ]
        above = [half_line(f, *place, 1) for f in (lambda z: z, lambda z: z * z) if m <= 0]
    with mpmath.workdps(digits):
        B, D, a_minor, c_minor = below
        if m > 0:
            above = [number(m) + a_minor, number(m * m + v) - c_minor]
        return Moments(above[0], B, above[1], D)


def fixed_point(m: Fraction, v: Fraction, mu: Fraction, nu: Fraction) -> tuple[mpf, mpf] | None:
    """Return (alpha, lamda), the positive root of both equations, or None if there is none."""
    A, B, C, D = moments(m, v)
    with mpmath.workdps(arithmetic_digits(m, v)):
        mean, square = number(mu), number(nu + mu * mu)
        # x = lamda from C x^2 + D ((mu - A x)/B)^2 = S
        r = D / B**2
        quadratic, half, rest = C + r * A**2, r * A * mean, r * mean**2 - square
        root = mpmath.sqrt(half**2 - quadratic * rest)
        for x in ((half + root) / quadratic, (half - root) / quadratic):
            y = (mean - A * x) / B
            if x > 0 and y > 0:
                return y / x, x
    return None


def spectral_margin(
    omega: Fraction, tau: Fraction, mu: Fraction, nu: Fraction, alpha: mpf, lamda: mpf
) -> mpf:
    """Return 1 - spectral radius of the Jacobian, by central differences of the layer map."""
    step = Fraction(1, 10**12)
    columns = []
    with mpmath.workdps(arithmetic_digits(mu * omega, nu * tau)):
        for d_mu, d_nu in ((step, 0), (0, step)):
            ends = []
            for sign in (1, -1):
                m, v = (mu + sign * d_mu) * omega, (nu + sign * d_nu) * tau
                A, B, C, D = moments(m, v)
                mean = lamda * (A + alpha * B)
                ends.append((mean, lamda**2 * (C + alpha**2 * D) - mean**2))
            width = 2 * number(step)
            columns.append([(p - q) / width for p, q in zip(*ends, strict=True)])
        (j11, j21), (j12, j22) = columns
        trace, determinant = j11 + j22, j11 * j22 - j12 * j21
        root = mpmath.sqrt(mpmath.mpc(trace**2 / 4 - determinant))
        return 1 - max(abs(trace / 2 + root), abs(trace / 2 - root))
