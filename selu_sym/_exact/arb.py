"""Ball arithmetic: the working precision, for one thread at a time, and exact conversions.

python-flint has one context, ``flint.ctx``, for the whole process, and each of its operations
rounds to the precision that this context has at that moment: a thread that changes it changes
it for every other one. So whatever computes with balls here does so inside
:func:`working_precision`, which makes threads wait for each other. They lose nothing by it:
python-flint holds Python's global lock while it computes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint

LARGEST_EXPONENT = 2**20
"""Largest power of two of a number that becomes a fraction: Arb's exponents have no limit."""

_lock = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child must not inherit a lock, or a precision, in use
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


@contextmanager
def working_precision(bits: int, *, terms: int | None = None) -> Iterator[None]:
    """Compute with midpoints of a number of bits, and power series of a number of terms.

    It may be nested. Afterwards the context is as it was before. No code of a user, and nothing
    that waits for another thread, may be called inside.
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


def rational(number: Fraction | int) -> Any:
    """Return a number as python-flint has it, exactly, whatever the working precision is."""
    return flint.fmpq(number.numerator, number.denominator)


def ball(number: Fraction | int) -> Any:
    """Return a ball that contains a number, and only it where its bits suffice."""
    return flint.arb(rational(number))


def hull(low: Fraction, high: Fraction) -> Any:
    """Return a ball that contains an interval."""
    return ball(low).union(ball(high)) if low != high else ball(low)


def ends(value: Any) -> tuple[Fraction, Fraction]:
    """Return the exact ends of a finite ball, whatever the working precision is.

    OverflowError where they are too large, or too small, to be written as fractions.
    """
    middle, radius = _exact(value.mid()), _exact(value.rad())
    return middle - radius, middle + radius


def _exact(number: Any) -> Fraction:
    """Return the value of a ball of radius zero."""
    mantissa, exponent = map(int, number.man_exp())
    if abs(exponent) > LARGEST_EXPONENT:
        raise OverflowError(f"a fraction for {number.str(5)} would take {abs(exponent)} bits")
    return Fraction(mantissa) * Fraction(2) ** exponent
