"""What an activation is: an expression of z that may have pieces."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from sympy import (
    Abs,
    Expr,
    Integer,
    Piecewise,
    Symbol,
    diff,
    erf,
    exp,
    limit,
    log,
    oo,
    printing,
    solve,
    sqrt,
)

from derivations.special import Phi, logistic, softplus
from derivations.symbols import z

ZERO, ONE, TWO = Integer(0), Integer(1), Integer(2)

distance = Symbol("r", nonnegative=True)
"""abs(z), in bounds."""


@dataclass(frozen=True)
class Piece:
    """An expression that holds between two points."""

    expression: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True)
class Activation:
    """One activation: an expression of z and its parameters, and what it is called."""

    name: str
    expression: Expr
    source: str
    """Where it was published."""

    parameters: dict[Symbol, Expr] = field(default_factory=dict)
    """Parameters in the order in which they are given, with their defaults."""

    keras: str | None = None
    torch: str | None = None
    jax: str | None = None
    aliases: tuple[str, ...] = ()
    """Other names."""

    width: Expr = ONE
    """The length over which its smooth pieces change, for the rule that integrates them."""

    bound: Expr = 1 + distance
    """What abs(f(z)) is at most, as a polynomial in r = abs(z)."""

    slope_bound: Expr = TWO
    """What abs(f'(z)) is at most."""

    bend_bound: Expr = TWO
    """What abs(f''(z)) is at most, but for kinks."""

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The expressions that it consists of, from the left to the right."""
        if not isinstance(self.expression, Piecewise):
            return (Piece(self.expression, -oo, oo),)
        found, low = [], -oo
        for value, condition in self.expression.args:
            high = oo if condition == True else _border(condition)  # noqa: E712 - of SymPy
            found.append(Piece(value, low, high))
            low = high
        return tuple(found)

    @property
    def kinks(self) -> tuple[Expr, ...]:
        """The points between the pieces."""
        return tuple(piece.low for piece in self.pieces[1:])

    @cached_property
    def jumps(self) -> tuple[Expr, ...]:
        """The heights by which it jumps at the kinks, 0 where it is continuous."""
        return tuple(
            (right.expression - left.expression).subs(z, right.low).simplify()
            for left, right in zip(self.pieces, self.pieces[1:], strict=False)
        )

    @property
    def is_continuous(self) -> bool:
        """Whether it has no jumps, so that the mean of its squared derivative is finite."""
        return all(height.is_zero for height in self.jumps)

    @cached_property
    def derivative(self) -> tuple[Piece, ...]:
        """The derivative's pieces. At a jump it is infinite."""
        return tuple(
            Piece(diff(piece.expression, z), piece.low, piece.high) for piece in self.pieces
        )

    @cached_property
    def limits(self) -> tuple[Expr, Expr]:
        """The limits for z to minus and to plus infinity."""
        left, right = self.pieces[0].expression, self.pieces[-1].expression
        return _limit(left, -oo), _limit(right, oo)

    @cached_property
    def end_slopes(self) -> tuple[Expr, Expr]:
        """The limits of f(z)/z for z to minus and to plus infinity.

        Where f' has a limit they are its limits (L'Hospital).
        """
        left, right = self.pieces[0].expression, self.pieces[-1].expression
        return _limit(left / z, -oo), _limit(right / z, oo)

    def latex(self) -> str:
        """Return the definition as LaTeX."""
        name = self.name.replace("_", r"\_")
        return rf"\operatorname{{{name}}}(z) = {printing.latex(self.expression)}"


def _border(condition: Expr) -> Expr:
    """Return the k of z < k, which SymPy may write in another way."""
    (border,) = solve(condition.lhs - condition.rhs, z)
    return border


def _limit(expression: Expr, end: Expr) -> Expr:
    """Return a limit at infinity, in elementary functions."""
    return limit(elementary(expression), z, end)


def elementary(expression: Expr) -> Expr:
    """Return an expression in exp, log and erf, which SymPy knows most about."""
    rewritten = expression.replace(Abs, lambda x: sqrt(x**2))
    for function, target in ((logistic, exp), (softplus, log), (Phi, erf)):
        rewritten = rewritten.replace(function, lambda x, f=function, t=target: f(x).rewrite(t))
    return rewritten


def clipped(value: Expr, low: Expr, high: Expr) -> Piecewise:
    """Return a value between two points, and what it is at them beyond."""
    return Piecewise((value.subs(z, low), z < low), (value, z < high), (value.subs(z, high), True))


def rectified(below: Expr, above: Expr, kink: Expr = ZERO) -> Piecewise:
    """Return two pieces that meet at a kink."""
    return Piecewise((below, z < kink), (above, True))
