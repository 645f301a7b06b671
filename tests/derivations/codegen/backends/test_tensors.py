import pytest
from sympy import Max, Min, Piecewise, Symbol, sqrt, tanh

from derivations.codegen.backends.jax import JaxPrinter
from derivations.codegen.backends.tensorflow import TensorFlowPrinter
from derivations.codegen.printing import SETTINGS

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Piecewise((x, x > 0), (y, True)), "{}.where((x > 0), x, y)"),
        (Min(x, 0), "{}.minimum(x, 0)"),  # the number takes the tensor's dtype
        (Max(x, y), "{}.maximum(x, y)"),
        (tanh(x / 2), "{}.tanh((1/2)*x)"),
        (sqrt(x) / y, "{}.sqrt(x)/y"),
        (1 / sqrt(x), "1/{}.sqrt(x)"),
        (x**2, "x**2"),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("printer", "namespace"), [(TensorFlowPrinter, "tensorflow"), (JaxPrinter, "jax.numpy")]
)
def test_tensor_printers(printer, namespace, expression, code):
    assert printer(SETTINGS).doprint(expression) == code.format(namespace)
