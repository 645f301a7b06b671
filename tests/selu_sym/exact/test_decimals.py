import time
from fractions import Fraction

import flint
import mpmath
import pytest

from selu_sym._exact.arb import working_precision
from selu_sym._exact.decimals import decimal, nearest_mpf


@pytest.mark.parametrize("number", [0, 1, -3, Fraction(1, 3), Fraction(-7, 10**50)], ids=str)
def test_a_midpoint_keeps_its_bits_at_any_precision(number):
    with working_precision(300):
        ball = flint.arb(flint.fmpq(number.numerator, number.denominator))
    with mpmath.workprec(10):
        found = nearest_mpf(ball)
    with mpmath.workprec(400):
        truth = mpmath.mpf(number.numerator) / number.denominator
        assert abs(found - truth) <= abs(truth) * mpmath.mpf(2) ** -298


def test_decimal_digits():
    with mpmath.workdps(60):
        third = -mpmath.mpf(1) / 3
    assert decimal(third, 20) == "-0." + 20 * "3"
    assert decimal(mpmath.mpf(0.5), 10) == "0.5"


def test_decimal_digits_of_huge_exponents_take_no_minutes():
    start = time.perf_counter()  # 10^12 log10(2) is 301029995663.98119521...
    assert decimal(mpmath.ldexp(1, -(10**12)), 5) == "1.0443e-301029995664"
    assert decimal(-mpmath.ldexp(1, 10**12), 5) == "-9.5762e+301029995663"
    assert time.perf_counter() - start < 5
