from fractions import Fraction

import flint
import pytest

from selu_sym._exact import solve
from selu_sym._exact.arb import rational
from tests.reference import SOLVABLE, UNSOLVABLE, Row, each


def problem(row: Row) -> solve.Problem:
    numbers = (row.input_mean, row.input_variance, row.mean, row.variance)
    return tuple(rational(Fraction(number)) for number in numbers)


@each(SOLVABLE)
def test_balls_contain_the_reference(row: Row):
    with flint.ctx.workprec(200):
        gap, balls, moments = solve.solve(problem(row))
        assert gap > 0
        found = (*balls, *moments[:4])
        for ball, digits in zip(found, (row.alpha, row.scale, *row.moments), strict=True):
            value = flint.arb(digits)
            assert ball.overlaps(flint.arb(value, abs(value) * flint.arb("1e-33")))


@each(UNSOLVABLE)
def test_a_negative_gap_ends_the_search(row: Row):
    exact = problem(row)
    m, v = Fraction(row.input_mean), Fraction(row.input_variance)
    gap, balls = solve.refined(lambda: solve.solve(exact)[:2], 53, m, v)
    assert gap < 0
    assert balls == ()


@pytest.mark.parametrize("bits", [20, 53, 1000])
def test_balls_have_the_bits_asked_for(bits):
    exact = tuple(map(rational, (0, 1, 0, 1)))
    _, balls = solve.refined(lambda: solve.solve(exact)[:2], bits, Fraction(0), Fraction(1))
    assert all(ball.rel_accuracy_bits() >= bits for ball in balls)


def test_precision_is_bounded():
    def hopeless() -> tuple[flint.arb, solve.Balls]:
        return flint.arb(1), ()

    with pytest.raises(ArithmeticError, match="more than 262144 bits"):
        solve.refined(hopeless, 53, Fraction(0), Fraction(1))


def test_the_nearest_floats():
    assert solve.nearest(0.0, 1.0, 0.0, 1.0)[:2] == (1.6732632423543772, 1.0507009873554805)
    *missing, gap = solve.nearest(0.0, 1.0, 9.0, 1.0)
    assert gap < 0
    assert all(x != x for x in missing)  # noqa: PLR0124 - NaN
    assert all(x != x for x in solve.nearest(0.0, float("inf"), 0.0, 1.0))  # noqa: PLR0124
