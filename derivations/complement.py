"""I - J at a fixed point, where J is the Jacobian of the layer map, and what follows from it.

Where J is nearly the identity, or has an eigenvalue near 1, J computed by itself loses the digits
of I - J: for a net input far above zero, all of I - J is exponentially small. Its entries decide
whether the fixed point attracts (:func:`attraction`), and they are the right-hand side of the
linear system of the parameters' derivatives (:func:`parameter_gradient`).
"""

from __future__ import annotations

from sympy import (
    Expr,
    Matrix,
    Min,
    Piecewise,
    Rational,
    Symbol,
    eye,
    sqrt,
    symbols,
)
from sympy.logic.boolalg import Boolean

from derivations import moments
from derivations.fixed_point import ELLIPSE, LINE, x, y
from derivations.formula import Steps
from derivations.sensitivity import T1, T2, p0
from derivations.stability import FIRST, INPUTS, T0, derivative, jacobian
from derivations.stable import A_minor
from derivations.symbols import A, B, D, alpha, lamda, m, mu, nu, omega, tau, v


def linear_complement(above: Boolean = m > 0, difference: Expr = T2 - T1) -> tuple[Expr, ...]:
    """Return the entries of I - J at a fixed point, by rows, for weights with given sums.

    They are in terms of x = lamda and y = lamda alpha. For m = mu omega far above zero, J is I
    but for what the negative half line adds, which is exponentially small; see
    :func:`complement_above` for that. It is used where the condition above holds. The difference
    is B + D in any form.
    """
    mean_m, mean_v, square_m, square_v = derivatives_at_fixed_point(difference)
    variance_m, variance_v = square_m - 2 * mu * mean_m, square_v - 2 * mu * mean_v
    plain = (1 - omega * mean_m, 1 - tau * variance_v)
    first, variance_m_above, last = complement_above()
    return (
        Piecewise((first, above), (plain[0], True)),
        -tau * mean_v,
        -omega * Piecewise((variance_m_above, above), (variance_m, True)),
        Piecewise((last, above), (plain[1], True)),
    )


def linear_complement_for_floats() -> tuple[Expr, ...]:
    """Return :func:`linear_complement` with the form for each place that keeps more digits.

    For m between 0 and one deviation, what is left of the ones cancels more than the ones do.
    And where both T_i are near 1/2, that is, for a narrow net input, B + D is a sum of numbers of
    different size, but T_2 - T_1 a small difference.
    """
    difference = Piecewise((B + D, Rational(1, 4) < T1), (T2 - T1, True))
    return linear_complement(m > sqrt(v), difference)


def iid_complement() -> tuple[Expr, ...]:
    """Return the entries of I - J at a fixed point, by rows, for independent weights."""
    mean_m, mean_v, square_m, square_v = derivatives_at_fixed_point()
    by_net_input = (mean_m, mean_v, square_m - 2 * mu * mean_m, square_v - 2 * mu * mean_v)
    entries = jacobian(moments.net_input_iid()).subs(dict(zip(FIRST, by_net_input, strict=True)))
    return tuple(eye(2) - entries)


def derivatives_at_fixed_point(difference: Expr = T2 - T1) -> tuple[Expr, ...]:
    """Return the derivatives, in m and v, of A x + B y, then of C x^2 + D y^2.

    B + D is T_2 - T_1, and so is not left as a sum of numbers of opposite sign.
    """
    square_m = 2 * A * x**2 + 2 * difference * y**2
    return (
        *(derivative(LINE.lhs, variable) for variable in INPUTS),
        square_m,
        derivative(ELLIPSE.lhs, v),
    )


def complement_above() -> tuple[Expr, Expr, Expr]:
    """Return 1 - omega g1_m, g2_m and 1 - tau g2_v at a fixed point, for m > 0.

    Line and ellipse, A x + B y = mu and C x^2 + D y^2 = nu + mu^2, take the place of the ones:
    with m = mu omega, v = nu tau, A = m P + v p_0, C - v P = m A and A - m = A_minor (the mean of
    -z 1{z<0}),

        mu (1 - omega g1_m) = x v p_0 + y (B - m T_1),
        g2_m = 2 (x (mu T_0 - B y) + y^2 (T_2 - T_1) - mu y T_1),
        nu (1 - tau g2_v) = y^2 (D - v (2 T_2 - T_1)) - mu (x A_minor + B y) - m x B y
                            + 2 mu v g1_v,

    and every term is a moment of the negative half line, or p_0.
    """
    _, mean_v, _, _ = derivatives_at_fixed_point()
    first = (x * v * p0 + y * (B - m * T1)) / mu
    variance_m = 2 * (x * (mu * T0 - B * y) + y**2 * (T2 - T1) - mu * y * T1)
    last = y**2 * (D - v * (2 * T2 - T1)) - mu * (x * A_minor + B * y) - m * x * B * y
    return first, variance_m, (last + 2 * mu * v * mean_v) / nu


COMPLEMENT = symbols("d11 d12 d21 d22", real=True)
"""The entries of I - J, by rows."""


def parameter_gradient() -> Steps:
    """Return the derivatives of alpha in mu and nu, then those of lamda, given I - J.

    Line and ellipse, A x + B y = mu and C x^2 + D y^2 = nu + mu^2, are differentiated with m and v
    that follow from mu and nu. What x and y have to make up for is then mu less the new mean, with
    x and y fixed, and nu + mu^2 less the new second moment: the derivatives of these are rows of
    I - J, where nothing is left as a small difference.
    """
    d11, d12, d21, d22 = COMPLEMENT
    system = Matrix([LINE.lhs, ELLIPSE.lhs]).jacobian([x, y])
    determinant = Symbol("J", positive=True)
    steps = [(x, lamda), (y, lamda * alpha), (determinant, system.det())]
    alphas, lamdas = [], []
    for variable, of_mean, of_variance in ((mu, d11, d21), (nu, d12, d22)):
        missing = Matrix([of_mean, of_variance + 2 * mu * of_mean])
        changes = symbols(f"x_{variable} y_{variable}", real=True)
        steps += zip(changes, system.adjugate() * missing / determinant, strict=True)
        alphas.append((changes[1] - alpha * changes[0]) / lamda)
        lamdas.append(changes[0])
    return Steps(tuple(steps), (*alphas, *lamdas))


def attraction() -> tuple[Expr, Expr]:
    """Return (r, 1 - spectral radius) of a 2 by 2 matrix J, from the entries of I - J.

    The eigenvalues of I - J are h +- sqrt(r), h half its trace. If they are real, the radius is
    that far from 1 that the smaller of them is from 0, or the larger from 2, whichever is less.
    If they are not, r < 0, it is the root of det(J) = 1 - 2 h + det(I - J). Nowhere a small
    difference is left as one of larger numbers.
    """
    d11, d12, d21, d22 = COMPLEMENT
    h, determinant = (d11 + d22) / 2, d11 * d22 - d12 * d21
    r = ((d11 - d22) / 2) ** 2 + d12 * d21
    root = sqrt(r)
    smaller = Piecewise((determinant / (h + root), h > 0), (h - root, True))
    change = 2 * h - determinant
    return r, Piecewise(
        (Min(smaller, 2 - h - root), r > 0), (change / (1 + sqrt(1 - change)), True)
    )
