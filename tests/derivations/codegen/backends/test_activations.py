import pytest
from sympy import Rational, cos, sqrt, tanh

from derivations.codegen.backends.activations import ActivationPrinter, ComplexBallPrinter, Table
from derivations.codegen.printing import SETTINGS
from derivations.special import Phi, logistic, softplus
from derivations.symbols import z


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Phi(-z), "scipy.special.ndtr(-z)"),
        (z**3, "(z**2 * z)"),
        (z**-2, "1 / z**2"),
        (1 / z, "1 / z"),
    ],
)
def test_numpy(expression, code):
    assert ActivationPrinter(SETTINGS).doprint(expression) == code


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (tanh(z), "flint.acb(z).tanh()"),
        (cos(2 * z), "flint.acb(2*z).cos()"),
        (logistic(z), "(1 / (flint.acb(-z).exp() + 1))"),
        (softplus(z), "(flint.acb(z).exp() + 1).log(analytic=analytic)"),
        (sqrt(z + 1), "flint.acb(z + 1).sqrt(analytic=analytic)"),
        (sqrt(2), "flint.arb(2).sqrt()"),
        (abs(z), "abs(z)"),
    ],
)
def test_balls(expression, code):
    assert ComplexBallPrinter(SETTINGS).doprint(expression) == code


def test_other_powers_are_refused():
    with pytest.raises(ValueError, match="only square roots"):
        ComplexBallPrinter(SETTINGS).doprint((z + 1) ** Rational(1, 3))


def test_the_table_is_a_literal():
    assert "leaky_relu" in eval(Table().code)
