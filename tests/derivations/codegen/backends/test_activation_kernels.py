import pytest
from sympy import Symbol, erf

from derivations.codegen.backends.activation_kernels import ActivationPrinter
from derivations.codegen.printing import SETTINGS
from derivations.special import Phi

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Phi(x), "scipy.special.ndtr(x)"),
        (erf(x), "scipy.special.erf(x)"),
        (x**3, "(x**2 * x)"),
        ((x + y) ** 3, "((x + y)**2 * (x + y))"),
        (x**-2, "1 / x**2"),
        (1 / x, "1 / x"),
    ],
    ids=str,
)
def test_activation_printer(expression, code):
    assert ActivationPrinter(SETTINGS).doprint(expression) == code
