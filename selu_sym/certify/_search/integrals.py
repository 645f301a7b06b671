"""Balls of the Gaussian integrals that the layer map is made of, over boxes of net inputs (m, v).

The integrals are monotonous, so that their range over a box comes from its corners, and is as
sharp as can be however wide the box is. All of it is computed in the working precision of
``selu_sym._exact.arb``; :func:`bits` says how much a box needs.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from flint import arb

from selu_sym._exact.arb import ball

PRECISION = 64
"""Bits that the midpoints of balls are computed with where nothing cancels."""

LARGEST_PRECISION = 4096
"""Bits beyond which no box is worth it."""

ASYMPTOTIC_FROM = 128
"""Standard deviations from which on the asymptotic series of Mills' ratio has all digits."""

SMALL_VARIANCE = Fraction(1, 16)
"""Variance below which the negative part is computed as one that is small."""


class Box(NamedTuple):
    """A box of net inputs."""

    m_low: Fraction
    m_high: Fraction
    v_low: Fraction
    v_high: Fraction

    @property
    def is_point(self) -> bool:
        """Whether both sides have no width."""
        return self.m_low == self.m_high and self.v_low == self.v_high


class Tails(NamedTuple):
    """P(z > 0), E[e^(iz) 1{z<0}] for i = 1 and 2, and the density of z at 0."""

    P: arb
    T1: arb
    T2: arb
    p0: arb


class Parts(NamedTuple):
    """What the generated layer map takes, in its order; G is T_1 - T_2."""

    A: arb
    B: arb
    D: arb
    P: arb
    T0: arb
    T1: arb
    T2: arb
    G: arb
    p0: arb


def bits(box: Box) -> int:
    """Return the bits for a box.

    With a = m/s, the integrals have e^(a^2), of which the digits before the point are lost after
    it, and where v is small they are differences of numbers near 1.
    """
    farthest = max(abs(box.m_low), abs(box.m_high))
    sizes = [-log2(box.v_low)]
    if farthest:
        sizes.append(2 * log2(farthest) - log2(box.v_low))
    more = max(0.0, *sizes) - PRECISION / 4
    return min(PRECISION * (1 + max(0, math.ceil(more / PRECISION))), LARGEST_PRECISION)


def parts(box: Box) -> Parts:
    """Return balls that contain the parts of the layer map on a box.

    As functions of a = m/s and s, A grows with both; B grows with a and D falls, and with s the
    other way round. Where s is small, the tails follow from these, whose errors are as small as
    they are; else these follow from the tails.
    """
    corners = _Corners(box)
    P, T0 = corners.probabilities()
    A = corners.A()
    density = corners.density()
    p0 = corners.over_s(density)
    if box.v_high < SMALL_VARIANCE:
        B, D = corners.B_and_D()
        return Parts(A, B, D, P, T0, T0 + B, T0 + 2 * B + D, -B - D, p0)
    T1, T2 = corners.exponential(density, T0)
    return Parts(A, T1 - T0, T2 - 2 * T1 + T0, P, T0, T1, T2, T1 - T2, p0)


def tails(box: Box) -> Tails:
    """Return balls that contain P, T_1, T_2 and p_0 on a box.

    They are Phi(a), phi(a) M(a + i s) and phi(a)/s: Phi increases, Mills' ratio M
    decreases, and phi decreases with abs(a).
    """
    corners = _Corners(box)
    P, T0 = corners.probabilities()
    density = corners.density()
    T1, T2 = corners.exponential(density, T0)
    return Tails(P, T1, T2, corners.over_s(density))


class _Corners:
    """The smallest and the largest s and a of a box, and what has its extremes there."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.s_low = ball(box.v_low).sqrt()
        self.s_high = self.s_low if box.v_low == box.v_high else ball(box.v_high).sqrt()
        self.m_low = ball(box.m_low)
        self.m_high = self.m_low if box.m_low == box.m_high else ball(box.m_high)
        self.a_low = self.m_low / (self.s_high if box.m_low >= 0 else self.s_low)
        self.low = _normal(self.a_low)
        self.a_high, self.high = self.a_low, self.low
        if not box.is_point:
            self.a_high = self.m_high / (self.s_low if box.m_high >= 0 else self.s_high)
            self.high = _normal(self.a_high)

    def probabilities(self) -> tuple[arb, arb]:
        """Return P and T_0, which is 1 - P."""
        (P_low, N_low, _), (P_high, N_high, _) = self.low, self.high
        return self._hull(P_low, P_high), self._hull(N_low, N_high)

    def density(self) -> arb:
        """Return phi(a)."""
        density = self._hull(self.low[2], self.high[2])
        if self.box.m_low < 0 < self.box.m_high:
            density = density.union(1 / (2 * arb.pi()).sqrt())
        return density

    def over_s(self, density: arb) -> arb:
        """Return a ball divided by s."""
        return density * self._hull(1 / self.s_high, 1 / self.s_low)

    def exponential(self, density: arb, T0: arb) -> list[arb]:
        """Return T_1 and T_2, which are no larger than T_0."""
        found = []
        for i in (1, 2):
            if self.box.is_point:
                ratio = _mills_ratio(self.a_low + i * self.s_low)
            elif self.box.m_high <= i * self.box.v_low:  # a + i s increases with s
                ratio = _mills_ratio(self.m_low / self.s_low + i * self.s_low).union(
                    _mills_ratio(self.m_high / self.s_high + i * self.s_high)
                )
            else:
                ratio = _mills_ratio(self.a_low + i * self.s_low).union(
                    _mills_ratio(self.a_high + i * self.s_high)
                )
            found.append(_clipped(density * ratio, T0))
        return found

    def A(self) -> arb:
        """Return E[z 1{z>0}] = s (a Phi(a) + phi(a))."""
        (P_low, _, density_low), (P_high, _, density_high) = self.low, self.high
        low = self.s_low * (self.a_low * P_low + density_low)
        high = self.s_high * (self.a_high * P_high + density_high)
        return self._hull(low, high).nonnegative_part()

    def B_and_D(self) -> tuple[arb, arb]:
        """Return E[(e^z - 1) 1{z<0}] and E[(e^z - 1)^2 1{z<0}]."""
        ends = [(self.a_low, self.s_high, *self.low[1:])]
        if not self.box.is_point:
            ends.append((self.a_high, self.s_low, *self.high[1:]))
        B, D = [], []
        for a, s, T0, density in ends:
            T1, T2 = (_clipped(density * _mills_ratio(a + i * s), T0) for i in (1, 2))
            B.append(T1 - T0)
            D.append((T2 - 2 * T1 + T0).nonnegative_part())
        return B[0].union(B[-1]), D[0].union(D[-1])

    def _hull(self, low: arb, high: arb) -> arb:
        return low if self.box.is_point else low.union(high)


def _normal(a: arb) -> tuple[arb, arb, arb]:
    """Return Phi(a), Phi(-a) and phi(a), the smaller one of the first two to all its digits."""
    density = (-a * a / 2).exp() / (2 * arb.pi()).sqrt()
    if a >= 0:
        below = _above(a, density)
        return 1 - below, below, density
    above = _above(-a, density)
    return above, 1 - above, density


def _above(a: arb, density: arb) -> arb:
    """Return Phi(-a), given phi(a)."""
    if a > ASYMPTOTIC_FROM:
        return density * _mills_ratio(a)
    return (a / arb(2).sqrt()).erfc() / 2


def _mills_ratio(x: arb) -> arb:
    """Return M(x) = Phi(-x)/phi(x).

    Far above zero, Arb's erfc of a ball has lost all digits; M(x) is U(1/2, 1/2, x^2/2)/sqrt(2)
    there, with Tricomi's function U (DLMF 7.11.5).
    """
    if x > ASYMPTOTIC_FROM:
        half = arb(1) / 2
        return (x * x / 2).hypgeom_u(half, half) / arb(2).sqrt()
    return (x * x / 2).exp() * (x / arb(2).sqrt()).erfc() * (arb.pi() / 2).sqrt()


def _clipped(value: arb, largest: arb) -> arb:
    """Return what of a ball is in [0, largest], where the number that it contains is."""
    if value.is_finite() and value < largest:
        return value.nonnegative_part()
    end = largest.upper()
    return arb(0).union(end if not value.is_finite() else value.upper().min(end))


def log2(number: Fraction) -> float:
    """Return the logarithm of a number of any size."""
    return math.log2(number.numerator) - math.log2(number.denominator)
