"""Alpha and scale from the four numbers of the problem, by ball arithmetic.

Each operation rounds outwards: a result is a ball that contains the true value. The working
precision grows until the ball is small enough. :mod:`selu_sym.precise` takes all of its digits
from here. So does float64 for the targets for which its closed form fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

import flint

from selu_sym._exact.arb import rational, working_precision
from selu_sym._generated import arb_kernels

Balls: TypeAlias = tuple[flint.arb, ...]
MomentBalls: TypeAlias = tuple[
    flint.arb, flint.arb, flint.arb, flint.arb, flint.arb, flint.arb, flint.arb
]
"""A, B, C, D, A_minor, C_minor and V."""

Problem: TypeAlias = tuple[flint.fmpq, flint.fmpq, flint.fmpq, flint.fmpq]
"""m, v, mu and nu, exactly."""

GUARD_BITS = 32
"""Bits beyond those asked for: they leave an error of 1e-9 units of the last digit."""

LARGEST_PRECISION = 2**18
"""Most bits of working precision."""


def solve(problem: Problem) -> tuple[flint.arb, Balls, MomentBalls]:
    """Return the existence gap, (alpha, scale) if it is positive, and the moments.

    The problem is exact, so that signs are known, and what cancels cancels exactly.
    """
    m, v, mu, nu = problem
    moments: MomentBalls = arb_kernels.all_moments(m, v)
    gap: flint.arb = arb_kernels.existence_gap(*moments, m, v, mu, nu)
    if not gap > 0:
        return gap, (), moments
    A, B, C, D, *_ = moments
    return gap, arb_kernels.fixed_point(A, B, C, D, gap, mu, nu), moments


def refined(
    quantities: Callable[[], tuple[flint.arb, Balls]], wanted: int, m: Fraction, v: Fraction
) -> tuple[flint.arb, Balls]:
    """Return (gap, balls) of a function, the balls with a number of bits of relative accuracy.

    The function is called with a growing working precision. It returns no balls where that does
    not suffice. A negative gap ends the search: no solution exists. Raise ArithmeticError if more
    bits are needed than :data:`LARGEST_PRECISION`.
    """
    wanted += GUARD_BITS
    precision = _whole_words(wanted + lost_bits(m, v))
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
    """Return the next multiple of 64, because Arb computes with words of 64 bits."""
    return 64 * (bits // 64 + 1)


def lost_bits(m: Fraction, v: Fraction) -> int:
    """Return about how many bits rounding costs: a few times the exponents of the arguments."""
    sizes = (abs(x.numerator.bit_length() - x.denominator.bit_length()) for x in (m, v) if x)
    return GUARD_BITS + 2 * sum(sizes)


def nearest(m: float, v: float, mu: float, nu: float) -> tuple[float, float, float]:
    """Return the floats nearest to (alpha, scale, existence gap).

    All three are NaN if they are not found, and the first two if the gap is negative. They are
    infinity or zero where the true value is beyond the floats.
    """
    if not (math.isfinite(m) and 0 < v < math.inf):  # the net input of an extreme target
        return math.nan, math.nan, math.nan
    exact_m, exact_v = Fraction(m), Fraction(v)
    problem = rational(exact_m), rational(exact_v), rational(Fraction(mu)), rational(Fraction(nu))
    try:
        gap, balls = refined(lambda: solve(problem)[:2], 53, exact_m, exact_v)
    except ArithmeticError:
        return math.nan, math.nan, math.nan
    size = float(gap.mid()) or math.copysign(math.ulp(0.0), -1 if gap < 0 else 1)  # never zero
    alpha, scale = (float(ball.mid()) for ball in balls) if balls else (math.nan, math.nan)
    return alpha, scale, size
