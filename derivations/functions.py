"""Functions that SymPy does not have: erfcx and Mills' ratio, orthant probabilities, softsign.

The first two are what is left of a Gaussian tail when its exponential decay is divided out.
They neither overflow nor underflow for x >= 0, which is why the stable forms use them. The
third is the distribution function of two correlated Gaussians. Softsign, the ReLU's gradient and
the ELU are each one operation in libraries for tensors.
"""

from __future__ import annotations

from typing import Any

import mpmath
from sympy import (
    Abs,
    Dummy,
    Expr,
    Function,
    Integer,
    Integral,
    Piecewise,
    Rational,
    Symbol,
    asin,
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


def normal_cdf(x: Expr) -> Expr:
    """Return the standard normal distribution function."""
    return erfc(-x / sqrt(2)) / 2


class Orthant(Function):
    """P(x < h, y < k) of a standard normal pair (x, y) with the correlation c.

    At h = k = 0 it is 1/4 + asin(c)/(2 pi) (W. F. Sheppard, 1899).
    """

    nargs = 3
    is_nonnegative = True

    @classmethod
    def eval(cls, h: Expr, k: Expr, c: Expr) -> Expr | None:
        if h.is_zero and k.is_zero:
            return Rational(1, 4) + asin(c) / (2 * pi)
        if c.is_zero:
            return normal_cdf(h) * normal_cdf(k)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        h, k, c = self.args
        if argindex == 3:
            return standard_pair_density(h, k, c)
        if argindex not in (1, 2):
            raise ArgumentIndexError(self, argindex)
        x, y = (h, k) if argindex == 1 else (k, h)
        return exp(-(x**2) / 2) / sqrt(2 * pi) * normal_cdf((y - c * x) / sqrt(1 - c**2))

    def _eval_rewrite_as_Integral(self, h: Expr, k: Expr, c: Expr, **_: Any) -> Expr:
        x = Dummy("x", real=True)
        rest = normal_cdf((k - c * x) / sqrt(1 - c**2))
        return Integral(exp(-(x**2) / 2) / sqrt(2 * pi) * rest, (x, -oo, h))

    def _eval_evalf(self, prec: int) -> Expr:
        with mpmath.workprec(prec + 10):
            h, k, c = (argument._to_mpmath(prec + 10) for argument in self.args)
            root, top = mpmath.sqrt(1 - c**2), min(h, 0)

            def integrand(x: Any) -> Any:
                return mpmath.npdf(x) * mpmath.ncdf((k - c * x) / root)

            scale = integrand(top)  # the quadrature's tolerance is absolute
            ends = [top - mpmath.sqrt(1.4 * prec) - 1, top, *([h] if h > top else [])]
            value = scale * mpmath.quad(lambda x: integrand(x) / scale, ends)
        return Expr._from_mpmath(value, prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        h, k, c = (printer._print(argument) for argument in self.args)
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\Phi_2{power}{{\left({h}, {k}; {c}\right)}}"


def standard_pair_density(x: Expr, y: Expr, c: Expr) -> Expr:
    """Return the density of a standard normal pair with the correlation c."""
    square = (x**2 - 2 * c * x * y + y**2) / (1 - c**2)
    return exp(-square / 2) / (2 * pi * sqrt(1 - c**2))


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


class relu_gradient(Function):  # noqa: N801 - the operation's name in TensorFlow is ReluGrad
    """The gradient that a ReLU with the output y lets through: dy for y > 0, 0 elsewhere."""

    nargs = 2
    is_extended_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex == 1:
            return relu_gradient(Integer(1), self.args[1])
        if argindex == 2:
            return Integer(0)
        raise ArgumentIndexError(self, argindex)

    def _eval_rewrite_as_Piecewise(self, dy: Expr, y: Expr, **_: Any) -> Expr:
        return Piecewise((dy, y > 0), (0, True))

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(Piecewise)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        dy, y = (printer._print(argument) for argument in self.args)
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\operatorname{{ReLU'}}{power}{{\left({dy}; {y}\right)}}"


class elu(Function):  # noqa: N801 - the operation's name in PyTorch
    """The ELU of z with alpha and a scale: lamda z for z > 0, lamda alpha (e^z - 1) elsewhere."""

    nargs = 3
    is_extended_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        argument = Dummy(real=True)
        arguments = [*self.args[: argindex - 1], argument, *self.args[argindex:]]
        definition = elu(*arguments).rewrite(Piecewise)
        return definition.diff(argument).subs(argument, self.args[argindex - 1])

    def _eval_rewrite_as_Piecewise(self, z: Expr, alpha: Expr, lamda: Expr, **_: Any) -> Expr:
        return Piecewise((lamda * z, z > 0), (lamda * alpha * (exp(z) - 1), True))

    def _eval_evalf(self, prec: int) -> Expr:
        return self.rewrite(Piecewise)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        z, alpha, lamda = (printer._print(argument) for argument in self.args)
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\operatorname{{ELU}}{power}{{\left({z}; {alpha}, {lamda}\right)}}"


def mills_coefficient(k: int, x: Expr) -> Expr:
    """Return I_k(x), the coefficient of h^k in the Taylor series of M(x - h).

    I_k = (-1)^k M^(k)/k! = int_0^oo t^k/k! e^(-x t - t^2/2) dt, so every I_k is positive.
    """
    argument = Symbol("x", real=True)
    derivative = MillsRatio(argument).diff(argument, k) if k else MillsRatio(argument)
    return ((-1) ** k * derivative / factorial(k)).expand().subs(argument, x)
