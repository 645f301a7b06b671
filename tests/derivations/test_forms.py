import mpmath
import pytest
from sympy import Rational, diff

from derivations import forms
from derivations.activations import ACTIVATIONS
from derivations.means import means
from derivations.symbols import m, v, z

SIDES = [
    (name, side)
    for name in ("elu", "celu", "selu", "tanh", "erf", "sigmoid")
    for side in (forms.LOW, forms.HIGH)
    if forms.saturates(ACTIVATIONS[name], side)
]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_form_is_what_it_stands_for(name):
    activation = ACTIVATIONS[name]
    for index, piece in enumerate(activation.pieces):
        pair = forms.of_piece(activation, index)
        definition = piece.expression, diff(piece.expression, z)
        for form, truth in zip(pair, definition, strict=True):
            for point in (Rational(-7, 3), Rational(-1, 5), Rational(2, 7), Rational(9, 4)):
                at = {**activation.parameters, z: point}
                difference = (form - truth).subs(at)
                # the continued fraction of tanh is cut
                assert abs(difference.evalf(30)) < (1e-17 if name == "tanh_shrink" else 1e-25)


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_from_the_limit_it_is_the_rest(name, side):
    activation = ACTIVATIONS[name]
    for index, piece in enumerate(activation.pieces):
        rest, _ = forms.from_limit(activation, index, side)
        truth = piece.expression - activation.limits[side]
        for point in (Rational(-7, 3), Rational(9, 4)):
            at = {**activation.parameters, z: point}
            assert abs((rest - truth).subs(at).evalf(30)) < 1e-25


@pytest.mark.parametrize("name", forms.POSITIVE)
def test_positive_terms_are_the_closed_forms(name):
    first, second, spread, slope, squared = forms.in_positive_terms(name)
    closed = [form.value for form in means(ACTIVATIONS[name]).closed_forms()]
    for place in ({m: Rational(1, 3), v: Rational(5, 7)}, {m: -2, v: Rational(1, 100)}):
        for form, truth in zip((first, second, slope, squared), closed, strict=True):
            assert abs((form - truth).subs(place).evalf(30)) < 1e-27
        variance = (closed[1] - closed[0] ** 2).subs(place).evalf(40)
        with mpmath.workdps(30):
            assert abs(spread.subs(place).evalf(30) / variance - 1) < 1e-20
