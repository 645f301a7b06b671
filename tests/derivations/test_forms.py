"""The stable forms are identities: they have the values of the definitions, to thirty digits."""

import mpmath
import pytest
from sympy import Rational, diff

from derivations import forms
from derivations.activations import ACTIVATIONS
from derivations.means import means
from derivations.pieces import distance, elementary
from derivations.symbols import m, v, z

PLACES = (Rational(-13, 4), Rational(-2, 5), Rational(1, 7), Rational(9, 4))

PIECES = [
    (name, index)
    for name, activation in ACTIVATIONS.items()
    for index in range(len(activation.pieces))
]


def close(left, right):
    """Return whether two numbers agree in thirty digits."""
    with mpmath.workdps(40):
        one, other = (mpmath.mpf(str(side.evalf(40))) for side in (left, right))
        return abs(one - other) <= mpmath.mpf("1e-30") * (1 + abs(other))


@pytest.mark.parametrize(("name", "index"), PIECES)
def test_pieces_are_those_of_the_definition(name, index):
    activation = ACTIVATIONS[name]
    expression = elementary(activation.pieces[index].expression).subs(activation.parameters)
    slope = diff(expression, z)
    found = [form.subs(activation.parameters) for form in forms.of_piece(activation, index)]
    for place in PLACES:
        assert close(found[0].subs(z, place), expression.subs(z, place))
        assert close(found[1].subs(z, place), slope.subs(z, place))


SATURATED = [
    (name, side)
    for name, activation in ACTIVATIONS.items()
    for side in (forms.LOW, forms.HIGH)
    if forms.saturates(activation, side)
]


def test_which_activations_saturate_at_another_number_than_0():
    assert {("tanh", forms.LOW), ("tanh", forms.HIGH), ("sigmoid", forms.HIGH)} <= {*SATURATED}
    assert ("elu", forms.LOW) in SATURATED
    assert not {("relu", forms.LOW), ("silu", forms.LOW), ("elu", forms.HIGH)} & {*SATURATED}


@pytest.mark.parametrize(("name", "side"), SATURATED)
def test_what_is_left_of_a_limit(name, side):
    activation = ACTIVATIONS[name]
    for index, piece in enumerate(activation.pieces):
        rest = elementary(piece.expression - activation.limits[side])
        form = forms.from_limit(activation, index, side)[0]
        for place in PLACES:
            at = {**activation.parameters, z: place}
            assert close(form.subs(at), rest.subs(at))


@pytest.mark.parametrize("name", forms.POSITIVE)
def test_positive_terms_are_the_closed_forms(name):
    first, second, slope, squared = (f.value for f in means(ACTIVATIONS[name]).closed_forms())
    expected = first, second, second - first**2, slope, squared
    for place in ({m: Rational(1, 3), v: Rational(5, 4)}, {m: -2, v: Rational(1, 100)}):
        for form, truth in zip(forms.in_positive_terms(name), expected, strict=True):
            assert close(form.subs(place), truth.subs(place))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_bounds_hold(name):
    activation = ACTIVATIONS[name]
    bounds = [bound.subs(activation.parameters) for bound in forms.bounds(activation)]
    for piece in activation.pieces:
        expression = elementary(piece.expression).subs(activation.parameters)
        low, high = (end.subs(activation.parameters) for end in (piece.low, piece.high))
        for place in (*PLACES, Rational(-30), Rational(30)):
            if low < place < high:
                for order, bound in enumerate(bounds):
                    size = abs(diff(expression, z, order).subs(z, place).evalf(20))
                    assert size <= bound.subs(distance, abs(place)).evalf(20)
