"""Alpha dropout: dropped units saturate, and an affine map restores mean and variance.

A unit x of mean mu and variance nu is kept with probability q; otherwise it is set to the SELU's
saturation value s. For this x', the result a x' + b has mean mu and variance nu again (section 2 of
the paper, "New Dropout Technique", where q, mu, nu have the same names).
"""

from __future__ import annotations

from functools import cache
from operator import mul

from sympy import Eq, Expr, Poly, Symbol, factor, limit, oo, solve, sqrt, symbols

from derivations.distance import M
from derivations.moments import selu_pieces
from derivations.propagation import (
    FIRST_FOUR,
    kappa,
    mean_slope,
    mean_slope_square,
    rho,
    square_slope,
)
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


def layer_means_after() -> tuple[Expr, ...]:
    """Return what a layer's fluctuations follow from, with dropout after its activation.

    They are the first four moments of a unit, the slopes of its second moment and of its mean, and
    kappa, E[y f'^2]/G and E[y^2 f'^2]/G of :func:`derivations.propagation.slope_moments`. A unit is
    a y + b with the probability q, and its slope a f'; else both are constant, a s + b and 0.
    """
    y = Symbol("y")

    def kept(k: int) -> Expr:
        coefficients = reversed(Poly(restored(y) ** k, y).all_coeffs())
        return sum(map(mul, coefficients, (1, *FIRST_FOUR)))

    powers = (q * kept(k) + (1 - q) * dropped() ** k for k in (1, 2, 3, 4))
    return (
        *powers,
        q * (a**2 * rho + 2 * a * b * mean_slope),
        q * a * mean_slope,
        kappa / q,
        restored(mean_slope_square),
        a**2 * square_slope + 2 * a * b * mean_slope_square + b**2,
    )


def pair_distance_after() -> Expr:
    """Return E[(y1 - y2)^2]/2 of two inputs after dropout, each with a mask of its own.

    Both have the variance nu and the mean mu before it, and M = nu - Cov(y1, y2). The variance
    after it is that of :func:`moments_after`; masks are independent, so that the covariance is
    multiplied by (q a)^2. All terms of the difference are positive.
    """
    _, variance = moments_after()
    covariance = (q * a) ** 2 * (nu - M)
    of_masks = factor((variance - covariance).expand().coeff(nu), q) * (nu + (s - mu) ** 2)
    return of_masks + (q * a) ** 2 * M


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
