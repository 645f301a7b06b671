"""TensorFlow: tensors, eager and in graphs, which the compiler XLA can fuse into one loop."""

from __future__ import annotations

from typing import ClassVar

from sympy import Max, asinh, cosh, erfc, exp, sinh, tanh
from sympy.codegen.cfunctions import expm1

from derivations.codegen.backends.tensors import TensorPrinter
from derivations.codegen.functions import activation, fixed_points, quadrature
from derivations.codegen.python import PythonTarget
from derivations.functions import relu_gradient, softsign


class TensorFlowPrinter(TensorPrinter):
    """TensorFlow's tensors."""

    namespace = "tensorflow"
    functions: ClassVar = {
        asinh: "tensorflow.asinh",
        cosh: "tensorflow.cosh",
        erfc: "tensorflow.math.erfc",
        exp: "tensorflow.exp",
        expm1: "tensorflow.math.expm1",
        sinh: "tensorflow.sinh",
        softsign: "tensorflow.nn.softsign",
        tanh: "tensorflow.tanh",
    }

    def _print_Max(self, expr: Max) -> str:
        # of the maximum of equal numbers, TensorFlow gives the first the whole derivative
        others = [argument for argument in expr.args if not argument.is_zero]
        if len(expr.args) == 2 and len(others) == 1:
            return f"{self._module_format('tensorflow.nn.relu')}({self._print(others[0])})"
        return super()._print_Max(expr)

    def _print_relu_gradient(self, expr: relu_gradient) -> str:
        dy, y = (self._print(argument) for argument in expr.args)
        operation = self._module_format("tensorflow.raw_ops.ReluGrad")
        return f"{operation}(gradients={dy}, features={y})"


class TensorFlow(PythonTarget):
    """Functions of tensors."""

    module = "tensorflow_kernels"
    summary = "Elementwise TensorFlow code for tensors of any floating-point dtype."
    printer = TensorFlowPrinter
    imports = ("tensorflow",)
    types: ClassVar = {"Values": "tensorflow.Tensor | float"}
    number, condition, argument = "tensorflow.Tensor", "tensorflow.Tensor", "Values"
    functions = (
        activation.SELU,
        activation.SELU_GRADIENT,
        activation.SELU_PARAMETER_GRADIENTS,
        activation.ALPHA_DROPOUT,
        fixed_points.DROPOUT_AFFINE,
        fixed_points.DROPOUT_AFFINE_AROUND,
        *quadrature.PARAMETERS_BY_QUADRATURE,
    )
    fold_constants = True
