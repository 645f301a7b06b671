r"""Activations in forms that float64 computes to its last digits, and their derivatives.

The definitions of :mod:`derivations.activations` are exact, but in floating point they overflow,
or cancel where a relative accuracy is wanted: z - tanh z near 0, 1 - tanh^2 z far out, and the
normal distribution function below zero. Each form here is an identity, which the tests hold
to thirty digits.

Sine, cosine and the Gaussian oscillate or vanish where a rule would need many nodes, or the
variance would cancel. Their means are taken from closed forms whose terms are all positive
(:func:`in_positive_terms`).
"""

from __future__ import annotations

from sympy import (
    Abs,
    AccumBounds,
    Add,
    Expr,
    Integer,
    Max,
    Mul,
    Piecewise,
    Rational,
    Symbol,
    cancel,
    cos,
    diff,
    erf,
    exp,
    expand,
    factor,
    fraction,
    horner,
    nan,
    oo,
    simplify,
    sin,
    sqrt,
    tanh,
)
from sympy.codegen.cfunctions import expm1, log1p

from derivations.activations import ACTIVATIONS, roundness
from derivations.pieces import ZERO, Activation
from derivations.special import Phi, logistic, softplus
from derivations.symbols import m, v, z

POSITIVE = ("sin", "cos", "gaussian")
"""Whose means are :func:`in_positive_terms`."""

LOW, HIGH = 0, -1
"""The sides of minus and plus infinity."""

FRACTION_LEVELS = 10
"""Levels of Lambert's continued fraction, which suffice for abs(z) < 1."""


def tanh_of_softplus(x: Expr) -> Expr:
    """Return tanh(softplus(x)) = (1 - r^2)/(1 + r^2) for r = e^-softplus(x) = logistic(-x).

    1 - r = logistic(x), so that nothing cancels.
    """
    r = logistic(-x)
    return logistic(x) * (1 + r) / (1 + r**2)


def tanh_complement(x: Expr) -> Expr:
    """Return 1 - tanh(x)^2 = 4 logistic(2 x) logistic(-2 x)."""
    return 4 * logistic(2 * x) * logistic(-2 * x)


def tanh_rest(x: Expr) -> Expr:
    """Return x - tanh x without cancelling.

    Lambert's continued fraction is tanh x = x/(1 + k) with k = x^2/(3 + x^2/(5 + ...)), so that
    x - tanh x = x k/(1 + k), and all terms are positive.
    """
    square = Symbol("x2", nonnegative=True)
    rest = Integer(2 * FRACTION_LEVELS + 1)
    for level in range(FRACTION_LEVELS - 1, 0, -1):
        rest = 2 * level + 1 + square / rest
    k = square / rest
    above, below = (horner(part, square) for part in fraction(cancel(k / (1 + k))))
    quotient = (above / below).subs(square, x**2)
    return Piecewise((x * quotient, Abs(x) < 1), (x - tanh(x), True))


def root_sum(x: Expr) -> Expr:
    """Return x + sqrt(x^2 + b), for x < 0 as b/(sqrt(x^2 + b) - x)."""
    root = sqrt(x**2 + roundness)
    return Piecewise((roundness / (root - x), x < 0), (x + root, True))


def value(expression: Expr) -> Expr:
    """Return an expression in its stable form."""
    if expression == SQUAREPLUS:
        return root_sum(z) / 2
    expression = expression.replace(_is_tanh_of_softplus, _inside)
    expression = expression.replace(_is_tanh_rest, lambda _: tanh_rest(z))
    return in_elementary_functions(expression)


def derivative(expression: Expr) -> Expr:
    """Return the derivative of an expression in z in its stable form.

    1 - tanh^2 is :func:`tanh_complement`, and (1 + z/root)/2 of squareplus its value over the root.
    """
    if expression == tanh(z):
        return in_elementary_functions(tanh_complement(z))
    if expression == SQUAREPLUS:
        return value(expression) / sqrt(z**2 + roundness)
    slope = diff(expression.replace(_is_tanh_of_softplus, _inside), z)
    return in_elementary_functions(factor(slope) if slope.is_rational_function(z) else slope)


SQUAREPLUS = ACTIVATIONS["squareplus"].expression


def _inside(expression: Expr) -> Expr:
    return tanh_of_softplus(expression.args[0].args[0])


def _is_tanh_of_softplus(expression: Expr) -> bool:
    return isinstance(expression, tanh) and isinstance(expression.args[0], softplus)


def _is_tanh_rest(expression: Expr) -> bool:
    return bool(expression == z - tanh(z))


def in_elementary_functions(expression: Expr) -> Expr:
    """Write logistic and softplus in functions that are relatively exact on both sides of 0.

    Phi stays: libraries have it, and SymPy would write erfc(-x) as 2 - erfc(x).
    """
    expression = expression.replace(logistic, lambda x: 1 / (1 + exp(-x)))
    expression = expression.replace(softplus, lambda x: Max(x, 0) + log1p(exp(-Abs(x))))
    return expression.replace(_is_expm1, lambda e: expm1((e + 1).args[0]))


def _is_expm1(expression: Expr) -> bool:
    return expression.is_Add and isinstance(expression + 1, exp)


def of_piece(activation: Activation, index: int) -> tuple[Expr, Expr]:
    """Return (f, f') of a piece."""
    expression = activation.pieces[index].expression
    return value(expression), derivative(expression)


def saturates(activation: Activation, side: int) -> bool:
    """Return whether f tends to a number that is not 0, and not only at a kink.

    Where nearly all z are far out on that side, f is that number but for less than its roundoff,
    and so is its mean. Var f is that of f less the number, which is small.
    """
    end = activation.limits[side]
    if isinstance(end, AccumBounds) or end.has(oo, -oo) or end == 0:
        return False
    piece = activation.pieces[side].expression
    return not piece.is_rational_function(z)


def from_limit(activation: Activation, index: int, side: int) -> tuple[Expr, Expr]:
    """Return (f less its limit on a side, f') of a piece, in its stable form.

    1 + tanh z = 2 logistic(2 z), logistic(z) - 1 = -logistic(-z), erf z + 1 = 2 Phi(sqrt(2) z).
    """
    expression = activation.pieces[index].expression
    mirrored = -1 if side == HIGH else 1
    known = {
        tanh(z): 2 * mirrored * logistic(2 * mirrored * z),
        erf(z): 2 * mirrored * Phi(mirrored * sqrt(2) * z),
        logistic(z): mirrored * logistic(mirrored * z),
    }
    rest = known.get(expression, expand(expression - activation.limits[side]))
    return in_elementary_functions(rest), derivative(expression)


def of_piece_exactly(activation: Activation, index: int) -> Expr:
    """Return f of a piece as it is defined, for balls."""
    return activation.pieces[index].expression


def slope_of_piece_exactly(activation: Activation, index: int) -> Expr:
    """Return f' of a piece, for balls."""
    return activation.derivative[index].expression


def bend_of_piece_exactly(activation: Activation, index: int) -> Expr:
    """Return f'' of a piece, for balls."""
    return diff(activation.derivative[index].expression, z)


def terms(activation: Activation, index: int) -> tuple[Expr, ...]:
    """Return (c, n, k) of each term c z^n e^(k z) that a piece is the sum of; none if it is not."""
    found: tuple[Expr, ...] = ()
    for term in Add.make_args(expand(activation.pieces[index].expression)):
        coefficient, rest = term.as_independent(z)
        power, rate = ZERO, ZERO
        for part in Mul.make_args(rest):
            if isinstance(part, exp):
                rate += diff(part.args[0], z)
            elif part.has(z):
                power += part.as_base_exp()[1]
        if simplify(coefficient * z**power * exp(rate * z) - term) != 0:
            return ()
        found += (coefficient, power, rate)
    return found


def parameters(activation: Activation) -> tuple[Expr, ...]:
    """Return the parameters' defaults."""
    return tuple(activation.parameters.values())


def bounds(activation: Activation) -> tuple[Expr, Expr, Expr]:
    """Return what abs(f), abs(f') and abs(f'') are at most, for r = abs(z)."""
    return activation.bound, activation.slope_bound, activation.bend_bound


def borders(activation: Activation) -> tuple[Expr, ...]:
    """Return the kinks, then the jumps at them."""
    return (*activation.kinks, *activation.jumps)


def shape(activation: Activation) -> tuple[Expr, ...]:
    """Return the width, then the kinks, then the jumps at them."""
    return (activation.width, *activation.kinks, *activation.jumps)


def ends(activation: Activation) -> tuple[Expr, ...]:
    """Return the limits for z to minus and plus infinity, then those of f(z)/z.

    NaN stands for none, and infinity also for one of the other sign.
    """
    limits = (*activation.limits, *activation.end_slopes)
    return tuple(_number(limit) for limit in limits)


def _number(limit: Expr) -> Expr:
    """Return a limit as what a number can hold."""
    if isinstance(limit, AccumBounds):
        return nan
    return oo if limit.has(oo, -oo) else limit


def complement(x: Expr) -> Expr:
    """Return 1 - e^-x."""
    return -expm1(-x)


def in_positive_terms(name: str) -> tuple[Expr, ...]:
    """Return (M1, M2, Var f, S1, S2) of sin, cos or the Gaussian in forms that do not cancel.

    For the sine 2 sin^2 = 1 - cos 2z; its variance has the factors 1 - e^-v and
    (1 + e^-v cos 2m)/2. The Gaussian's is M1^2 (M2/M1^2 - 1), where with x = 4 v^2/(1 + 4 v) and
    y = 4 m^2 v/((1 + 2 v)(1 + 4 v)) the quotient is sqrt(1 + x) e^y.
    """
    return _of_gaussian() if name == "gaussian" else _of_wave(name)


def _of_wave(name: str) -> tuple[Expr, ...]:
    """Return the means of sin or cos; the derivative of either is the other, but for a sign."""
    own, other, sign = (sin(m), cos(m), 1) if name == "sin" else (cos(m), sin(m), -1)
    second, squared = (
        complement(2 * v) / 2 + exp(-2 * v) * function**2 for function in (own, other)
    )
    spread = complement(v) * (complement(v) / 2 + exp(-v) * other**2)
    return own * exp(-v / 2), second, spread, sign * other * exp(-v / 2), squared


def _of_gaussian() -> tuple[Expr, ...]:
    """Return the means of e^(-z^2)."""
    wide, wider = 1 + 2 * v, 1 + 4 * v
    first = exp(-(m**2) / wide) / sqrt(wide)
    second = exp(-2 * m**2 / wider) / sqrt(wider)
    x, y = 4 * v**2 / wider, 4 * m**2 * v / (wide * wider)
    growth = x / (1 + sqrt(1 + x)) + complement(y)
    spread = first**2 * exp(y) * growth
    slope = -2 * m / wide * first
    return first, second, spread, slope, 4 * (v / wider + (m / wider) ** 2) * second


def spread_slopes(name: str) -> tuple[Expr, ...]:
    """Return (R1, R2, Q), which say how the mean and the variance change.

    The derivatives in v are R1/(2 v) and R2/v, and that of the variance in m is 2 Q. So all three
    are made of derivatives of the closed forms.
    """
    first, _, spread, *_ = in_positive_terms(name)
    return 2 * v * diff(first, v), v * diff(spread, v), diff(spread, m) * Rational(1, 2)
