from fractions import Fraction

import mpmath
import pytest

import selu_sym
from selu_sym import (
    NoFixedPointError,
    SeluParameters,
    match_moments,
    precise,
    selu_parameters,
)
from tests.quadrature import fixed_point
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


def test_repr_shows_the_digits_too():
    assert repr(precise.selu_parameters(0, 1, digits=35)) == (
        "PreciseParameters(alpha=1.673263242354377284817042991671652, "
        "scale=1.0507009873554804934193349852946064, mean=Fraction(0, 1), "
        "variance=Fraction(1, 1), weights='iid', digits=35)"
    )


SOLVED = {
    "precise": lambda: precise.selu_parameters("1/8", "3/4", weights="iid", digits=20),
    "balls": lambda: precise.enclose("1/8", "3/4", weights="iid", digits=20),
    "floats": lambda: selu_parameters(0.125, 0.75, weights="iid"),
}


@pytest.mark.parametrize("solved", SOLVED.values(), ids=SOLVED)
def test_what_is_solved_need_not_be_named_again(solved):
    """By quadrature of 60 digits; the numbers of doubles are taken at their exact values."""
    p = solved()
    mu, nu = Fraction(1, 8), Fraction(3, 4)
    alpha, lamda = fixed_point(Fraction(0), nu + mu**2, mu, nu)
    with mpmath.workdps(40):
        v = mpmath.mpf(49) / 64
        tail = mpmath.exp(2 * v) * mpmath.erfc(2 * mpmath.sqrt(v / 2)) / 2  # E[e^(2z) 1{z<0}]
        truth = lamda**2 * (mpmath.mpf(1) / 2 + alpha**2 * tail)
        assert abs(precise.gradient_gain(p, digits=30) / truth - 1) < 1e-29
    stable = precise.stability(p, digits=30)
    assert (stable.attracting, stable.digits) == (True, 30)
    assert float(stable.spectral_radius) == pytest.approx(
        selu_sym.stability(selu_parameters(0.125, 0.75, weights="iid")).spectral_radius, rel=1e-12
    )
    assert precise.stability(p).digits == (50 if isinstance(p, SeluParameters) else 20)


@pytest.mark.parametrize("name", ["stability", "gradient_gain"])
def test_targets_of_version_0_2_are_deprecated(name):
    function = getattr(precise, name)
    expected = function(precise.selu_parameters("-0.1", 2, weights="iid", digits=25))
    message = rf"precise\.{name}\(mean, variance\) is deprecated; write precise\.{name}\(precise"
    for old in (
        lambda: function("-0.1", 2, weights="iid", digits=25),
        lambda: function(mean="-0.1", variance=2, weights="iid", digits=25),
        lambda: function("-0.1", variance="2", weights="iid", digits=25),
    ):
        with pytest.warns(DeprecationWarning, match=message) as caught:
            assert str(old()) == str(expected)
        assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match=message):
        assert str(function()) == str(function(precise.selu_parameters()))


@pytest.mark.parametrize("function", [precise.stability, precise.gradient_gain])
def test_what_has_no_weight_model_or_is_an_array(function):
    with pytest.raises(ValueError, match="needs a weight model, got parameters of match_moments"):
        function(match_moments(0.5, 2.0, 0.0, 1.0))
    with pytest.raises(TypeError, match="mean must be an int, float, Fraction"):
        function(selu_parameters([0.1, 0.2], 1.0, weights="iid"))
