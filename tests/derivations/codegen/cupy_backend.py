"""CuPy as a backend: CONTRIBUTING's recipe, walked. A fixture that is not shipped."""

from typing import ClassVar

from sympy.printing.numpy import CuPyPrinter as SymPysPrinter

from derivations.codegen.backends.numpy import NumPy
from derivations.codegen.printing import DoubleConstants, Elementwise, FunctionTable
from derivations.functions import erfcx


class CuPyPrinter(FunctionTable, Elementwise, DoubleConstants, SymPysPrinter):
    """CuPy's arrays."""

    namespace = "cupy"
    functions: ClassVar = {erfcx: "cupyx.scipy.special.erfcx"}


class CuPy(NumPy):
    """Functions of CuPy's arrays."""

    module = "cupy_kernels"
    summary = "Elementwise CuPy code, in forms that are stable in float64."
    imports = ("cupy", "cupyx.scipy.special")
    printer = CuPyPrinter
    types: ClassVar = {"Values": "cupy.ndarray | float"}
    number, condition, argument = "cupy.ndarray", "cupy.ndarray", "Values"
