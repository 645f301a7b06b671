"""Balls of what an activation is in Hermite polynomials, for net inputs u = s z + t.

For z ~ N(0, 1) and h_k = He_k/sqrt(k!), they contain

    E[f(u) h_k(z)],   E[f(u)^2 h_k(z)],   E[f'(u)^2 h_k(z)],   E[f''(u)^2 h_k(z)].

Pieces that are sums of c u^n e^(k u) have them in closed form, by parts. A smooth activation is
integrated by the trapezoidal rule, whose error follows from a bound in a complex strip.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias, cast

import flint

from selu_sym._exact.arb import rational, working_precision
from selu_sym._generated import activation_balls
from selu_sym._numeric.catalogue import Source

arb, acb = flint.arb, flint.acb

Term: TypeAlias = tuple[flint.arb, int, flint.arb]
"""(c, n, k) of c u^n e^(k u)."""

SQUARES = 5
"""How many of the means of squares there are: k from 0 to 4."""

CELL = 0.5
"""The longest side of a rectangle on which an activation is bounded."""

STRIPS = (5.0, 3.0, 1.6, 0.8, 0.4, 0.2, 0.1, 0.05, 0.02)
"""Half widths of strips in which it is tried whether an activation is analytic."""


class Projections(NamedTuple):
    """The means of f, f^2, f'^2 and f''^2, each times h_k, by k."""

    f: list[flint.arb]
    squares: list[flint.arb]
    slopes: list[flint.arb]
    bends: list[flint.arb]
    """Empty where they are not asked for."""


@dataclass(frozen=True)
class Function:
    """An activation of the catalogue with exact parameters."""

    source: Source
    parameters: tuple[Fraction, ...] | None
    """None for the defaults, which need not be rational."""

    def projections(
        self,
        s: flint.arb,
        t: flint.arb,
        largest: float,
        count: int,
        bits: int,
        *,
        bends: bool = False,
    ) -> Projections:
        """Return the means for k up to a count, those of f'' where kinks do not make it infinite.

        Those of f end before if the rest of the sum of E[f h_k]^2 c^k is below 2^-bits for
        correlations c up to a largest one.
        """
        if self._generated("0_terms") is not None:
            return _in_closed_form(self._pieces(), s, t, count, bends=bends)
        return _Rule(self, s, t, count, bits, 3 if bends else 2).projections(largest, bits)

    def bounds(self, r: flint.arb) -> tuple[flint.arb, flint.arb, flint.arb]:
        """Return what abs(f), abs(f') and abs(f'') are at most within a distance to 0.

        As polynomials of a degree up to 2 with positive coefficients, they grow with the factor
        x > 1 of the distance at most like x^2.
        """
        bound = self._generated("bounds")
        assert bound is not None
        f, slope, bend = (acb(x).real.abs_upper() for x in bound(r, *self._values()))
        return f, slope, bend

    def values(self, z: flint.acb, count: int = 2) -> list[flint.acb]:
        """Return f, f' and f'' of a smooth activation, or the first of them.

        Where it is not analytic they are not finite.
        """
        values = self._values()
        found: list[flint.acb] = []
        for what in ("0", "0_slope", "0_bend")[:count]:
            function = self._generated(what)
            assert function is not None
            found.append(acb(cast("flint.acb", function(z, *values, True))))
        return found

    def is_supported(self) -> bool:
        """Return whether the function is smooth, or consists of terms."""
        return self._generated("0_terms") is not None or len(self.source.pieces) == 1

    def _pieces(self) -> list[tuple[flint.arb | None, flint.arb | None, list[Term]]]:
        """Return (low, high, terms) of each piece, None for infinity."""
        values = self._values()
        borders = self._generated("borders")
        assert borders is not None
        flat = list(map(arb, borders(*values)))
        ends = [None, *flat[: len(flat) // 2], None]
        found = []
        for index, (low, high) in enumerate(itertools.pairwise(ends)):
            terms = self._generated(f"{index}_terms")
            assert terms is not None
            numbers = terms(*values, False)
            triples = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
            found.append((low, high, [(arb(c), int(str(n)), arb(k)) for c, n, k in triples]))
        return found

    def _values(self) -> tuple[flint.arb, ...]:
        """Return the parameters as balls."""
        if self.parameters is not None:
            return tuple(arb(rational(value)) for value in self.parameters)
        defaults = self._generated("parameters")
        found: object = () if defaults is None else defaults(False)
        numbers = cast("tuple[flint.arb, ...]", found if isinstance(found, tuple) else (found,))
        return tuple(acb(x).real for x in numbers)

    def _generated(self, what: str) -> Callable[..., tuple[flint.arb, ...]] | None:
        return cast(
            "Callable[..., tuple[flint.arb, ...]] | None",
            getattr(activation_balls, f"{self.source.name}_{what}", None),
        )


def _in_closed_form(
    pieces: list[tuple[flint.arb | None, flint.arb | None, list[Term]]],
    s: flint.arb,
    t: flint.arb,
    count: int,
    *,
    bends: bool,
) -> Projections:
    """Return the means of an activation whose pieces are sums of c u^n e^(k u)."""
    f = [arb(0)] * (count + 1)
    squares, slopes, bent = ([arb(0)] * SQUARES for _ in range(3))
    for low, high, terms in pieces:
        piece = _Piece(low, high, s, t, count)
        derived = _derivative(terms)
        f = _added(f, piece.projections(terms, count))
        squares = _added(squares, piece.projections(_product(terms, terms), SQUARES - 1))
        slopes = _added(slopes, piece.projections(_product(derived, derived), SQUARES - 1))
        if bends:
            twice = _derivative(derived)
            bent = _added(bent, piece.projections(_product(twice, twice), SQUARES - 1))
    return Projections(f, squares, slopes, bent if bends else [])


def _added(one: list[flint.arb], other: list[flint.arb]) -> list[flint.arb]:
    return [x + y for x, y in zip(one, other, strict=True)]


def _product(one: list[Term], other: list[Term]) -> list[Term]:
    return [(a * b, m + n, j + k) for a, m, j in one for b, n, k in other]


def _derivative(terms: list[Term]) -> list[Term]:
    found = [(c * k, n, k) for c, n, k in terms if k != 0]
    return found + [(c * n, n - 1, k) for c, n, k in terms if n]


class _Piece:
    """Means over a piece by parts: E[w He_(k+1)] = E[w' He_k], with w' at its ends, too.

    A function w that is cut off at the ends of a piece has masses there as its derivative.
    """

    def __init__(
        self,
        low: flint.arb | None,
        high: flint.arb | None,
        s: flint.arb,
        t: flint.arb,
        count: int,
    ) -> None:
        self.s, self.t = s, t
        self.ends: list[tuple[flint.arb, flint.arb, int, list[flint.arb]]] = []
        for end, sign in ((low, 1), (high, -1)):
            if end is not None:
                z = (end - t) / s
                self.ends.append((end, z, sign, _weighted_polynomials(z, count)))

    def projections(self, terms: list[Term], count: int) -> list[flint.arb]:
        """Return E[w h_k] of a sum w of terms, for k up to a count."""
        total = [arb(0)] * (count + 1)
        for c, n, k in terms:
            if c != 0:
                total = [x + c * y for x, y in zip(total, self._of(n, k, count), strict=True)]
        return total

    def _of(self, power: int, rate: flint.arb, count: int) -> list[flint.arb]:
        """Return E[u^n e^(k u) h_k] over the piece."""
        lower: list[flint.arb] | None = None
        for n in range(power + 1):
            row = [self._mean(n, rate, lower)]
            masses = [
                (sign * end**n * (rate * end).exp(), polynomials)
                for end, _, sign, polynomials in self.ends
            ]
            for k in range(count):
                slope = rate * row[k]
                if n and lower is not None:
                    slope += n * lower[k]
                value = self.s * slope
                for mass, polynomials in masses:
                    value += mass * polynomials[k]
                row.append(value / arb(k + 1).sqrt())
            lower = row
        assert lower is not None
        return lower

    def _mean(self, n: int, rate: flint.arb, lower: list[flint.arb] | None) -> flint.arb:
        """Return E[u^n e^(k u)] over the piece; by parts from lower powers."""
        s, t = self.s, self.t
        if n == 0 or lower is None:
            shift = rate * s
            below = [
                sign * ((z - shift) * sign / arb(2).sqrt()).erfc() / 2
                for _, z, sign, _ in self.ends
            ]
            # P(z > low) for the lower end, P(z < high) for the upper one
            if not below:
                share = arb(1)
            elif len(below) == 1:
                share = abs(below[0])
            else:
                share = below[0] - (1 + below[1])
            return (rate * t + shift**2 / 2).exp() * share
        # E[(s z + t) w] with w = u^(n-1) e^(k u): E[z w] = E[w h_1]
        return t * lower[0] + s * lower[1]


def _weighted_polynomials(z: flint.arb, count: int) -> list[flint.arb]:
    """Return h_k(z) times the density at z, for k up to a count."""
    density = (-z * z / 2).exp() / (2 * arb.pi()).sqrt()
    found = [density, z * density]
    for k in range(1, count + 1):
        found.append((z * found[k] - arb(k).sqrt() * found[k - 1]) / arb(k + 1).sqrt())
    return found


class _Rule:
    """The trapezoidal rule for a smooth activation, and its error.

    With nodes j h for abs(j) <= J and R = (J + 1/2) h, Cauchy's theorem gives the sum less the
    integral from -R to R as integrals over the other three sides of the rectangles to +-i d, of
    which the horizontal ones have a factor 1/(e^(2 pi d/h) - 1) and the vertical ones 1/2 at most.
    """

    def __init__(
        self, function: Function, s: flint.arb, t: flint.arb, count: int, bits: int, orders: int
    ) -> None:
        self.function, self.s, self.t, self.count = function, s, t, count
        self.orders = orders
        """How many of f, f' and f'' are integrated."""
        reach = 1 + math.sqrt(4 * math.log(2) * (bits + 8))
        with working_precision(64):
            choices = [
                (2 * math.pi * d / ((bits + 8) * math.log(2) + max(rough, 0.0)), d)
                for d in STRIPS
                if (rough := self._growth(d, reach)) is not None
            ]
            if not choices:
                raise ArithmeticError("the activation was not bounded in a strip")
            step, width = max(choices)
            self.step = arb(math.floor(step * 2**20)) / 2**20
            self.last = math.ceil(reach / float(self.step))
            self.error = self._error(width)

    def projections(self, largest: float, bits: int) -> Projections:
        """Return the means."""
        root = (2 * arb.pi()).sqrt()
        nodes = [self.step * j for j in range(self.last + 1)]
        density = [self.step * (-z * z / 2).exp() / root for z in nodes]
        density[0] /= 2  # it counts for both sides
        sides = [
            [[x.real for x in self._values(self.t + side * self.s * z)] for z in nodes]
            for side in (1, -1)
        ]
        error_f, *errors = (arb(0, error) for error in self.error)

        def projected(count: int, order: int, power: int) -> _Sums:
            right, left = ([values[order] ** power for values in side] for side in sides)
            even = [(x + y) * w for x, y, w in zip(right, left, density, strict=True)]
            odd = [(x - y) * w for x, y, w in zip(right, left, density, strict=True)]
            return _sums(nodes, even, odd, count)

        squares, slopes, bends = (
            [x + errors[order] for x in projected(SQUARES - 1, order, 2)]
            if order < self.orders
            else []
            for order in range(3)
        )
        found: list[flint.arb] = []
        rest, smallest, power = squares[0], arb(2) ** -bits, arb(1)
        for x in projected(self.count, 0, 1):
            found.append(x + error_f)
            rest -= found[-1] ** 2
            power *= largest
            if len(found) > SQUARES and rest.abs_upper() * power < smallest:
                break
        return Projections(found, squares, slopes, bends)

    def _values(self, u: flint.arb | flint.acb) -> list[flint.acb]:
        return self.function.values(acb(u), self.orders)

    def _cells(
        self, width: float, reach: float, longest: float = CELL
    ) -> Iterator[tuple[float, float, list[float]]]:
        """Yield (x0, x1, bounds of abs(f), abs(f'), ...) on the strip, infinite if unknown."""
        longest /= max(1.0, float(self.s))
        columns, rows = math.ceil(2 * reach / longest), math.ceil(width / longest)
        for i in range(columns):
            x0, x1 = (-reach + 2 * reach * k / columns for k in (i, i + 1))
            largest = [0.0] * self.orders
            for j in range(rows):
                y0, y1 = (width * k / rows for k in (j, j + 1))
                box = acb(arb(x0).union(arb(x1)), arb(y0).union(arb(y1)))
                sizes = [_upper(value) for value in self._values(self.t + self.s * box)]
                largest = [max(pair) for pair in zip(largest, sizes, strict=True)]
            yield x0, x1, largest

    def _growth(self, width: float, reach: float) -> float | None:
        """Return about the logarithm of the bound in a strip, None if there is none."""
        largest = 0.0
        for x0, x1, sizes in self._cells(width, reach, 2 * CELL):
            if not all(map(math.isfinite, sizes)):
                return None
            size = max(sizes[0], *(x * x for x in sizes), 1e-300)
            inner = 0.0 if x0 <= 0 <= x1 else min(abs(x0), abs(x1))
            largest = max(largest, math.log(size) - inner**2 / 4)
        return largest + width**2 / 2 + width * math.sqrt(self.count)

    def _error(self, width: float) -> list[flint.arb]:
        """Return what the means of f, f^2, f'^2, ... are off at most."""
        reach = (self.last + arb(1) / 2) * self.step
        sums, ends = ([arb(0)] * (self.orders + 1) for _ in range(2))
        end = _float_above(reach)
        side = self._side(width, end)
        for x0, x1, sizes in self._cells(width, end):
            weight = self._weight(x0, x1, width)
            for i, size in enumerate((arb(sizes[0]), *(arb(x) ** 2 for x in sizes))):
                sums[i] += size * weight * (arb(x1) - arb(x0))
                if x0 <= -end or x1 >= end:
                    ends[i] += size * side
        factor = 2 / ((2 * arb.pi() * width / self.step).exp() - 1)
        # beyond the last node, by Cauchy and Schwarz and what abs(f) is at most
        bounds = self.function.bounds(abs(self.s) + abs(self.t))[: self.orders]
        room = 1 - 7 / reach**2
        tail = (-reach * reach / 2).exp() / room
        tails = [bounds[0] * (tail * reach**3).sqrt()]
        tails += [bound * bound * (tail * reach**7).sqrt() for bound in bounds]
        pairs = zip(sums, ends, tails, strict=True)
        return [(factor * total + vertical + far).abs_upper() for total, vertical, far in pairs]

    def _side(self, width: float, end: float) -> flint.arb:
        """Return what a vertical side makes of a function that is 1, above and below the line."""
        total, rows = arb(0), 64
        for row in range(rows):
            low, high = width * row / rows, width * (row + 1) / rows
            fall = (-2 * arb.pi() * low / self.step).exp()
            total += 2 * (arb(high) - arb(low)) * fall * self._weight(end, end, high)
        return total

    def _weight(self, x0: float, x1: float, width: float) -> flint.arb:
        """Return what abs(h_k) times the density is at most on a rectangle, for k up to a count.

        By Mehler's formula the sum of abs(h_k(x + i y))^2 w^k, 0 < w < 1, is
        (1 - w^2)^(-1/2) exp(x^2 w/(1 + w) + y^2 w/(1 - w)).
        """
        w = arb(max(0.3, 1 - max(width, 0.5) / math.sqrt(self.count)))
        inner = 0.0 if x0 <= 0 <= x1 else min(abs(x0), abs(x1))
        y = arb(width) ** 2
        exponent = y * w / (1 - w) - arb(inner) ** 2 / (1 + w) + y - self.count * w.log()
        return (exponent / 2).exp() / ((1 - w * w) ** (arb(1) / 4) * (2 * arb.pi()).sqrt())


_Sums: TypeAlias = Iterator[flint.arb]


def _sums(nodes: list[flint.arb], even: list[flint.arb], odd: list[flint.arb], count: int) -> _Sums:
    """Yield the sums over nodes of h_k times what is even or odd as h_k is."""
    width = len(nodes)
    weights = [flint.arb_mat(width, 1, column) for column in (even, odd)]
    before, now = [arb(0)] * width, [arb(1)] * width
    norm = arb(1)
    for k in range(count + 1):
        yield (flint.arb_mat(1, width, now) * weights[k % 2])[0, 0] / norm
        before, now = now, [z * x - k * y for z, x, y in zip(nodes, now, before, strict=True)]
        norm *= arb(k + 1).sqrt()


def _upper(value: flint.acb) -> float:
    """Return a number that an absolute value is not above."""
    size = value.abs_upper()
    return math.inf if not size.is_finite() else _float_above(size)


def _float_above(value: flint.arb) -> float:
    return math.nextafter(float(value.upper()), math.inf)
