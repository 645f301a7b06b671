import pytest
from sympy import AccumBounds, Rational, oo

from derivations.activations import ACTIVATIONS
from derivations.pieces import Activation, rectified
from derivations.symbols import z
from tests.activations import FUNCTIONS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_the_function_of_its_name(name):
    """SciPy and the libraries' documentation, written down independently in tests.activations."""
    expression = ACTIVATIONS[name].with_parameters()
    for point in (-7, -3.5, -1.2, -0.3, 0.2, 0.7, 2.4, 5.5, 8):
        value = float(expression.subs(z, Rational(str(point))).evalf(30))
        assert value == pytest.approx(FUNCTIONS[name](point), rel=1e-13, abs=1e-15)


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


def test_jumps_are_those_of_the_shrinking_and_the_thresholded():
    jumping = {name for name, activation in ACTIVATIONS.items() if not activation.is_continuous}
    assert jumping == {"hard_shrink", "threshold"}


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


def test_no_two_activations_share_a_name():
    names = [
        other
        for activation in ACTIVATIONS.values()
        for other in {
            activation.name,
            *activation.aliases,
            *(n for n in (activation.keras, activation.torch, activation.jax) if n),
        }
    ]
    assert len(names) == len(set(names))


def test_a_reader_adds_one_by_its_expression():
    mine = Activation("mine", rectified(-z / 2, z), "the tests")
    assert mine.limits == (oo, oo)
    assert mine.end_slopes == (-Rational(1, 2), 1)
    assert "operatorname{mine}" in mine.latex()
