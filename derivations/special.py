"""Functions of activations and of their Gaussian means that SymPy does not have.

The logistic function and softplus are what smooth activations are made of; as functions with their
own derivatives they stay in forms that neither overflow nor cancel. The standard normal
distribution function is what the GELU is made of, and Owen's T what its square leads to.
"""

from __future__ import annotations

from typing import Any

import mpmath
from sympy import Dummy, Expr, Function, Integer, Integral, Rational, atan, erf, exp, log, pi, sqrt
from sympy.core.function import ArgumentIndexError


def _latex(name: str, function: Function, printer: Any, exponent: str | None) -> str:
    """Return LaTeX of a function that has a name."""
    arguments = ", ".join(printer._print(argument) for argument in function.args)
    power = "" if exponent is None else f"^{{{exponent}}}"
    return rf"{name}{power}{{\left({arguments}\right)}}"


class logistic(Function):  # noqa: N801 - the function's usual name
    """The logistic function 1/(1 + e^-x), whose complement is logistic(-x)."""

    nargs = 1
    is_positive = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return Rational(1, 2) if x.is_zero else None

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        (x,) = self.args
        return logistic(x) * logistic(-x)

    def _eval_rewrite_as_exp(self, x: Expr, **_: Any) -> Expr:
        return 1 / (1 + exp(-x))

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(exp)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return _latex(r"\sigma", self, printer, exp)


class softplus(Function):  # noqa: N801 - the function's usual name
    """Softplus log(1 + e^x), whose derivative is the logistic function."""

    nargs = 1
    is_positive = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return log(2) if x.is_zero else None

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return logistic(self.args[0])

    def _eval_rewrite_as_log(self, x: Expr, **_: Any) -> Expr:
        return log(1 + exp(x))

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(log)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return _latex(r"\operatorname{softplus}", self, printer, exp)


class Phi(Function):
    """The standard normal distribution function."""

    nargs = 1
    is_nonnegative = True

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if x.is_zero:
            return Rational(1, 2)
        if x.is_infinite:
            return Integer(1) if x.is_extended_positive else Integer(0)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return exp(-(self.args[0] ** 2) / 2) / sqrt(2 * pi)

    def _eval_rewrite_as_erf(self, x: Expr, **_: Any) -> Expr:
        return (1 + erf(x / sqrt(2))) / 2

    def _eval_evalf(self, prec: int) -> Expr:
        with mpmath.workprec(prec):
            return Expr._from_mpmath(mpmath.ncdf(self.args[0]._to_mpmath(prec)), prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return _latex(r"\Phi", self, printer, exp)


class OwensT(Function):
    """Owen's T function, the integral of e^(-h^2 (1 + x^2)/2)/(2 pi (1 + x^2)) over 0 < x < a.

    Source: D. B. Owen, *Tables for computing bivariate normal probabilities*, 1956.
    """

    nargs = 2

    @classmethod
    def eval(cls, h: Expr, a: Expr) -> Expr | None:
        if a.is_zero:
            return Integer(0)
        if h.is_zero:
            return atan(a) / (2 * pi)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        h, a = self.args
        if argindex == 1:
            density = exp(-(h**2) / 2) / sqrt(2 * pi)
            return -density * (Phi(a * h) - Rational(1, 2))
        if argindex == 2:
            return exp(-(h**2) * (1 + a**2) / 2) / (2 * pi * (1 + a**2))
        raise ArgumentIndexError(self, argindex)

    def _eval_rewrite_as_Integral(self, h: Expr, a: Expr, **_: Any) -> Expr:
        x = Dummy("x", real=True)
        return Integral(OwensT(h, x).fdiff(2), (x, 0, a))

    def _eval_evalf(self, prec: int) -> Expr:
        with mpmath.workprec(prec + 10):
            h, a = (argument._to_mpmath(prec + 10) for argument in self.args)
            scale = mpmath.exp(-(h**2) / 2) / (2 * mpmath.pi)
            value = scale * mpmath.quad(
                lambda x: mpmath.exp(-((h * x) ** 2) / 2) / (1 + x**2), [0, a]
            )
        return Expr._from_mpmath(value, prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return _latex("T", self, printer, exp)
