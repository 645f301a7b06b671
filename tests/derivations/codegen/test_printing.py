import pytest
from sympy import And, Float, Integer, Max, Min, Or, Piecewise, Symbol, cosh, sin
from sympy.printing.pycode import PythonCodePrinter

from derivations.codegen.printing import (
    SETTINGS,
    DoubleConstants,
    Elementwise,
    FunctionTable,
    pieces,
)

x, y = Symbol("x", real=True), Symbol("y", real=True)


class Printer(FunctionTable, Elementwise, DoubleConstants, PythonCodePrinter):
    namespace = "lib"
    functions = {cosh: "lib.special.ch"}  # noqa: RUF012


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (cosh(x), "lib.special.ch(x)"),
        (2 * cosh(cosh(y)), "2*lib.special.ch(lib.special.ch(y))"),
        (sin(x), "math.sin(x)"),
        (
            Piecewise((x, x > 0), (y, y > 0), (1, True)),
            "lib.where((x > 0), x, lib.where((y > 0), y, 1))",
        ),
        (Min(x, y, 2), "lib.minimum(lib.minimum(2, x), y)"),
        (Max(x, 0), "lib.maximum(0, x)"),
        (And(x > 0, y > 0), "lib.logical_and((x > 0), (y > 0))"),
        (Or(x > 0, y > 0), "lib.logical_or((x > 0), (y > 0))"),
        (Float("0.1", 30), "0.1"),
        (Integer(2**53) + x, "x + 9007199254740992.0"),
        (1 / (x + y), "1 / (x + y)"),
    ],
    ids=str,
)
def test_printing(expression, code):
    printer = Printer(SETTINGS)
    assert printer.doprint(expression) == code


def test_functions_are_noted_as_imports():
    printer = Printer(SETTINGS)
    printer.doprint(cosh(x))
    assert printer.module_imports["lib.special"] == {"ch"}


def test_every_piecewise_needs_a_value_everywhere():
    assert pieces(Piecewise((x, x > 0), (y, True))) == ([(x, x > 0)], y)
    with pytest.raises(ValueError, match="the last piece must be unconditional"):
        pieces(Piecewise((x, x > 0)))
