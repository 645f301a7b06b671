"""Alpha and scale from the four numbers of the problem, by ball arithmetic.

Each operation rounds outwards, so that a result is a ball that contains the true value, and the
working precision grows until the ball is small enough. :mod:`selu_sym.precise` takes all of its
digits from here, and float64 the targets that its own closed form cannot hold or decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from selu_sym._exact.arb import rational, working_precision
from selu_sym._generated import arb_kernels

_kernels: Any = arb_kernels  # mypy cannot count the arguments that tuples hold

Balls: TypeAlias = Sequence[Any]

GUARD_BITS = 32
"""Bits known beyond those asked for: numbers are within 1e-9 of a unit of their last digit."""

LARGEST_PRECISION = 2**18
"""Most bits of working precision."""


def solve(m: Any, v: Any, mu: Any, nu: Any) -> tuple[Any, Balls, Balls]:
    """Return the existence gap, (alpha, scale) where it is positive, and the moments.

    The arguments are exact (``flint.fmpq``), so that signs are known, and what cancels between
    them does so exactly.
    """
    moments = _kernels.all_moments(m, v)
    gap = _kernels.existence_gap(*moments, m, v, mu, nu)
    if not gap > 0:
        return gap, (), moments
    return gap, _kernels.fixed_point(*moments[:4], gap, mu, nu), moments


def refined(
    quantities: Callable[[], tuple[Any, Balls]], wanted: int, m: Fraction, v: Fraction
) -> tuple[Any, Balls]:
    """Return (gap, balls) of a function, the balls with a number of bits of relative accuracy.

    The function may return no balls where its working precision does not suffice. A negative
    gap ends the search: there are none. ArithmeticError where more bits are needed than
    :data:`LARGEST_PRECISION`.
    """
    wanted += GUARD_BITS
    precision = _whole_words(wanted + _lost_bits(m, v))
    while precision <= LARGEST_PRECISION:
        with working_precision(precision):
            gap, balls = quantities()
            known = min((ball.rel_accuracy_bits() for ball in balls), default=0)
        if gap < 0:
            return gap, ()
        if known >= wanted:
            with working_precision(wanted):
                return gap, tuple(ball + 0 for ball in balls)  # rounded
        precision = _whole_words(2 * precision if known <= 0 else precision + wanted - known)
    raise ArithmeticError(f"more than {LARGEST_PRECISION} bits of working precision are needed")


def _whole_words(bits: int) -> int:
    """Return the next multiple of 64: Arb computes with no fewer, and quantities agree on it."""
    return 64 * (bits // 64 + 1)


def _lost_bits(m: Fraction, v: Fraction) -> int:
    """Return about how many bits rounding costs: some logarithms of the arguments."""
    sizes = (abs(x.numerator.bit_length() - x.denominator.bit_length()) for x in (m, v) if x)
    return GUARD_BITS + 2 * sum(sizes)


def nearest(m: float, v: float, mu: float, nu: float) -> tuple[float, float, float]:
    """Return (alpha, scale, existence gap) of floats, the nearest ones to the true values.

    All three are NaN where they are not found, and the first two where the gap is negative.
    Infinity and zero stand for what no float can hold.
    """
    if not (math.isfinite(m) and 0 < v < math.inf):  # the net input of an extreme target
        return math.nan, math.nan, math.nan
    fractions = tuple(map(Fraction, (m, v, mu, nu)))
    problem = tuple(map(rational, fractions))
    try:
        gap, balls = refined(lambda: solve(*problem)[:2], 53, *fractions[:2])
    except ArithmeticError:
        return math.nan, math.nan, math.nan
    size = float(gap.mid()) or math.copysign(math.ulp(0.0), -1 if gap < 0 else 1)  # never zero
    alpha, scale = (float(ball.mid()) for ball in balls) if balls else (math.nan, math.nan)
    return alpha, scale, size
