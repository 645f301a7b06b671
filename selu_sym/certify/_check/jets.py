"""Automatic differentiation for :mod:`selu_sym.certify.check`: balls with their gradients.

A :class:`Jet` is a ball of a quantity over a box, with balls of its derivatives along the sides.
The half-line moments come from power series whose coefficients are balls; nothing here is a
derivative that somebody worked out, but that a Gaussian mean f of (m, v) obeys the heat equation,
df/dv = (d^2f/dm^2)/2, so that derivatives by v are derivatives by m, and the differential equation
of e^(w^2) erfc(w).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flint

from selu_sym._exact.arb import working_precision

FAR = 2**64
"""Up to which arguments of the scaled erfc the bits that cancel in its derivatives are added."""


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
    """Return balls of A, B, C, D, L and M and of their derivatives by m, up to an order.

    The working precision's power series must have that many terms and one more. With z ~ N(m, v)
    A and C are the means of z and z^2 where z > 0, B and D those of e^z - 1 and its square where
    z < 0, and L and M those of z and z^2 there.
    """
    x = flint.arb_series([m, 1])
    root = (2 * v).sqrt()
    bell = (-x * x / (2 * v)).exp()

    def tail(i: int) -> Any:
        """Return E[e^(iz) 1{z<0}]."""
        start = m / root + root * i / 2
        if i and 0 < start < FAR:  # the lognormal would grow with v, and its ball even more
            return bell * _scaled_erfc(start, 1 / root, order) / 2
        lognormal = (x * i + v * i * i / 2).exp()
        return lognormal * ((x + v * i) / root).erfc() / 2

    T0, T1, T2 = (tail(i) for i in range(3))
    above = (-x / root).erfc() / 2  # 1 - T0 would cancel
    density = bell / (flint.arb.pi().sqrt() * root)
    A, L = x * above + v * density, x * T0 - v * density
    C, M = (x * x + v) * above + x * density * v, (x * x + v) * T0 - x * density * v
    factorials = [flint.arb(n).fac() if n else flint.arb(1) for n in range(order + 1)]
    return [
        [series[n] * factorials[n] for n in range(order + 1)]
        for series in (A, T1 - T0, C, T2 - T1 * 2 + T0, L, M)
    ]


def _scaled_erfc(start: Any, slope: Any, order: int) -> Any:
    """Return the power series of e^(w^2) erfc(w), where w is start + slope x and start > 0.

    It is a mean of falling exponentials, 2/sqrt(pi) times the integral of e^(-t^2 - 2wt) over
    t > 0, so that none of its derivatives changes its sign, and each is the largest where w is
    the smallest.
    """
    ends = start.lower(), start.upper()
    cancelled = 2 * (order + 1) * math.ceil(math.log2(max(2.0, float(ends[1]))))
    with working_precision(flint.ctx.prec + cancelled):
        found = [_scaled_erfc_at(w, order) for w in ends]
    pairs = zip(*found, strict=True)
    return flint.arb_series([low.union(high) * slope**n for n, (low, high) in enumerate(pairs)])


def _scaled_erfc_at(w: Any, order: int) -> list[Any]:
    """Return the coefficients f of the power series at a number: f' = 2 w f - 2/sqrt(pi)."""
    found = [(w * w).exp() * w.erfc()]
    found.append(2 * w * found[0] - 2 / flint.arb.pi().sqrt())
    for n in range(2, order + 1):
        found.append(2 * (w * found[n - 1] + found[n - 2]) / n)
    return found


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
