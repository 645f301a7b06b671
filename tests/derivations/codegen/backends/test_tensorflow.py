import pytest
from sympy import Max, Symbol, asinh, erfc
from sympy.codegen.cfunctions import expm1

from derivations.codegen.backends.tensorflow import TensorFlowPrinter
from derivations.codegen.printing import SETTINGS
from derivations.functions import relu_gradient, softsign

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Max(x, 0), "tensorflow.nn.relu(x)"),
        (Max(x, 1), "tensorflow.maximum(x, 1)"),
        (softsign(x), "tensorflow.nn.softsign(x)"),
        (expm1(x), "tensorflow.math.expm1(x)"),
        (asinh(x), "tensorflow.asinh(x)"),
        (erfc(x), "tensorflow.math.erfc(x)"),
        (relu_gradient(x, y), "tensorflow.raw_ops.ReluGrad(gradients=x, features=y)"),
    ],
    ids=str,
)
def test_tensorflow_printer(expression, code):
    assert TensorFlowPrinter(SETTINGS).doprint(expression) == code
