"""How alpha and lamda change with the target, and how well they are conditioned.

The derivative of a Gaussian mean is a Gaussian mean of a derivative: for z ~ N(m, v),

    d/dm E[f(z)] = E[f'(z)],    d/dv E[f(z)] = E[f''(z)]/2,

where a kink of f adds the jump of f' times the density there. The four moments have their
kink at 0, so their derivatives are made of the probability P = P(z > 0), the exponential
moments T_i = E[e^(iz) 1{z<0}], and the density p_0 of z at 0 (:data:`MOMENT_DERIVATIVES`).

The parameters solve the line A x + B y = mu and the ellipse C x^2 + D y^2 = S, and so
their derivatives solve the linear system that differentiating both gives. Its determinant
2 (A D y - B C x) is positive: a solution always depends smoothly on its target.
"""

from __future__ import annotations

from sympy import Abs, Expr, Matrix, Symbol, pi, sqrt, symbols

from derivations import moments, stable
from derivations.fixed_point import ELLIPSE, LINE, x, y
from derivations.formula import Steps
from derivations.symbols import A, B, C, D, alpha, lamda, m, mu, nu, v

P, T1, T2 = symbols("P T1 T2", positive=True)
"""P(z > 0), and E[e^(iz) 1{z<0}] for i = 1 and 2."""

p0 = Symbol("p0", positive=True)
"""The density of z at 0."""

INPUTS = (m, v, mu, nu)
"""What alpha and lamda are functions of: the moments of the net input and of the output."""

DERIVATIVES: dict[Symbol, tuple[Symbol, ...]] = {
    result: tuple(Symbol(f"{result}_{variable}", real=True) for variable in INPUTS)
    for result in (alpha, lamda)
}
"""Symbols for the derivatives of alpha and of lamda with respect to each of them."""

MOMENT_DERIVATIVES: dict[Symbol, tuple[Expr, Expr]] = {
    A: (P, p0 / 2),
    B: (T1, (T1 - p0) / 2),
    C: (2 * A, P),
    D: (2 * (B + D), 2 * T2 - T1),
}
"""The derivatives of each half-line moment with respect to m and to v."""


CHANGES = symbols("dm dv", real=True)
"""How far m and v are from a point, for :func:`moments_by_mean_value`."""


def moments_by_mean_value() -> Steps:
    """Return (A, B, C, D) in a box from their values at a point in it, by the mean value theorem.

    P, T1, T2 and p0 are balls of the whole box. So is the A in the derivative of C. B + D is
    T2 - T1, and so is not the sum of two wider balls.
    """
    steps: dict[Symbol, Expr] = {}
    for moment, derivatives in MOMENT_DERIVATIVES.items():
        slopes = (slope.subs(D, T2 - T1 - B).subs(A, Symbol("A_box")) for slope in derivatives)
        change = sum(slope * step for slope, step in zip(slopes, CHANGES, strict=True))
        steps[Symbol(f"{moment}_box")] = moment + change
    return Steps(tuple(steps.items()), tuple(steps))


def tails() -> Steps:
    """Return (P, T1, T2, p0) in forms that do not overflow."""
    above, density = stable.probability_above(), stable.g / sqrt(2 * pi * v)
    return Steps(((stable.g, stable.decay()),), (above, stable.tail(1), stable.tail(2), density))


def derivatives() -> Steps:
    """Return the derivatives of alpha, then of lamda, with respect to m, v, mu and nu."""
    equations = Matrix([LINE.lhs - LINE.rhs, ELLIPSE.lhs - (nu + mu**2)])
    system = equations.jacobian([x, y])
    determinant = Symbol("J", positive=True)
    steps = [(x, lamda), (y, lamda * alpha), (determinant, system.det())]
    alphas, lamdas = [], []
    for variable in INPUTS:
        change = equations.diff(variable)
        if variable in (m, v):
            column = (m, v).index(variable)
            for moment, by_input in MOMENT_DERIVATIVES.items():
                change += equations.diff(moment) * by_input[column]
        x_change, y_change = symbols(f"x_{variable} y_{variable}", real=True)
        solution = -system.adjugate() * change / determinant
        steps += zip((x_change, y_change), solution, strict=True)
        alphas.append((y_change - alpha * x_change) / lamda)
        lamdas.append(x_change)
    return Steps(tuple(steps), (*alphas, *lamdas))


def condition_numbers() -> tuple[Expr, ...]:
    """Return the relative condition numbers of alpha and lamda.

    The largest relative change of a result, for small relative changes of all four inputs,
    as a multiple of theirs: sum over p of abs(p d(result)/dp) / result.
    """
    return tuple(
        sum(Abs(p * d) for p, d in zip(INPUTS, derivatives, strict=True)) / result
        for result, derivatives in DERIVATIVES.items()
    )


def net_input_derivatives(model: tuple[Expr, Expr]) -> tuple[Expr, ...]:
    """Return (dm/dmu, dm/dnu, dv/dmu, dv/dnu) of a weight model."""
    return tuple(Matrix(model).jacobian([mu, nu]))


def linear_net_input_derivatives() -> tuple[Expr, ...]:
    """Return :func:`net_input_derivatives` for weights with given sums."""
    return net_input_derivatives(moments.net_input())


def iid_net_input_derivatives() -> tuple[Expr, ...]:
    """Return :func:`net_input_derivatives` for independent weights."""
    return net_input_derivatives(moments.net_input_iid())
