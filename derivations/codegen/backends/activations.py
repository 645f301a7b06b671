"""Any activation: NumPy and SciPy for float64, and python-flint's complex balls for integrands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sympy import Abs, Expr, Pow, Rational, cos, erf, erfc, exp, sin, sqrt, tanh
from sympy.printing.precedence import PRECEDENCE

from derivations.codegen.backends.arb import ArbPrinter
from derivations.codegen.backends.numpy import NumPy, NumPyPrinter
from derivations.codegen.functions import any_activation
from derivations.codegen.python import PythonTarget
from derivations.functions import erfcx
from derivations.special import Phi, logistic, softplus


@dataclass(frozen=True)
class Table:
    """What is known of each activation, as a literal."""

    name: str = "CATALOGUE"
    meaning: str = "Names, parameters and kinds of pieces of all activations."

    @property
    def code(self) -> str:
        """The literal."""
        return repr(any_activation.catalogue())


class ActivationPrinter(NumPyPrinter):
    """NumPy and SciPy, with powers that NumPy computes fast: it knows squares and reciprocals."""

    functions: ClassVar = {
        erfcx: "scipy.special.erfcx",
        erf: "scipy.special.erf",
        Phi: "scipy.special.ndtr",
    }

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp == 3:
            base = self.parenthesize(expr.base, PRECEDENCE["Mul"])
            return f"({self._print(expr.base**2)} * {base})"
        if expr.exp.is_Integer and expr.exp < -1:
            return f"1 / {self.parenthesize(1 / expr, PRECEDENCE['Mul'])}"
        return super()._print_Pow(expr, rational=rational)


class Activations(PythonTarget):
    """Functions of arrays."""

    module = "activation_kernels"
    summary = "Activations, and the rule that integrates them, as NumPy and SciPy code."
    imports = ("numpy", "numpy.typing", "scipy.special")
    printer = ActivationPrinter
    types: ClassVar = NumPy.types
    number, condition, argument = NumPy.number, NumPy.condition, NumPy.argument
    functions = any_activation.FLOAT64
    constants = (Table(),)
    fold_constants = True


class ComplexBallPrinter(ArbPrinter):
    """Complex balls.

    What is not analytic everywhere is told whether it must be, by the argument ``analytic``.
    """

    methods: ClassVar = {
        exp: "exp",
        erfc: "erfc",
        tanh: "tanh",
        sin: "sin",
        cos: "cos",
        erf: "erf",
    }

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp()
        if expr.exp.is_Integer or base.is_number:
            return super()._print_Pow(expr, rational=rational)
        if abs(exponent) != Rational(1, 2):
            raise ValueError(f"only square roots are printed, got {expr}")
        root = f"{self._ball(base)}.sqrt(analytic=analytic)"
        return root if exponent > 0 else f"1 / {root}"

    def _print_Abs(self, expr: Abs) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Phi(self, expr: Phi) -> str:
        return f"({self._print(erfc(-expr.args[0] / sqrt(2), evaluate=False))}/2)"

    def _print_logistic(self, expr: logistic) -> str:
        return f"(1 / ({self._ball(-expr.args[0])}.exp() + 1))"

    def _print_softplus(self, expr: softplus) -> str:
        return f"({self._ball(expr.args[0])}.exp() + 1).log(analytic=analytic)"

    def _ball(self, expr: Expr) -> str:
        kind = "flint.arb" if expr.is_number else "flint.acb"
        return f"{self._module_format(kind)}({self._print(expr)})"


class ActivationBalls(PythonTarget):
    """Integrands."""

    module = "activation_balls"
    summary = "Activations in complex ball arithmetic with python-flint, as they are defined."
    imports = ("flint",)
    printer = ComplexBallPrinter
    types: ClassVar = {
        "Number": "flint.acb | flint.arb | flint.fmpq | int",
        "Values": "Number | bool",
    }
    number, condition, argument = "Number", "bool", "Values"

    @classmethod
    def type_of(cls, result: Expr) -> str:
        """Return the type of a result: rational constants are exact, and no floats."""
        return cls.number

    functions = any_activation.BALLS
