import re
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from selu_sym._exact.numbers import exact, positive


@pytest.mark.parametrize(
    ("value", "fraction"),
    [
        (-1, Fraction(-1)),
        ("-0.1", Fraction(-1, 10)),
        (" 2.50 ", Fraction(5, 2)),
        ("1e-3", Fraction(1, 1000)),
        ("1/3", Fraction(1, 3)),
        (Decimal("0.1"), Fraction(1, 10)),
        (Fraction(2, 3), Fraction(2, 3)),
        (0.1, Fraction(3602879701896397, 2**55)),
        (np.float64(0.1), Fraction(3602879701896397, 2**55)),
        (np.int64(3), Fraction(3)),
    ],
    ids=repr,
)
def test_numbers_are_taken_at_their_exact_value(value, fraction):
    assert exact("mean", value) == fraction


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("one", ValueError),
        ("__import__('os')", ValueError),
        ("1/0", ValueError),
        ("nan", ValueError),
        ("inf", ValueError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (Decimal("Infinity"), ValueError),
        ("1e999999999", ValueError),
        ("", ValueError),
        (True, TypeError),
        (None, TypeError),
        (1j, TypeError),
        (np.zeros(2), TypeError),
        (mpmath.mpf(1), TypeError),
    ],
    ids=repr,
)
def test_what_is_no_exact_number(value, error):
    with pytest.raises(error, match="mean must be"):
        exact("mean", value)


@pytest.mark.parametrize(
    "value", ["nan", "NaN", "-nan", "sNaN", "inf", "-Infinity", "1/0", "x/2", "", "1e", "0x10"]
)
def test_an_error_repeats_what_was_written(value):
    """The error about ``--mean nan`` used to show Decimal('NaN')."""
    message = f"mean must be a finite number such as -0.1, 1e-3 or -1/10, got {value!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        exact("mean", value)


@pytest.mark.parametrize("value", ["1e4001", "-1e999999999", Decimal("1e-4001")], ids=str)
def test_exponents_are_bounded(value):
    with pytest.raises(ValueError, match=f"^variance must be within 1e±4000, got {value}$"):
        exact("variance", value)
    assert exact("variance", "0e999999") == 0


def test_positive():
    assert positive("variance", "1e-3") == Fraction(1, 1000)
    for value in (0, "0", "-1/3"):
        with pytest.raises(ValueError, match=f"variance must be positive, got {value!r}"):
            positive("variance", value)
