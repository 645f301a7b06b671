import pytest
from sympy import Float, Max, Piecewise, Symbol, sqrt
from sympy.codegen.cfunctions import expm1

from derivations.codegen.backends.javascript import JavaScript, JavaScriptPrinter
from derivations.codegen.target import GeneratedFunction
from derivations.functions import erfcx

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Piecewise((x, x > 0), (2 * y, y < 1), (y, True)), "(x > 0 ? x : y < 1 ? 2*y : y)"),
        (Max(x, 0), "Math.max(0, x)"),
        (erfcx(sqrt(x)), "erfcx(Math.sqrt(x))"),
        (expm1(x), "Math.expm1(x)"),
        (1 / sqrt(x), "1 / Math.sqrt(x)"),
        (1 / (x + y), "1 / (x + y)"),
        (x**2 / y, "Math.pow(x, 2)/y"),
        (-(x**2), "-Math.pow(x, 2)"),
        (Float(0.1), "0.1"),
        ((x > 0) & (y < 1), "x > 0 && y < 1"),
    ],
    ids=str,
)
def test_javascript_printer(expression, code):
    assert JavaScriptPrinter().doprint(expression) == code


def test_javascript_printer_needs_a_value_everywhere():
    with pytest.raises(ValueError, match="the last piece must be unconditional"):
        JavaScriptPrinter().doprint(Piecewise((x, x > 0)))


def tail():
    """Return a function that must be imported."""
    return erfcx(x)


def test_names_that_are_not_imported_are_refused():
    function = GeneratedFunction(tail, (x,), "erfcx(x)")
    assert "erfcx(x)" in JavaScript.write_function(function, function.steps())
    forgetful = type("Forgetful", (JavaScript,), {"imports": ()})
    with pytest.raises(ValueError, match="nothing imports erfcx"):
        forgetful.write_function(function, function.steps())
