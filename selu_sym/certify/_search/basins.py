"""Proves basins: where a layer brings second moments nearer to the fixed one.

The proof is that of ``selu_sym.certify._check.basin``; the means come from the generated balls, in
closed form or by integration (:mod:`selu_sym._exact.activation_means`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import flint
import numpy as np

from selu_sym._exact.activation_means import Problem
from selu_sym._exact.arb import ball, rational
from selu_sym._exact.projections import Function
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.validation import FloatArray

arb = flint.arb

PRECISION, BITS = 64, 28
"""Bits of the balls, and of the accuracy of means by a rule."""

SCAN = 241
"""Second moments that are looked at in float64, before anything is proved."""

RATIOS = (0.5, 0.75, 0.9, 0.97, 0.99, 0.997, 0.999, 0.9997)
"""Ratios that are tried, the smallest first."""

SMALLEST_DISTANCE = Fraction(1, 2**16)
"""The smallest distance to 1 within which a slope is bounded."""

PARTS = 64
"""Parts of an interval on which what follows from its ends is compared."""

WIDEST = 32
"""Largest ratio of an interval's ends for which that is tried."""


@dataclass
class Layers:
    """The map of second moments, in units of the fixed one."""

    source: Source
    parameters: tuple[Fraction, ...]
    numbers: tuple[Fraction, Fraction, Fraction, Fraction]
    tau: Fraction
    biases: Fraction
    second_moment: Fraction
    known: dict[tuple[Fraction, int], flint.arb] = field(default_factory=dict)
    cells: int = 0

    def variance(self, q: Fraction) -> Fraction:
        """Return the variance of the net input."""
        return self.tau * self.second_moment * q + self.biases

    def next(self, q: Fraction) -> flint.arb:
        """Return Q(q)."""
        return self._mean(q, 0)

    def weighted(self, q: Fraction) -> flint.arb:
        """Return E[z^2 y^2] in the same unit."""
        return self._mean(q, 2)

    def _mean(self, q: Fraction, power: int) -> flint.arb:
        """Return E[z^power y^2] over the fixed second moment."""
        if (q, power) not in self.known:
            s, t, a, b = self.numbers
            scale, shift = ball(a), ball(b)
            if len(self.source.pieces) > 1:
                squares = self._in_closed_form(q, scale, shift)
            else:
                problem = Problem(self.source, self.parameters, t, s * s * self.variance(q))
                squares = {power: problem.square(scale, shift, power, BITS)}
            for key, value in squares.items():
                self.known[q, key] = value / ball(self.second_moment)
        return self.known[q, power]

    def _in_closed_form(self, q: Fraction, a: flint.arb, b: flint.arb) -> dict[int, flint.arb]:
        """Return E y^2 and E[z^2 y^2] by their powers of z, where h_2 = (z^2 - 1)/sqrt(2)."""
        s, t = (ball(x) for x in self.numbers[:2])
        function = Function(self.source, self.parameters)
        found = function.projections(s * ball(self.variance(q)).sqrt(), t, 0.5, 2, BITS)
        square = a * a * found.squares[0] + 2 * a * b * found.f[0] + b * b
        bend = arb(2).sqrt() * (a * a * found.squares[2] + 2 * a * b * found.f[2])
        return {0: square, 2: bend + square}

    def slope(self, d: Fraction) -> flint.arb:
        """Return a ball that contains Q' from 1 - d to 1 + d.

        dQ/dv = E[(z^2 - 1) y^2]/(2 v S); on the interval by the bounds of the density, for
        E[z^2 y^2] and E y^2.
        """
        sides = 1 - d, 1 + d
        low, high = (ball(self.variance(q)) for q in sides)
        wider, v = (high / low).sqrt(), low.union(high)
        first_x2, second_x2 = (self.weighted(q) * ball(self.variance(q)) for q in sides)
        first, second = map(self.next, sides)
        square = (first / wider).union(second * wider)
        weighted = (first_x2 / wider).union(second_x2 * wider)
        return ball(self.tau * self.second_moment) * (weighted / v - square) / (2 * v)

    def near(self) -> tuple[Fraction, float] | None:
        """Return (d, slope): from 1 - d to 1 + d, abs(Q') is at most the slope, below 1."""
        at_1 = abs(self.next(Fraction(1)) - 1)
        d = Fraction(1, 16)
        while d >= SMALLEST_DISTANCE:
            slope = abs(self.slope(d))
            if slope >= 1:
                return None
            largest = _above(slope.upper())
            if largest < 1 and at_1 + ball(Fraction(largest) * d) <= ball(d):
                return d, largest
            d /= 2
        return None

    def seen(self, low: Fraction, high: Fraction, d: Fraction) -> tuple[FloatArray, FloatArray]:
        """Return second moments of the range but near 1, and what float64 makes of them."""
        sides = (low, 1 - d), (1 + d, high)
        q = np.concatenate([np.geomspace(float(x), float(y), SCAN) for x, y in sides])
        s, t, a, b = map(float, self.numbers)
        v = s * s * (float(self.tau * self.second_moment) * q + float(self.biases))
        found = means(self.source, np.full_like(v, t), v)
        square = a * a * np.asarray(found.variance) + (a * np.asarray(found.mean) + b) ** 2
        return q, square / float(self.second_moment)

    def nearer(self, low: Fraction, high: Fraction, d: Fraction, ratio: float, most: int) -> bool:
        """Return whether abs(Q(q) - 1) <= ratio abs(q - 1) from low to high but near 1."""
        waiting = [(low, 1 - d), (1 + d, high)]
        while waiting:
            first, second = waiting.pop()
            if first >= second or self.stays_beyond(first, ratio):
                continue
            self.cells += 1
            # outside, nothing is to be halved that fails at a point
            for q in (first, second):
                if abs(self.next(q) - 1) > ball(Fraction(ratio) * abs(q - 1)):
                    return False
            if self._by_convexity(first, second, Fraction(ratio)):
                continue
            if self._by_lines(first, second, Fraction(ratio)):
                continue
            if self.cells > most:
                return False
            middle = _middle(first, second)
            waiting += [(first, middle), (middle, second)]
        return True

    def _by_convexity(self, first: Fraction, second: Fraction, ratio: Fraction) -> bool:
        """Return whether it follows from Q and E[z^2 y^2] at the ends.

        sqrt(v) Q grows with v. It is the integral of y^2 e^(-k x^2/2) for k = 1/v, whose logarithm
        is a convex function of k: below its chord, and above its tangents.
        """
        if second > WIDEST * first:
            return False
        ends = [(ball(self.variance(q)), self.next(q)) for q in (first, second)]
        wider = (ends[1][0] / ends[0][0]).sqrt()
        lowest = ends[0][1] / wider
        places = [first + (second - first) * i / PARTS for i in range(PARTS + 1)]
        rooms = [ball(ratio * abs(q - 1)) for q in places]
        k = [1 / ball(self.variance(q)) for q in places]
        logs = [(Q * v.sqrt()).log() for v, Q in ends]
        steepness = (logs[1] - logs[0]) / (k[-1] - k[0])
        pairs = list(itertools.pairwise(zip(k, rooms, strict=True)))
        for (k1, room1), (k2, room2) in pairs:
            chord = logs[0] + steepness * (k2 - k[0])
            if not chord.exp() * k1.sqrt() <= 1 + room1.min(room2):
                return False
        if lowest >= 1 - rooms[0].min(rooms[-1]):
            return True
        tangents = [
            (log, -self.weighted(q) / Q * v / 2, 1 / v)
            for q, log, (v, Q) in zip((first, second), logs, ends, strict=True)
        ]
        for (k1, room1), (k2, room2) in pairs:
            lines = (log + slope * (k1 - middle) for log, slope, middle in tangents)
            if not max(lines, key=float).exp() * k2.sqrt() >= 1 - room1.min(room2):
                return False
        return True

    def _by_lines(self, first: Fraction, second: Fraction, ratio: Fraction) -> bool:
        """Return whether it follows from what y is far out: two lines, and not much more.

        E y^2 less that of the lines changes with log v at most by sqrt(E g^2/2), where
        abs(g) <= (2 abs(lines) + k) k.
        """
        s, t, a, b = (ball(x) for x in self.numbers)
        left, right, rest = _far_out(self.source.name, self.parameters)
        low, high = (ball(self.variance(q)) for q in (first, second))
        steepest = abs(left).max(abs(right))
        k = abs(a) * (rest + steepest * abs(t)) + abs(b)
        change = (high / low).log() * (2 * abs(a) * s * steepest * high.sqrt() + k) * k
        lines = (a * s) ** 2 * (left**2 + right**2) / (2 * ball(self.second_moment))
        remainder = self.next(second) - lines * high
        remainder += arb(0, (change / (arb(2).sqrt() * ball(self.second_moment))).upper())
        ends = (first, low), (second, high)
        return all(abs(lines * v + remainder - 1) <= ball(ratio * abs(q - 1)) for q, v in ends)

    def leaving(self, low: Fraction, high: Fraction, d: Fraction) -> Fraction | None:
        """Return a second moment of the range that moves away from 1, if one is seen."""
        q, after = self.seen(low, high, d)
        away = np.flatnonzero(np.where(q > 1, after > q, after < q))
        for index in away[[0, len(away) // 2, -1]] if away.size else ():
            place = min(max(Fraction(float(q[index])), low), high)
            found = self.next(place)
            if abs(place - 1) > d and (found >= ball(place) if place > 1 else found <= ball(place)):
                return place
        return None

    def ratios(self, low: Fraction, high: Fraction, d: Fraction) -> list[float]:
        """Return the ratios that are worth a trial, the smallest first."""
        q, after = self.seen(low, high, d)
        largest = float(np.max(np.abs(after - 1) / np.abs(q - 1)))
        return [ratio for ratio in RATIOS if ratio > largest + (1 - largest) / 4][:2]

    def stays_beyond(self, high: Fraction, ratio: float) -> bool:
        """Return whether abs(Q(q) - 1) <= ratio (q - 1) for all q from high on, by f far out."""
        s, t, a, b = (ball(x) for x in self.numbers)
        left, right, rest = _far_out(self.source.name, self.parameters)
        steepest = abs(left).max(abs(right))
        linear = s * abs(a) * (ball(self.variance(high)) * (left**2 + right**2) / 2).sqrt()
        constant = abs(a) * (rest + steepest * abs(t)) + abs(b)
        largest = (linear + constant) ** 2 / ball(self.second_moment)
        distance = Fraction(ratio) * (high - 1)
        return bool(distance >= 1 and largest <= ball(distance))


def _far_out(name: str, parameters: tuple[Fraction, ...]) -> tuple[flint.arb, flint.arb, flint.arb]:
    """Return the slopes at both ends, and how far f is from the two lines at most."""
    p = [arb(rational(x)) for x in parameters]
    zero, one = arb(0), arb(1)
    lines: dict[str, Callable[[], tuple[flint.arb, flint.arb, flint.arb]]] = {
        "relu": lambda: (zero, one, zero),
        "leaky_relu": lambda: (p[0], one, zero),
        "prelu": lambda: (p[0], one, zero),
        "elu": lambda: (zero, one, p[0]),
        "celu": lambda: (zero, one, p[0]),
        "selu": lambda: (zero, p[1], p[0] * p[1]),
        "tanh": lambda: (zero, zero, one),
        "gelu": lambda: (zero, one, one / 2),
        "silu": lambda: (zero, one, one / p[0]),
        "softplus": lambda: (zero, one, one / p[0]),
        "mish": lambda: (zero, one, one),
    }
    return lines[name]()


def _middle(low: Fraction, high: Fraction) -> Fraction:
    """Return a float between two positive numbers, by factors."""
    middle = Fraction(math.sqrt(low) * math.sqrt(high)).limit_denominator(2**40)
    return middle if low < middle < high else (low + high) / 2


def _above(number: flint.arb) -> float:
    """Return a short decimal above a number, infinity where there is none."""
    value = float(number)
    return math.ceil(value * 1e4 + 1e-3) / 1e4 if math.isfinite(value) else math.inf
