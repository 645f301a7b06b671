import pytest
from sympy import Max, Symbol, asinh, erfc

from derivations.codegen.backends.jax import JaxPrinter
from derivations.codegen.printing import SETTINGS
from derivations.functions import softsign

x = Symbol("x", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Max(x, 0), "jax.numpy.maximum(x, 0)"),
        (softsign(x), "jax.nn.soft_sign(x)"),
        (asinh(x), "jax.numpy.arcsinh(x)"),
        (erfc(x), "jax.scipy.special.erfc(x)"),
    ],
    ids=str,
)
def test_jax_printer(expression, code):
    assert JaxPrinter(SETTINGS).doprint(expression) == code
