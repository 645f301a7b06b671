"""The SELU and alpha dropout as functions of a tensor, in forms that are safe to compute.

The definition is in :func:`derivations.moments.selu_pieces`. Code that follows it literally has
four faults, each of which has a remedy here:

* e^z - 1 cancels for small z: written with the hyperbolic tangent of half the angle,
  e^z - 1 = 2 t/(1 - t) with t = tanh(z/2), it does not (:func:`without_cancellation`);
* e^z overflows for large z in the piece that is not chosen, and turns its gradient into
  infinity times zero: for z <= 0 the denominator is 1 + |t|, which lies between 1 and 2 for
  every z, so that nothing needs a guard (:func:`without_overflow`). The quotient is one operation,
  softsign, and not a division of rounded numbers: int8 can represent both steps;
* a choice between pieces costs a comparison, a selection and memory for both, which take longer
  than the arithmetic: both pieces are 0 at 0, so the SELU is the sum of one piece at max(z, 0)
  and the other at min(z, 0) (:func:`by_parts`);
* its derivative would need e^z again: it is a function of the output alone
  (:func:`selu_slope`), so that nothing but the output need be kept for it.

All is in terms of the scale lamda and the saturation value s = -lamda alpha. With s rounded
once to a dtype, the output tends exactly to s, and the slope, y - s, exactly to 0.
"""

from __future__ import annotations

from sympy import (
    Eq,
    Expr,
    Integer,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    Wild,
    diff,
    exp,
    horner,
    series,
    simplify,
    solve,
    tanh,
    together,
)
from sympy.codegen.cfunctions import fma
from sympy.codegen.rewriting import expm1_opt, optimize

from derivations import dropout
from derivations.functions import elu, relu_gradient, softsign
from derivations.moments import selu_pieces
from derivations.symbols import alpha, lamda, z

DEVIATIONS_SHOWN = Rational(9, 2)
"""Deviations of the net input that pictures show on each side of its mean."""

LEAST_INPUT_SHOWN = Integer(-18)
"""The least net input in pictures of a SELU: below it e^z has no eight digits."""

y = Symbol("y", real=True)
"""The SELU's output."""

dy = Symbol("dy", real=True)
"""The derivative of a loss with respect to the output."""

x = Symbol("x", real=True)
"""A unit that dropout is applied to."""

r = Symbol("r", real=True)
"""A uniform random number of that unit."""

CANCELLING = Rational(1, 8)
"""For |z| up to this, e^z - 1 loses more than three bits by cancellation."""

EXPM1_TERMS = 11
"""Terms of the Taylor series of e^z - 1 that are summed. For |z| up to :data:`CANCELLING`, the next
term is below 2^-60 of the first."""

threshold = Symbol("threshold", real=True)
"""The unit is dropped if r is below it."""


def selu_by_saturation() -> tuple[Expr, Expr]:
    """Return the SELU for z <= 0 and for z > 0, with -s for lamda alpha."""
    negative, positive = selu_pieces(z, alpha, lamda)
    return negative.subs(alpha, -dropout.s / lamda), positive


def without_cancellation(expression: Expr) -> Expr:
    """Rewrite e^z - 1 with t = tanh(z/2) as 2 t/(1 - t).

    t has the sign of z and |t| < 1, so for z <= 0 the denominator lies between 1 and 2.
    """
    return together(expression.rewrite(tanh))


def without_overflow(expression: Expr) -> Expr:
    """Write t/(1 - t) with t = tanh(z/2) as softsign(t), which it is for z <= 0.

    There |t| = -t. For z > 0 the quotient grows like e^z, but softsign stays below 1/2.
    """
    t, factor = tanh(z / 2), Wild("factor", exclude=[z])
    match = expression.match(factor * t / (1 - t))
    return match[factor] * softsign(t)


def by_parts(negative: Expr, positive: Expr) -> Expr:
    """Return a function from its pieces for z <= 0 and z > 0, which are both 0 at 0.

    z is max(z, 0) + min(z, 0). One of these is 0, and there its piece is 0, too.
    """
    return positive.subs(z, Max(z, 0)) + negative.subs(z, Min(z, 0))


def selu() -> Expr:
    """Return the SELU in a form without cancellation, overflow or choice, for tensors."""
    negative, positive = selu_by_saturation()
    return by_parts(without_overflow(without_cancellation(negative)), positive)


def selu_by_expm1() -> Expr:
    """Return the SELU in a form for NumPy and JavaScript, which have an accurate expm1.

    The argument is guarded: the piece that is not chosen must not overflow.
    """
    negative, positive = selu_by_saturation()
    guarded = optimize(negative, (expm1_opt,)).subs(z, Min(z, 0))
    return Piecewise((positive, z > 0), (guarded, True))


def selu_in_one_operation() -> Expr:
    """Return the SELU for a library whose ELU has a scale: one operation, with its derivatives."""
    negative, positive = selu_pieces(z, alpha, lamda)
    scale = positive / z
    return elu(z, simplify(negative / (scale * (exp(z) - 1))), scale)


def selu_correction_near_0() -> Expr:
    """Return the correction of the output y of a library that computes e^z - 1 as a difference.

    For z from -1/8 to 0, where the difference cancels, it is a polynomial less y. Elsewhere it is
    0.
    """
    polynomial = horner(series(exp(z) - 1, z, 0, EXPM1_TERMS + 1).removeO())
    negative, _ = selu_by_saturation()
    lost = negative.subs(exp(z) - 1, polynomial) - y
    return Piecewise((0, z <= -CANCELLING), (0, z >= 0), (lost, True))


def selu_slope() -> Expr:
    """Return the SELU's derivative as a function of its output y: lamda, or y - s."""
    negative, positive = selu_by_saturation()
    (exponential,) = solve(Eq(y, negative), exp(z))
    below = diff(negative, z).subs(exp(z), exponential).expand()
    return Piecewise((diff(positive, z), y > 0), (below, True))


def selu_gradient() -> Expr:
    """Return the derivative of a loss with respect to the SELU's input: dy times the slope.

    dy is split into the part of units with y > 0, which one operation gives, and the rest, which
    belongs to the others. The result is piecewise linear in dy and in y, so that libraries
    differentiate it without a further formula.
    """
    above, below = (slope for slope, _ in selu_slope().args)
    let_through = relu_gradient(dy, y)
    return above * let_through + below.subs(y, Min(y, 0)) * (dy - let_through)


def selu_parameter_gradients() -> tuple[Expr, Expr]:
    """Return one unit's derivatives of a loss with respect to lamda and to s, from its output y.

    The piece for z > 0 is proportional to lamda, that for z <= 0 to s.
    """
    negative, positive = selu_by_saturation()
    slopes = (diff(positive, lamda) / positive, diff(negative, dropout.s) / negative)
    by_lamda, by_s = (simplify(slope) * y for slope in slopes)
    return dy * by_lamda.subs(y, Max(y, 0)), dy * by_s.subs(y, Min(y, 0))


def alpha_dropout() -> Expr:
    """Return a unit after alpha dropout: d if it is dropped, a x + b if it is kept.

    Its derivative with respect to x is the same function of dy, with b = d = 0.
    """
    return Piecewise((dropout.d, r < threshold), (dropout.restored(x), True))


def alpha_dropout_in_one_pass() -> Expr:
    """Return :func:`alpha_dropout` for libraries that multiply and add in one operation."""
    return alpha_dropout().subs(dropout.restored(x), fma(dropout.a, x, dropout.b))
