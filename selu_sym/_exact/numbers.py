"""Numbers taken at their exact value, also those that are written as text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeAlias

import numpy as np

Exact: TypeAlias = int | float | str | Fraction | Decimal
"""A number that is taken at its exact value."""

LARGEST_EXPONENT = 4000
"""Largest power of ten in an argument; beyond it exact fractions only waste memory."""


def exact(name: str, value: Exact) -> Fraction:
    """Return the exact value of a number, never evaluating text as code."""
    if isinstance(value, bool) or not isinstance(
        value, int | float | np.integer | np.floating | str | Fraction | Decimal
    ):
        raise TypeError(
            f"{name} must be an int, float, Fraction, Decimal or decimal string, got {value!r}"
        )
    if isinstance(value, np.integer | np.floating):
        value = value.item()
    try:
        if isinstance(value, str):
            value = Fraction(value) if "/" in value else Decimal(value)
        if isinstance(value, Decimal) and value and abs(value.adjusted()) > LARGEST_EXPONENT:
            raise ValueError(f"{name} must be within 1e±{LARGEST_EXPONENT}, got {value}")
        return Fraction(value)
    except (InvalidOperation, OverflowError, ZeroDivisionError):
        pass
    except ValueError as error:
        if str(error).startswith(name):
            raise
    raise ValueError(f"{name} must be a finite number such as -0.1, 1e-3 or -1/10, got {value!r}")


def positive(name: str, value: Exact) -> Fraction:
    """Return the exact value of a number that must be positive."""
    number = exact(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be positive, got {value!r}")
    return number
