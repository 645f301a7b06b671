"""Means of functions of two correlated net inputs, by quadrature with mpmath.

Given one net input, the mean of the other one's activation is in closed form; the mean over the
first one is not.
"""

from collections.abc import Callable

import mpmath
from mpmath import mpf


def pair_mean(c: float | mpf, v: float, alpha: float, scale: float) -> mpf:
    """Return E[f(z1) f(z2)] of net inputs N(0, v) of the correlation c."""
    return mpf(scale) ** 2 * _mean(1 - mpf(c), v, alpha, lambda f, other: f * other)


def pair_distance(d: float | mpf, v: float, alpha: float, scale: float) -> mpf:
    """Return E[(f(z1) - f(z2))^2]/2 of net inputs of the correlation 1 - d.

    It is E[f(z1) (f(z1) - E[f(z2)|z1])], in which two numbers of the size of f(z1) cancel: the
    working precision must leave enough digits.
    """
    return mpf(scale) ** 2 * _mean(mpf(d), v, alpha, lambda f, other: f * (f - other))


def _mean(d: mpf, v: float, alpha: float, product: Callable[[mpf, mpf], mpf]) -> mpf:
    """Return the mean of a function of f(z1) and E[f(z2)|z1], f without its scale."""
    c, v, alpha = 1 - d, mpf(v), mpf(alpha)
    s, rest = mpmath.sqrt(v), v * d * (1 + c)
    r = mpmath.sqrt(rest)

    def f(z: mpf) -> mpf:
        return z if z > 0 else alpha * mpmath.expm1(z)

    def inner(m: mpf) -> mpf:
        """Return E[f(z)] of z ~ N(m, rest)."""
        a = m / r
        above = m * mpmath.ncdf(a) + r * mpmath.npdf(a)
        below = mpmath.exp(m + rest / 2) * mpmath.ncdf(-(m + rest) / r) - mpmath.ncdf(-a)
        return above + alpha * below

    small = min(1, 1 / s, r / s)
    places = [small, 4 * small, 12 * small, 1, 3, 6, 12]
    places += [1 / s, 4 / s] if s > 1 else []
    points = sorted({mpf(0), *(sign * x for sign in (1, -1) for x in places)})
    return mpmath.quad(lambda w: mpmath.npdf(w) * product(f(s * w), inner(c * s * w)), points)
