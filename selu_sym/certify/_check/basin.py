"""Verifies the certificate of a basin: its activations and integrals are written here once more.

A layer takes the second moment q of its inputs to Q(q) = E[y(x)^2]/S, x ~ N(0, tau S q + beta), in
units of the second moment S. For variances from v1 to v2 the normal density p satisfies

    sqrt(v1/v2) p(x; v1) <= p(x; v) <= sqrt(v2/v1) p(x; v2),

and so do E y^2 and E[x^2 y^2] as integrals of what is not negative.

Sharper bounds follow from Hoelder's inequality: but for a factor, sqrt(v) E y^2 is the integral of
y(x)^2 e^(-k x^2/2) with k = 1/v, so that its logarithm l is a convex function of k. Between two
points it is below the chord, and above the tangents at both, whose slopes are

    dl/dk = -E[x^2 y^2]/(2 E y^2).

Far out they are too coarse where Q(q)/q tends to 1. There y^2 = c(x) + g(x), with E c = c v exactly
for two lines c, and abs(g) <= 2 abs(a) s l abs(x) k + k^2. With w = log v, the density changes by
dp/dw = (x^2/v - 1) p/2, so that by Cauchy and Schwarz E g changes at most by

    (w2 - w1)/sqrt(2) (2 abs(a) s l sqrt(v2) k + k^2).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from flint import acb, arb

from selu_sym._exact.arb import ball, working_precision
from selu_sym.certify import schema

PRECISION = 80
LAST_DEVIATION = 14
"""Limit of integration, in standard deviations."""

CELLS_TO_BEGIN_WITH = 2000
CELLS_FOR_ONE = 20

STEPS = 64
"""Steps of a cell on which chord and tangents are compared with what is claimed."""

WIDEST_CELL = 32
"""Largest ratio of a cell's ends for which that is tried."""

Values = Callable[[acb, bool], acb]


class Shape(NamedTuple):
    """An activation, and how it behaves far out."""

    parts: list[Values]
    """One function on each side of 0 where there is a kink, else one."""

    left: arb
    right: arb
    """Slopes at both ends."""

    rest: arb
    """What abs(f(u) - right max(u, 0) - left min(u, 0)) is at most."""


def _exponential(outer: arb, inner: arb, right: arb) -> Shape:
    """Return ``outer (e^(u/inner) - 1)`` below 0, ``right u`` above."""
    below: Values = lambda u, _: outer * ((u / inner).exp() - 1)  # noqa: E731
    return Shape([below, lambda u, _: right * u], arb(0), right, abs(outer))


def _smooth(function: Values, right: int, rest: arb) -> Shape:
    return Shape([function], arb(0), arb(right), rest)


def _mish(u: acb, _: bool) -> acb:
    grown = (1 + u.exp()) ** 2
    return u * (1 - 2 / (grown + 1))  # tanh(log(1 + e^u))


def shape_of(name: str, values: list[arb]) -> Shape:  # noqa: PLR0911 - one for each kind
    """Return an activation of :data:`schema.BASIN_PARAMETERS`."""
    if name in ("relu", "leaky_relu", "prelu"):
        slope = values[0] if values else arb(0)
        return Shape([lambda u, _: slope * u, lambda u, _: u], slope, arb(1), arb(0))
    if name == "elu":
        return _exponential(values[0], arb(1), arb(1))
    if name == "celu":
        return _exponential(values[0], values[0], arb(1))
    if name == "selu":
        return _exponential(values[0] * values[1], arb(1), values[1])
    if name == "tanh":
        return _smooth(lambda u, _: u.tanh(), 0, arb(1))
    if name == "gelu":
        # u Phi(-u) <= phi(0) for u > 0
        return _smooth(lambda u, _: u * (1 + (u / arb(2).sqrt()).erf()) / 2, 1, arb(1) / 2)
    if name == "silu":
        # x/(1 + e^(k x)) < 1/k for x > 0
        return _smooth(lambda u, _: u / (1 + (-values[0] * u).exp()), 1, 1 / values[0])
    if name == "softplus":
        k = values[0]
        return _smooth(lambda u, analytic: (1 + (k * u).exp()).log(analytic=analytic) / k, 1, 1 / k)
    assert name == "mish"
    return _smooth(_mish, 1, arb(1))  # below 0 at most x e^-x, above 2 x e^(-2 x)


def holds(data: schema.BasinFile) -> bool:
    """Return whether every statement of a basin's certificate is proved."""
    with working_precision(PRECISION):
        layer = _Layer(data)
        if data.status == "refuted":
            return layer.contracts() and layer.leaves()
        if data.status == "undecided":
            return True
        return layer.contracts() and layer.stays_beyond() and layer.comes_nearer()


class _Layer:
    """The map of second moments that a file speaks of."""

    def __init__(self, data: schema.BasinFile) -> None:
        self.data = data
        self.shape = shape_of(data.activation, [ball(x) for x in data.param])
        self.s, self.t, self.a, self.b = (ball(x) for x in data.numbers)
        self.tau, self.biases = data.weights

    def contracts(self) -> bool:
        """Return whether the interval around 1 is mapped into itself by a map of small slope.

        With the derivative Q'(q) = tau S dQ/dv and dQ/dv = E[(x^2/v - 1) y^2]/(2 v S).
        """
        d, slope = self.data.near, Fraction(self.data.slope)
        low, high = self._variance(1 - d), self._variance(1 + d)
        first, second = self.mean(low), self.mean(high)
        first_x2, second_x2 = self.mean(low, 2), self.mean(high, 2)
        v1, v2 = ball(low), ball(high)
        wider = (v2 / v1).sqrt()
        square = (first / wider).union(second * wider)
        weighted = (first_x2 * v1 / wider).union(second_x2 * v2 * wider)
        v = v1.union(v2)
        found = ball(self.tau) * (weighted / v - square) / (2 * v)
        at_1 = abs(self.next(Fraction(1)) - 1)
        return bool(
            slope < 1 and abs(found) <= ball(slope) and at_1 + ball(slope) * ball(d) <= ball(d)
        )

    def comes_nearer(self) -> bool:
        """Return whether abs(Q(q) - 1) <= ratio abs(q - 1) in the rest of the range."""
        low, high = self.data.range
        ratio = Fraction(self.data.ratio)
        waiting = [(low, 1 - self.data.near), (1 + self.data.near, high)]
        patience = CELLS_TO_BEGIN_WITH + CELLS_FOR_ONE * self.data.cells
        if not ratio < 1:
            return False
        while waiting:
            first, second = waiting.pop()
            if first >= second or self._by_growth(first, ratio):
                continue
            patience -= 1
            ends = (first, second)
            if any(abs(self.next(q) - 1) > ball(ratio * abs(q - 1)) for q in ends):
                return False
            if self._by_density(first, second, ratio) or self._by_lines(first, second, ratio):
                continue
            if self._by_convexity(first, second, ratio):
                continue
            if patience < 0:
                return False
            middle = _between(first, second)
            waiting += [(first, middle), (middle, second)]
        return True

    def _by_density(self, first: Fraction, second: Fraction, ratio: Fraction) -> bool:
        """Return whether the bounds of the density prove it from a second moment to another."""
        room = ball(ratio * min(abs(first - 1), abs(second - 1)))
        low, high = self._density_bounds(first, second)
        return bool(low >= 1 - room and high <= 1 + room)

    def _density_bounds(self, first: Fraction, second: Fraction) -> tuple[arb, arb]:
        """Return what Q is at least and at most between two second moments."""
        wider = (ball(self._variance(second)) / ball(self._variance(first))).sqrt()
        return self.next(first) / wider, self.next(second) * wider

    def _by_convexity(self, first: Fraction, second: Fraction, ratio: Fraction) -> bool:
        """Return whether the chord and the tangents at the ends prove it, on each of some steps.

        The tangents take further integrals: not where Q is large enough by the bounds of the
        density.
        """
        if second > WIDEST_CELL * first:
            return False
        low, high = (_Tangent(self, q) for q in (first, second))
        nearest = ball(ratio * min(abs(first - 1), abs(second - 1)))
        is_high_enough = bool(self._density_bounds(first, second)[0] >= 1 - nearest)
        edges = [first + (second - first) * i / STEPS for i in range(STEPS + 1)]
        unit = ball(self.data.second_moment)
        for one, other in itertools.pairwise(edges):
            v1, v2 = ball(self._variance(one)), ball(self._variance(other))
            room = ball(ratio * min(abs(one - 1), abs(other - 1)))
            # sqrt(v) E y^2 grows with v
            share = (1 / v2 - low.k) / (high.k - low.k)
            above = (low.log * (1 - share) + high.log * share).exp() / v1.sqrt()
            if not above <= unit * (1 + room):
                return False
            if is_high_enough:
                continue
            below = low.at(1 / v1).max(high.at(1 / v1)).exp() / v2.sqrt()
            if not below >= unit * (1 - room):
                return False
        return True

    def _by_lines(self, first: Fraction, second: Fraction, ratio: Fraction) -> bool:
        """Return whether the two lines far out prove it: what is left is linear in q."""
        unit = ball(self.data.second_moment)
        v1, v2 = ball(self._variance(first)), ball(self._variance(second))
        steepness = self.a**2 * self.s**2 * (self.shape.left**2 + self.shape.right**2) / 2
        k, steepest = self._constant(), abs(self.shape.left).max(abs(self.shape.right))
        size = 2 * abs(self.a) * self.s * steepest * v2.sqrt() * k + k**2
        rest = unit * self.next(second) - steepness * v2
        rest += arb(0, 1) * ((v2 / v1).log() * size / arb(2).sqrt()).abs_upper()
        return all(
            abs((steepness * v + rest) / unit - 1) <= ball(ratio * abs(q - 1))
            for q, v in ((first, v1), (second, v2))
        )

    def _constant(self) -> arb:
        """Return what abs(y) is farther from abs(a) times two lines through 0 at most."""
        steepest = abs(self.shape.left).max(abs(self.shape.right))
        return abs(self.a) * (self.shape.rest + steepest * abs(self.t)) + abs(self.b)

    def stays_beyond(self) -> bool:
        """Return whether the ratio holds for all second moments above the range, if stated."""
        high, ratio = self.data.range[1], Fraction(self.data.ratio)
        return not self.data.beyond or self._by_growth(high, ratio)

    def _by_growth(self, high: Fraction, ratio: Fraction) -> bool:
        """Return whether abs(Q(q) - 1) <= ratio (q - 1) for all q from one on.

        By Minkowski's inequality the root of E y^2 is at most that of its linear part plus
        abs(a) (rest + slope abs(t)) + abs(b). Relatively to sqrt(q) both fall. So Q(q), which is
        not negative, is at most ratio (q - 1), which is at least 1.
        """
        left, right, _ = self.shape[1:]
        linear = (ball(self._variance(high)) * (left**2 + right**2) / 2).sqrt() * self.s
        largest = (abs(self.a) * linear + self._constant()) ** 2 / ball(self.data.second_moment)
        room = ratio * (high - 1)
        return bool(self.s > 0 and ratio < 1 and room >= 1 and largest <= ball(room))

    def leaves(self) -> bool:
        """Return whether the witness moves away from 1: then another second moment is fixed."""
        q = self.data.witness
        if q is None or not self.data.range[0] <= q <= self.data.range[1]:
            return False
        if abs(q - 1) <= self.data.near:
            return False
        return bool(self.next(q) >= ball(q) if q > 1 else self.next(q) <= ball(q))

    def next(self, q: Fraction) -> arb:
        """Return Q(q)."""
        return self.mean(self._variance(q)) / ball(self.data.second_moment)

    def _variance(self, q: Fraction) -> Fraction:
        return self.tau * self.data.second_moment * q + self.biases

    @functools.cache  # noqa: B019 - it lives as long as a check
    def mean(self, variance: Fraction, power: int = 0) -> arb:
        """Return E y^2, or with the power 2 E[x^2 y^2]/v, for x ~ N(0, v)."""
        deviation = ball(variance).sqrt()
        spread = self.s * deviation
        if not spread > 0:
            return arb("nan")
        reach = arb(LAST_DEVIATION)
        kinked = len(self.shape.parts) > 1
        places = sorted(
            {
                float(z)
                for z in ((x - self.t.mid()) / spread.mid() for x in (-8, -2, 0, 2, 8))
                if abs(z) < reach
            }
        )
        middle = -self.t / spread
        inside = kinked and abs(middle) < reach
        knots: list[arb] = [-reach, *map(arb, places), reach]
        if inside:
            at = float((-self.t.mid()) / spread.mid())
            knots = [middle if float(x) == at else x for x in knots]
        total = self._beyond_reach(spread, reach)
        for low, high in itertools.pairwise(knots):
            side = (low + high) / 2 > middle
            part = self.shape.parts[1 if kinked and side else 0]
            total += self._integral(part, spread, low, high, power)
        return total

    def _integral(self, part: Values, spread: arb, low: arb, high: arb, power: int) -> arb:
        """Return the integral of z^power y^2 times the density over an interval."""

        def integrand(z: acb, analytic: bool) -> acb:
            y = self.a * part(spread * z + self.t, analytic) + self.b
            return z**power * y**2 * (-z * z / 2).exp()

        found = acb.integral(integrand, low, high, rel_tol=arb(2) ** -40, abs_tol=arb(2) ** -60)
        return found.real / (2 * arb.pi()).sqrt()

    def _beyond_reach(self, spread: arb, reach: arb) -> arb:
        """Return what z^2 y^2 adds beyond the reach, on both sides together.

        abs(y) <= c (1 + abs(z)) <= 2 c abs(z), and by parts the integral of z^4 times the density
        over z > r is at most r^3 p(r)/(1 - 3/r^2).
        """
        steepest = abs(self.shape.left).max(abs(self.shape.right))
        c = self._constant().max(abs(self.a) * steepest * spread)
        density = (-reach * reach / 2).exp() / (2 * arb.pi()).sqrt()
        tail = 8 * c * c * reach**3 * density / (1 - 3 / reach**2)
        return arb(0, 1) * tail.abs_upper()


class _Tangent:
    """The logarithm of sqrt(v) E y^2 at one second moment, and its slope in k = 1/v."""

    def __init__(self, layer: _Layer, q: Fraction) -> None:
        self.layer, self.v = layer, layer._variance(q)
        self.k = 1 / ball(self.v)
        self.log = (layer.mean(self.v) * ball(self.v).sqrt()).log()

    @functools.cached_property
    def slope(self) -> arb:
        return -self.layer.mean(self.v, 2) / self.layer.mean(self.v) * ball(self.v) / 2

    def at(self, k: arb) -> arb:
        return self.log + self.slope * (k - self.k)


def _between(low: Fraction, high: Fraction) -> Fraction:
    """Return a number between two positive ones, by factors where they are far apart."""
    if high <= 4 * low:
        return (low + high) / 2
    return low * (1 << (int(high / low).bit_length() // 2))
