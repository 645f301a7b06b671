"""python-flint's complex balls: activations as integrands whose integral Arb encloses."""

from __future__ import annotations

from typing import ClassVar

from sympy import Abs, Expr, Pow, cos, erf, erfc, exp, sin, sqrt, tanh

from derivations.codegen.backends.arb import ArbPrinter
from derivations.codegen.functions import activations
from derivations.codegen.python import PythonTarget
from derivations.special import Phi, logistic, softplus


class ComplexBallPrinter(ArbPrinter):
    """Complex balls, whose functions are methods.

    Roots and logarithms are not analytic everywhere. The code's argument ``analytic`` tells them
    whether they must be.
    """

    methods: ClassVar = {
        **ArbPrinter.methods,
        **{tanh: "tanh", sin: "sin", cos: "cos", erf: "erf"},
    }

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp()
        if expr.exp.is_Integer or base.is_number:
            return super()._print_Pow(expr, rational=rational)
        roots = 2 * abs(exponent)
        if not roots.is_Integer:
            raise ValueError(f"only square roots are printed, got {expr}")
        root = f"{self._ball(base)}.sqrt(analytic=analytic)" + (f"**{roots}" if roots > 1 else "")
        return root if exponent > 0 else f"1 / {root}"

    def _print_Abs(self, expr: Abs) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Phi(self, expr: Phi) -> str:
        return f"({self._print(erfc(-expr.args[0] / sqrt(2), evaluate=False))}/2)"

    def _print_logistic(self, expr: logistic) -> str:
        return f"(1 / ({self._print(exp(-expr.args[0]))} + 1))"

    def _print_softplus(self, expr: softplus) -> str:
        return f"({self._print(exp(expr.args[0]))} + 1).log(analytic=analytic)"

    def _ball(self, expr: Expr) -> str:
        kind = "flint.arb" if expr.is_number else "flint.acb"
        return f"{self._module_format(kind)}({self._print(expr)})"


class ActivationBalls(PythonTarget):
    """Functions of balls, real or complex."""

    module = "activation_balls"
    summary = "Activations in complex ball arithmetic with python-flint, as they are defined."
    printer = ComplexBallPrinter
    imports = ("flint",)
    types: ClassVar = {
        "Ball": "flint.arb | flint.acb",
        "Values": "Ball | flint.fmpq | flint.fmpz | int",
    }
    number, condition, argument = "Ball", "bool", "Values"
    functions = activations.BALLS
