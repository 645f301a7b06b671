"""NumPy and SciPy: any activation of float64 arrays, apart from the SELU's own kernels."""

from __future__ import annotations

from typing import ClassVar

from sympy import Pow, erf
from sympy.printing.precedence import PRECEDENCE

from derivations.codegen.backends.numpy import NumPy, NumPyPrinter
from derivations.codegen.functions import activations, kernels
from derivations.codegen.functions.constants import ACTIVATION_CONSTANTS, PYTHON_CONSTANTS
from derivations.special import Phi


class ActivationPrinter(NumPyPrinter):
    """NumPy and SciPy, with powers as products.

    NumPy's power is fast for squares alone: for others it takes the logarithm.
    """

    functions: ClassVar = {
        **NumPyPrinter.functions,
        **{Phi: "scipy.special.ndtr", erf: "scipy.special.erf"},
    }

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp == 3:
            square = self._print(expr.base**2)
            return f"({square} * {self.parenthesize(expr.base, PRECEDENCE['Mul'])})"
        if expr.exp.is_Integer and expr.exp < -1:
            return f"1 / {self.parenthesize(1 / expr, PRECEDENCE['Mul'])}"
        return super()._print_Pow(expr, rational=rational)


class ActivationKernels(NumPy):
    """Functions of arrays."""

    module = "activation_kernels"
    summary = "Activations, and the rule that integrates them, as NumPy and SciPy code."
    printer = ActivationPrinter
    functions = (
        *activations.RULE,
        *activations.TRANSFORMED,
        *activations.FLOAT64,
        *kernels.RULES,
        *kernels.CLOSED,
    )
    constants = (
        *ACTIVATION_CONSTANTS,
        *PYTHON_CONSTANTS,
        *activations.TABLES,
        *kernels.TABLES,
    )
