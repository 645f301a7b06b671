"""Python floats: a single fixed point costs no array overhead."""

from __future__ import annotations

from sympy.printing.pycode import PythonCodePrinter

from derivations.codegen.functions import fixed_points, signals
from derivations.codegen.functions.constants import CONSTANTS
from derivations.codegen.printing import DoubleConstants
from derivations.codegen.python import PythonTarget
from derivations.functions import erfcx


class MathPrinter(DoubleConstants, PythonCodePrinter):
    """Python's floats and its module ``math``, with erfcx from SciPy."""

    def _print_erfcx(self, expr: erfcx) -> str:
        # SciPy returns a numpy.float64, which is slower
        return f"float({self._module_format('scipy.special.erfcx')}({self._print(expr.args[0])}))"


class Math(PythonTarget):
    """Functions of Python floats."""

    module = "math_kernels"
    summary = "Scalar Python code, in forms that are stable in float64."
    printer = MathPrinter
    imports = ("math", "scipy.special")
    number, condition, argument = "float", "bool", "float"
    functions = (*fixed_points.FLOAT64, *signals.FLOAT64)
    constants = CONSTANTS
    fold_constants = True
