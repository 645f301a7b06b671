"""JavaScript, for the explorer in the book: a backend that is not Python."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from sympy import Expr, Float, Piecewise, Pow, erf, exp
from sympy.codegen.cfunctions import expm1, log1p
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.precedence import PRECEDENCE

from derivations.codegen.functions import (
    activation,
    activations,
    explorer,
    fixed_points,
    signals,
)
from derivations.codegen.functions.constants import ACTIVATION_CONSTANTS, CONSTANTS
from derivations.codegen.printing import DoubleConstants, pieces
from derivations.codegen.steps import shared
from derivations.codegen.target import ROOT, SOURCE, GeneratedFunction, GeneratedTable, Target
from derivations.formula import Steps
from derivations.functions import erfcx
from derivations.special import Phi

HEADER = """\
/**
 * {summary}
 *
 * {source}
 * the derivation and run the command again.
 */
"""

FUNCTION = """
/** Return {returns}, from {source}. */
export function {name}({arguments}) {{
{body}
}}
"""

CONSTANT = """
/** {meaning} */
export const {name} = {value};
"""


class JavaScriptPrinter(DoubleConstants, JavascriptCodePrinter):
    """JavaScript's numbers, which are doubles, and its ``Math``; erfcx is a function."""

    names: ClassVar = {expm1: "Math.expm1", log1p: "Math.log1p", erfcx: "erfcx"}
    """SymPy's class to the function of one argument."""

    def _print(self, expr: Expr, **settings: object) -> str:
        name = self.names.get(type(expr))
        if name is None:
            return super()._print(expr, **settings)
        return f"{name}({self._print(expr.args[0])})"

    def _print_Piecewise(self, expr: Piecewise) -> str:
        conditional, last = pieces(expr)
        code = self._print(last)
        for value, condition in reversed(conditional):
            code = f"{self._print(condition)} ? {self._print(value)} : {code}"
        return f"({code})"

    def _print_NaN(self, _: Expr) -> str:
        return "Number.NaN"

    def _print_Phi(self, expr: Phi) -> str:
        """Write Phi(x) = erfc(-x/sqrt(2))/2, which keeps its digits below zero."""
        return self._of_tail(expr.args[0], lambda tail: tail / 2, lambda tail: 1 - tail / 2, 2)

    def _print_erf(self, expr: erf) -> str:
        """Write erf, whose absolute error is a roundoff."""
        return self._of_tail(expr.args[0], lambda tail: tail - 1, lambda tail: 1 - tail, 1)

    def _of_tail(
        self, x: Expr, below: Callable[[Expr], Expr], above: Callable[[Expr], Expr], variance: int
    ) -> str:
        """Write a function of erfc(abs(y)) = e^(-y^2) erfcx(abs(y)), y = x/sqrt(variance)."""
        scale = 1 if variance == 1 else Float(variance**-0.5)
        low, high = (exp(-(x**2) / variance) * erfcx(side * scale * x) for side in (-1, 1))
        return self._print(Piecewise((below(low), x < 0), (above(high), True)))

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp.is_negative:
            return f"1 / {self.parenthesize(1 / expr, PRECEDENCE['Mul'])}"
        return JavascriptCodePrinter._print_Pow(self, expr)


class JavaScript(Target):
    """Functions of numbers."""

    module = "kernels"
    summary = "Scalar JavaScript code, in forms that are stable in float64."
    imports = ("@stdlib/math-base-special-erfcx",)
    printer = JavaScriptPrinter
    functions = (
        *fixed_points.FLOAT64,
        *signals.FLOAT64,
        *signals.NORMS,
        *signals.PAIRS,
        activation.SELU_BY_EXPM1,
        activation.SELU_SLOPE,
        *explorer.FUNCTIONS,
    )
    constants = CONSTANTS
    fold_constants = True

    @classmethod
    def path(cls) -> Path:
        """Return the file in the explorer's folder."""
        return ROOT / "docs" / "explorer" / f"{cls.module}.js"

    @classmethod
    def imported(cls) -> dict[str, str]:
        """Return the functions that the module imports, by their names, and from where."""
        return {name.rpartition("-")[2]: name for name in cls.imports}

    @classmethod
    def write_function(cls, function: GeneratedFunction, steps: Steps) -> str:
        """Return a function in which each step is a line."""
        assignments, results = shared(steps)
        printer = cls.printer()
        lines = [f"  const {symbol} = {printer.doprint(value)};" for symbol, value in assignments]
        values = ", ".join(map(printer.doprint, results))
        lines.append(f"  return [{values}];" if len(results) > 1 else f"  return {values};")
        body = "\n".join(lines)
        known = {"const", "return", "true", "false", "Math", "Number", *cls.imported()}
        known |= {str(symbol) for symbol in (*function.arguments, *dict(assignments))}
        if unknown := set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", body)) - known:
            raise ValueError(f"nothing imports {', '.join(sorted(unknown))}")
        return FUNCTION.format(
            name=function.name,
            arguments=", ".join(map(str, function.arguments)),
            returns=function.returns,
            source=function.source,
            body=body,
        )

    @classmethod
    def write_module(cls, functions: list[str]) -> str:
        """Return a module that exports the constants and functions."""
        header = HEADER.format(summary=cls.summary, source=SOURCE)
        imports = [f'import {name} from "{source}";\n' for name, source in cls.imported().items()]
        constants = [
            CONSTANT.format(
                name=constant.name,
                value=(
                    json.dumps(constant.entries)
                    if isinstance(constant, GeneratedTable)
                    else constant.code
                ),
                meaning=constant.meaning,
            )
            for constant in cls.constants
        ]
        return "".join([header, *imports, *constants, *functions])


class JavaScriptActivations(JavaScript):
    """Any activation, and the rule that integrates it, as functions of numbers."""

    module = "activations"
    summary = "Activations, and the rule that integrates them, as scalar JavaScript code."
    functions = (*activations.RULE, *activations.TRANSFORMED, *activations.FLOAT64)
    constants = (*ACTIVATION_CONSTANTS, *activations.TABLES)
