"""What the statements of a certificate are about, as numbers that must not exceed zero.

They stand here as they follow from the definitions; limits, pieces and what is to be maximized
follow from the claim and its ranges.

The largest singular value of a Jacobian J is bounded without roots. It is at most u if and only if
u^2 - J^T J is positive semidefinite: where the squared norms n_1 and n_2 of the columns of J are at
most x = u^2, and (x - n_1)(x - n_2) is at least the square of the columns' product.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from flint import arb

from selu_sym._exact.arb import ball
from selu_sym.certify._check.means import Side
from selu_sym.certify._check.net_inputs import NetInput, Number, Parts

Box = tuple[Side, ...]
"""Sides of m and v, and then, for layers, of alpha and scale."""


class Excess(ABC):
    """Numbers of which one must be negative at each point of a box."""

    @abstractmethod
    def __call__(
        self,
        m: Side,
        here: NetInput[Number],
        sides: Sequence[Number],
        keep: Callable[[Number], Number],
    ) -> list[Number]:
        """Return them at a point or on a box.

        ``sides`` are m, v, alpha and scale. ``m`` is the side of the box for which the bound is to
        hold. ``keep`` takes a number that others are computed from, and returns it with the
        smallest ball known.
        """

    def same_for(self, m: Side, end: Fraction) -> bool:
        """Return whether the numbers are the same for an end of m as for all of it."""
        return True


class Piece(NamedTuple):
    """A box of (m, v), and what is linear in v there, as constant + slope v."""

    sides: Box
    constant: Fraction
    slope: Fraction


class Layers:
    """The largest singular value, the new mean and variance, and the variance's change."""

    def __init__(self, name: str, sign: int, ranges: dict[str, Side]) -> None:
        self.name, self.sign, self.ranges = name, sign, ranges

    def net_input(self, witness: dict[str, Fraction]) -> tuple[Fraction, Fraction]:
        """Return m and v of a layer."""
        return witness["mu"] * witness["omega"], witness["nu"] * witness["tau"]

    def pieces(self) -> list[Piece]:
        """Return those on which the largest tau, or the smallest or largest nu, is linear in v."""
        (nu_low, nu_high), (tau_low, tau_high) = self.ranges["nu"], self.ranges["tau"]
        products = [mu * omega for mu in self.ranges["mu"] for omega in self.ranges["omega"]]
        m = min(products), max(products)
        low, high = nu_low * tau_low, nu_high * tau_high
        zero = Fraction(0)
        if self.name != "change":  # tau <= min(v/nu_low, tau_high)
            border, below, above = nu_low * tau_high, (zero, 1 / nu_low), (tau_high, zero)
        elif self.sign > 0:  # nu >= max(nu_low, v/tau_high)
            border, below, above = nu_low * tau_high, (nu_low, zero), (zero, 1 / tau_high)
        else:  # nu <= min(v/tau_low, nu_high)
            border, below, above = nu_high * tau_low, (zero, 1 / tau_low), (nu_high, zero)
        both = [Piece((m, (low, border)), *below), Piece((m, (border, high)), *above)]
        return [piece for piece in both if piece.sides[1][0] < piece.sides[1][1]] or both[:1]

    def at(self, witness: dict[str, Fraction], value: Fraction) -> Excess | None:
        """Return numbers of which one must not exceed 0; None if the value is surely reached."""
        if self.name != "singular value":
            nu = witness["nu"] if self.name == "change" else Fraction(0)
            return _Value(self.name, -self.sign, nu, Fraction(0), -value)
        return None if value <= 0 else _SingularValueReached(witness, value)

    def on(self, piece: Piece, bound: Fraction) -> Excess:
        """Return numbers none of which may exceed 0."""
        if self.name == "singular value":
            return _SingularValueAtMost(self.largest_omega, piece, bound)
        nu = (piece.constant, piece.slope) if self.name == "change" else (Fraction(0), Fraction(0))
        return _Value(self.name, self.sign, *nu, bound)

    def largest_omega(self, m: Side) -> Fraction:
        """Return the largest abs(omega) for which some mu gives a product in m, 0 if there is none.

        Where mu may be 0, an end of omega is possible if its product with an end of mu has the sign
        of m and is large enough. Elsewhere omega is a quotient of both.
        """
        (mu_low, mu_high), (low, high) = mu, omega = self.ranges["mu"], self.ranges["omega"]
        if mu_low > 0 or mu_high < 0:
            quotients = [x / y for x in m for y in mu]
            low, high = max(low, min(quotients)), min(high, max(quotients))
            return max(abs(low), abs(high)) if low <= high else Fraction(0)
        if m[0] <= 0 <= m[1]:
            return max(abs(low), abs(high))
        positive = m if m[0] > 0 else tuple(-x for x in m)
        pairs = itertools.product(mu, omega)
        products = ((x * y if m[0] > 0 else -x * y, abs(y)) for x, y in pairs)
        return max((end for x, end in products if x >= min(positive)), default=Fraction(0))


class _Value(Excess):
    """sign (value - nu) - bound, where nu is linear in v."""

    def __init__(
        self, name: str, sign: int, constant: Fraction, slope: Fraction, bound: Fraction
    ) -> None:
        self.name, self.sign = name, sign
        self.constant, self.slope, self.bound = map(ball, (constant, slope, bound))

    def __call__(
        self,
        m: Side,
        here: NetInput[Number],
        sides: Sequence[Number],
        keep: Callable[[Number], Number],
    ) -> list[Number]:
        mean, variance = _selu(here.parts, sides)
        value = mean if self.name == "mean" else variance.nonnegative_part()
        nu = sides[1] * self.slope + self.constant
        return [(value - nu) * self.sign - self.bound]


class _SingularValueAtMost(Excess):
    """Exceeds 0 nowhere where the largest singular value is at most a bound."""

    def __init__(
        self, largest_omega: Callable[[Side], Fraction], piece: Piece, bound: Fraction
    ) -> None:
        self.largest_omega = largest_omega
        self.constant, self.slope = ball(piece.constant), ball(piece.slope)
        self.bound = ball(bound)

    def __call__(
        self,
        m: Side,
        here: NetInput[Number],
        sides: Sequence[Number],
        keep: Callable[[Number], Number],
    ) -> list[Number]:
        tau, omega = sides[1] * self.slope + self.constant, ball(self.largest_omega(m))
        first, second, both = _columns(here, sides)
        first, second = first * (omega * omega), second * (tau * tau)
        both = both * tau * omega
        x = self.bound * self.bound
        return [both * both - (-first + x).nonnegative_part() * (-second + x).nonnegative_part()]

    def same_for(self, m: Side, end: Fraction) -> bool:
        return self.largest_omega(m) == self.largest_omega((end, end))


class _SingularValueReached(Excess):
    """One of them does not exceed 0 where the largest singular value is at least a bound."""

    def __init__(self, witness: dict[str, Fraction], bound: Fraction) -> None:
        self.omega, self.tau = ball(witness["omega"]), ball(witness["tau"])
        self.bound = ball(bound)

    def __call__(
        self,
        m: Side,
        here: NetInput[Number],
        sides: Sequence[Number],
        keep: Callable[[Number], Number],
    ) -> list[Number]:
        first, second, both = _columns(here, sides)
        first, second = first * (self.omega * self.omega), second * (self.tau * self.tau)
        both = both * self.omega * self.tau
        x = self.bound * self.bound
        return [-first + x, -second + x, (-first + x) * (-second + x) - both * both]


def _columns(here: NetInput[Number], sides: Sequence[Number]) -> tuple[Number, Number, Number]:
    """Return the squared norms of the columns of the Jacobian in m and v, and their product."""
    (a, c), (b, d) = _selu(here.by_m, sides), _selu(here.by_v, sides)
    return a * a + c * c, b * b + d * d, a * b + c * d


def _selu(parts: Parts[Number], sides: Sequence[Number]) -> tuple[Number, Number]:
    """Return the mean and the variance of scale (z 1{z>0} + alpha (e^z - 1) 1{z<0}).

    Both are linear in the parts, so that they hold for the derivatives of these, too.
    """
    alpha, scale = sides[2:]
    A, B, U, V, W = parts
    return (A + B * alpha) * scale, (U + V * (alpha * alpha) + W * alpha * 2) * (scale * scale)


class FixedPoints:
    """1 - trace + det of the Jacobian at the fixed point (m, v), for unit-sum weights."""

    def __init__(self, name: str, sign: int, ranges: dict[str, Side]) -> None:
        self.ranges = ranges

    def net_input(self, witness: dict[str, Fraction]) -> tuple[Fraction, Fraction]:
        """Return m and v, which are the mean and the variance."""
        return witness["mu"], witness["nu"]

    def pieces(self) -> list[Piece]:
        """Return the box: nothing is linear in v."""
        return [Piece((self.ranges["mu"], self.ranges["nu"]), Fraction(0), Fraction(0))]

    def at(self, witness: dict[str, Fraction], value: Fraction) -> Excess:
        """Return a number that must not exceed 0."""
        return _Gap(-1, -value)

    def on(self, piece: Piece, bound: Fraction) -> Excess:
        """Return a number that must not exceed 0."""
        return _Gap(1, bound)


class _Gap(Excess):
    """sign (1 - trace + det) - bound."""

    def __init__(self, sign: int, bound: Fraction) -> None:
        self.sign, self.bound = sign, ball(bound)

    def __call__(
        self,
        m: Side,
        here: NetInput[Number],
        sides: Sequence[Number],
        keep: Callable[[Number], Number],
    ) -> list[Number]:
        return [_gap(here, keep) * self.sign - self.bound]


def _gap(here: NetInput[Number], keep: Callable[[Number], Number]) -> Number:
    """Return 1 - trace + det, written so that nothing cancels where z is hardly ever negative.

    With L and M the means of z and z^2 where z < 0, the conditions A x + B y = m and
    C x^2 + D y^2 = v + m^2 for x = lamda and y = lamda alpha are, with u = x - 1,

        F = L - u A - y B = 0 and G = M - u (2 + u) C - y^2 D = 0,

    so that u is a root of Q u^2 + 2 h u + r. For fixed u and y, the new mean is m - F and the
    new second moment v + m^2 - G, and 1 - trace + det is F_m G_v - F_v G_m.
    """
    A, B, C, D, L, M = (series[0] for series in here.half_lines)
    BB = B * B
    Q, h, r = BB * C + A * A * D, BB * C - L * A * D, L * L * D - BB * M
    root = keep((h * h - Q * r).sqrt())
    u = keep(-r / (h + root))
    y = keep((L - u * A) / B)
    w, yy = u * (u + 2), y * y
    A_n, B_n, C_n, D_n, L_n, M_n = here.half_lines
    F_m, F_v = (L_n[n] - u * A_n[n] - y * B_n[n] for n in (1, 2))
    G_m, G_v = (M_n[n] - w * C_n[n] - yy * D_n[n] for n in (1, 2))
    # by the heat equation, derivatives in v are half of the second ones in m
    return (F_m * G_v - F_v * G_m) * (arb(1) / 2)
