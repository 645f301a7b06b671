"""Shaped activations in float64: y = a f(s z + t) + b for networks of a given depth.

The formulas are those of ``derivations.shaping``. A layer's map of correlations is a power series,
C(c) = sum of h_k^2 c^k with the Hermite coefficients h_k = E[y(z) He_k(z)]/sqrt(k!) of z ~ N(0, 1).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import roots_legendre

from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.validation import FloatArray

Map: TypeAlias = Callable[[float], float]
"""What one layer makes of a number: a correlation, say."""

Network: TypeAlias = Callable[[Map], float]
"""What a network makes of the number 0, given what one layer makes of any."""

REACH = 12.0
"""Deviations from 0 up to which the rule integrates: the density leaves 1e-32 of its peak."""

ORDER = 20
"""Nodes of the rule in each panel."""

MARGIN = 0.01
"""By how much a layer at least shrinks the distance of a second moment to 1."""

SECOND_MOMENTS = np.geomspace(1e-6, 1e6, 241)
"""Second moments for which it does."""

INPUT_SHIFTS = np.linspace(0.0, 4.0, 17)
"""Shifts of the input, of both signs, at which the slope is computed before the smallest is found."""

PATH = np.linspace(math.log(1e-2), math.log(30.0), 30)
"""Logarithms of the factors of the input along which a solution is looked for."""


class Shaped(NamedTuple):
    """A layer y = a f(s z + t) + b for z ~ N(0, 1)."""

    a: float
    b: float
    s: float
    t: float
    mean: float
    slope: float
    """rho, the slope of the map of second moments at 1."""


def with_gain(source: Source, s: float, t: float, sign: int, k: float) -> Shaped | None:
    """Return the layer of gradient gain 1 and second moment 1, or None where there is none."""
    found = means(source, t, s * s)
    if not found.derivative_second_moment > 0:
        return None
    a = 1 / (s * math.sqrt(k * found.derivative_second_moment))
    rest = 1 - a * a * found.variance
    if not rest >= 0:
        return None
    mean = sign * math.sqrt(rest)
    slope = k * (a * a * found.R2 + a * mean * found.R1)
    return Shaped(a, mean - a * found.mean, s, t, mean, slope)


def next_second_moment(source: Source, layer: Shaped, q: FloatArray, k: float) -> FloatArray:
    """Return the second moments of y that second moments of the layer before are mapped to."""
    net_variance = 1 + k * (q - 1)
    found = means(source, np.full_like(q, layer.t), layer.s**2 * net_variance)
    second: FloatArray = layer.a**2 * found.variance + (layer.a * found.mean + layer.b) ** 2
    return second


def attracts(source: Source, layer: Shaped, k: float, low: float = 1e-6, high: float = 1e6) -> bool:
    """Return whether each second moment of an interval comes nearer to 1, by the margin at least.

    It is looked at on a grid: seen, not proved.
    """
    inside = SECOND_MOMENTS[(low <= SECOND_MOMENTS) & (high >= SECOND_MOMENTS)]
    q = np.unique([low, *inside[np.abs(inside - 1) > 1e-9], high])
    after = next_second_moment(source, layer, q, k)
    near = np.abs(after - 1) <= (1 - MARGIN) * np.abs(q - 1)
    return bool(np.all(near)) and abs(layer.slope) <= 1 - MARGIN


@functools.cache
def _panel_rule() -> tuple[FloatArray, FloatArray]:
    nodes, weights = roots_legendre(ORDER)
    return (nodes + 1) / 2, weights / 2


def hermite_coefficients(source: Source, s: float, t: float, count: int) -> FloatArray:
    """Return E[f(s z + t) He_k(z)]/sqrt(k!) of z ~ N(0, 1), for k = 1, ..., count."""
    panel_nodes, panel_weights = _panel_rule()
    # He_k oscillates with the frequency sqrt(k), and f changes over its width
    step = min(0.5, 8 / math.sqrt(count), source.width / s)
    z, weighted = [], []
    for piece in source.pieces:
        if piece.evaluate is None:
            continue
        low, high = max((piece.low - t) / s, -REACH), min((piece.high - t) / s, REACH)
        if low >= high:
            continue
        borders = np.linspace(low, high, math.ceil((high - low) / step) + 1)
        size = np.diff(borders)[:, None]
        nodes = (borders[:-1, None] + size * panel_nodes).ravel()
        density = np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)
        z.append(nodes)
        value, _ = piece.evaluate(s * nodes + t)
        weighted.append((size * panel_weights).ravel() * density * value)
    x, w = np.concatenate(z), np.concatenate(weighted)
    found = np.empty(count)
    before, now = np.ones_like(x), x
    for k in range(1, count + 1):
        found[k - 1] = w @ now
        before, now = now, (x * now - math.sqrt(k) * before) / math.sqrt(k + 1)
    return found


def terms_needed(largest: float) -> int:
    """Return how many terms of the series leave nothing to see at correlations up to a largest."""
    return min(4000, 40 + math.ceil(math.log(1e-15) / math.log(max(largest, 0.05))))


def correlation_map(source: Source, layer: Shaped, k: float, largest: float) -> Map:
    """Return the layer's map of correlations, for those from 0 up to a largest below 1."""
    count = terms_needed(largest)
    coefficients = layer.a * hermite_coefficients(source, layer.s, layer.t, count)
    squares = k * np.concatenate([[layer.mean**2], coefficients**2])
    orders = np.arange(count + 1)

    def mapped(c: float) -> float:
        return float(squares @ c**orders) + 1 - k

    return mapped


def plain(depth: int) -> Network:
    """Return a network of plain layers."""

    def network(layer: Map) -> float:
        x = 0.0
        for _ in range(depth):
            x = layer(x)
        return x

    return network


def is_homogeneous(source: Source) -> bool:
    """Return whether f(s z) = s f(z) for s > 0, so that a factor of the input changes nothing."""
    z = np.array([-3.0, -1.0, 1.0, 3.0])
    return bool(np.all(source(2 * z) == 2 * source(z)))


def crossing(
    excess: Map, points: FloatArray, guess: float | None = None, width: float = 0.05
) -> float | None:
    """Return where a function first crosses 0 upwards along a path of points.

    A guess is tried before, and so is what is around it.
    """
    bracket = None
    if guess is not None and excess(guess - width) < 0 <= excess(guess + width):
        bracket = guess - width, guess + width
    before = math.nan
    for low, high in pairwise(points) if bracket is None else ():
        before = excess(low) if math.isnan(before) else before
        now = excess(high)
        if before < 0 <= now:
            bracket = low, high
            break
        before = now
    if bracket is None:
        return None
    found: float = brentq(excess, *bracket, xtol=1e-15, rtol=1e-14)
    return found


@dataclass(frozen=True)
class Family:
    """The layers of one parameter, t, that hold all conditions but one: s follows from t."""

    excess: Callable[[float, float], float]
    """A function of (s, t) that is 0 where they hold."""

    layer: Callable[[float, float, int], Shaped | None]
    """The layer of (s, t) and of a sign of the mean."""

    def input_scale(self, t: float, guess: float | None) -> float | None:
        """Return s, from a guess or along the path from the linear layer."""
        start = None if guess is None else math.log(guess)
        found = crossing(lambda x: self.excess(math.exp(x), t), PATH, start)
        return None if found is None else math.exp(found)

    def along(self) -> Iterator[list[tuple[float, float]]]:
        """Return pairs (s, t) from t = 0 to the right, then to the left."""
        for side in (1.0, -1.0):
            guess, pairs = None, []
            for t in side * INPUT_SHIFTS:
                guess = self.input_scale(t, guess)
                if guess is not None:
                    pairs.append((guess, float(t)))
            yield pairs


@dataclass(frozen=True)
class Problem:
    """What a network shall do, one layer of which is y = a f(s z + t) + b."""

    source: Source
    network: Network
    target: float
    """What the network shall make of 0."""

    share: float
    """The share k = tau/(tau + beta) of the net input's variance that is the weights'."""

    def attracting(self, s: float, t: float, sign: int) -> Shaped | None:
        """Return the layer of gradient gain 1."""
        return with_gain(self.source, s, t, sign, self.share)

    def family(self) -> Family:
        """Return the layers of gradient gain 1 whose network makes the target of 0."""
        return Family(self.excess_of_correlation, self.attracting)

    def excess_of_correlation(self, s: float, t: float) -> float:
        """Return by how much the network's correlation exceeds the target."""
        layer = self.attracting(s, t, 1)
        if layer is None:
            return math.nan
        mapped = correlation_map(self.source, layer, self.share, self.target)
        return min(self.network(mapped), 1.0) - self.target


def smallest_slope(problem: Problem, low: float, high: float) -> Shaped | None:
    """Return the layer of the smallest abs(rho) with which all of an interval is attracted."""

    def attracted(layer: Shaped | None) -> bool:
        return layer is not None and attracts(problem.source, layer, problem.share, low, high)

    family = problem.family()
    best: Shaped | None = None
    for pairs in family.along():
        for s, t in pairs:
            for sign in (1, -1):
                layer = family.layer(s, t, sign)
                if layer is None or (best and abs(layer.slope) >= abs(best.slope) - 1e-9):
                    continue
                if attracted(layer):
                    best = layer
    return None if best is None else _refined(family, best, attracted)


def _refined(family: Family, best: Shaped, attracted: Callable[[Shaped | None], bool]) -> Shaped:
    """Return the layer of the smallest abs(rho) near the best one of a grid.

    Where the smallest slope itself does not attract, the last layer on the way to it that does.
    """
    sign = 1 if best.mean > 0 else -1
    step = float(INPUT_SHIFTS[1])

    def at(t: float) -> Shaped | None:
        s = family.input_scale(t, best.s)
        return None if s is None else family.layer(s, t, sign)

    def slope(t: float) -> float:
        layer = at(t)
        return math.inf if layer is None else abs(layer.slope)

    found = minimize_scalar(
        slope, bounds=(best.t - step, best.t + step), method="bounded", options={"xatol": 1e-9}
    )
    layer = at(float(found.x))
    if layer is not None and attracted(layer):
        return layer if abs(layer.slope) < abs(best.slope) else best
    inside, outside = best, float(found.x)
    for _ in range(30):
        layer = at((inside.t + outside) / 2)
        if layer is not None and attracted(layer):
            inside = layer
        else:
            outside = (inside.t + outside) / 2
    return inside
