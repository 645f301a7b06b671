"""JAX: arrays that it differentiates, vectorizes and compiles."""

from __future__ import annotations

from typing import ClassVar

from sympy import asinh, cosh, erfc, exp, sinh, tanh
from sympy.codegen.cfunctions import expm1

from derivations.codegen.backends.tensors import TensorPrinter
from derivations.codegen.functions import activation, fixed_points, quadrature
from derivations.codegen.python import PythonTarget
from derivations.functions import softsign


class JaxPrinter(TensorPrinter):
    """JAX's arrays."""

    namespace = "jax.numpy"
    functions: ClassVar = {
        asinh: "jax.numpy.arcsinh",
        cosh: "jax.numpy.cosh",
        erfc: "jax.scipy.special.erfc",
        exp: "jax.numpy.exp",
        expm1: "jax.numpy.expm1",
        sinh: "jax.numpy.sinh",
        softsign: "jax.nn.soft_sign",
        tanh: "jax.numpy.tanh",
    }


class Jax(PythonTarget):
    """Functions of arrays."""

    module = "jax_kernels"
    summary = "Elementwise JAX code for arrays of any floating-point dtype."
    printer = JaxPrinter
    imports = ("jax", "jax.scipy.special")
    types: ClassVar = {"Values": "jax.Array | float"}
    number, condition, argument = "jax.Array", "jax.Array", "Values"
    functions = (
        activation.SELU,
        activation.SELU_SLOPE,
        activation.SELU_PARAMETER_GRADIENTS,
        activation.ALPHA_DROPOUT,
        fixed_points.DROPOUT_AFFINE,
        fixed_points.DROPOUT_AFFINE_AROUND,
        *quadrature.PARAMETERS_BY_QUADRATURE,
    )
    fold_constants = True
