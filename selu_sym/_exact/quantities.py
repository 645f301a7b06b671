"""Quantities of a fixed point, by balls: its parameters, stability and gradient gain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import flint

from selu_sym._exact import solve
from selu_sym._exact.arb import rational
from selu_sym._exact.numbers import Exact, checked_digits, exact, positive
from selu_sym._exact.solve import Balls, MomentBalls, Problem
from selu_sym._generated import arb_kernels
from selu_sym._numeric.fixed_point import NoFixedPointError
from selu_sym._numeric.weights import Weights, chosen, independent, sums

BITS_OF_1000_DIGITS = 3322
"""1000 log2(10), rounded up."""

Quantity: TypeAlias = Callable[["Target", Balls, MomentBalls], Balls]
"""A function of (target, (alpha, scale), moments); it returns no balls if they are too wide."""


class Target(NamedTuple):
    """A fixed point that is asked for, checked and exact."""

    mean: Fraction
    variance: Fraction
    weights: Weights
    digits: int
    sums: tuple[Fraction, ...]
    """(omega, tau) of the weights, empty for independent weights."""

    independent: tuple[Fraction, ...]
    """(tau, bias variance) of independent weights, empty for others."""

    net_input: tuple[Fraction, Fraction]
    """(m, v)."""

    asked: str
    """The target as the caller wrote it."""

    @property
    def tau(self) -> flint.fmpq:
        """Sum of squares of a unit's weights."""
        return rational(self.sums[1] if self.sums else self.independent[0])

    @property
    def problem(self) -> Problem:
        """(m, v, mu, nu) as python-flint's fractions."""
        m, v = self.net_input
        return rational(m), rational(v), rational(self.mean), rational(self.variance)


def target(
    mean: Exact, variance: Exact, weights: Weights | None, digits: int, stacklevel: int = 4
) -> Target:
    """Return the checked target; its warning points to the caller so many calls up."""
    mu, nu = exact("mean", mean), positive("variance", variance)
    model = chosen(weights, centered=mu == 0, stacklevel=stacklevel)
    checked_digits(digits)
    fixed = tuple(exact("weights", total) for total in sums(model) or ())
    free: tuple[Fraction, ...] = ()
    if fixed:
        m, v = _of_fractions(arb_kernels.net_input, mu, nu, *fixed)
    else:
        free = tuple(map(Fraction, astuple(independent(model))))
        m, v = _of_fractions(arb_kernels.net_input_iid, mu, nu, *free)
    asked = f"mean {mean}, variance {variance} with weights {model!r}"
    return Target(mu, nu, model, digits, fixed, free, (m, v), asked)


def _of_fractions(
    net_input: Callable[..., tuple[object, object]], *arguments: Fraction
) -> tuple[Fraction, Fraction]:
    """Return (m, v) of fractions: the formulas of balls add and multiply, and stay exact."""
    m, v = cast("tuple[Fraction | int, Fraction]", net_input(*arguments))
    return Fraction(m), v


def enclosed(asked: Target, quantity: Quantity) -> Balls:
    """Return balls that contain a quantity, with as many digits as the target asks for."""
    bits = asked.digits * BITS_OF_1000_DIGITS // 1000 + 1

    def evaluated() -> tuple[flint.arb, Balls]:
        gap, solution, moments = _solved(flint.ctx.prec, asked.problem)
        return gap, quantity(asked, solution, moments) if solution else ()

    try:
        gap, balls = solve.refined(evaluated, bits, *asked.net_input)
    except ArithmeticError as error:
        raise ArithmeticError(
            f"{asked.digits} digits at {asked.asked}: {error}; ask for fewer"
        ) from None
    if not balls:
        raise NoFixedPointError(
            f"no SELU with alpha > 0 and scale > 0 has the fixed point {asked.asked}: "
            f"the existence gap is {gap.str(5, radius=False)}, and must be positive"
        )
    return balls


def parameters(_asked: Target, solution: Balls, _moments: MomentBalls) -> Balls:
    """Return (alpha, scale)."""
    return solution


def attraction(asked: Target, solution: Balls, moments: MomentBalls) -> Balls:
    """Return (1 - spectral radius, spectral radius)."""
    m, v, mu, nu = asked.problem
    A, B, _, D, A_minor = moments[:5]
    alpha, x = solution
    y = x * alpha
    P, T0, T1, T2, p0 = _tails(flint.ctx.prec, m, v)
    if asked.sums:
        omega = rational(asked.sums[0])
        complement = arb_kernels.linear_complement(
            A, A_minor, B, D, P, T0, T1, T2, p0, x, y, m, v, mu, nu, omega, asked.tau
        )
    else:
        complement = arb_kernels.iid_complement(A, P, T1, T2, p0, x, y, mu, asked.tau)
    r, margin = arb_kernels.attraction(*complement)
    return (margin, 1 - margin) if r > 0 or r < 0 else ()


def gradient_gain(asked: Target, solution: Balls, _moments: MomentBalls) -> Balls:
    """Return (gradient gain,)."""
    m, v, *_ = asked.problem
    alpha, scale = solution
    P, _T0, _T1, T2, _p0 = _tails(flint.ctx.prec, m, v)
    return (arb_kernels.gradient_gain(P, T2, alpha, scale, asked.tau),)


@lru_cache(maxsize=2)
def _solved(_precision: int, problem: Problem) -> tuple[flint.arb, Balls, MomentBalls]:
    """Return what :func:`solve.solve` returns at a working precision, and remember it.

    Parameters, gain and stability of one target need it, as the command line asks for. There are
    two places since the precision often grows once, and starts anew for the next quantity.
    """
    return solve.solve(problem)


@lru_cache(maxsize=2)
def _tails(
    _precision: int, m: flint.fmpq, v: flint.fmpq
) -> tuple[flint.arb, flint.arb, flint.arb, flint.arb, flint.arb]:
    """Return (P, T0, T1, T2, p0) at a working precision, and remember them as well."""
    tails: tuple[flint.arb, flint.arb, flint.arb, flint.arb, flint.arb] = arb_kernels.all_tails(
        m, v
    )
    return tails
