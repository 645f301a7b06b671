"""Parts of a printer that several backends share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sympy import And, Basic, Expr, Float, Integer, Max, Min, Or, Piecewise, Pow
from sympy.printing.precedence import PRECEDENCE

SETTINGS = {"fully_qualified_modules": True, "inline": True}
"""Settings of the printers of Python: write module.function, and no statements."""


class FunctionTable:
    """A printer that looks functions up in a table."""

    functions: ClassVar[Mapping[type[Basic], str]] = {}
    """SymPy's class to the full name of a function that takes the same arguments."""

    def _print(self, expr: Basic, **settings: object) -> str:
        name = self.functions.get(type(expr))
        if name is None:
            return super()._print(expr, **settings)
        return f"{self._module_format(name)}({', '.join(map(self._print, expr.args))})"


class DoubleConstants:
    """A printer of code for binary numbers: constants are the nearest doubles."""

    def _print_Float(self, expr: Float) -> str:
        return repr(float(expr))

    def _print_Integer(self, expr: Integer) -> str:
        # NumPy 1 makes objects of integers beyond 64 bits
        return str(expr.p) if abs(expr.p) < 2**53 else repr(float(expr))

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp == -1:
            return f"1 / {self.parenthesize(expr.base, PRECEDENCE['Pow'])}"
        return super()._print_Pow(expr, rational=rational)


def pieces(expr: Piecewise) -> tuple[list[tuple[Expr, Basic]], Expr]:
    """Return the conditional pieces of a Piecewise, and the value of the last one.

    Raise ValueError if the last piece is conditional, too.
    """
    *conditional, (last, condition) = expr.args
    if condition != True:  # noqa: E712 - a SymPy boolean
        raise ValueError(f"the last piece must be unconditional, got {condition}")
    return conditional, last


class Elementwise:
    """A printer of array operations: Piecewise becomes ``where``; Min, Max and And go by pairs."""

    namespace: ClassVar[str]
    """The module of the array operations."""

    def _print_Piecewise(self, expr: Piecewise) -> str:
        conditional, last = pieces(expr)
        code = self._print(last)
        where = self._module_format(f"{self.namespace}.where")
        for value, condition in reversed(conditional):
            code = f"{where}({self._print(condition)}, {self._print(value)}, {code})"
        return code

    def _print_Min(self, expr: Min) -> str:
        return self._pairwise("minimum", expr)

    def _print_Max(self, expr: Max) -> str:
        return self._pairwise("maximum", expr)

    def _print_And(self, expr: And) -> str:
        return self._pairwise("logical_and", expr)

    def _print_Or(self, expr: Or) -> str:
        return self._pairwise("logical_or", expr)

    def _pairwise(self, function: str, expr: Expr) -> str:
        first, *others = (self._print(argument) for argument in self._ordered(expr.args))
        name = self._module_format(f"{self.namespace}.{function}")
        for other in others:
            first = f"{name}({first}, {other})"
        return first

    def _ordered(self, arguments: tuple[Expr, ...]) -> Iterable[Expr]:
        return arguments
