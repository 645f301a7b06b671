"""Alpha dropout: dropped units saturate, and an affine map restores mean and variance.

A unit x of mean mu and variance nu is kept with probability q; otherwise it is set to the SELU's
saturation value s. For this x', the result a x' + b has mean mu and variance nu again (section 2 of
the paper, "New Dropout Technique", where q, mu, nu have the same names).
"""

from __future__ import annotations

from functools import cache

from sympy import Eq, Expr, Symbol, factor, limit, oo, solve, sqrt, symbols

from derivations.moments import selu_pieces
from derivations.symbols import alpha, lamda, mu, nu, q, z

s = Symbol("s", real=True)
"""The value that dropped units take."""

a = Symbol("a", positive=True)
"""The factor of the affine map."""

b = Symbol("b", real=True)
"""The offset of the affine map."""

d = Symbol("d", real=True)
"""The value of dropped units after the affine map, a s + b, rounded to what a dtype has."""


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


def restored(x: Expr) -> Expr:
    """Return a x + b, the affine map of all units after some have been dropped."""
    return a * x + b


def conditions(mean: Expr, variance: Expr) -> tuple[Eq, Eq]:
    """Return the conditions on (a, b) that a x' + b has mean mu and variance nu."""
    return Eq(restored(mean), mu), Eq(a**2 * variance, nu)


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


def moments_after() -> tuple[Expr, Expr]:
    """Return mean and variance after dropout and the affine map, whatever a and b are for."""
    return restored(dropped_mean()), a**2 * dropped_variance()


def gain_after() -> Expr:
    """Return by how much dropout multiplies the second moment of gradients: q a^2."""
    return q * a**2


def dropped() -> Expr:
    """Return the value of dropped units after the affine map, a s + b."""
    return restored(s)


@cache
def affine_around() -> tuple[Expr, Expr]:
    """Return (a, b) that restore mean and variance where dropped units become a given d.

    All dropped units have the same value, so they have the same rounding error, and in a
    narrow dtype it shifts the moments by more than chance does. With d given, the map of the
    kept units can take it into account. For d = a s + b it is :func:`affine` again.
    """
    kept_mean, square = symbols("K a2")
    (mean_value,) = solve(Eq(q * kept_mean + (1 - q) * d, mu), kept_mean)
    second_moment = q * (square * nu + kept_mean**2) + (1 - q) * d**2
    condition = Eq(second_moment, nu + mu**2).subs(kept_mean, mean_value)
    (square_value,) = solve(condition, square)
    spread = factor((square_value * q**2 * nu).expand() - q * nu)
    factor_value = sqrt(q * nu + spread) / (q * sqrt(nu))
    (offset,) = solve(Eq(restored(mu), kept_mean), b)
    return factor_value, offset.subs({kept_mean: mean_value, a: factor_value})
