"""Ball arithmetic: the working precision, for one thread at a time, and exact conversions.

python-flint has one context, ``flint.ctx``, for the whole process, and each of its operations
rounds to the precision that this context has at that moment: a thread that changes it changes
it for every other one. So all computing with balls here is done inside
:func:`working_precision`, which makes threads wait for each other. They lose nothing by waiting:
python-flint holds Python's global lock while it computes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import flint

LARGEST_POWER_OF_TWO = 2**20
"""Largest exponent of a ball that becomes a fraction: Arb's exponents have no limit."""

_lock = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child must not inherit a lock, or a precision, in use
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


@contextmanager
def working_precision(bits: int, *, terms: int | None = None) -> Iterator[None]:
    """Compute with midpoints of ``bits`` bits, and power series of ``terms`` terms.

    It may be nested. Afterwards the context is as it was before. Call no code of a user inside,
    and nothing that waits for another thread.
    """
    with _lock:
        before = flint.ctx.prec, flint.ctx.cap
        try:
            flint.ctx.prec = bits
            if terms is not None:
                flint.ctx.cap = terms
            yield
        finally:
            flint.ctx.prec, flint.ctx.cap = before


def rational(number: Fraction | int) -> flint.fmpq:
    """Return a number as python-flint's exact fraction, at any working precision."""
    return flint.fmpq(number.numerator, number.denominator)


def ball(number: Fraction | int) -> flint.arb:
    """Return a ball that contains a number, of radius zero where its bits suffice."""
    return flint.arb(rational(number))


def hull(low: Fraction, high: Fraction) -> flint.arb:
    """Return a ball that contains an interval."""
    return ball(low).union(ball(high)) if low != high else ball(low)


def ends(value: flint.arb) -> tuple[Fraction, Fraction]:
    """Return the exact ends of a finite ball, at any working precision.

    Raise OverflowError if they are too large, or too small, to be written as fractions.
    """
    middle, radius = _exact(value.mid()), _exact(value.rad())
    return middle - radius, middle + radius


def _exact(number: flint.arb) -> Fraction:
    """Return the value of a ball of radius zero."""
    mantissa, exponent = mantissa_and_exponent(number)
    if abs(exponent) > LARGEST_POWER_OF_TWO:
        raise OverflowError(f"a fraction for {number.str(5)} would take {abs(exponent)} bits")
    return Fraction(mantissa) * Fraction(2) ** exponent


def mantissa_and_exponent(number: flint.arb) -> tuple[int, int]:
    """Return the integers (a, b) for which a ball's midpoint is a times 2 to the power b."""
    mantissa, exponent = number.mid().man_exp()
    return int(mantissa), int(exponent)
