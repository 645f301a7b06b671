"""What the statements of a certificate are about, as numbers that shall not exceed zero.

They stand here as they follow from the definitions; limits, pieces and what is to be maximized
follow from the claim and its ranges.

The largest singular value of a Jacobian J is bounded without roots. It is at most u if and only if
u^2 - J^T J is positive semidefinite: where the squared norms n_1 and n_2 of the columns of J are at
most x = u^2, and (x - n_1)(x - n_2) is at least the square of the columns' product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

from flint import arb

from selu_sym._exact.arb import ball
from selu_sym.certify._check.means import Side
from selu_sym.certify._check.net_inputs import NetInput, Number, Parts

Box = tuple[Side, ...]
"""Sides of m and v, and then, for layers, of alpha and scale."""


class Excess(Protocol):
    """Numbers that shall not exceed zero."""

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
        """Return numbers of which one shall not exceed 0; None if the value is surely reached."""
        if self.name == "singular value" and value <= 0:
            return None
        omega, tau, nu = (ball(witness[name]) for name in ("omega", "tau", "nu"))
        least = ball(value)

        def excess(
            m: Side,
            here: NetInput[Number],
            sides: Sequence[Number],
            keep: Callable[[Number], Number],
        ) -> list[Number]:
            if self.name != "singular value":
                return [-self._value(here, sides) + nu * self._nu_sign + least]
            first, second, both = self._columns(here, sides)
            first, second, both = first * (omega * omega), second * (tau * tau), both * omega * tau
            x = least * least
            return [-first + x, -second + x, (-first + x) * (-second + x) - both * both]

        return excess

    def on(self, piece: Piece, bound: Fraction) -> Excess:
        """Return numbers none of which shall exceed 0."""
        constant, slope, most = ball(piece.constant), ball(piece.slope), ball(bound)

        def excess(
            m: Side,
            here: NetInput[Number],
            sides: Sequence[Number],
            keep: Callable[[Number], Number],
        ) -> list[Number]:
            linear = sides[1] * slope + constant
            if self.name != "singular value":
                return [self._value(here, sides) - linear * self._nu_sign - most]
            omega = ball(self.largest_omega(m))
            first, second, both = self._columns(here, sides)
            first, second = first * (omega * omega), second * (linear * linear)
            both = both * linear * omega
            x = most * most
            return [first - x, second - x, both * both - (-first + x) * (-second + x)]

        return excess

    @property
    def _nu_sign(self) -> int:
        """What nu is multiplied by."""
        return self.sign if self.name == "change" else 0

    def _value(self, here: NetInput[Number], sides: Sequence[Number]) -> Number:
        """Return the mean or the variance, times the sign."""
        mean, variance = _selu(here.parts, sides)
        return (mean if self.name == "mean" else variance) * self.sign

    @staticmethod
    def _columns(
        here: NetInput[Number], sides: Sequence[Number]
    ) -> tuple[Number, Number, Number]:
        """Return the squared norms of the columns of the Jacobian by m and v, and their product."""
        (a, c), (b, d) = _selu(here.by_m, sides), _selu(here.by_v, sides)
        return a * a + c * c, b * b + d * d, a * b + c * d

    def largest_omega(self, m: Side) -> Fraction:
        """Return a bound of abs(omega) for mu omega in m."""
        (mu_low, mu_high), (low, high) = self.ranges["mu"], self.ranges["omega"]
        if mu_low > 0 or mu_high < 0:
            farthest = max(abs(x / mu) for x in m for mu in (mu_low, mu_high))
            return min(farthest, max(abs(low), abs(high)))
        if m[0] <= 0 <= m[1]:
            return max(abs(low), abs(high))
        positive = m[0] > 0
        candidates = [high] if high > 0 and (mu_high > 0 if positive else mu_low < 0) else []
        candidates += [-low] if low < 0 and (mu_low < 0 if positive else mu_high > 0) else []
        return max(candidates, default=Fraction(0))


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
        """Return a number that shall not exceed 0."""
        least = ball(value)

        def excess(
            m: Side,
            here: NetInput[Number],
            sides: Sequence[Number],
            keep: Callable[[Number], Number],
        ) -> list[Number]:
            return [-_gap(here, keep) + least]

        return excess

    def on(self, piece: Piece, bound: Fraction) -> Excess:
        """Return a number that shall not exceed 0."""
        most = ball(bound)

        def excess(
            m: Side,
            here: NetInput[Number],
            sides: Sequence[Number],
            keep: Callable[[Number], Number],
        ) -> list[Number]:
            return [_gap(here, keep) - most]

        return excess

    def largest_omega(self, m: Side) -> Fraction:
        """Return omega, which is one for unit-sum weights."""
        return Fraction(1)


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
    # by the heat equation, derivatives by v are half of the second ones by m
    return (F_m * G_v - F_v * G_m) * (arb(1) / 2)
