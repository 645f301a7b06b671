import pytest
from sympy import Rational

from derivations.activations import ACTIVATIONS
from derivations.symbols import z
from tests.activations import FUNCTIONS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_the_function_of_its_name(name):
    """SciPy and the libraries' documentation, written down independently in tests.activations."""
    expression = ACTIVATIONS[name].expression.subs(dict(ACTIVATIONS[name].parameters))
    for point in (-7, -3.5, -1.2, -0.3, 0.2, 0.7, 2.4, 5.5, 8):
        value = float(expression.subs(z, Rational(str(point))).evalf(30))
        assert value == pytest.approx(FUNCTIONS[name](point), rel=1e-13, abs=1e-15)


def test_jumps_are_those_of_the_shrinking_and_the_thresholded():
    jumping = {name for name, activation in ACTIVATIONS.items() if not activation.is_continuous}
    assert jumping == {"hard_shrink", "threshold"}


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
