import pytest
from sympy import AccumBounds, Rational, oo

from derivations.activations import ACTIVATIONS
from derivations.pieces import Activation, clipped, rectified
from derivations.symbols import z


@pytest.mark.parametrize(
    ("name", "kinks", "jumps"),
    [
        ("relu", (0,), (0,)),
        ("relu6", (0, 6), (0, 0)),
        ("hard_silu", (-3, 3), (0, 0)),
        ("gelu", (), ()),
        ("squared_relu", (0,), (0,)),
    ],
)
def test_pieces_meet_at_the_kinks(name, kinks, jumps):
    assert ACTIVATIONS[name].kinks == kinks
    assert ACTIVATIONS[name].jumps == jumps


@pytest.mark.parametrize(
    ("name", "limits", "slopes"),
    [
        ("relu", (0, oo), (0, 1)),
        ("silu", (0, oo), (0, 1)),
        ("mish", (0, oo), (0, 1)),
        ("gelu", (0, oo), (0, 1)),
        ("tanh", (-1, 1), (0, 0)),
        ("softsign", (-1, 1), (0, 0)),
        ("log_sigmoid", (-oo, 0), (1, 0)),
        ("hard_sigmoid", (0, 1), (0, 0)),
        ("squared_relu", (0, oo), (0, oo)),
        ("sin", (AccumBounds(-1, 1),) * 2, (0, 0)),
    ],
)
def test_limits(name, limits, slopes):
    assert ACTIVATIONS[name].limits == limits
    assert ACTIVATIONS[name].end_slopes == slopes


def test_a_reader_adds_one_by_its_expression():
    mine = Activation("mine", rectified(-z / 2, z), "the tests")
    assert mine.limits == (oo, oo)
    assert mine.end_slopes == (-Rational(1, 2), 1)
    assert "operatorname{mine}" in mine.latex()


def test_a_clipped_value_is_constant_beyond_the_ends():
    clip = Activation("clip", clipped(z, Rational(-1), Rational(2)), "the tests")
    assert [piece.expression for piece in clip.pieces] == [-1, z, 2]
    assert [piece.expression for piece in clip.derivative] == [0, 1, 0]
    assert clip.is_continuous
