import json

import pytest
from sympy import Float, Max, Piecewise, Symbol, erf, nan, sqrt
from sympy.codegen.cfunctions import expm1, log1p

from derivations.codegen.backends.javascript import (
    JavaScript,
    JavaScriptActivations,
    JavaScriptPrinter,
)
from derivations.codegen.target import GeneratedFunction
from derivations.functions import erfcx
from derivations.special import Phi

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Piecewise((x, x > 0), (2 * y, y < 1), (y, True)), "(x > 0 ? x : y < 1 ? 2*y : y)"),
        (Max(x, 0), "Math.max(0, x)"),
        (erfcx(sqrt(x)), "erfcx(Math.sqrt(x))"),
        (expm1(x), "Math.expm1(x)"),
        (log1p(x), "Math.log1p(x)"),
        (nan, "Number.NaN"),
        (
            Phi(x),
            "(x < 0 ? (1/2)*Math.exp(-1/2*Math.pow(x, 2))*erfcx(-0.7071067811865476*x) : "
            "1 - 1/2*Math.exp(-1/2*Math.pow(x, 2))*erfcx(0.7071067811865476*x))",
        ),
        (
            erf(x),
            "(x < 0 ? -1 + Math.exp(-Math.pow(x, 2))*erfcx(-x) : "
            "1 - Math.exp(-Math.pow(x, 2))*erfcx(x))",
        ),
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


def test_tables_are_objects():
    """Of each activation, as JSON."""
    code = JavaScriptActivations.write_module([])
    line = next(line for line in code.splitlines() if line.startswith("export const ZERO"))
    table = json.loads(line.partition(" = ")[2].removesuffix(";"))
    assert table["relu"] == [True, False]
    assert JavaScriptActivations.path().name == "activations.js"


def tail():
    """Return a function that must be imported."""
    return erfcx(x)


def test_names_that_are_not_imported_are_refused():
    function = GeneratedFunction(tail, (x,), "erfcx(x)")
    assert "erfcx(x)" in JavaScript.write_function(function, function.steps())
    forgetful = type("Forgetful", (JavaScript,), {"imports": ()})
    with pytest.raises(ValueError, match="nothing imports erfcx"):
        forgetful.write_function(function, function.steps())
