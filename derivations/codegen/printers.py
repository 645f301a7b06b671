"""Printers for what SymPy's own cannot print well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from sympy import (
    And,
    Expr,
    Float,
    Integer,
    Max,
    Min,
    Or,
    Piecewise,
    Pow,
    Rational,
    asinh,
    cosh,
    erfc,
    exp,
    sinh,
    sqrt,
    tanh,
)
from sympy.codegen.cfunctions import expm1, fma
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.numpy import SciPyPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pycode import PythonCodePrinter

from derivations.functions import MillsRatio, elu, erfcx, relu_gradient, softsign

SETTINGS = {"fully_qualified_modules": True, "inline": True}


class Float64Mixin:
    """What the printers of code for binary numbers share: constants are the nearest doubles."""

    def _print_Float(self, expr: Float) -> str:
        return repr(float(expr))

    def _print_Integer(self, expr: Integer) -> str:
        # NumPy 1 makes objects of integers beyond 64 bits
        return str(expr.p) if abs(expr.p) < 2**53 else repr(float(expr))

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp == -1:
            return f"1 / {self.parenthesize(expr.base, PRECEDENCE['Pow'])}"
        return super()._print_Pow(expr, rational=rational)

    def _print_erfcx(self, expr: erfcx) -> str:
        return f"{self._module_format('scipy.special.erfcx')}({self._print(expr.args[0])})"


class MathPrinter(Float64Mixin, PythonCodePrinter):
    """Python floats and the module ``math``, with erfcx from SciPy."""

    def _print_erfcx(self, expr: erfcx) -> str:
        return f"float({super()._print_erfcx(expr)})"  # SciPy returns a slower numpy.float64


class ElementwiseMixin:
    """One array operation a node: Piecewise as ``where``, Min, Max and And by pairs."""

    namespace: ClassVar[str]
    """The module of the array operations."""

    def _print_Piecewise(self, expr: Piecewise) -> str:
        *pieces, (last, condition) = expr.args
        if condition != True:  # noqa: E712 - a SymPy boolean
            raise ValueError(f"the last piece must be unconditional, got {condition}")
        code = self._print(last)
        where = self._module_format(f"{self.namespace}.where")
        for value, condition in reversed(pieces):
            code = f"{where}({self._print(condition)}, {self._print(value)}, {code})"
        return code

    def _print_Min(self, expr: Min) -> str:
        return self._pairwise("minimum", expr)

    def _print_Max(self, expr: Max) -> str:
        return self._pairwise("maximum", expr)

    def _print_And(self, expr: And) -> str:
        return self._pairwise("logical_and", expr)

    def _print_Or(self, expr: Or) -> str:
        return self._pairwise("logical_or", expr)

    def _pairwise(self, function: str, expr: Expr) -> str:
        first, *others = (self._print(argument) for argument in self._ordered(expr.args))
        name = self._module_format(f"{self.namespace}.{function}")
        for other in others:
            first = f"{name}({first}, {other})"
        return first

    def _ordered(self, arguments: tuple[Expr, ...]) -> Iterable[Expr]:
        return arguments


class NumPyPrinter(ElementwiseMixin, Float64Mixin, SciPyPrinter):
    """NumPy and SciPy without reductions.

    SymPy's printer turns Piecewise into ``select`` and Min, Max and And into reductions
    over stacked arrays, which cost several passes over memory each.
    """

    namespace = "numpy"


class TensorPrinter(ElementwiseMixin, Float64Mixin, PythonCodePrinter):
    """Tensors with Python's operators, for libraries that name their functions as NumPy does.

    SymPy's own printer for TensorFlow imports it, which takes seconds.
    """

    def _ordered(self, arguments: tuple[Expr, ...]) -> Iterable[Expr]:
        # a number takes the dtype of the tensor before it
        return sorted(arguments, key=lambda argument: argument.is_number)

    def _print_tanh(self, expr: tanh) -> str:
        return self._call("tanh", expr)

    def _print_expm1(self, expr: expm1) -> str:
        return self._call("expm1", expr)

    def _print_exp(self, expr: exp) -> str:
        return self._call("exp", expr)

    def _print_sinh(self, expr: sinh) -> str:
        return self._call("sinh", expr)

    def _print_cosh(self, expr: cosh) -> str:
        return self._call("cosh", expr)

    def _call(self, function: str, expr: Expr) -> str:
        return self._function(f"{self.namespace}.{function}", expr)

    def _function(self, name: str, expr: Expr) -> str:
        (argument,) = expr.args
        return f"{self._module_format(name)}({self._print(argument)})"

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        return self._hprint_Pow(expr, rational=rational, sqrt=f"{self.namespace}.sqrt")


class TensorFlowPrinter(TensorPrinter):
    """TensorFlow's tensors."""

    namespace = "tensorflow"

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

    def _print_softsign(self, expr: softsign) -> str:
        return self._call("nn.softsign", expr)

    def _print_expm1(self, expr: expm1) -> str:
        return self._call("math.expm1", expr)

    def _print_asinh(self, expr: asinh) -> str:
        return self._call("asinh", expr)

    def _print_erfc(self, expr: erfc) -> str:
        return self._call("math.erfc", expr)


class JaxPrinter(TensorPrinter):
    """JAX's arrays."""

    namespace = "jax.numpy"

    def _print_asinh(self, expr: asinh) -> str:
        return self._call("arcsinh", expr)

    def _print_softsign(self, expr: softsign) -> str:
        return self._function("jax.nn.soft_sign", expr)

    def _print_erfc(self, expr: erfc) -> str:
        return self._function("jax.scipy.special.erfc", expr)


class TorchPrinter(TensorPrinter):
    """PyTorch's tensors, with constants that are numbers."""

    namespace = "torch"

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
        *pieces, (value, _) = expr.args
        code = self._print(value)
        for number, condition in reversed(pieces):
            # an integer would be one of another dtype for CoreML
            value = f"{number}.0" if number.is_Integer else self._print(number)
            where = self._module_format("torch.where")
            code = f"{where}({self._print(condition)}, {value}, {code})"
        return code


class JavaScriptPrinter(Float64Mixin, JavascriptCodePrinter):
    """JavaScript's numbers, which are doubles, and its ``Math``, with erfcx as a function."""

    def _print_Piecewise(self, expr: Piecewise) -> str:
        *pieces, (last, condition) = expr.args
        if condition != True:  # noqa: E712 - a SymPy boolean
            raise ValueError(f"the last piece must be unconditional, got {condition}")
        choices = (
            f"{self._print(condition)} ? {self._print(value)} : " for value, condition in pieces
        )
        return f"({''.join(choices)}{self._print(last)})"

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp.is_negative:
            return f"1 / {self.parenthesize(1 / expr, PRECEDENCE['Mul'])}"
        return JavascriptCodePrinter._print_Pow(self, expr)

    def _print_expm1(self, expr: expm1) -> str:
        return f"Math.expm1({self._print(expr.args[0])})"

    def _print_erfcx(self, expr: erfcx) -> str:
        return f"erfcx({self._print(expr.args[0])})"


class ArbPrinter(PythonCodePrinter):
    """python-flint's balls, whose functions are methods.

    Rational constants are exact: Python would round 1/3 before a ball could contain it. The
    ball of a sum of squares may reach below zero, where there is no value: a root leaves that out.
    """

    def _print_Rational(self, expr: Rational) -> str:
        return f"{self._module_format('flint.fmpq')}({expr.p}, {expr.q})"

    def _print_Pi(self, expr: Expr) -> str:
        return f"{self._module_format('flint.arb.pi')}()"

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp()
        if expr.exp.is_Integer:
            return super()._print_Pow(expr, rational=rational)
        if expr.exp.q != 2:
            raise ValueError(f"only powers of square roots are printed, got {expr}")
        root = f"{self._ball(base)}{'.nonnegative_part()' * _is_sum_of_squares(base)}.sqrt()"
        if abs(exponent.p) != 1:
            root = f"{root}**{abs(exponent.p)}"
        return root if exponent > 0 else f"1 / {root}"

    def _print_exp(self, expr: exp) -> str:
        return f"{self._ball(expr.args[0])}.exp()"

    def _print_erfc(self, expr: erfc) -> str:
        return f"{self._ball(expr.args[0])}.erfc()"

    def _print_MillsRatio(self, expr: MillsRatio) -> str:
        # sqrt(2) H_-1(x/sqrt(2)), a Hermite function: relatively exact for x of any size, while
        # Arb's erfc of an inexact x loses more bits than there are from about 1e5 on
        root = self._print(sqrt(2))
        return f"({root}*({self._ball(expr.args[0])}/{root}).hermite_h(-1))"

    def _print_Min(self, expr: Min) -> str:
        first, *others = (self._ball(argument) for argument in expr.args)
        return first + "".join(f".min({other})" for other in others)

    def _ball(self, expr: Expr) -> str:
        return f"{self._module_format('flint.arb')}({self._print(expr)})"


def _is_sum_of_squares(expr: Expr) -> bool:
    return expr.is_Add and all(term.is_Pow and term.exp.is_even for term in expr.args)


def math_printer() -> MathPrinter:
    """Return the printer of the target for Python floats."""
    return MathPrinter(SETTINGS)


def numpy_printer() -> NumPyPrinter:
    """Return the printer of the NumPy target."""
    return NumPyPrinter(SETTINGS)


def tensorflow_printer() -> TensorFlowPrinter:
    """Return the printer of the TensorFlow target."""
    return TensorFlowPrinter(SETTINGS)


def jax_printer() -> JaxPrinter:
    """Return the printer of the JAX target."""
    return JaxPrinter(SETTINGS)


def torch_printer() -> TorchPrinter:
    """Return the printer of the PyTorch target."""
    return TorchPrinter(SETTINGS)


def javascript_printer() -> JavaScriptPrinter:
    """Return the printer of the JavaScript target."""
    return JavaScriptPrinter()


def arb_printer() -> ArbPrinter:
    """Return the printer of the Arb target."""
    return ArbPrinter(SETTINGS)
