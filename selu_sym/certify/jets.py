"""Automatic differentiation for :mod:`selu_sym.certify.check`: balls with their gradients.

A :class:`Jet` is a ball of a quantity over a box, with balls of its derivatives along the sides.
The half-line moments come from power series whose coefficients are balls; nothing here is a
derivative that somebody worked out, but that a Gaussian mean f of (m, v) obeys the heat equation,
df/dv = (d^2f/dm^2)/2, so that derivatives by v are derivatives by m.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint


class Jet:
    """A ball with those of its derivatives."""

    __slots__ = ("slopes", "value")

    def __init__(self, value: Any, slopes: tuple[Any, ...]) -> None:
        self.value, self.slopes = value, slopes

    def __add__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.slopes)
        slopes = tuple(a + b for a, b in zip(self.slopes, other.slopes, strict=True))
        return Jet(self.value + other.value, slopes)

    def __neg__(self) -> Jet:
        return Jet(-self.value, tuple(-a for a in self.slopes))

    def __sub__(self, other: Any) -> Jet:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Jet:
        return self.__neg__().__add__(other)

    def __mul__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value * other, tuple(a * other for a in self.slopes))
        pairs = zip(self.slopes, other.slopes, strict=True)
        slopes = tuple(a * other.value + self.value * b for a, b in pairs)
        return Jet(self.value * other.value, slopes)

    __rmul__ = __mul__
    __radd__ = __add__

    def __truediv__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value / other, tuple(a / other for a in self.slopes))
        value = self.value / other.value
        pairs = zip(self.slopes, other.slopes, strict=True)
        return Jet(value, tuple((a - value * b) / other.value for a, b in pairs))

    def sqrt(self) -> Jet:
        """Return the square root."""
        root = self.value.sqrt()
        return Jet(root, tuple(a / (2 * root) for a in self.slopes))

    def sharpened(self, centre: Any, distances: list[Any]) -> Jet:
        """Return it with the smaller of its ball and that of the mean value theorem."""
        pairs = zip(self.slopes, distances, strict=True)
        other = sum((slope * distance for slope, distance in pairs), centre)
        return Jet(sharper(self.value, other), self.slopes)


def sharper(first: Any, second: Any) -> Any:
    """Return the smaller of two balls that both contain a quantity."""
    return second if second.is_finite() and not first.rad() <= second.rad() else first


def half_line_derivatives(m: Any, v: Any, order: int) -> list[list[Any]]:
    """Return balls of A, B, C and D and of their derivatives by m, up to an order.

    The working precision's power series must have that many terms and one more. With z ~ N(m, v)
    they are the means of z and z^2 where z > 0, of e^z - 1 and its square where z < 0.
    """
    x = flint.arb_series([m, 1])
    root = v.sqrt()

    def tail(i: int) -> Any:
        """Return E[e^(iz) 1{z<0}]."""
        lognormal = (x * i + v * i * i / 2).exp()
        return lognormal * ((x + v * i) / (root * flint.arb(2).sqrt())).erfc() / 2

    T0, T1, T2 = (tail(i) for i in range(3))
    above = (-x / (root * flint.arb(2).sqrt())).erfc() / 2  # 1 - T0 would cancel
    density = (-x * x / (2 * v)).exp() / (2 * flint.arb.pi() * v).sqrt()
    A = x * above + v * density
    C = (x * x + v) * above + x * density * v
    factorials = [flint.arb(n).fac() if n else flint.arb(1) for n in range(order + 1)]
    return [
        [series[n] * factorials[n] for n in range(order + 1)]
        for series in (A, T1 - T0, C, T2 - T1 * 2 + T0)
    ]


Moments = Callable[[int, int], Any]


def moments_at(m: Any, v: Any, order: int) -> tuple[list[list[Any]], Moments]:
    """Return half-line derivatives at a point, and a function of (moment, n) that has them."""
    found = half_line_derivatives(m, v, order)
    return found, lambda moment, n: found[moment][n]


def moments_on(
    m: Any, v: Any, distances: tuple[Any, Any], centre: list[list[Any]], width: int
) -> Moments:
    """Return a function of (moment, n) that has the jets of the derivatives of order n.

    Each of the balls over the box is the smaller of that which the series give and that which
    the mean value theorem gives with what is known at the centre.
    """
    order = len(centre[0]) - 1
    dm, dv = distances
    none = (flint.arb(0),) * (width - 2)
    found = half_line_derivatives(m, v, order)
    for here, there in zip(found, centre, strict=True):
        for n in range(order - 2, -1, -1):
            mean = there[n] + here[n + 1] * dm + here[n + 2] / 2 * dv
            here[n] = sharper(here[n], mean)

    def moment(which: int, n: int) -> Jet:
        here = found[which]
        return Jet(here[n], (here[n + 1], here[n + 2] / 2, *none))

    return moment
