"""Functions that SymPy does not have: erfcx and Mills' ratio, and softsign.

The first two are what is left of a Gaussian tail when its exponential decay is divided out.
They neither overflow nor underflow for x >= 0, which is why the stable forms use them. The
third is one operation in libraries for tensors.
"""

from __future__ import annotations

from typing import Any

from sympy import (
    Abs,
    Expr,
    Function,
    Integer,
    Integral,
    Symbol,
    erfc,
    exp,
    factorial,
    oo,
    pi,
    sqrt,
)
from sympy.core.function import ArgumentIndexError


class erfcx(Function):  # noqa: N801 - the function's name in SciPy, Boost and MATLAB
    """The scaled complementary error function, e^(x^2) erfc(x)."""

    nargs = 1
    is_positive = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if x.is_zero:
            return Integer(1)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        (x,) = self.args
        return 2 * x * self - 2 / sqrt(pi)

    def _eval_rewrite_as_erfc(self, x: Expr, **_: Any) -> Expr:
        return exp(x**2) * erfc(x)

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(erfc)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\operatorname{{erfcx}}{power}{{\left({printer._print(self.args[0])}\right)}}"


class MillsRatio(Function):
    """Mills' ratio M(x) = (1 - Phi(x))/phi(x) of the standard normal distribution.

    It is a Laplace transform, M(x) = int_0^oo e^(-x t - t^2/2) dt, and satisfies
    M' = x M - 1.
    """

    nargs = 1
    is_positive = True

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        (x,) = self.args
        return x * self - 1

    def _eval_rewrite_as_erfcx(self, x: Expr, **_: Any) -> Expr:
        return sqrt(pi / 2) * erfcx(x / sqrt(2))

    def _eval_rewrite_as_erfc(self, x: Expr, **_: Any) -> Expr:
        return self.rewrite(erfcx).rewrite(erfc)

    def _eval_rewrite_as_Integral(self, x: Expr, **_: Any) -> Expr:
        t = Symbol("t", positive=True)
        return Integral(exp(-x * t - t**2 / 2), (t, 0, oo))

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(erfc)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"M{power}{{\left({printer._print(self.args[0])}\right)}}"


class softsign(Function):  # noqa: N801 - the function's name in TensorFlow, Keras and ONNX
    """Softsign, x/(1 + |x|): bounded, and smooth but for its curvature at 0."""

    nargs = 1
    is_extended_real = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return Integer(0) if x.is_zero else None

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        (x,) = self.args
        return 1 / (1 + Abs(x)) ** 2

    def _eval_rewrite_as_Abs(self, x: Expr, **_: Any) -> Expr:
        return x / (1 + Abs(x))

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(Abs)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\operatorname{{softsign}}{power}{{\left({printer._print(self.args[0])}\right)}}"


def mills_coefficient(k: int, x: Expr) -> Expr:
    """Return I_k(x), the coefficient of h^k in the Taylor series of M(x - h).

    I_k = (-1)^k M^(k)/k! = int_0^oo t^k/k! e^(-x t - t^2/2) dt, so every I_k is positive.
    """
    argument = Symbol("x", real=True)
    derivative = MillsRatio(argument).diff(argument, k) if k else MillsRatio(argument)
    return ((-1) ** k * derivative / factorial(k)).expand().subs(argument, x)
