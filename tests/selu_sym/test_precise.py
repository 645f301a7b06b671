from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from selu_sym import NoFixedPointError, precise, selu_parameters
from selu_sym._exact import solve
from selu_sym._exact.numbers import exact
from tests.reference import SOLVABLE, UNSOLVABLE, Row, each


@each(SOLVABLE)
def test_all_digits_of_the_reference(row: Row):
    found = precise.selu_parameters(row.mean, row.variance, weights=row.regime, digits=35)
    with mpmath.workdps(35):
        for value, digits in zip(found, (row.alpha, row.scale), strict=True):
            assert abs(value / mpmath.mpf(digits) - 1) <= mpmath.mpf("1e-34")


@each(UNSOLVABLE)
def test_reference_without_solution(row: Row):
    with pytest.raises(NoFixedPointError, match="the existence gap is -"):
        precise.selu_parameters(row.mean, row.variance, weights=row.regime)


def test_digits_asked_for_are_digits_got():
    many = precise.selu_parameters("0.25", "3/7", weights="unit-sum", digits=400)
    for digits in (1, 20, 120):
        few = precise.selu_parameters("0.25", "3/7", weights="unit-sum", digits=digits)
        with mpmath.workdps(digits + 5):
            for value, exact in zip(few, many, strict=True):
                assert abs(value / exact - 1) <= mpmath.mpf(10) ** (1 - digits) / 2


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
        precise.selu_parameters(value)


def test_a_float_is_its_binary_value_and_text_is_decimal():
    from_text = precise.selu_parameters("-0.1", 2, weights="unit-sum").alpha
    from_float = precise.selu_parameters(-0.1, 2, weights="unit-sum").alpha
    with mpmath.workdps(50):
        assert 1e-20 < abs(from_text / from_float - 1) < 1e-15


@pytest.mark.parametrize("digits", [0, -1, 1.5, "9", True])
def test_bad_digits(digits):
    with pytest.raises(ValueError, match="digits must be a positive integer"):
        precise.selu_parameters(digits=digits)


def test_bad_variance_and_weights():
    with pytest.raises(ValueError, match="variance must be positive, got '-2'"):
        precise.selu_parameters(0, "-2")
    with pytest.raises(ValueError, match="weights must be"):
        precise.selu_parameters(weights="lecun")


def test_float64_is_the_rounded_precise_value_also_where_moments_are_tiny():
    for mean, variance in ((6.0, 1.0), (30.0, 16.0), (1e-5, 1e-8), (50.0, 1e6)):
        exact = precise.selu_parameters(mean, variance, weights="unit-sum", digits=25)
        found = selu_parameters(mean, variance, weights="unit-sum")
        assert found.alpha == pytest.approx(float(exact.alpha), rel=1e-13)
        assert found.scale == pytest.approx(float(exact.scale), rel=1e-13)


def test_a_solution_beyond_float64():
    """At mean 50, variance 1, the moments below zero are about e^-1250."""
    found = precise.selu_parameters(50, 1, weights="unit-sum", digits=20)
    assert abs(found.scale - 1) < 1e-15
    assert found.alpha > 0


def test_it_prints_all_its_digits_and_leaves_mpmath_alone():
    before = mpmath.mp.prec
    text = str(precise.selu_parameters(0, 1, digits=35))
    assert text == (
        "alpha = 1.673263242354377284817042991671652\nscale = 1.0507009873554804934193349852946064"
    ) or text.startswith("alpha = 1.67326324235437728481704299167165")
    assert mpmath.mp.prec == before


def test_saturation():
    found = precise.selu_parameters(0, 1, digits=30)
    # 1.7580993408473768... is the constant in the published implementations
    with mpmath.workdps(30):
        assert abs(found.saturation + mpmath.mpf("1.7580993408473768599")) < mpmath.mpf("1e-18")


def test_a_target_is_solved_once_for_all_that_is_asked_of_it(monkeypatch):
    solved = []

    def counting(*problem, real=solve.solve):
        solved.append(problem)
        return real(*problem)

    monkeypatch.setattr(solve, "solve", counting)
    target = ("0.123", "1.25")  # asked for by no other test
    precise.selu_parameters(*target, weights="iid")
    once = len(solved)
    precise.gradient_gain(*target, weights="iid")
    precise.stability(*target, weights="iid")
    assert len(solved) == once > 0
