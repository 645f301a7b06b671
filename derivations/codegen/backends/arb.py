"""python-flint's Arb: balls, which contain the truth."""

from __future__ import annotations

from typing import ClassVar

from sympy import Expr, Min, Pow, Rational, acos, erfc, exp, sqrt
from sympy.printing.pycode import PythonCodePrinter

from derivations.codegen.functions import enclosures, fixed_points
from derivations.codegen.python import PythonTarget
from derivations.functions import MillsRatio


class ArbPrinter(PythonCodePrinter):
    """Balls, whose functions are methods.

    Rational constants are exact: Python would round 1/3 before a ball could contain it. The
    ball of a sum of squares may reach below zero, where there is no value: a root leaves that out.
    """

    methods: ClassVar = {exp: "exp", erfc: "erfc", acos: "acos"}
    """SymPy's class to the method."""

    def _print(self, expr: Expr, **settings: object) -> str:
        method = self.methods.get(type(expr))
        if method is None:
            return super()._print(expr, **settings)
        return f"{self._ball(expr.args[0])}.{method}()"

    def _print_Rational(self, expr: Rational) -> str:
        return f"{self._module_format('flint.fmpq')}({expr.p}, {expr.q})"

    def _print_Pi(self, expr: Expr) -> str:
        return f"{self._module_format('flint.arb.pi')}()"

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp()
        if expr.exp.is_Integer:
            return super()._print_Pow(expr, rational=rational)
        if expr.exp.q != 2:
            raise ValueError(f"only powers of square roots are printed, got {expr}")
        root = f"{self._ball(base)}{'.nonnegative_part()' * _is_sum_of_squares(base)}.sqrt()"
        if abs(exponent.p) != 1:
            root = f"{root}**{abs(exponent.p)}"
        return root if exponent > 0 else f"1 / {root}"

    def _print_MillsRatio(self, expr: MillsRatio) -> str:
        # sqrt(2) H_-1(x/sqrt(2)), a Hermite function: relatively exact for x of any size, while
        # Arb's erfc of an inexact x loses more bits than there are from about 1e5 on
        root = self._print(sqrt(2))
        return f"({root}*({self._ball(expr.args[0])}/{root}).hermite_h(-1))"

    def _print_Min(self, expr: Min) -> str:
        first, *others = (self._ball(argument) for argument in expr.args)
        return first + "".join(f".min({other})" for other in others)

    def _ball(self, expr: Expr) -> str:
        return f"{self._module_format('flint.arb')}({self._print(expr)})"


def _is_sum_of_squares(expr: Expr) -> bool:
    return expr.is_Add and all(term.is_Pow and term.exp.is_even for term in expr.args)


class Arb(PythonTarget):
    """Functions of balls.

    Where a result depends on a sign, numbers must be given whose sign is known: fractions.
    """

    module = "arb_kernels"
    summary = "Scalar ball arithmetic with python-flint: every result contains the true value."
    printer = ArbPrinter
    imports = ("flint",)
    types: ClassVar = {"Values": "flint.arb | flint.fmpq | flint.fmpz | int"}
    number, condition, argument = "flint.arb", "bool", "Values"
    functions = (
        *fixed_points.ALGEBRA,
        *enclosures.MOMENTS,
        *enclosures.LAYER_MAP,
        *enclosures.SHAPING,
    )
