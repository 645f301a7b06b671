import re

import flint
import mpmath
import pytest

from selu_sym import NoFixedPointError, precise
from tests.reference import SOLVABLE, UNSOLVABLE, Row, each


@each(SOLVABLE)
def test_balls_contain_the_reference(row: Row):
    found = precise.enclose(row.mean, row.variance, weights=row.regime, digits=30)
    with flint.ctx.workprec(200):
        for ball, digits in zip(found, (row.alpha, row.scale), strict=True):
            value = flint.arb(digits)
            assert ball.overlaps(flint.arb(value, abs(value) * flint.arb("1e-34")))
            assert ball.rad() <= flint.arb("1e-30") * abs(ball)


@each(UNSOLVABLE)
def test_no_solution_is_proved(row: Row):
    with pytest.raises(NoFixedPointError, match="the existence gap is"):
        precise.enclose(row.mean, row.variance, weights=row.regime)


@pytest.mark.parametrize("digits", [1, 15, 100, 1000])
@pytest.mark.parametrize("target", [(0, 1), ("-0.1", 2), (30, 16), ("1e-6", "1e-12")], ids=str)
def test_precise_digits_lie_in_the_balls(target, digits):
    found = precise.enclose(*target, weights="unit-sum", digits=digits)
    more = precise.selu_parameters(*target, weights="unit-sum", digits=digits + 20)
    for ball, value in zip(found, more, strict=True):
        with flint.ctx.workprec(4 * (digits + 40)):
            midpoint = flint.arb(mpmath.nstr(value, digits + 20))
            error = abs(midpoint) * flint.arb(10) ** -(digits + 15)
            assert ball.overlaps(flint.arb(midpoint, error))
            assert ball.rad() <= flint.arb(10) ** -digits * abs(ball)


def test_smaller_balls_lie_in_larger_ones():
    wide = precise.enclose("0.3", "0.8", weights="iid", digits=10)
    narrow = precise.enclose("0.3", "0.8", weights="iid", digits=60)
    with flint.ctx.workprec(400):
        assert all(x.contains(y) for x, y in zip(wide, narrow, strict=True))


def test_bad_input():
    with pytest.raises(ValueError, match="variance must be positive"):
        precise.enclose(0, -1)
    with pytest.raises(TypeError, match="mean must be an int"):
        precise.enclose(None)


@pytest.mark.parametrize("show", [str, repr])
@pytest.mark.parametrize("digits", [5, 20, 30])
def test_print_shows_the_digits_asked_for(show, digits):
    """Fifteen were shown, of however many there were."""
    for row in SOLVABLE[:8]:
        found = precise.enclose(row.mean, row.variance, weights=row.regime, digits=digits)
        balls = re.findall(r"\[(.*?)\]", show(found))
        with flint.ctx.workprec(200):
            for text, truth in zip(balls, (row.alpha, row.scale), strict=True):
                ball = flint.arb(f"[{text}]")
                assert ball.contains(flint.arb(flint.arb(truth), flint.arb("1e-34")).mid())
                assert ball.rad() <= flint.arb(10) ** (1 - digits) * abs(ball)
                assert len(re.sub(r"\D", "", text.split()[0]).lstrip("0")) >= digits - 1
