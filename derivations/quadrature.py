"""The half-line moments as integrals to compute, for libraries that have no erfcx.

The stable closed forms (:mod:`derivations.stable`) need the scaled complementary error function, a
choice between five forms, and a thousand operations. A library for tensors has no erfcx, but
computes a function at a hundred points as fast as at one. So there the moments come from their
definition, by a Gauss-Legendre rule:

* no integrand changes sign, so that nothing cancels in its sum. This is true for A and C at -|m|,
  for B and D, for the tails T_i, and for V as the mean square about B
  (:func:`remaining_variance`);
* they vary on two scales: the density on sqrt(v), e^z on 1. In the variable w with
  |z| = s sinh(w)/(1 + s), s = sqrt(v), both scales are of order 1 for every s
  (:func:`substituted`);
* beyond :data:`DISTANCE_FROM_PEAK` deviations from its peak, the density is smaller than the
  roundoff of float64.

Their derivatives with respect to m and v need no further integrals: :func:`moment_derivatives` is a
closed system, and derivatives of any order are combinations of the same eight numbers.
"""

from __future__ import annotations

from sympy import (
    Abs,
    Expr,
    Integer,
    Max,
    Symbol,
    asinh,
    cosh,
    erfc,
    exp,
    sinh,
    sqrt,
)
from sympy.codegen.rewriting import expm1_opt, optimize
from sympy.integrals.quadrature import gauss_legendre

from derivations import stability
from derivations.correlation import ANGLE_NODES
from derivations.formula import Steps
from derivations.moments import HALF_LINE_MOMENTS, density
from derivations.sensitivity import T1, T2, P, p0
from derivations.stable import probability_above
from derivations.symbols import A, B, C, D, m, v, z

DISTANCE_FROM_PEAK = Integer(9)
"""Distance, in standard deviations, from the peak of the density to the end of the integral:
e^(-81/2) is less than the roundoff 2^-53."""

w = Symbol("w", nonnegative=True)
"""The variable of integration, from 0 to :func:`integration_end`."""

s = Symbol("s", positive=True)
"""sqrt(v)."""

x = Symbol("x", nonnegative=True)
"""|z|/s, the distance from 0 in standard deviations."""

u = Symbol("u", positive=True)
"""1 + s: about the larger of the two scales, s and 1."""

VALUES = (A, B, C, D, P, T1, T2, p0)
"""The moments, P(z > 0), the tails E[e^(iz) 1{z<0}], and the density at 0."""


def substituted(integrand: Expr, side: int, mean: Expr) -> Expr:
    """Return the integrand over w that replaces one over z = side |z|, for z ~ N(mean, v).

    With |z| = s x and x = sinh(w)/u, dz is s cosh(w)/u dw.
    """
    value = integrand * density(z, mean, s**2) * s * cosh(w) / u
    return value.subs(z, side * s * x)


def distance() -> list[tuple[Symbol, Expr]]:
    """Return the steps to the distance x."""
    return [(s, sqrt(v)), (u, 1 + s), (x, sinh(w) / u)]


def integration_end() -> Steps:
    """Return the upper limit of w for the integrals over z < 0. For z > 0 it is the one at -m."""
    return Steps(((s, sqrt(v)),), (asinh((1 + s) * (Max(-m / s, 0) + DISTANCE_FROM_PEAK)),))


def integrands_below() -> Steps:
    """Return the integrands whose integrals over w are (B, D, T_1, T_2)."""
    functions = [HALF_LINE_MOMENTS[B].integrand(z), HALF_LINE_MOMENTS[D].integrand(z)]
    functions += [exp(i * z) for i in (1, 2)]
    values = (substituted(function, -1, m) for function in functions)
    return Steps(tuple(distance()), tuple(optimize(value, (expm1_opt,)) for value in values))


def integrands_above() -> Steps:
    """Return the integrands whose integrals over w are (A_minor, C_minor): A and C at -|m|."""
    functions = (HALF_LINE_MOMENTS[moment].integrand(z) for moment in (A, C))
    values = (substituted(function, 1, -Abs(m)) for function in functions)
    return Steps(tuple(distance()), tuple(values))


def variance_integrand() -> Steps:
    """Return the integrand whose integral over w is E[(e^z - 1 - B)^2 1{z<0}], a part of V."""
    function = (HALF_LINE_MOMENTS[B].integrand(z) - B) ** 2
    value = optimize(substituted(function, -1, m), (expm1_opt,))
    return Steps(tuple(distance()), (value,))


def remaining_variance() -> Expr:
    """Return the rest of V = D - B^2, which is E[(0 - B)^2 1{z>0}]."""
    return B**2 * P


def moment_derivatives() -> tuple[Expr, ...]:
    """Return the derivatives of :data:`VALUES` with respect to m, then to v."""
    rules = stability.rules()
    return tuple(rules[symbol][by] for by in (0, 1) for symbol in VALUES)


def probability_and_density() -> Steps:
    """Return (P, p_0) without an integral, and P without cancellation."""
    smaller = Symbol("h", positive=True)
    tail = erfc(Abs(m) / sqrt(2 * v)) / 2
    return Steps(((smaller, tail),), (probability_above(smaller), density(0, m, v)))


def unit_rule(count: int) -> tuple[Expr, ...]:
    """Return the nodes, then the weights, of the Gauss-Legendre rule between 0 and 1."""
    nodes, weights = gauss_legendre(count, 20)
    return (*((node + 1) / 2 for node in nodes), *(weight / 2 for weight in weights))


def angle_rule() -> tuple[Expr, ...]:
    """Return :func:`unit_rule` for the angles of :mod:`derivations.correlation`."""
    return unit_rule(ANGLE_NODES)
