"""The layer map, its Jacobian, and what decides whether a fixed point attracts.

A layer maps the moments (mu, nu) of its inputs to those of its outputs: with the net input
z ~ N(m, v) that its weights make of them,

    g(mu, nu) = (E[selu(z)], Var[selu(z)]).

A fixed point attracts if the Jacobian of g there has a spectral radius below 1. Its derivation
needs only two facts (:func:`heat_equation`, :func:`derivative_by_mean`):

* the density solves the heat equation, so d/dv of any Gaussian mean is d^2/dm^2 of it, halved;
* d/dm E[f(z)] = E[f'(z)], where a half line adds the value of f at its end times the density.

With them, the derivatives of every quantity here are algebra in the four half-line moments and
in P = P(z > 0), T_i = E[e^(iz) 1{z<0}] and the density p_0 of z at 0.
"""

from __future__ import annotations

from functools import cache

from sympy import (
    Abs,
    Add,
    Expr,
    Matrix,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    diff,
    exp,
    sqrt,
    symbols,
)
from sympy.codegen.cfunctions import expm1

from derivations import moments
from derivations.fixed_point import ELLIPSE, LINE, point, x, y
from derivations.formula import Steps
from derivations.moments import HALF_LINE_MOMENTS, HalfLineMoment, density
from derivations.sensitivity import MOMENT_DERIVATIVES, T1, T2, P, p0
from derivations.stable import A_minor, C_minor, V
from derivations.symbols import A, B, C, D, S, alpha, lamda, m, mu, nu, tau, v, z

U = Symbol("U", positive=True)
"""C - A^2, the variance of the positive part z 1{z>0}."""

T0 = Symbol("T0", positive=True)
"""P(z < 0), beside T1 and T2."""

G = Symbol("G", positive=True)
"""T_1 - T_2."""

BELOW = 8
"""Standard deviations below zero from which on the positive half line has no weight in float64."""

ENTRY_ERROR = Rational(1, 10**13)
"""Relative error, in float64, of the terms of the Jacobian's entries."""

PARAMETER_ERROR = Rational(300, 2**53)
"""Relative error of alpha^2 and lamda^2 in float64, for a condition number of 1."""

INPUTS = (m, v)
"""What the layer map is a function of: the moments of the net input."""

FIRST = tuple(Symbol(f"g{i}_{x}", real=True) for i in (1, 2) for x in INPUTS)
"""The derivatives of the new mean g1, then of the new variance g2, with respect to m and v."""

SECOND = tuple(Symbol(f"g{i}_{x}", real=True) for i in (1, 2) for x in ("mm", "mv", "vv"))
"""The second derivatives of both."""

ENTRIES = symbols("j11 j12 j21 j22", real=True)
"""The entries of a 2 by 2 matrix, by rows."""

tau_v = Symbol("tau_v", real=True)
"""The derivative of tau with respect to v, where tau depends on it."""


def heat_equation() -> tuple[Expr, Expr]:
    """Return the derivative of the density of N(m, v) in v, and half the second one in m."""
    return diff(density(z, m, v), v), diff(density(z, m, v), m, 2) / 2


def derivative_by_mean(moment: HalfLineMoment) -> tuple[Expr, Expr]:
    """Return (f', f(0) p_0 with its sign) of a half-line moment E[f(z) 1].

    Since d/dm of the density is minus its d/dz, integration by parts gives

        d/dm E[f(z) 1{z>0}] = E[f'(z) 1{z>0}] + f(0) p_0,

    and for the other half line with the opposite sign of the second term.
    """
    f = type(moment).integrand(z)
    low, _ = type(moment).half_line
    sign = 1 if low == 0 else -1
    return diff(f, z), sign * f.subs(z, 0) * p0


def moments_by_tails() -> dict[Symbol, Expr]:
    """Return the four moments in terms of P, T_1, T_2 and p_0."""
    return {
        A: m * P + v * p0,
        B: T1 - (1 - P),
        C: (m**2 + v) * P + m * v * p0,
        D: T2 - 2 * T1 + (1 - P),
    }


@cache
def rules() -> dict[Symbol, tuple[Expr, Expr]]:
    """Return the derivatives, with respect to m and v, of the symbols that the map is made of.

    P, T_i and p_0 are Gaussian means, too: of 1{z>0}, whose derivative is all at its end; of
    e^(iz) 1{z<0}; and p_0 is the derivative of P in m. Each rule for v is half of the rule for m,
    applied twice.
    """
    by_mean: dict[Symbol, Expr] = {P: p0, p0: -m / v * p0, T1: T1 - p0, T2: 2 * T2 - p0}
    found = dict(MOMENT_DERIVATIVES)
    for symbol, first in by_mean.items():
        second = first.diff(m) + sum(first.diff(s) * by_mean[s] for s in by_mean)
        found[symbol] = (first, (second / 2).expand())
    return found


def derivative(expression: Expr, variable: Symbol) -> Expr:
    """Return the derivative, in m or v, of an expression in the symbols of :func:`rules`."""
    column = INPUTS.index(variable)
    return expression.diff(variable) + sum(
        expression.diff(symbol) * rule[column] for symbol, rule in rules().items()
    )


def new_mean() -> Expr:
    """Return E[selu(z)] = lamda (A + alpha B)."""
    return folded(moments.selu_mean())


def new_second_moment() -> Expr:
    """Return E[selu(z)^2] = lamda^2 (C + alpha^2 D)."""
    return folded(moments.selu_second_moment())


def folded(expression: Expr) -> Expr:
    """Replace the half-line moments by their symbols."""
    return expression.subs({moment: symbol for symbol, moment in HALF_LINE_MOMENTS.items()})


def new_variance() -> Expr:
    """Return Var[selu(z)] as a sum of positive terms.

    The mean's square is taken out of the second moment: with U = C - A^2 and V = D - B^2 it is
    lamda^2 (U + alpha^2 V - 2 alpha A B), where B < 0.
    """
    return lamda**2 * (U + alpha**2 * V - 2 * alpha * A * B)


def positive_part_variance() -> Expr:
    """Return U = C - A^2 without cancellation.

    For m > 0 it is v less two small terms of the negative part.
    """
    return Piecewise((v - C_minor - A_minor * (2 * m + A_minor), m > 0), (C - A**2, True))


def negative_part_variance() -> Expr:
    """Return V = D - B^2, given V, without cancellation for m far below zero.

    There z is never positive, not even under the weight e^(2z), and V is the variance of the
    lognormal e^z, e^(2m+v) (e^v - 1). Since m + 2v < 0, the first factor is below e^(-3v), and
    all of it zero in float64 long before v is 512.
    """
    lognormal = exp(Min(2 * m + v, 0)) * expm1(Min(v, 512))
    return Piecewise((lognormal, m + 2 * v < -BELOW * sqrt(v)), (V, True))


def layer_map() -> tuple[Expr, Expr]:
    """Return (new mean, new variance), from moments that include U and V."""
    return new_mean(), new_variance()


def layer_derivatives() -> tuple[Expr, ...]:
    """Return the derivatives of the new mean, then of the new variance, in m and v."""
    variance = new_second_moment() - new_mean() ** 2
    return tuple(derivative(f, x) for f in (new_mean(), variance) for x in INPUTS)


def layer_derivative_magnitudes() -> tuple[Expr, ...]:
    """Return the sums of the absolute values of the terms of :func:`layer_derivatives`.

    Rounding errors of the derivatives are relative to these.
    """
    return tuple(
        sum(Abs(term) for term in Add.make_args(derivative.expand()))
        for derivative in layer_derivatives()
    )


def layer_map_for_balls() -> tuple[Expr, Expr]:
    """Return (new mean, new variance) without the difference of what grows like m^2.

    In ball arithmetic, also the width of a box counts as an error, and a difference adds the
    errors. Where m is far above zero, C and A^2 are m^2 and a little more; but

        U = C - A^2 = v P + m^2 P T_0 - m v p_0 (P - T_0) - v^2 p_0^2

    has only terms that are small then, but for the first.
    """
    positive = v * P + m**2 * P * T0 - m * v * p0 * (P - T0) - v**2 * p0**2
    return new_mean(), new_variance().subs({U: positive, V: D - B**2})


def layer_derivatives_for_balls() -> tuple[Expr, ...]:
    """Return the derivatives of the new mean, then of the new variance, in m and v.

    That of the variance in m has A (1 - P - alpha T_1), where A grows like m. With 1 - P = T_0 and
    T_1 = T_0 + B it is a product of what is small far above zero; and with G = T_1 - T_2 all
    terms are as small as the standard deviation where that is small.
    """
    (mean_m, mean_v), square_v = mean_derivatives(), derivative(new_second_moment(), v)
    drift = A * ((1 - alpha) * T0 - alpha * B) - alpha * B * (P + alpha * T1) - alpha**2 * G
    return (mean_m, mean_v, 2 * lamda**2 * drift, square_v - 2 * new_mean() * mean_v)


def layer_second_derivatives_for_balls() -> tuple[Expr, ...]:
    """Return the second derivatives (mm, mv and vv) of the mean, then of the variance."""
    mean, square = new_mean(), new_second_moment()
    by_mean = dict(zip(INPUTS, mean_derivatives(), strict=True))
    means, variances = [], []
    for first, second in ((m, m), (m, v), (v, v)):
        means.append(derivative(by_mean[first], second))
        curvature = derivative(derivative(square, first), second).subs(D, T2 - T1 - B).expand()
        variances.append(curvature - 2 * (by_mean[first] * by_mean[second] + mean * means[-1]))
    return *means, *variances


def mean_derivatives() -> tuple[Expr, Expr]:
    """Return the derivatives of the new mean in m and v, with each symbol once."""
    return lamda * (P + alpha * T1), lamda * ((1 - alpha) * p0 + alpha * T1) / 2


def jacobian(model: tuple[Expr, Expr]) -> Matrix:
    """Return the Jacobian of g in mu and nu for a weight model's (m, v), by the chain rule."""
    by_net_input = Matrix(2, 2, FIRST)
    return by_net_input * Matrix(model).jacobian([mu, nu])


def linear_jacobian() -> tuple[Expr, ...]:
    """Return the entries of the Jacobian, by rows, for weights with given sums."""
    return tuple(jacobian(moments.net_input()))


def iid_jacobian() -> tuple[Expr, ...]:
    """Return the entries of the Jacobian, by rows, for independent weights.

    It has rank one: the net input depends on nu + mu^2 alone.
    """
    return tuple(jacobian(moments.net_input_iid()))


def spectral_radius() -> Expr:
    """Return the largest absolute eigenvalue of a 2 by 2 matrix.

    The eigenvalues are h +- sqrt(r) with h half the trace and r = h^2 - det. If they are
    complex, r < 0, their absolute value is sqrt(det). r is written without cancellation.
    """
    j11, j12, j21, j22 = ENTRIES
    half_trace = (j11 + j22) / 2
    r = ((j11 - j22) / 2) ** 2 + j12 * j21
    determinant = j11 * j22 - j12 * j21
    real = Max(half_trace, -half_trace) + sqrt(Max(r, 0))
    return Piecewise((real, r >= 0), (sqrt(Max(determinant, 0)), True))


def jury_conditions() -> tuple[Expr, Expr, Expr]:
    """Return what is positive, all three, exactly where both eigenvalues are smaller than 1.

    They are the characteristic polynomial at 1 and at -1, and 1 - det (E. I. Jury, 1964).
    """
    j11, j12, j21, j22 = ENTRIES
    determinant = j11 * j22 - j12 * j21
    return (
        (1 - j11) * (1 - j22) - j12 * j21,
        (1 + j11) * (1 + j22) - j12 * j21,
        1 - determinant,
    )


def singular_value() -> Expr:
    """Return the largest singular value of a 2 by 2 matrix.

    A matrix is the sum of a rotation and a reflection, each with a factor, and the singular
    values are the sum and the difference of the factors.
    """
    j11, j12, j21, j22 = ENTRIES
    rotation = sqrt((j11 + j22) ** 2 + (j12 - j21) ** 2)
    reflection = sqrt((j11 - j22) ** 2 + (j12 + j21) ** 2)
    return (rotation + reflection) / 2


def linear_singular_value() -> Expr:
    """Return the largest singular value of the Jacobian J for weights with given sums.

    Its square is the larger eigenvalue of J J^T, which is the sum of two positive semidefinite
    matrices, one proportional to omega^2 and one to tau^2. So it grows with abs(omega) and tau.
    """
    return singular_value().subs(dict(zip(ENTRIES, linear_jacobian(), strict=True)))


def linear_singular_value_gradient() -> tuple[Expr, ...]:
    """Return its derivatives in m and v, where tau depends on v with the derivative tau_v."""
    return tuple(along(linear_singular_value(), x) for x in INPUTS)


def linear_jacobian_derivative_norms() -> tuple[Expr, ...]:
    """Return the Frobenius norms of the derivatives of the Jacobian J in m and v.

    No singular value changes faster, also where the two are equal and have no derivative.
    """
    return tuple(sqrt(sum(along(entry, x) ** 2 for entry in linear_jacobian())) for x in INPUTS)


def along(expression: Expr, variable: Symbol) -> Expr:
    """Return the derivative, in m or v, of an expression in the entries of J and tau."""
    g1_m, g1_v, g2_m, g2_v = FIRST
    g1_mm, g1_mv, g1_vv, g2_mm, g2_mv, g2_vv = SECOND
    rates = {
        m: {g1_m: g1_mm, g1_v: g1_mv, g2_m: g2_mm, g2_v: g2_mv},
        v: {g1_m: g1_mv, g1_v: g1_vv, g2_m: g2_mv, g2_v: g2_vv, tau: tau_v},
    }[variable]
    return sum(expression.diff(symbol) * rate for symbol, rate in rates.items())


def unit_sum_gap() -> Expr:
    """Return 1 - trace + det of the Jacobian at the fixed point (m, v) for unit-sum weights.

    That is the characteristic polynomial at 1. Where it is negative there is a real eigenvalue
    above 1, so that the fixed point repels. It is in terms of x = lamda and y = lamda alpha;
    at the fixed point the new mean is m.
    """
    square = new_second_moment().subs(alpha, y / x).subs(lamda, x).expand()
    mean = new_mean().subs(alpha, y / x).subs(lamda, x).expand()
    mean_m, mean_v = (derivative(mean, variable) for variable in INPUTS)
    variance_m = derivative(square, m) - 2 * m * mean_m
    variance_v = derivative(square, v) - 2 * m * mean_v
    gap = (1 - mean_m) * (1 - variance_v) - mean_v * variance_m
    return gap.subs(moments_by_tails())


def unit_sum_slopes() -> Steps:
    """Return the derivatives of x = lamda in m and v, then those of y = lamda alpha.

    They solve the linear system that differentiating the line and the ellipse gives, with the
    fixed point moving with m and v; its determinant J is positive.
    """
    equations = Matrix([LINE.lhs - LINE.rhs, ELLIPSE.lhs - (nu + mu**2)]).subs({mu: m, nu: v})
    system = equations.jacobian([x, y])
    determinant = Symbol("J", positive=True)
    changes = (Matrix([derivative(e, variable) for e in equations]) for variable in INPUTS)
    by_m, by_v = (-system.adjugate() * change / determinant for change in changes)
    return Steps(((determinant, system.det()),), (by_m[0], by_v[0], by_m[1], by_v[1]))


def unit_sum_parameters() -> tuple[Expr, Expr]:
    """Return (x, y), the point in which line and ellipse meet, for the fixed point (m, v)."""
    x_value, y_value = (e.subs({S: v + m**2, mu: m}) for e in point())
    return x_value, y_value


X_SLOPES = symbols("x_m x_v", real=True)
"""The derivatives of x with respect to m and v."""

Y_SLOPES = symbols("y_m y_v", real=True)
"""The derivatives of y with respect to m and v."""


def unit_sum_gap_gradient() -> tuple[Expr, ...]:
    """Return the derivatives of :func:`unit_sum_gap` in m and v, given the slopes of x and y."""
    gap = unit_sum_gap()
    return tuple(
        derivative(gap, variable) + gap.diff(x) * x_slope + gap.diff(y) * y_slope
        for variable, x_slope, y_slope in zip(INPUTS, X_SLOPES, Y_SLOPES, strict=True)
    )
