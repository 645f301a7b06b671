"""PyTorch: tensors, eager or compiled, with constants that are numbers."""

from __future__ import annotations

from typing import ClassVar

from sympy import Piecewise, cosh, exp, sinh, tanh
from sympy.codegen.cfunctions import expm1, fma

from derivations.codegen.backends.tensors import TensorPrinter
from derivations.codegen.functions import activation
from derivations.codegen.printing import pieces
from derivations.codegen.python import PythonTarget
from derivations.functions import elu


class TorchPrinter(TensorPrinter):
    """PyTorch's tensors, with constants that are numbers."""

    namespace = "torch"
    functions: ClassVar = {
        cosh: "torch.cosh",
        exp: "torch.exp",
        expm1: "torch.expm1",
        sinh: "torch.sinh",
        tanh: "torch.tanh",
    }

    def _print_elu(self, expr: elu) -> str:
        operation = self._module_format("torch.ops.aten.elu")
        return f"{operation}({', '.join(map(self._print, expr.args))}, 1)"

    def _print_fma(self, expr: fma) -> str:
        factor, x, summand = expr.args
        arguments = (x, summand, -factor)
        return "{}({}, {}, alpha={})".format(
            self._module_format("torch.rsub"), *map(self._print, arguments)
        )

    def _print_Piecewise(self, expr: Piecewise) -> str:
        # not in place: under a vmap the condition may have a dimension that the value has not
        conditional, last = pieces(expr)
        code = self._print(last)
        where = self._module_format("torch.where")
        for number, condition in reversed(conditional):
            # an integer would be one of another dtype for CoreML
            value = f"{number}.0" if number.is_Integer else self._print(number)
            code = f"{where}({self._print(condition)}, {value}, {code})"
        return code


class Torch(PythonTarget):
    """Functions of tensors."""

    module = "torch_kernels"
    summary = "PyTorch code for tensors of any floating-point dtype, a kernel each."
    printer = TorchPrinter
    imports = ("torch",)
    types: ClassVar = {"Values": "torch.Tensor | float"}
    number, condition, argument = "torch.Tensor", "torch.Tensor", "Values"
    functions = (
        activation.SELU_IN_ONE_OPERATION,
        activation.SELU_CORRECTION_NEAR_0,
        activation.ALPHA_DROPOUT_IN_ONE_PASS,
    )
