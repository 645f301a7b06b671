"""The half-line moments as integrals to compute, for libraries that have no erfcx.

The stable closed forms (:mod:`derivations.stable`) need the scaled complementary error function, a
choice between five forms, and a thousand operations. A library for tensors has no erfcx, but
computes a function at a hundred points as fast as at one. So there the moments come from their
definition, by a Gauss-Legendre rule:

* the integrands do not change sign, so that nothing cancels in their sums. That holds for A and C
  at -|m|, for B and D, for the tails T_i, and for V as the mean square about B, too
  (:func:`remaining_variance`);
* they live on two scales, that of the density, sqrt(v), and that of e^z, 1. In the variable w of
  |z| = s sinh(w)/(1 + s), s = sqrt(v), both are of the order 1 for every s (:func:`substituted`);
* beyond :data:`REACH` deviations from its peak, the density is less than what float64 can see.

How they change with m and v needs no integrals: :func:`moment_derivatives` is a closed system, so
that derivatives of any order are combinations of the same eight numbers.
"""

from __future__ import annotations

from sympy import (
    Abs,
    Expr,
    Integer,
    Max,
    Rational,
    Symbol,
    asinh,
    cosh,
    diff,
    erfc,
    exp,
    sinh,
    sqrt,
)
from sympy.codegen.rewriting import expm1_opt, optimize
from sympy.integrals.quadrature import gauss_legendre

from derivations.formula import Steps
from derivations.moments import HALF_LINE_MOMENTS, density
from derivations.sensitivity import MOMENT_DERIVATIVES, T1, T2, P, p0
from derivations.stable import probability_above
from derivations.symbols import A, B, C, D, m, v, z

REACH = Integer(9)
"""Deviations from the peak of a half line's density up to which is integrated: e^(-81/2) is less
than the roundoff 2^-53."""

w = Symbol("w", nonnegative=True)
"""What is integrated over, from 0 to :func:`integration_end`."""

s = Symbol("s", positive=True)
"""sqrt(v)."""

x = Symbol("x", nonnegative=True)
"""|z|/s, the distance from 0 in deviations."""

u = Symbol("u", positive=True)
"""1 + s, the number of scales of e^z in a deviation, but at least about 1."""

VALUES = (A, B, C, D, P, T1, T2, p0)
"""The moments, P(z > 0), the tails E[e^(iz) 1{z<0}], and the density at 0."""


def substituted(integrand: Expr, side: int, mean: Expr) -> Expr:
    """Return what is integrated over w instead of z = side |z|, for z ~ N(mean, v).

    With |z| = s x and x = sinh(w)/u, dz is s cosh(w)/u dw.
    """
    value = integrand * density(z, mean, s**2) * s * cosh(w) / u
    return value.subs(z, side * s * x)


def distance() -> list[tuple[Symbol, Expr]]:
    """Return the steps to the distance x."""
    return [(s, sqrt(v)), (u, 1 + s), (x, sinh(w) / u)]


def integration_end() -> Steps:
    """Return up to which w the integrands for z < 0 live. Those for z > 0 live up to it at -m."""
    return Steps(((s, sqrt(v)),), (asinh((1 + s) * (Max(-m / s, 0) + REACH)),))


def integrands_below() -> Steps:
    """Return what integrates to (B, D, T_1, T_2)."""
    functions = [HALF_LINE_MOMENTS[B].integrand(z), HALF_LINE_MOMENTS[D].integrand(z)]
    functions += [exp(i * z) for i in (1, 2)]
    values = (substituted(function, -1, m) for function in functions)
    return Steps(tuple(distance()), tuple(optimize(value, (expm1_opt,)) for value in values))


def integrands_above() -> Steps:
    """Return what integrates to (A_minor, C_minor): A and C at -|m|."""
    functions = (HALF_LINE_MOMENTS[moment].integrand(z) for moment in (A, C))
    values = (substituted(function, 1, -Abs(m)) for function in functions)
    return Steps(tuple(distance()), tuple(values))


def variance_integrand() -> Steps:
    """Return what integrates to E[(e^z - 1 - B)^2 1{z<0}], a part of V."""
    function = (HALF_LINE_MOMENTS[B].integrand(z) - B) ** 2
    value = optimize(substituted(function, -1, m), (expm1_opt,))
    return Steps(tuple(distance()), (value,))


def remaining_variance() -> Expr:
    """Return the rest of V = D - B^2, which is E[(0 - B)^2 1{z>0}]."""
    return B**2 * P


def tail_slopes() -> dict[Symbol, tuple[Expr, Expr]]:
    """Return the derivatives of (P, T_1, T_2, p_0) with respect to m and to v.

    By m each is the mean of a derivative, and a jump at 0 adds the density there. By v it is half
    of the second derivative by m, as of every Gaussian mean.
    """
    by_m = {P: p0, T1: T1 - p0, T2: 2 * T2 - p0, p0: -m / v * p0}

    def second(value: Expr) -> Expr:
        return diff(value, m) + sum(diff(value, symbol) * by_m[symbol] for symbol in by_m)

    return {symbol: (value, second(value) * Rational(1, 2)) for symbol, value in by_m.items()}


def moment_derivatives() -> tuple[Expr, ...]:
    """Return the derivatives of :data:`VALUES` by m, then by v."""
    derivatives = {**MOMENT_DERIVATIVES, **tail_slopes()}
    return tuple(derivatives[symbol][by] for by in (0, 1) for symbol in VALUES)


def probability_and_density() -> Steps:
    """Return (P, p_0), which need no integral, P without cancelling."""
    smaller = Symbol("h", positive=True)
    tail = erfc(Abs(m) / sqrt(2 * v)) / 2
    return Steps(((smaller, tail),), (probability_above(smaller), density(0, m, v)))


def unit_rule(count: int) -> tuple[Expr, ...]:
    """Return the nodes, then the weights, of the Gauss-Legendre rule between 0 and 1."""
    nodes, weights = gauss_legendre(count, 20)
    return (*((node + 1) / 2 for node in nodes), *(weight / 2 for weight in weights))
