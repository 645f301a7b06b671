"""The four half-line moments of a Gaussian net input, and the SELU's moments from them.

SymPy integrates every moment from its definition, density times piece; none is typed in. The net
input is z ~ N(m, v), and

    A = E[z 1{z>0}],  C = E[z^2 1{z>0}],  B = E[(e^z-1) 1{z<0}],  D = E[(e^z-1)^2 1{z<0}].

Then, since the SELU's two pieces live on disjoint half lines,

    E[selu(z)] = lamda (A + alpha B),   E[selu(z)^2] = lamda^2 (C + alpha^2 D).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ClassVar

from sympy import (
    Expr,
    Integer,
    Integral,
    Symbol,
    erf,
    erfc,
    exp,
    expand,
    integrate,
    oo,
    pi,
    powsimp,
    simplify,
    sqrt,
)

from derivations import symbols
from derivations.formula import Formula
from derivations.symbols import alpha, beta, lamda, m, mu, nu, omega, tau, v, z


def density(z: Expr, m: Expr, v: Expr) -> Expr:
    """Return the density of N(m, v) at z."""
    return exp(-((z - m) ** 2) / (2 * v)) / sqrt(2 * pi * v)


def net_input_density() -> Expr:
    """Return the density of a net input z ~ N(m, v)."""
    return density(z, m, v)


def selu_pieces(z: Expr, alpha: Expr, lamda: Expr) -> tuple[Expr, Expr]:
    """Return the SELU for z <= 0 and for z > 0 (equation 2 of the paper)."""
    return lamda * alpha * (exp(z) - 1), lamda * z


class HalfLineMoment(Formula):
    """The mean of a function of z ~ N(m, v) over one half line."""

    nargs = 2
    integrand: ClassVar[Callable[[Expr], Expr]]
    half_line: ClassVar[tuple[Expr, Expr]]

    def definition(self) -> Expr:
        """Return the integral of integrand times density, unevaluated."""
        return Integral(self.integrand(z) * density(z, *self.args), (z, *self.half_line))

    def closed_form(self) -> Expr:
        """Return the integral's value in terms of the complementary error function."""
        mean, variance = self.args
        return _integrated(type(self)).subs({m: mean, v: variance}, simultaneous=True)


class MeanAbove(HalfLineMoment):
    """A = E[z 1{z>0}], the mean of the positive part."""

    name = "A"
    integrand = staticmethod(lambda z: z)
    half_line = (0, oo)
    is_positive = True


class MeanBelow(HalfLineMoment):
    """B = E[(e^z - 1) 1{z<0}], the mean of the saturating part."""

    name = "B"
    integrand = staticmethod(lambda z: exp(z) - 1)
    half_line = (-oo, 0)
    is_negative = True


class SecondMomentAbove(HalfLineMoment):
    """C = E[z^2 1{z>0}], the second moment of the positive part."""

    name = "C"
    integrand = staticmethod(lambda z: z**2)
    half_line = (0, oo)
    is_positive = True


class SecondMomentBelow(HalfLineMoment):
    """D = E[(e^z - 1)^2 1{z<0}], the second moment of the saturating part."""

    name = "D"
    integrand = staticmethod(lambda z: (exp(z) - 1) ** 2)
    half_line = (-oo, 0)
    is_positive = True


@cache
def _integrated(moment: type[HalfLineMoment]) -> Expr:
    """Integrate for symbolic m and v, once, and write the value with erfc alone."""
    value = integrate(moment.integrand(z) * density(z, m, v), (z, *moment.half_line))
    return powsimp(expand(expand(simplify(value)).replace(erf, lambda x: 1 - erfc(x))))


HALF_LINE_MOMENTS: dict[Symbol, HalfLineMoment] = {
    symbols.A: MeanAbove(m, v),
    symbols.B: MeanBelow(m, v),
    symbols.C: SecondMomentAbove(m, v),
    symbols.D: SecondMomentBelow(m, v),
}
"""The four moments by their symbols, for formulas that are algebra in A, B, C and D."""


def half_line_moments() -> tuple[Expr, ...]:
    """Return (A, B, C, D) in closed form."""
    return tuple(moment.doit() for moment in HALF_LINE_MOMENTS.values())


def selu_mean(m: Expr = m, v: Expr = v) -> Expr:
    """Return E[selu(z)] = lamda (A + alpha B), with the moments folded."""
    return lamda * (MeanAbove(m, v) + alpha * MeanBelow(m, v))


def selu_second_moment(m: Expr = m, v: Expr = v) -> Expr:
    """Return E[selu(z)^2] = lamda^2 (C + alpha^2 D), with the moments folded."""
    return lamda**2 * (SecondMomentAbove(m, v) + alpha**2 * SecondMomentBelow(m, v))


def net_input(omega: Expr = omega, tau: Expr = tau) -> tuple[Expr, Expr]:
    """Return (m, v) of z = sum_i w_i x_i for independent x_i with mean mu, variance nu.

    The mean is mu sum(w_i) and the variance nu sum(w_i^2), the paper's section 2.
    """
    return mu * omega, nu * tau


def net_input_iid() -> tuple[Expr, Expr]:
    """Return (m, v) of z pooled over the units of a layer with random weights and biases.

    For n independent weights of mean 0 and variance tau/n, each term w_i x_i has mean 0
    and variance E[w_i^2] E[x_i^2] = tau (nu + mu^2)/n, and independent biases of mean 0 add
    their variance beta.
    """
    return Integer(0), tau * (nu + mu**2) + beta
