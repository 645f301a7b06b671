import pytest
from sympy import Integer, Piecewise, Rational, oo, symbols

from derivations.pieces import Activation, clipped, elementary, rectified
from derivations.special import Phi, logistic, softplus
from derivations.symbols import z

EDGE = symbols("theta", positive=True)


def test_pieces_are_read_off_a_piecewise():
    mine = Activation("mine", Piecewise((z + EDGE, z < -EDGE), (0, z < EDGE), (z, True)), "")
    assert [(p.low, p.high) for p in mine.pieces] == [(-oo, -EDGE), (-EDGE, EDGE), (EDGE, oo)]
    assert mine.kinks == (-EDGE, EDGE)
    assert mine.jumps == (0, EDGE)
    assert not mine.is_continuous
    assert [p.expression for p in mine.derivative] == [1, 0, 1]


def test_what_has_no_pieces_is_one():
    (piece,) = Activation("mine", z**2, "").pieces
    assert (piece.low, piece.high) == (-oo, oo)


@pytest.mark.parametrize("point", [-2, Rational(1, 3), 5])
def test_clipped_and_rectified(point):
    value = clipped(z / 2, Integer(-1), Integer(3)).subs(z, point)
    assert value == Rational(min(max(point, -1), 3)) / 2
    assert rectified(-z, z).subs(z, point) == abs(point)


@pytest.mark.parametrize("function", [Phi, logistic, softplus])
def test_elementary_functions_have_the_same_values(function):
    for point in (-3, Rational(1, 2)):
        difference = (elementary(function(z)) - function(z)).subs(z, point)
        assert abs(difference.evalf(30)) < 1e-28
