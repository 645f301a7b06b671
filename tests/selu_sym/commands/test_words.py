import pytest

import selu_sym
from selu_sym._commands.words import double, optional_double, pair, weights


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("he_normal", "he_normal"),
        ("Iid(2,0.5)", selu_sym.Iid(2.0, 0.5)),
        ("iid(0.5, 0.1)", selu_sym.Iid(0.5, 0.1)),
        ("selu_sym.Iid(bias_variance=1/4)", selu_sym.Iid(1.0, 0.25)),
        ("(0.5, 1.5)", (0.5, 1.5)),
    ],
)
def test_weights(text, model):
    assert weights(text) == model


@pytest.mark.parametrize("text", ["Iid(1,2,3)", "Iid(a=1)", "0.5,1.5,2", "none"])
def test_weights_that_are_none(text):
    with pytest.raises(ValueError, match="here a pair is written as in --weights"):
        weights(text)


def test_numbers():
    assert double("x", "-1/4") == -0.25
    assert optional_double("x", None) is None
    assert pair("x", "[1e-3, 2]") == (0.001, 2.0)
    with pytest.raises(ValueError, match="x 1e-999 is beyond what a double can hold"):
        double("x", "1e-999")
