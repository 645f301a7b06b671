"""NumPy and SciPy: float64 arrays."""

from __future__ import annotations

from typing import ClassVar

from sympy.printing.numpy import NumPyPrinter as SymPysPrinter

from derivations.codegen.functions import activation, fixed_points, signals
from derivations.codegen.functions.constants import CONSTANTS
from derivations.codegen.printing import DoubleConstants, Elementwise, FunctionTable
from derivations.codegen.python import PythonTarget
from derivations.functions import erfcx


class NumPyPrinter(FunctionTable, Elementwise, DoubleConstants, SymPysPrinter):
    """NumPy and SciPy without reductions.

    SymPy's printer turns Piecewise into ``select`` and Min, Max and And into reductions
    over stacked arrays, which cost several passes over memory each.
    """

    namespace = "numpy"
    functions: ClassVar = {erfcx: "scipy.special.erfcx"}


class NumPy(PythonTarget):
    """Functions of arrays."""

    module = "numpy_kernels"
    summary = "Elementwise NumPy and SciPy code, in forms that are stable in float64."
    printer = NumPyPrinter
    imports = ("numpy", "numpy.typing", "scipy.special")
    types: ClassVar = {
        "FloatArray": "numpy.typing.NDArray[numpy.float64]",
        "BoolArray": "numpy.typing.NDArray[numpy.bool_]",
        "Values": "FloatArray | float",
    }
    number, condition, argument = "FloatArray", "BoolArray", "Values"
    functions = (
        *fixed_points.FLOAT64,
        *signals.FLOAT64,
        *signals.NORMS,
        *signals.PAIRS,
        fixed_points.DROPOUT_AFFINE_AROUND,
        activation.SELU_BY_EXPM1,
        activation.ALPHA_DROPOUT,
    )
    constants = CONSTANTS
    fold_constants = True
