"""Alpha dropout: dropped units saturate, and an affine map restores mean and variance.

A unit x of mean mu and variance nu is kept with probability q, or set to the SELU's
saturation value s. The result a x' + b has mean mu and variance nu again (section 2 of
the paper, "New Dropout Technique", where q, mu, nu have the same names).
"""

from __future__ import annotations

from functools import cache

from sympy import Eq, Expr, Symbol, factor, limit, oo, solve

from derivations.moments import selu_pieces
from derivations.symbols import alpha, lamda, mu, nu, q, z

s = Symbol("s", real=True)
"""The value that dropped units take."""

a = Symbol("a", positive=True)
"""The factor of the affine map."""

b = Symbol("b", real=True)
"""The offset of the affine map."""


def saturation() -> Expr:
    """Return the SELU's limit for z to minus infinity, -lamda alpha."""
    negative_piece, _ = selu_pieces(z, alpha, lamda)
    return limit(negative_piece, z, -oo)


def dropped_mean() -> Expr:
    """Return the mean of x' = x with probability q, s otherwise."""
    return q * mu + (1 - q) * s


def dropped_variance() -> Expr:
    """Return the variance of x': E[x'^2] - E[x']^2."""
    second_moment = q * (nu + mu**2) + (1 - q) * s**2
    between = (second_moment - dropped_mean() ** 2 - q * nu).expand()
    return q * (nu + factor(between) / q)


def conditions(mean: Expr, variance: Expr) -> tuple[Eq, Eq]:
    """Return the conditions on (a, b) that a x' + b has mean mu and variance nu."""
    return Eq(a * mean + b, mu), Eq(a**2 * variance, nu)


@cache
def affine() -> tuple[Expr, Expr]:
    """Return (a, b) with a > 0, the solution of :func:`conditions` for x'."""
    mean, variance = Symbol("E"), Symbol("V", positive=True)
    mean_condition, variance_condition = conditions(mean, variance)
    (factor_value,) = solve(variance_condition, a)
    (offset,) = solve(mean_condition, b)
    dropped = {mean: dropped_mean(), variance: dropped_variance()}
    factor_value = factor_value.subs(dropped)
    return factor_value, offset.subs(dropped).subs(a, factor_value)
