"""Numbers taken at their exact value, also those that are written as text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeAlias

import numpy as np

Exact: TypeAlias = int | float | str | Fraction | Decimal
"""A number that is taken at its exact value."""

LARGEST_POWER_OF_TEN = 4000
"""Largest decimal exponent of an argument: the exact fraction of a larger one fills the memory."""


def exact(name: str, value: Exact) -> Fraction:
    """Return the exact value of a number; text is read as a number, never run as code."""
    if isinstance(value, bool) or not isinstance(
        value, int | float | np.integer | np.floating | str | Fraction | Decimal
    ):
        raise TypeError(
            f"{name} must be an int, float, Fraction, Decimal or decimal string, got {value!r}"
        )
    number = value.item() if isinstance(value, np.integer | np.floating) else value
    try:
        if isinstance(number, str):
            number = Fraction(number) if "/" in number else Decimal(number)
        far = isinstance(number, Decimal) and abs(number.adjusted()) > LARGEST_POWER_OF_TEN
        if not (far and number):
            return Fraction(number)
    except (InvalidOperation, OverflowError, ValueError, ZeroDivisionError):
        raise ValueError(
            f"{name} must be a finite number such as -0.1, 1e-3 or -1/10, got {value!r}"
        ) from None
    raise ValueError(f"{name} must be within 1e±{LARGEST_POWER_OF_TEN}, got {value}")


def checked_digits(digits: int) -> int:
    """Return a number of decimal digits, or raise ValueError if it is no positive integer."""
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ValueError(f"digits must be a positive integer, got {digits!r}")
    return digits


def positive(name: str, value: Exact) -> Fraction:
    """Return the exact value of a number that must be positive."""
    number = exact(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be positive, got {value!r}")
    return number
