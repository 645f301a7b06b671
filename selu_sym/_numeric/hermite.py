"""The map of correlations of a layer, by Hermite coefficients.

With h_k = E[y(z) He_k(z)]/sqrt(k!) of z ~ N(0, 1), Mehler's formula makes the map of correlations a
power series: C(c) = E[y(z1) y(z2)] = sum of h_k^2 c^k.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator

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

LARGEST_TABLE = 8_000_000
"""Values of polynomials that are kept for the next function, at most."""

SMALLEST_TERM = 1e-18
"""Terms of the map of correlations below this are left out."""

FEW_TERMS = 48
"""Terms up to which a power series is summed term by term."""

MOST_SERIES_TERMS = 3000
"""Terms of a series at most: enough for correlations up to 0.988."""


def correlation_map(
    source: Source, a: float, s: float, t: float, mean: float, largest: float
) -> Callable[[float], float]:
    """Return C of y = a f(s z + t) + b with E y = mean, for correlations up to a largest one."""
    count = terms_for(largest)
    coefficients = a * hermite_coefficients(source, s, t, count)
    squares = np.concatenate([[mean**2], coefficients**2])
    orders = np.arange(count + 1)
    seen = np.flatnonzero(squares * largest**orders > SMALLEST_TERM)
    squares, orders = squares[: seen[-1] + 1], orders[: seen[-1] + 1]

    def by_series(c: float) -> float:
        return float(squares @ min(c, 1.0) ** orders)

    if len(squares) <= FEW_TERMS:
        return functools.partial(_horner, squares[::-1].tolist())
    terms = _chebyshev_terms(largest)
    if terms >= len(squares):
        return by_series
    nodes, transform = _chebyshev(largest, terms)
    coefficients = (transform @ (nodes[:, None] ** orders @ squares))[::-1].tolist()

    def mapped(c: float) -> float:
        return _clenshaw(coefficients, 2 * c / largest - 1) if c <= largest else by_series(c)

    return mapped


def _horner(coefficients: list[float], c: float) -> float:
    """Return a polynomial, the highest power first: faster than arrays where it is short."""
    c, total = min(c, 1.0), 0.0
    for coefficient in coefficients:
        total = total * c + coefficient
    return total


def _clenshaw(coefficients: list[float], x: float) -> float:
    """Return a series of Chebyshev polynomials, the highest one first."""
    double, before, now = 2 * x, 0.0, 0.0
    for coefficient in coefficients:
        before, now = now, double * now - before + coefficient
    return now - x * before


def _chebyshev_terms(largest: float) -> int:
    """Return how many Chebyshev polynomials a series takes that is singular at 1, on [0, largest].

    Their coefficients fall like those of 1/(1 - c), by (2/largest - 1 + the root of its square less
    1) each.
    """
    place = 2 / largest - 1
    return 4 + math.ceil(math.log(1e17) / math.log(place + math.sqrt(place**2 - 1)))


@functools.lru_cache(maxsize=4)
def _chebyshev(largest: float, terms: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes in [0, largest], and what makes Chebyshev coefficients of values there."""
    angles = (np.arange(terms) + 0.5) * np.pi / terms
    transform = 2 / terms * np.cos(np.outer(np.arange(terms), angles))
    transform[0] /= 2
    return (np.cos(angles) + 1) / 2 * largest, transform


def curvature(source: Source, a: float, s: float, t: float, most: float = math.inf) -> float:
    """Return C''(1), or what is more than ``most`` where that is more.

    It is infinite where the series has not ended after :data:`MOST_SERIES_TERMS`: the terms of a
    smooth activation fall exponentially, those of one with a kink like k^(-1/2).
    """
    count = 100
    while count < MOST_SERIES_TERMS:
        orders = np.arange(1, count + 1)
        terms = orders * (orders - 1) * (a * hermite_coefficients(source, s, t, count)) ** 2
        total = float(terms.sum())
        if total > most or float(terms[-count // 5 :].sum()) <= 1e-15 * total:
            return total
        count *= 2
    return math.inf


def terms_for(largest: float) -> int:
    """Return how many terms of a series leave less than 1e-16 at correlations up to a largest."""
    return min(MOST_SERIES_TERMS, 40 + math.ceil(math.log(1e-16) / math.log(max(largest, 0.1))))


def hermite_coefficients(source: Source, s: float, t: float, count: int) -> FloatArray:
    """Return E[f(s z + t) He_k(z)]/sqrt(k!) of z ~ N(0, 1), for k = 1, ..., count."""
    # He_k oscillates with the frequency sqrt(k), and f changes over its width
    step = max(FINEST, min(0.5, 8 / math.sqrt(count), 2 * source.width / s))
    step = 2.0 ** math.floor(math.log2(step))
    borders = [(piece.low - t) / s for piece in source.pieces[1:]]
    cut = sorted(border for border in borders if abs(border) < FARTHEST_NODE)
    z, weights = _nodes(-FARTHEST_NODE, FARTHEST_NODE, step)
    panels = {
        min(int((border + FARTHEST_NODE) / step), len(z) // PANEL_NODES - 1) for border in cut
    }
    whole = _values(source, s * z + t) * weights
    for panel in panels:  # they are integrated in parts
        whole[panel * PANEL_NODES : (panel + 1) * PANEL_NODES] = 0.0
    if len(z) * count <= LARGEST_TABLE:
        total: FloatArray = _polynomials(step, count) @ whole
    else:
        total = _projections(z, whole, count)
    if panels:
        ends = sorted(
            [*cut, *(end * step - FARTHEST_NODE for panel in panels for end in (panel, panel + 1))]
        )
        inside = [
            (low, high)
            for low, high in itertools.pairwise(ends)
            if low < high and int(((low + high) / 2 + FARTHEST_NODE) / step) in panels
        ]
        parts = [_nodes(low, high, high - low) for low, high in inside]
        z, weights = np.concatenate(parts, axis=1)
        total = total + _projections(z, _values(source, s * z + t) * weights, count)
    return total


def _values(source: Source, z: FloatArray) -> FloatArray:
    """Return the activation, 0 where a piece has none."""
    with np.errstate(all="ignore"):  # far out, exponentials may overflow on their way to a limit
        return source(z)


def _nodes(low: float, high: float, step: float) -> tuple[FloatArray, FloatArray]:
    """Return the nodes of a Gauss-Legendre rule on panels, and weights times the density."""
    nodes, weights = unit_rule(PANEL_NODES)
    borders = np.linspace(low, high, math.ceil((high - low) / step) + 1)
    size = np.diff(borders)[:, None]
    z: FloatArray = (borders[:-1, None] + size * nodes).ravel()
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return z, (size * weights).ravel() * density


def _projections(z: FloatArray, values: FloatArray, count: int) -> FloatArray:
    """Return the sums of values He_k(z)/sqrt(k!) for k = 1, ..., count."""
    return np.array([row @ values for row in _polynomials_at(z, count)])


def _polynomials_at(z: FloatArray, count: int) -> Iterator[FloatArray]:
    """Return He_k(z)/sqrt(k!) for k = 1, ..., count, by their recurrence."""
    before, now = np.ones_like(z), z
    for k in range(1, count + 1):
        yield now
        before, now = now, (z * now - math.sqrt(k) * before) * (1 / math.sqrt(k + 1))


@functools.lru_cache(maxsize=4)
def _polynomials(step: float, count: int) -> FloatArray:
    """Return the polynomials at the nodes of the whole line, which smooth activations share."""
    z, _ = _nodes(-FARTHEST_NODE, FARTHEST_NODE, step)
    return np.stack(list(_polynomials_at(z, count)))
