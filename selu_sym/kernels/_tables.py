"""Pairs of any activation without a kink beside 0: tables in the angle and in both variances.

As a function of the angle theta and of the logarithms of the variances, E[f(z1) f(z2)] is
analytic, also with a kink at 0, which is the edge of a wedge. Chebyshev series in all three
converge exponentially. They are made from integrals in polar coordinates
(``derivations.kernels.wedge``), and depend on the activation and the range of variances alone: one
table serves many networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from scipy.fft import dct

from selu_sym import _generated as generated
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.signals import unit_rule
from selu_sym._numeric.validation import FloatArray

INNER_RADIUS = 2.0
"""Radius up to which an activation's width counts."""

WEDGE_NODES = (24, 40, 24)
"""Nodes in half a wedge, within the first radius, and beyond it; multiples of them are tried."""

INTEGRATED = 1e-13
"""Relative difference of two rules below which the coarser one is taken."""

CONVERGED = 3e-14
"""The last coefficients of a series, relative to the largest."""

FEWEST, MOST = 32, 512
"""Terms of a series in the angle, at first and at most."""

FEW = 16
"""How many terms of a series in the variance are worth one given variance."""

Tables = tuple[FloatArray, FloatArray]
"""E[f(z1) f(z2)] and E[f'(z1) f'(z2)]."""


def is_smooth_beside_0(source: Source) -> bool:
    """Return whether an activation has no kink but at 0."""
    return not source.jumps and all(piece.low == 0 for piece in source.pieces[1:])


class Polar:
    """Pairs of given variances, by integrals over the wedges between z1 = 0 and z2 = 0."""

    def __init__(self, source: Source, v: FloatArray) -> None:
        self.source, self.s = source, np.sqrt(v)
        self.scale = 1 / (1 + float(self.s.max()) / min(source.width, 1.0))
        self.multiple = 1.0
        while self.multiple < 4 and not self._is_exact():
            self.multiple *= 1.5

    def _is_exact(self) -> bool:
        """Return whether more nodes change nothing, for the largest variance."""
        s, found = self.s, []
        self.s = s[[int(np.argmax(s))]]
        for multiple in (self.multiple, 1.5 * self.multiple):
            chosen, self.multiple = self.multiple, multiple
            found.append([part for theta in (0.0, 0.3, 2.0) for part in self.tables(theta)])
            self.multiple = chosen
        self.s = s
        sizes = [np.abs(part).max() for part in found[1][:2]] * 3
        return all(
            np.abs(a - b).max() <= INTEGRATED * size
            for a, b, size in zip(*found, sizes, strict=True)
        )

    def tables(self, theta: float) -> Tables:
        """Return both means of all pairs of the variances, at an angle."""
        kernels = generated.activation_kernels
        count, inner, outer = (round(self.multiple * nodes) for nodes in WEDGE_NODES)
        r, of_r = self._nodes(INNER_RADIUS, inner)
        flat, of_flat = unit_rule(outer)
        beyond = kernels.DEVIATIONS_INTEGRATED - INNER_RADIUS
        r = np.concatenate([r, INNER_RADIUS + beyond * flat])
        of_r = np.concatenate([of_r, beyond * of_flat])
        totals = np.zeros((2, len(self.s), len(self.s)))
        for omega, same in ((math.pi - theta, True), (theta, False)):
            if omega <= 0:
                continue
            delta, of_delta = self._nodes(omega / 2, count)
            near, far, weight = kernels.wedge(r, delta[:, None], omega)
            weight = (weight * of_r * of_delta[:, None]).ravel()
            of_near, of_far = ([self._values(side, z) for side in (1, -1)] for z in (near, far))
            # the other half of the wedge exchanges both variances
            for side, other in ((0, 0), (1, 1)) if same else ((0, 1), (1, 0)):
                for i, (f, g) in enumerate(zip(of_near[side], of_far[other], strict=True)):
                    totals[i] += (f * weight) @ g.T
        return totals[0] + totals[0].T, totals[1] + totals[1].T

    def _nodes(self, end: float, count: int) -> tuple[FloatArray, FloatArray]:
        """Return nodes between 0 and an end that are dense near 0, and weights."""
        nodes, weights = unit_rule(count)
        node, length = generated.activation_kernels.curved_node(
            nodes, 0.0, math.asinh(end / self.scale), self.scale
        )
        return node, length * weights

    def _values(self, side: int, radius: FloatArray) -> Tables:
        """Return f and f' on one side of 0, a row for each variance."""
        z = side * self.s[:, None, None] * radius
        evaluate = self.source.pieces[0 if side < 0 else -1].evaluate
        shape = len(self.s), radius.size
        if evaluate is None:
            return np.zeros(shape), np.zeros(shape)
        f, slope = (np.broadcast_to(part, z.shape).reshape(shape) for part in evaluate(z))
        return f, slope


@dataclass(frozen=True)
class Table:
    """Chebyshev coefficients by the angle, of values or coefficients by both variances."""

    coefficients: tuple[FloatArray, FloatArray]
    """Of both means; the first axis is the angle's."""

    powers: tuple[float, float]
    """The powers of sqrt(v1 v2) that have been divided out."""


def angle_series(of_angle: Callable[[float], Tables]) -> Tables:
    """Return the Chebyshev coefficients of two functions of an angle from 0 to pi."""
    count = FEWEST
    nodes = np.arange(count + 1)
    values = [of_angle(math.pi / 2 * (1 + math.cos(math.pi * j / count))) for j in nodes]
    while True:
        found = [_coefficients(np.array(part)) for part in zip(*values, strict=True)]
        tails = [np.abs(c[-count // 8 :]).max() / (np.abs(c).max() or 1.0) for c in found]
        if max(tails) <= CONVERGED or count >= MOST:
            return found[0], found[1]
        between = [
            of_angle(math.pi / 2 * (1 + math.cos(math.pi * (j + 0.5) / count)))
            for j in range(count)
        ]
        pairs = zip(values[:-1], between, strict=True)
        values = [*(value for pair in pairs for value in pair), values[-1]]
        count *= 2


def _coefficients(values: FloatArray) -> FloatArray:
    """Return Chebyshev coefficients from values at cos(pi j/n), without those that are 0."""
    count = len(values) - 1
    found: FloatArray = dct(values, type=1, axis=0) / count
    found[[0, -1]] /= 2
    sizes = np.abs(found).reshape(len(found), -1).max(axis=1)
    (seen,) = np.nonzero(sizes > 1e-17 * sizes.max())
    return found[: (seen[-1] if seen.size else 0) + 1]


@lru_cache(maxsize=64)
def exact_table(source: Source, variances: tuple[float, ...]) -> Table:
    """Return the table of given variances."""
    with np.errstate(all="ignore"):
        return Table(angle_series(Polar(source, np.array(variances)).tables), (0.0, 0.0))


@lru_cache(maxsize=64)
def table(source: Source, low: int, high: int) -> Table:
    """Return the table of the variances between two powers of sqrt(2)."""
    order = terms(low, high)
    with np.errstate(all="ignore"):
        polar = Polar(source, variance_nodes(low, high, order))
        ends = [part[[0, -1], [0, -1]] for part in polar.tables(0.0)]
        length = (high - low) * math.log(2) / 2
        powers = [float(math.log(last / first) / length) for first, last in ends]
        scales = [np.outer(s, s) for s in (polar.s**power for power in powers)]
        to_series = np.linalg.inv(chebyshev.chebvander(_unit_nodes(order), order - 1))

        def of_angle(theta: float) -> Tables:
            first, second = (
                to_series @ (part / scale) @ to_series.T
                for part, scale in zip(polar.tables(theta), scales, strict=True)
            )
            return first, second

        return Table(angle_series(of_angle), (powers[0], powers[1]))


def terms(low: int, high: int) -> int:
    """Return how many terms a series in the logarithm of the variance takes."""
    return 10 + 2 * (high - low)


def variance_nodes(low: int, high: int, order: int) -> FloatArray:
    """Return the nodes of the variance."""
    middle, half = (low + high) / 2, (high - low) / 2
    nodes: FloatArray = 2.0 ** ((middle + half * _unit_nodes(order)) / 2)
    return nodes


def _unit_nodes(order: int) -> FloatArray:
    return np.sort(np.cos(np.pi * (np.arange(order) + 0.5) / order))


@dataclass(frozen=True)
class Interpolant:
    """A table at given variances of rows and columns."""

    table: Table
    rows: FloatArray
    columns: FloatArray
    """The basis functions of the variances."""

    row_slopes: FloatArray | None
    column_slopes: FloatArray | None
    """Their derivatives by the variances."""

    variances: tuple[FloatArray, FloatArray]
    """Those of rows and of columns."""

    def __call__(
        self, rows: slice, columns: slice, theta: FloatArray, level: int
    ) -> tuple[FloatArray, ...]:
        """Return what a level of :mod:`selu_sym.kernels._pairs` says, of some rows and columns."""
        x = theta * (2 / math.pi) - 1
        basis, other, found = self.rows[rows], self.columns[columns], []
        for which in range(2 if level else 1):
            coefficients = self.table.coefficients[which]
            found.append(_sum(coefficients, basis, other, x))
        if level >= 2:
            assert self.row_slopes is not None
            assert self.column_slopes is not None
            slopes = self.row_slopes[rows], self.column_slopes[columns]
            for which in range(2 if level > 2 else 1):
                coefficients = self.table.coefficients[which]
                if which:
                    by_x = np.asarray(chebyshev.chebder(coefficients), np.float64) * (2 / math.pi)
                    found.append(_sum(by_x, basis, other, x))
                found.append(_sum(coefficients, slopes[0], other, x))
                found.append(_sum(coefficients, basis, slopes[1], x))
        of_rows, of_columns = self.variances[0][rows, None], self.variances[1][columns]
        scales = [of_rows ** (power / 2) * of_columns ** (power / 2) for power in self.table.powers]
        for place, which in enumerate((0, 1, 0, 0, 1, 1, 1)[: len(found)]):
            if self.table.powers[which]:
                found[place] *= scales[which]
        for which, place in ((0, 2), (1, 5)):
            if place < len(found):  # d log(v^(p/2))/dv is p/(2 v)
                half = self.table.powers[which] / 2
                found[place] += half / of_rows * found[which]
                found[place + 1] += half / of_columns * found[which]
        return tuple(found)


def interpolant(source: Source, v1: FloatArray, v2: FloatArray, level: int) -> Interpolant:
    """Return the interpolant of rows and columns of given variances."""
    distinct = np.unique(np.concatenate([v1, v2]))
    low = math.floor(2 * math.log2(distinct[0]))
    high = max(math.ceil(2 * math.log2(distinct[-1])), low + 1)
    # a table of given variances is made for them alone, and is smaller where they are few
    if level < 2 and (len(distinct) <= 2 or FEW * len(distinct) <= terms(low, high)):
        exact = exact_table(source, tuple(distinct.tolist()))
        rows, columns = (np.equal.outer(v, distinct).astype(float) for v in (v1, v2))
        return Interpolant(exact, rows, columns, None, None, (v1, v2))
    order = terms(low, high)
    found = table(source, low, high)
    bases: list[FloatArray] = []
    slopes: list[FloatArray] = []
    for v in (v1, v2):
        x = (4 * np.log2(v) - low - high) / (high - low)
        bases.append(np.asarray(chebyshev.chebvander(x, order - 1), np.float64))
        derivative = chebyshev.chebder(np.eye(order))
        by_x = np.asarray(chebyshev.chebvander(x, order - 2) @ derivative, np.float64)
        slope: FloatArray = by_x * (4 / (math.log(2) * (high - low) * v))[:, None]
        slopes.append(slope)
    return Interpolant(found, bases[0], bases[1], slopes[0], slopes[1], (v1, v2))


def _sum(
    coefficients: FloatArray, rows: FloatArray, columns: FloatArray, x: FloatArray
) -> FloatArray:
    """Return a Chebyshev series in x, with coefficients that depend on row and column.

    C. Clenshaw's recurrence, in place.
    """
    last, before, product = (np.zeros_like(x) for _ in range(3))
    of_columns = coefficients @ columns.T
    double = 2 * x
    for factor in of_columns[:0:-1]:
        last *= -1
        last += np.matmul(rows, factor, out=product)
        np.multiply(double, before, out=product)
        last += product
        last, before = before, last
    last *= -1
    last += np.multiply(x, before, out=product)
    last += np.matmul(rows, of_columns[0], out=product)
    return last
