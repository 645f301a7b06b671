"""Shaped activations with proved digits: a Krawczyk step on balls proves that a solution exists.

A layer is y = a f(s z + t) + b. One or two of s and t are unknown, a and b follow from them. The
means of f and how they change with s and t follow from :mod:`selu_sym._exact.projections`: since a
shift of the input shifts a function, and its scale spreads it like heat,

    d/dt E[g h_k] = sqrt(k + 1) E[g h_(k+1)]/s,
    d/ds E[g h_k] = (k E[g h_k] + sqrt((k + 1)(k + 2)) E[g h_(k+2)])/s.

On a box of s and t the means are those at its centre, and no farther from them than a bound on
these derivatives allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

import flint

from selu_sym._exact.arb import ball, ends, rational, working_precision
from selu_sym._exact.projections import SQUARES, Function, Projections

arb, series = flint.arb, flint.arb_series

Unknown: TypeAlias = Literal["s", "t"]

BoxOf: TypeAlias = dict[str, tuple[Fraction, Fraction]]
"""An interval of each unknown."""

MOST_HERMITE_TERMS = 1500
"""Most terms of the map of correlations: with kinks, correlations up to 0.9 for fifty digits."""

KRAWCZYK_STEPS = 12
"""Krawczyk steps at most."""

LARGEST_BITS = 4096
"""Most bits that are asked for."""


class Layer(NamedTuple):
    """The numbers of a layer as power series in a change of s or t, of two terms each."""

    a: flint.arb_series
    b: flint.arb_series
    mean: flint.arb_series
    slope: flint.arb_series
    """rho."""

    gain: flint.arb_series
    """chi."""

    correlation: flint.arb_series
    """What the network makes of the correlation 0."""

    curvature: flint.arb_series
    """C''(1), 0 where it is not asked for."""


@dataclass(frozen=True)
class Problem:
    """Which layer is looked for."""

    function: Function
    share: Fraction
    """The share of the net input's variance that is the weights'."""

    depth: int
    centred: bool
    """Whether the mean of y is 0 (DKS); else the gain is 1."""

    sign: int
    """The sign of the mean."""

    largest: float
    """A correlation that the network does not exceed."""

    unknowns: tuple[Unknown, ...]
    residuals: Callable[[Layer], tuple[flint.arb_series, ...]] | None
    """What must be 0, as many as there are unknowns; None where nothing is to be solved."""

    curved: bool = False
    """Whether the residuals take the curvature."""


class Solution(NamedTuple):
    """Balls that contain the one solution in a box."""

    s: flint.arb
    t: flint.arb
    a: flint.arb
    b: flint.arb
    slope: flint.arb
    box: BoxOf


class NotProved(ArithmeticError):  # noqa: N818 - it is an answer
    """No solution was proved near what float64 has found."""


def solve(problem: Problem, start: dict[Unknown, Fraction], bits: int) -> Solution:
    """Return the solution near a start, with a number of bits of each of its numbers."""
    x = dict(start)
    known = 40
    box: BoxOf | None = None
    for _ in range(KRAWCZYK_STEPS):
        known = min(known, bits + 16)
        working = 2 * known if known < bits + 16 else bits + 32
        region = Region(problem, x, working)
        with region.precision():
            if box is None:
                box = region.largest_box()
            x, radius = region.step(problem.unknowns, box)
            size = min(abs(x[name]) or Fraction(1) for name in problem.unknowns)
            known = max(known, int(-_log2(radius / size)))
            if known > bits:
                found = region.numbers(radius, x)
                accuracy = min(number.rel_accuracy_bits() for number in found if number != 0)
                if accuracy >= bits:
                    return Solution(*found, box)
    raise NotProved("the accuracy was not reached")


class Region:
    """The means at a point (s, t), and their bounds in a box around it."""

    def __init__(self, problem: Problem, x: dict[Unknown, Fraction], bits: int) -> None:
        self.problem, self.x, self.bits = problem, x, bits
        count = _terms(problem.largest, bits) if problem.depth else SQUARES - 1
        spread = float(x["s"]) ** 2
        self.working = bits + 64 + min(count, 400) + math.ceil(2 * spread)
        with self.precision():
            s, t = (ball(x[name]) for name in ("s", "t"))
            self.means = problem.function.projections(
                s, t, problem.largest, count, bits, bends=problem.curved
            )

    def precision(self) -> AbstractContextManager[None]:
        """Compute with enough bits, and with power series of two terms."""
        return working_precision(self.working, terms=2)

    def layer(self, along: Unknown, radius: Fraction) -> Layer:
        """Return the layer on a box around the point, with its change along s or t."""
        where = _Box(self, radius)
        return _layer(self.problem, where, along)

    def jacobian(self, radius: Fraction) -> tuple[list[flint.arb], list[list[flint.arb]]]:
        """Return the residuals, and their derivatives: [residual][unknown]."""
        problem = self.problem
        assert problem.residuals is not None
        columns = [problem.residuals(self.layer(name, radius)) for name in problem.unknowns]
        values = [x[0] for x in columns[0]]
        return values, [[column[i][1] for column in columns] for i in range(len(values))]

    def newton(self) -> tuple[list[flint.arb], list[list[flint.arb]]]:
        """Return Newton's step, and the approximate inverse of the Jacobian that it took."""
        values, slopes = self.jacobian(Fraction(0))
        inverse = _inverse([[x.mid() for x in row] for row in slopes])
        return [-x for x in _times(inverse, values)], inverse

    def krawczyk(self, radius: Fraction) -> list[flint.arb] | None:
        """Return a box around the point that contains each solution of the box of a radius.

        It is None if it is not inside that box: then nothing is proved. If it is, there is just one
        solution: the map x - Y F(x) contracts the box (Krawczyk 1969, Moore 1977).
        """
        step, inverse = self.newton()
        try:
            _, slopes = self.jacobian(radius)
        except NotProved:
            return None
        size, side = len(step), ball(radius)
        found = []
        for i in range(size):
            row = [
                (1 if i == j else 0)
                - sum((inverse[i][k] * slopes[k][j] for k in range(size)), arb(0))
                for j in range(size)
            ]
            moved = step[i] + sum((x * arb(0, side.upper()) for x in row), arb(0))
            if not abs(moved) < side:
                return None
            found.append(moved)
        return found

    def largest_box(self) -> BoxOf:
        """Return the largest box of those tried in which one solution is proved."""
        size = min(abs(self.x[name]) or Fraction(1) for name in self.problem.unknowns)
        for power in range(4, 46, 3):
            radius = _dyadic(size) / 2**power
            if self.krawczyk(radius) is not None:
                return {
                    str(name): (self.x[name] - radius, self.x[name] + radius)
                    for name in self.problem.unknowns
                }
        raise NotProved("no box was found in which a solution is proved")

    def step(
        self, unknowns: tuple[Unknown, ...], box: BoxOf
    ) -> tuple[dict[Unknown, Fraction], Fraction]:
        """Return the next point, and how far from it the solution is at most in s and t."""
        step, _ = self.newton()
        farthest = max((abs(x).upper() for x in step), key=float)
        room = min(
            min(self.x[name] - box[name][0], box[name][1] - self.x[name]) for name in unknowns
        )
        radius = min(_above(farthest) * 4, room)
        found = self.krawczyk(radius)
        if found is None:
            raise NotProved("a Krawczyk step failed")
        x, rest = dict(self.x), Fraction(0)
        for name, moved in zip(unknowns, found, strict=True):
            low, high = ends(moved)
            x[name] = self.x[name] + (low + high) / 2
            rest = max(rest, (high - low) / 2)
        self.distance = max(abs(x[name] - self.x[name]) for name in unknowns)
        return x, rest

    def numbers(
        self, radius: Fraction, x: dict[Unknown, Fraction]
    ) -> tuple[flint.arb, flint.arb, flint.arb, flint.arb, flint.arb]:
        """Return balls of s, t, a, b and rho, given the next point and the distance to it.

        They are first-order expansions: values at the point, and slopes on the box that holds both.
        """
        whole = self.distance + radius
        unknowns = self.problem.unknowns
        here = self.layer(unknowns[0], Fraction(0))
        around = [self.layer(name, whole) for name in unknowns]
        total = [getattr(here, name)[0] for name in ("a", "b", "slope")]
        for name, layer in zip(unknowns, around, strict=True):
            move = ball(x[name] - self.x[name]) + arb(0, ball(radius).upper())
            for i, number in enumerate((layer.a, layer.b, layer.slope)):
                total[i] += number[1] * move
        s, t = (
            ball(x[name]) + (arb(0, ball(radius).upper()) if name in unknowns else 0)
            for name in ("s", "t")
        )
        return s, t, total[0], total[1], total[2]


class _Box:
    """The means on a box, and their changes along s and t."""

    def __init__(self, region: Region, radius: Fraction) -> None:
        problem = region.problem
        self.means: Projections = region.means
        around = {name: ball(radius if name in problem.unknowns else 0) for name in ("s", "t")}
        self.r = around
        self.s, self.t = (
            ball(region.x[name]) + arb(0, around[name].upper()) for name in ("s", "t")
        )
        self.low = self.s.lower()
        f, slope, bend = problem.function.bounds(abs(self.s).upper() + abs(self.t).upper())
        self.f, self.slope = f, slope
        # roots of E g^2: abs(f(s z + t)) is at most its bound at s + abs(t) times max(1, z^2)
        self.roots = {"f": 2 * f, "squares": arb(106).sqrt() * f * f}
        self.roots["slopes"] = arb(106).sqrt() * slope * slope
        self.roots["bends"] = arb(106).sqrt() * bend * bend

    def wide(self, value: flint.arb, root: flint.arb, k: int) -> flint.arb:
        """Return E[g h_k] on the box, given its value at the centre."""
        change = self.r["s"] * (k + arb((k + 1) * (k + 2)).sqrt()) + self.r["t"] * arb(k + 1).sqrt()
        return value + arb(0, (change * root / self.low).upper())

    def derivative(self, kind: str, n: int, along: Unknown) -> flint.arb_series:
        """Return d^n/dt^n E g, and its change along s or t; n is 0 or 2."""
        step = 2 if along == "s" else 1
        value, change = self._derivative(kind, n), self._derivative(kind, n + step)
        return series([value, self.s * change if along == "s" else change])

    def _derivative(self, kind: str, n: int) -> flint.arb:
        values: list[flint.arb] = getattr(self.means, kind)
        value = self.wide(values[n], self.roots[kind], n)
        return value * arb(math.factorial(n)).sqrt() / self.s**n

    def correlations(
        self, along: Unknown, variance: flint.arb, largest: float
    ) -> Callable[[flint.arb_series], flint.arb_series]:
        """Return the sum of E[f h_k]^2 c^k over k > 0, and its change."""
        count = len(self.means.f) - 3
        g = [self.wide(x, self.roots["f"], k) for k, x in enumerate(self.means.f)]
        squares = [arb(0)] + [x**2 for x in g[1 : count + 1]]
        if along == "s":
            changes = [
                2 * x * (k * x + arb((k + 1) * (k + 2)).sqrt() * g[k + 2]) / self.s
                for k, x in enumerate(g[: count + 1])
            ]
        else:
            changes = [
                2 * x * arb(k + 1).sqrt() * g[k + 1] / self.s for k, x in enumerate(g[: count + 1])
            ]
        changes[0] = arb(0)
        rest = (variance - sum(squares, arb(0))).upper().max(arb(0))
        if count + 1 < 1 / (1 - largest):
            raise NotProved("the series has too few terms")
        # theta c^(count + 1) with 0 <= theta <= rest, and its derivatives
        squares.append(arb(0).union(rest))
        slopes = [k * x for k, x in enumerate(squares)][1:]
        # E[(df/ds)^2] = E[z^2 f'^2] and E[(df/dt)^2] = E f'^2, where z^2 max(1, z^4) <= 1 + z^6
        changes.append(arb(0, (2 * (rest * 16).sqrt() * self.slope).upper()))
        series_of, slope_of, change_of = map(flint.arb_poly, (squares, slopes, changes))

        def mapped(c: flint.arb_series) -> flint.arb_series:
            if not c[0] < largest:
                raise NotProved("a correlation left its range")
            return series([series_of(c[0]), slope_of(c[0]) * c[1] + change_of(c[0])])

        return mapped


def _layer(problem: Problem, where: _Box, along: Unknown) -> Layer:
    """Return the numbers of a layer by the formulas of ``derivations.shaping``."""
    share = arb(rational(problem.share))
    s = series([where.s, arb(1 if along == "s" else 0)])
    mean, bend = (where.derivative("f", n, along) for n in (0, 2))
    square, square_bend = (where.derivative("squares", n, along) for n in (0, 2))
    steepness = where.derivative("slopes", 0, along)
    variance = square - mean * mean
    if not (steepness[0] > 0 and variance[0] > 0 and where.low > 0):
        raise NotProved("a mean may be 0")
    R1, R2 = s * s * bend, s * s * (square_bend / 2 - mean * bend)
    zero = series([arb(0), arb(0)])
    if problem.centred:
        a = 1 / variance.sqrt()
        centre = zero
    else:
        a = 1 / (s * (share * steepness).sqrt())
        rest = 1 - a * a * variance
        if not rest[0] > 0:
            raise NotProved("a mean may be 0")
        centre = problem.sign * rest.sqrt()
    gain = share * a * a * s * s * steepness
    slope = share * (a * a * R2 + a * centre * R1)
    correlation = zero
    if problem.depth:
        mapped = where.correlations(along, variance[0], problem.largest)
        for _ in range(problem.depth):
            correlation = share * (centre * centre + a * a * mapped(correlation)) + 1 - share
    bent = where.derivative("bends", 0, along) if problem.curved else zero
    curvature = share * a * a * s * s * s * s * bent
    return Layer(a, centre - a * mean, centre, slope, gain, correlation, curvature)


def _terms(largest: float, bits: int) -> int:
    """Return how many terms of a series matter."""
    count = 40 + math.ceil(-bits * math.log(2) / math.log(max(largest, 0.1)))
    if count > MOST_HERMITE_TERMS:
        raise NotProved(f"a series of {count} terms is too long: ask for fewer digits")
    return count


def _inverse(rows: list[list[flint.arb]]) -> list[list[flint.arb]]:
    """Return about the inverse of a matrix of one or two rows."""
    if len(rows) == 1:
        return [[(1 / rows[0][0]).mid()]]
    (a, b), (c, d) = rows
    det = a * d - b * c
    return [[(d / det).mid(), (-b / det).mid()], [(-c / det).mid(), (a / det).mid()]]


def _times(rows: list[list[flint.arb]], column: list[flint.arb]) -> list[flint.arb]:
    return [sum((x * y for x, y in zip(row, column, strict=True)), arb(0)) for row in rows]


def _above(number: flint.arb) -> Fraction:
    """Return a power of two that is not below a number."""
    _, high = ends(number)
    return _dyadic(high) * 2 if high else Fraction(1, 2**LARGEST_BITS)


def _dyadic(number: Fraction) -> Fraction:
    """Return a power of two near a positive number."""
    return Fraction(2) ** (number.numerator.bit_length() - number.denominator.bit_length())


def _log2(number: Fraction) -> float:
    return math.log2(number.numerator) - math.log2(number.denominator) if number else -LARGEST_BITS
