"""Ranges of the SELU's Gaussian means, and of their derivatives, over boxes of net inputs (m, v).

With z ~ N(m, v), s = sqrt(v), a = m/s and x = z/s ~ N(a, 1), the half-line moments are

    A = E[z 1{z>0}],  B = E[(e^z - 1) 1{z<0}],  C = E[z^2 1{z>0}],  D = E[(e^z - 1)^2 1{z<0}],
    L = E[z 1{z<0}],  M = E[z^2 1{z<0}].

Two facts are all that is used of their derivatives. By parts, d/dm E[f(z)] = E[f'(z)], and a jump
of f at 0 adds its height times the density of z there. By the heat equation, d/dv is half of the
second derivative with respect to m.

A box may be as wide as one likes. The range of what is monotonous comes from two corners:

* A and C grow with m and with v, L with m and -v, M with -m and v, and P = P(z > 0) with a;
* Var[z 1{z>0}] grows with m and with v: it is v Var[x 1{x>0}], whose second factor grows with
  a, which leaves m > 0 and growing v to be shown. There the derivative in v is
  P (1 - a phi) - phi^2 > (1 - 1/4)/2 - 1/(2 pi) > 0, with phi the density of N(0, 1) at a;
* as functions of a and s, B grows with a and falls with s, and D the other way round, as their
  integrands do for each x - a;
* T_i = E[e^(iz) 1{z<0}] falls with s for given a, and for given s it is log-concave in a, so that
  it rises up to a maximum and falls from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import flint
from flint import arb

from selu_sym._exact.arb import ball

ASYMPTOTIC_FROM = 100
"""Up to which argument the complementary error function of a ball is as narrow as can be. From
there on, the terms of Mills' ratio fall for thousands of bits."""

MILLS_TERMS = 2000
"""How many of these terms to take: they fall up to the 5000th."""

STEEPEST = flint.fmpq(1, 4), flint.fmpq(2, 5), flint.fmpq(14, 25)
"""Bounds of the first three derivatives of the density of N(0, 1): they are at most 0.242, 0.399
and 0.551."""

Side = tuple[Fraction, Fraction]
"""Lower and upper end."""

Derivatives = list[arb]
"""A quantity and its derivatives with respect to m, up to the order 4."""


class MomentEnclosures(NamedTuple):
    """The half-line moments, each with its derivatives."""

    A: Derivatives
    B: Derivatives
    C: Derivatives
    D: Derivatives
    L: Derivatives
    M: Derivatives

    U: arb
    """Var[z 1{z>0}], which is C - A^2."""

    V: arb
    """The variance of (e^z - 1) 1{z<0}, which is D - B^2."""

    @property
    def half_lines(self) -> tuple[Derivatives, ...]:
        """A, B, C, D, L and M."""
        return self.A, self.B, self.C, self.D, self.L, self.M


def moments_on(m: Side, v: Side) -> MomentEnclosures:
    """Return balls that contain the moments, and their derivatives, everywhere in a box."""
    box = _Box(m, v)
    P, T0, p = box.above(), box.below(), box.density_derivatives()
    A, C, L, M, U = box.A(), box.C(), box.L(), box.M(), box.U()
    T1, T2 = box.T(1), box.T(2)
    B, D = box.B(), box.D()
    zero = arb(0)
    # where z < 0: z <= e^z - 1 <= z + z^2/2, and so abs(e^z - 1) <= abs(z); all are at most 1
    B = meet(B, T1 - T0, L.union(L + M / 2), (-T0).union(zero))
    D = meet(D, T2 - 2 * T1 + T0, (-B).union(zero), M.union(zero))
    T1 = meet(T1, T0 + B)
    G = meet(T1 - T2, -B - D, T1.union(zero))  # E[e^z (1 - e^z) 1{z<0}]
    V = meet(D - B * B, T2 - T1 * T1 + P * (T0 - 2 * T1), D.union(zero))
    # T_i is the integral of e^(-iy) and the density at -y over y > 0, and so are its derivatives
    T1_n, T2_n = (box.within_steepest(i) for i in (1, 2))
    first = [T1 - p[0], T1 - p[0] - p[1], T1 - p[0] - p[1] - p[2]]
    second = [2 * T2 - p[0], 4 * T2 - 2 * p[0] - p[1], 8 * T2 - 4 * p[0] - 2 * p[1] - p[2]]
    first = [meet(*both) for both in zip(first, T1_n, strict=True)]
    second = [meet(*both) for both in zip(second, T2_n, strict=True)]
    differences = [2 * (x - y) for x, y in zip(second, first, strict=True)]
    return MomentEnclosures(
        A=[A, P, p[0], p[1], p[2]],
        B=[B, T1, *first],
        C=[C, 2 * A, 2 * P, 2 * p[0], 2 * p[1]],
        D=[D, -2 * G, meet(differences[0], 2 * T1 - 4 * G), *differences[1:]],
        L=[L, T0, -p[0], -p[1], -p[2]],
        M=[M, 2 * L, 2 * T0, -2 * p[0], -2 * p[1]],
        U=U,
        V=V,
    )


def meet(first: arb, *others: arb) -> arb:
    """Return a ball that contains what is in all of some balls."""
    for other in others:
        if not first.is_finite():
            first = other
        elif other.is_finite():
            first = first.intersection(other)
    return first


def between(low: arb, high: arb) -> arb:
    """Return a ball of all numbers from those of one ball to those of another, none negative if
    these are not.
    """
    both = low.union(high)
    return both.nonnegative_part() if low >= 0 and high >= 0 else both


def product(x: arb, y: arb) -> arb:
    """Return a ball of the product, with its sign where that is known.

    That of two wide balls would be much wider than the products are: of [0, 2]^2, [-2, 4].
    """
    if x.rel_accuracy_bits() > 2 and y.rel_accuracy_bits() > 2:
        return x * y
    if not (x >= 0 or x <= 0) or not (y >= 0 or y <= 0):
        return x * y
    size = between(abs(x).lower() * abs(y).lower(), abs(x).upper() * abs(y).upper())
    return size if (x >= 0) == (y >= 0) else -size


def square(x: arb) -> arb:
    """Return a ball of the square, which is not negative."""
    return product(x, x) if x >= 0 or x <= 0 else (x * x).nonnegative_part()


class _Corner:
    """One (m, v)."""

    def __init__(self, m: arb, v: arb) -> None:
        self.m, self.v = m, v
        self.s = v.sqrt()
        self.a = m / self.s
        self.phi = density(self.a)
        self.P, self.T0 = upper_tail(-self.a), upper_tail(self.a)

    def tail(self, i: int, s: arb) -> arb:
        """Return E[e^(isx) 1{x<0}] for x ~ N(a, 1) and an s that need not be that of the corner.

        Completing the square it is phi(a) R(a + is) with Mills' ratio R.
        """
        t = self.a + i * s
        if t <= 0:
            return (i * s * (self.a + i * s / 2)).exp() * upper_tail(t)
        return self.phi * mills_ratio(t)

    @cached_property
    def A(self) -> arb:
        """Return E[z 1{z>0}]."""
        return (self.m * self.P + self.s * self.phi).nonnegative_part()

    @cached_property
    def C(self) -> arb:
        """Return E[z^2 1{z>0}]."""
        P, a = self.P, self.a
        return (self.v * (P + a * (a * P + self.phi))).nonnegative_part()

    @cached_property
    def L(self) -> arb:
        """Return E[z 1{z<0}]."""
        return -(self.s * self.phi - self.m * self.T0).nonnegative_part()

    @cached_property
    def M(self) -> arb:
        """Return E[z^2 1{z<0}]."""
        T0, a = self.T0, self.a
        return (self.v * (T0 + a * (a * T0 - self.phi))).nonnegative_part()

    @cached_property
    def U(self) -> arb:
        """Return C - A^2 without a difference of what grows like m^2."""
        P, T0, a, phi = self.P, self.T0, self.a, self.phi
        return (self.v * (P + a * (a * P * T0 + phi * (T0 - P)) - phi * phi)).nonnegative_part()


class _Box:
    """The corners of a box, and what has its extremes there."""

    def __init__(self, m: Side, v: Side) -> None:
        self.m, self.v = m, v
        self.is_point = m[0] == m[1] and v[0] == v[1]
        self._corners: dict[tuple[int, int], _Corner] = {}
        self._tails: dict[tuple[int, int, int], arb] = {}
        # the corners where a is the smallest and the largest
        self.least = self._at(0, 1 if m[0] >= 0 else 0)
        self.most = self._at(1, 0 if m[1] >= 0 else 1)
        self.s = tuple(ball(x).sqrt() for x in v)

    def _at(self, i: int, j: int) -> _Corner:
        """Return the corner of the lower or upper m and v."""
        i, j = i * (self.m[0] != self.m[1]), j * (self.v[0] != self.v[1])
        if (i, j) not in self._corners:
            self._corners[i, j] = _Corner(ball(self.m[i]), ball(self.v[j]))
        return self._corners[i, j]

    def above(self) -> arb:
        """Return P."""
        return between(self.least.P, self.most.P)

    def below(self) -> arb:
        """Return 1 - P."""
        return between(self.most.T0, self.least.T0)

    def A(self) -> arb:
        return between(self._at(0, 0).A, self._at(1, 1).A)

    def C(self) -> arb:
        return between(self._at(0, 0).C, self._at(1, 1).C)

    def U(self) -> arb:
        return between(self._at(0, 0).U, self._at(1, 1).U)

    def L(self) -> arb:
        return between(self._at(0, 1).L, self._at(1, 0).L)

    def M(self) -> arb:
        return between(self._at(1, 0).M, self._at(0, 1).M)

    def _tail(self, i: int, j: int, k: int) -> arb:
        """Return E[e^(isx) 1{x<0}] for the smallest or largest a and the smallest or largest s."""
        key = i, j * (self.least is not self.most), k * (self.v[0] != self.v[1])
        if key not in self._tails:
            corner = self.most if key[1] else self.least
            self._tails[key] = corner.tail(i, self.s[k])
        return self._tails[key]

    def B(self) -> arb:
        """Return the range of T_1 - T_0."""
        return between(
            self._tail(1, 0, 1) - self.least.T0,
            self._tail(1, 1, 0) - self.most.T0,
        )

    def D(self) -> arb:
        """Return the range of T_2 - 2 T_1 + T_0."""
        return between(
            self._tail(2, 1, 0) - 2 * self._tail(1, 1, 0) + self.most.T0,
            self._tail(2, 0, 1) - 2 * self._tail(1, 0, 1) + self.least.T0,
        ).nonnegative_part()

    def T(self, i: int) -> arb:
        """Return the range of E[e^(iz) 1{z<0}]."""
        low = self._tail(i, 0, 1).union(self._tail(i, 1, 1)).lower()
        at_least, at_most = self._tail(i, 0, 0), self._tail(i, 1, 0)
        # the derivative with respect to a is i s T_i - phi
        if i * self.s[0] * at_least <= self.least.phi:
            high = at_least
        elif i * self.s[0] * at_most >= self.most.phi:
            high = at_most
        else:
            high = self.least.T0
            t = self.least.a + i * self.s[0]
            if t > -ASYMPTOTIC_FROM:  # else the ratio is larger than any use
                high = high.min(density(arb(0)) * mills_ratio(t))
        return between(low, high)

    def density_derivatives(self) -> Derivatives:
        """Return the ranges of the density p of z at 0 and of two derivatives with respect to m.

        They are phi/s, -a phi/s^2 and (a^2 - 1) phi/s^3.
        """
        nearest = min(self.m, key=abs) if self.m[0] * self.m[1] > 0 else Fraction(0)
        farthest = max(self.m, key=abs)
        low, high = self.v
        # p grows with v up to m^2 and falls from there on
        largest = min(max(nearest * nearest, low), high)
        if self.is_point:
            p = self.least.phi / self.least.s
        else:
            ends = [_density_at_zero(farthest, v) for v in (low, high)]
            p = between(ends[0].min(ends[1]), _density_at_zero(nearest, largest))
        a = between(self.least.a, self.most.a)
        r = between(1 / self.s[1], 1 / self.s[0])
        first = self._density_times(lambda x: x, turns=[arb(-1), arb(1)]) * r * r
        turns = [arb(0), arb(3).sqrt(), -arb(3).sqrt()]
        second = self._density_times(lambda x: x * x - 1, turns) * r * r * r
        return [p, meet(-first, -a * r * p), meet(second, (a * a - 1) * r * r * p)]

    def within_steepest(self, i: int) -> Derivatives:
        """Return bounds of three derivatives of T_i: those of the density, over i."""
        r = 1 / self.s[0]
        return [(bound * r**n / i).union(-bound * r**n / i) for n, bound in enumerate(STEEPEST, 2)]

    def _density_times(self, factor: Callable[[arb], arb], turns: list[arb]) -> arb:
        """Return the range of f(a) phi(a), whose derivative has no other zeros than the turns."""
        a_low, a_high = self.least.a, self.most.a
        found = between(factor(a_low) * self.least.phi, factor(a_high) * self.most.phi)
        for x in turns:
            if not (x < a_low or x > a_high):
                found = found.union(factor(x) * density(x))
        return found


def density(a: arb) -> arb:
    """Return the density of N(0, 1)."""
    return (-a * a / 2).exp() / (2 * arb.pi()).sqrt()


def _density_at_zero(m: Fraction, v: Fraction) -> arb:
    """Return the density of N(m, v) at 0."""
    s = ball(v).sqrt()
    return density(ball(m) / s) / s


def upper_tail(a: arb) -> arb:
    """Return the probability of N(0, 1) above a, which falls with a."""
    x = a / arb(2).sqrt()
    if abs(x) < ASYMPTOTIC_FROM:
        return x.erfc() / 2
    return (x.upper().erfc() / 2).union(x.lower().erfc() / 2)


def mills_ratio(t: arb) -> arb:
    """Return Mills' ratio, the probability above t over the density, which falls with t."""
    if t < ASYMPTOTIC_FROM:
        return upper_tail(t) / density(t)
    return _mills_ratio_at(t.upper()).union(_mills_ratio_at(t.lower()))


def _mills_ratio_at(t: arb) -> arb:
    """Return the ratio at a large number, between two sums of its asymptotic series.

    1/t - 1/t^3 + 3/t^5 - 15/t^7 + ..., of which each sum is on the other side of it than the next.
    """
    term = total = 1 / t
    enough: arb = total * arb(2) ** -flint.ctx.prec
    before = total
    for k in range(1, MILLS_TERMS):
        term *= -(2 * k - 1) / (t * t)
        before, total = total, total + term
        if abs(term) < enough:
            break
    return before.union(total)
