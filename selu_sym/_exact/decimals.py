"""Balls as numbers of mpmath, and their decimal digits."""

from __future__ import annotations

import flint
import mpmath
from mpmath import libmp

from selu_sym._exact.arb import mantissa_and_exponent, working_precision

LARGEST_EXPONENT_IN_MPMATH = 2**18
"""Largest binary exponent that mpmath writes as text in less than a second."""


def nearest_mpf(ball: flint.arb) -> mpmath.mpf:
    """Return the midpoint of a ball as an mpmath number, at any precision of either library."""
    return mpmath.mp.make_mpf(libmp.from_man_exp(*mantissa_and_exponent(ball)))


def decimal(number: mpmath.mpf, digits: int) -> str:
    """Return an mpmath number, rounded to a number of digits, as text."""
    _, mantissa, exponent, size = number._mpf_
    if abs(exponent) <= LARGEST_EXPONENT_IN_MPMATH:
        text: str = libmp.to_str(number._mpf_, digits)
        return text
    # mpmath takes minutes for a power of ten that is itself a number of thousands of digits
    with working_precision(2 * size + 2 * exponent.bit_length()):
        ball = flint.arb((mantissa, exponent))
        return ("-" if number < 0 else "") + ball.str(digits, radius=False)
