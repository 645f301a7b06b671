import pytest
from sympy import Float, Max, Min, Piecewise, Symbol

from derivations.codegen.backends.numpy import NumPyPrinter
from derivations.codegen.printing import SETTINGS
from derivations.functions import erfcx

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Piecewise((x, x > 0), (y, True)), "numpy.where(numpy.greater(x, 0), x, y)"),
        (Min(x, y), "numpy.minimum(x, y)"),
        (Max(x, 0), "numpy.maximum(0, x)"),
        (erfcx(x), "scipy.special.erfcx(x)"),
        (1 / x, "1 / x"),
        (1 / (x + y), "1 / (x + y)"),
        (Float(0.1), "0.1"),
        (x**2 / y, "x**2/y"),
    ],
    ids=str,
)
def test_numpy_printer(expression, code):
    assert NumPyPrinter(SETTINGS).doprint(expression) == code


def test_numpy_printer_needs_a_value_everywhere():
    with pytest.raises(ValueError, match="the last piece must be unconditional"):
        NumPyPrinter(SETTINGS).doprint(Piecewise((x, x > 0)))
