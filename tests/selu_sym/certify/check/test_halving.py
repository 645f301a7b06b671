"""Halving boxes, by numbers whose signs are known."""

import itertools
from fractions import Fraction

import pytest

from selu_sym.certify._check import halving
from selu_sym.certify._check.quantities import Excess

BOX = ((Fraction(-1), Fraction(1)), (Fraction(1), Fraction(4)))


class Polynomial(Excess):
    """m^2 + v - bound, whose largest value on the box is 5, at two corners."""

    def __init__(self, bound):
        self.bound = bound

    def __call__(self, m, here, sides, keep):
        return [sides[0] * sides[0] + sides[1] - self.bound]


@pytest.mark.parametrize(("bound", "expected"), [(6, True), (5.001, True), (4.999, False)])
def test_a_maximum_on_a_side(bound, expected):
    bound = halving.ball(Fraction(bound))
    assert halving.always_negative(Polynomial(bound), iter([BOX]), 100) is expected


def test_zero_is_not_negative():
    assert not halving.always_negative(Polynomial(5), iter([BOX]), 1000)


def test_no_more_boxes_than_allowed(monkeypatch):
    looked_at = []
    still_open = halving._open
    monkeypatch.setattr(halving, "_open", lambda *of: looked_at.append(of) or still_open(*of))
    boxes = itertools.repeat(BOX)
    assert not halving.always_negative(Polynomial(6), boxes, 7)
    assert len(looked_at) == 7
    del looked_at[:]
    # a small v needs more digits, and each box counts for as many
    small = (BOX[0], (Fraction(1, 2**200), Fraction(1)))
    assert not halving.always_negative(Polynomial(6), itertools.repeat(small), 8)
    assert len(looked_at) == 2


def test_leaves_of_a_tree_are_its_halves():
    boxes = list(halving.leaves("mv..m..", BOX))
    half = Fraction(1, 2)
    assert boxes == [
        ((-1, 0), (1, Fraction(5, 2))),
        ((-1, 0), (Fraction(5, 2), 4)),
        ((0, half), (1, 4)),
        ((half, 1), (1, 4)),
    ]


@pytest.mark.parametrize(
    "box",
    [
        ((Fraction(-1), Fraction(1)), (Fraction(1, 10**9), Fraction(10**6))),
        ((Fraction(1, 10**6), Fraction(10**6)), (Fraction(1), Fraction(2))),
        ((Fraction(-(10**9)), Fraction(1)), (Fraction(1), Fraction(2))),
        ((Fraction(-(10**9)), Fraction(-1)), (Fraction(1), Fraction(2))),
    ],
    ids=str,
)
def test_sides_over_decades_are_cut_by_factors(box):
    for axis in (0, 1):
        (low, high), at = box[axis], halving._middle(box, axis)
        assert low < at < high
        parts = halving._cut(box, axis, at)
        assert parts[0][axis] == (low, at)
        assert parts[1][axis] == (at, high)
    wide = [axis for axis in (0, 1) if abs(box[axis][1] / box[axis][0]) not in (1, 2)]
    assert any(abs(halving._middle(box, axis)) < max(map(abs, box[axis])) / 100 for axis in wide)
