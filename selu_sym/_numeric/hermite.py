"""The map of correlations of a layer, by Hermite coefficients.

With h_k = E[y(z) He_k(z)]/sqrt(k!) of z ~ N(0, 1), Mehler's formula makes the map of correlations a
power series: C(c) = E[y(z1) y(z2)] = sum of h_k^2 c^k.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.signals import unit_rule
from selu_sym._numeric.validation import FloatArray

FARTHEST_NODE = 12.0
"""Deviations from 0 up to which the rule integrates: the density leaves 1e-32 of its peak."""

PANEL_NODES = 20
"""Nodes of the rule in each panel."""

FINEST = 1e-3
"""The shortest panel, in deviations."""

SMALLEST_TERM = 1e-18
"""Terms of the map of correlations below this are left out."""

TAYLOR = 14
"""Terms of the Taylor polynomials that the map of correlations is computed by."""

RATIO = 0.88
"""Of the distances from 1 of the ends of a Taylor polynomial's interval.

The map may be singular at 1, so the polynomial's error is ((1 - RATIO)/(1 + RATIO))^TAYLOR.
"""

LARGEST = 0.998
"""Correlation from which on the last Taylor polynomial holds."""

NO_CURVATURE = 1e-20
"""What is not told from 0: the square of what rounding leaves."""

MOST_SERIES_TERMS = 3000
"""Terms of a series at most: enough for correlations up to 0.988."""


def correlation_map(
    source: Source, a: float, s: float, t: float, mean: float, largest: float
) -> Callable[[float], float]:
    """Return C of y = a f(s z + t) + b with E y = mean, for correlations up to a largest one."""
    count = terms_for(largest)
    squares = np.empty(count + 1)
    squares[0] = mean**2
    squares[1:] = (a * hermite_coefficients(source, s, t, count)) ** 2
    seen = np.flatnonzero(squares * _powers(largest, count) > SMALLEST_TERM)
    squares = squares[: seen[-1] + 1]
    if len(squares) <= TAYLOR:
        polynomials, centres, halves = squares[None, ::-1], np.zeros(1), np.ones(1)
    else:
        matrix, centres, halves = _taylor(count)
        polynomials = (matrix[:, : len(squares)] @ squares).reshape(len(centres), TAYLOR)[:, ::-1]
        small = np.max(np.abs(polynomials), axis=0) < SMALLEST_TERM
        polynomials = polynomials[:, np.argmin(small) :]
    pieces = list(zip(centres.tolist(), (1 / halves).tolist(), polynomials.tolist(), strict=True))
    factor, last = 1 / math.log(RATIO), len(pieces) - 1

    def mapped(c: float) -> float:
        piece = min(int(factor * math.log(1 - c)), last) if c < 1 else last
        centre, inverse, coefficients = pieces[piece]
        x, total = (min(c, 1.0) - centre) * inverse, 0.0
        for coefficient in coefficients:
            total = total * x + coefficient
        return total

    return mapped


@functools.lru_cache(maxsize=4)
def _powers(c: float, count: int) -> FloatArray:
    powers: FloatArray = np.power(c, np.arange(count + 1), dtype=np.float64)
    return powers


@functools.lru_cache(maxsize=4)
def _taylor(count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what makes Taylor polynomials of a power series, their centres and half lengths.

    All entries are positive, as the series' coefficients are: no digits are lost.
    """
    ends = 1 - RATIO ** np.arange(1 + math.ceil(math.log(1 - LARGEST) / math.log(RATIO)))
    ends[-1] = 1.0
    centres, halves = (ends[1:] + ends[:-1]) / 2, np.diff(ends) / 2
    orders = np.arange(count + 1)
    matrix = np.empty((len(centres), TAYLOR, count + 1))
    matrix[:, 0] = centres[:, None] ** orders
    for j in range(1, TAYLOR):
        factors = np.maximum(orders - j + 1, 0) / j * (halves / centres)[:, None]
        matrix[:, j] = matrix[:, j - 1] * factors
    return matrix.reshape(-1, count + 1), centres, halves


def curvature(source: Source, a: float, s: float, t: float) -> float:
    """Return C''(1), which is E[y''^2]: infinite where the derivative jumps.

    It comes from differences of the derivative, or by the series where a user's function has none.
    """
    if any(source.kinks()):
        return math.inf
    if len(source.pieces) > 1 or not source.calculated:
        return (a * s * s) ** 2 * _squared_bend(source, s, t)
    count = 100
    while count < MOST_SERIES_TERMS:
        orders = np.arange(1, count + 1)
        terms = orders * (orders - 1) * (a * hermite_coefficients(source, s, t, count)) ** 2
        total = float(terms.sum())
        if float(terms[-count // 5 :].sum()) <= max(1e-15 * total, NO_CURVATURE):
            return total
        count *= 2
    return math.inf


def terms_for(largest: float) -> int:
    """Return how many terms of a series leave less than 1e-16 at correlations up to a largest."""
    return min(MOST_SERIES_TERMS, 40 + math.ceil(math.log(1e-16) / math.log(max(largest, 0.1))))


class _Grid(NamedTuple):
    """The nodes on the whole line, in panels that are cut into equal parts."""

    z: FloatArray
    """Of the shape (panels, parts * PANEL_NODES)."""

    weights: FloatArray
    """Of the rule, times the density."""

    to_panel: FloatArray | None
    """What makes values at a panel's own nodes of those at all nodes; None if they are the same."""


def hermite_coefficients(source: Source, s: float, t: float, count: int) -> FloatArray:
    """Return E[f(s z + t) He_k(z)]/sqrt(k!) of z ~ N(0, 1), for k = 1, ..., count.

    In each panel He_k is the polynomial through its values at the panel's own nodes, which does not
    depend on f; f itself is integrated in as many parts as it takes, and up to its kinks.
    """
    # He_k oscillates with the frequency sqrt(k), and f changes over its width
    step = _power_of_2(min(0.5, 8 / math.sqrt(count)))
    part = max(FINEST, min(step, 2 * source.width / s))
    if all(piece.polynomial or piece.evaluate is None for piece in source.pieces):
        part = step
    parts = round(step / _power_of_2(part))
    grid = _grid(step, parts)
    values = _values(source, s * grid.z + t) * grid.weights
    borders = [(piece.low - t) / s for piece in source.pieces[1:]]
    cuts = [border for border in borders if abs(border) < FARTHEST_NODE]
    moved = [] if not cuts else _around(source, s, t, cuts, step, parts, values)
    at_nodes = values if grid.to_panel is None else values @ grid.to_panel
    for panel, extra in moved:
        at_nodes[panel] += extra
    even, odd = _polynomials(step, count)
    half = at_nodes.size // 2
    right, left = at_nodes.ravel()[half:], at_nodes.ravel()[half - 1 :: -1]
    total = np.empty(count)
    total[0::2] = odd @ (right - left)
    total[1::2] = even @ (right + left)
    return total


def _around(
    source: Source,
    s: float,
    t: float,
    cuts: list[float],
    step: float,
    parts: int,
    values: FloatArray,
) -> list[tuple[int, FloatArray]]:
    """Take the parts with kinks out of the values; return what replaces them, panel by panel."""
    size = step / parts
    inside = {min(int((cut + FARTHEST_NODE) / size), len(values) * parts - 1) for cut in cuts}
    moved = []
    for part in sorted(inside):
        low, high = part * size - FARTHEST_NODE, (part + 1) * size - FARTHEST_NODE
        panel, place = divmod(part, parts)
        values[panel, place * PANEL_NODES : (place + 1) * PANEL_NODES] = 0.0
        ends = np.array([low, *sorted(cut for cut in cuts if low < cut < high), high])
        z, weights = _nodes(ends)
        middle = (panel + 0.5) * step - FARTHEST_NODE
        weighted = _values(source, s * z + t) * weights
        moved.append((panel, weighted @ _lagrange((z - middle) * (2 / step))))
    return moved


def _power_of_2(x: float) -> float:
    """Return the largest power of 2 up to a number."""
    return 2.0 ** math.floor(math.log2(x))


def _values(source: Source, z: FloatArray) -> FloatArray:
    """Return the activation, 0 where a piece has none."""
    with np.errstate(all="ignore"):  # far out, exponentials may overflow on their way to a limit
        return source(z)


def _nodes(borders: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the nodes of a Gauss-Legendre rule on panels, and weights times the density."""
    nodes, weights = unit_rule(PANEL_NODES)
    size = np.diff(borders)[:, None]
    z: FloatArray = (borders[:-1, None] + size * nodes).ravel()
    return z, (size * weights).ravel() * np.exp(-(z**2) / 2) * (1 / math.sqrt(2 * math.pi))


@functools.lru_cache(maxsize=8)
def _grid(step: float, parts: int) -> _Grid:
    """Return the nodes of panels of a length."""
    count = round(2 * FARTHEST_NODE / step) * parts
    borders = np.linspace(-FARTHEST_NODE, FARTHEST_NODE, count + 1)
    z, weights = (x.reshape(-1, parts * PANEL_NODES) for x in _nodes(borders))
    if parts == 1:
        return _Grid(z, weights, None)
    places = (np.arange(parts)[:, None] + unit_rule(PANEL_NODES)[0]).ravel() * (2 / parts) - 1
    return _Grid(z, weights, _lagrange(places))


def _lagrange(x: FloatArray) -> FloatArray:
    """Return the Lagrange polynomials of the rule's nodes, moved to -1 to 1, one a column."""
    nodes, weights = _barycentric()
    distance = x[:, None] - nodes
    distance[distance == 0] = 1e-200
    terms = weights / distance
    made: FloatArray = terms / terms.sum(axis=1, keepdims=True)
    return made


@functools.cache
def _barycentric() -> tuple[FloatArray, FloatArray]:
    """Return the rule's nodes between -1 and 1, and their barycentric weights."""
    nodes, weights = unit_rule(PANEL_NODES)
    nodes = 2 * nodes - 1
    return nodes, np.sqrt((1 - nodes**2) * weights) * (-1.0) ** np.arange(PANEL_NODES)


@functools.cache
def _differences() -> FloatArray:
    """Return what makes a polynomial's slope at the rule's nodes from its values there."""
    nodes, weights = _barycentric()
    distance = nodes[:, None] - nodes + np.eye(PANEL_NODES)
    matrix = weights / weights[:, None] / distance - np.eye(PANEL_NODES)
    found: FloatArray = matrix - np.diag(matrix.sum(axis=1))
    return found


def _squared_bend(source: Source, s: float, t: float) -> float:
    """Return E[f''(s z + t)^2], by the derivative's polynomials in panels between the borders."""
    size = max(FINEST, min(0.5, 2 * source.width / s))
    nodes, weights = unit_rule(PANEL_NODES)
    total = 0.0
    for piece in source.pieces:
        low = max((piece.low - t) / s, -FARTHEST_NODE)
        high = min((piece.high - t) / s, FARTHEST_NODE)
        if piece.evaluate is None or not low < high:
            continue
        borders = np.linspace(low, high, math.ceil((high - low) / size) + 1)
        lengths = np.diff(borders)[:, None]
        z = borders[:-1, None] + lengths * nodes
        with np.errstate(all="ignore"):
            slope = np.broadcast_to(piece.evaluate(s * z + t)[1], z.shape)
        bend = slope @ _differences().T * (2 / (s * lengths))
        total += float(np.sum(lengths * weights * np.exp(-(z**2) / 2) * bend**2))
    return total / math.sqrt(2 * math.pi)


def _polynomials_at(z: FloatArray, count: int) -> Iterator[FloatArray]:
    """Return He_k(z)/sqrt(k!) for k = 1, ..., count, by their recurrence."""
    before, now = np.ones_like(z), z
    for k in range(1, count + 1):
        yield now
        before, now = now, (z * now - math.sqrt(k) * before) * (1 / math.sqrt(k + 1))


@functools.lru_cache(maxsize=4)
def _polynomials(step: float, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the polynomials at the positive nodes of the whole line: even ones, odd ones."""
    z, _ = _nodes(np.linspace(0.0, FARTHEST_NODE, round(FARTHEST_NODE / step) + 1))
    rows = list(_polynomials_at(z, count))
    return np.stack(rows[1::2]), np.stack(rows[0::2])
