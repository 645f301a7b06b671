"""What the backends for tensors share: TensorFlow's, JAX's and PyTorch's."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, Pow
from sympy.printing.pycode import PythonCodePrinter

from derivations.codegen.printing import DoubleConstants, Elementwise, FunctionTable


class TensorPrinter(FunctionTable, Elementwise, DoubleConstants, PythonCodePrinter):
    """Tensors with Python's operators, and elementwise functions that are named as NumPy's.

    SymPy's own printer for TensorFlow imports it, which takes seconds.
    """

    def _ordered(self, arguments: tuple[Expr, ...]) -> Iterable[Expr]:
        # a number takes the dtype of the tensor before it
        return sorted(arguments, key=lambda argument: argument.is_number)

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        return self._hprint_Pow(expr, rational=rational, sqrt=f"{self.namespace}.sqrt")
