"""Shaped activations in float64: layers y = a f(s z + t) + b, for networks of a given depth.

The formulas are those of ``derivations.shaping``. Net inputs are z ~ N(0, 1), and y has the second
moment 1. Biases keep a share of the net input's variance: of a correlation c the next layer makes
k C(c) + 1 - k with the share k = tau/(tau + beta) of the weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.hermite import correlation_map, curvature
from selu_sym._numeric.signals import unit_rule
from selu_sym._numeric.validation import FloatArray

Map: TypeAlias = Callable[[float], float]
"""What one layer makes of a number."""

Network: TypeAlias = Callable[[Map], float]
"""What a network makes of the number 0, given what one layer makes of any number."""

SHORTENED_BY = 1e-4
"""Share by which a layer shortens the distance of each second moment to 1, at least."""

SECOND_MOMENTS = np.geomspace(1e-6, 1e6, 241)
"""Second moments at which that is computed."""

INPUT_SHIFTS = np.linspace(0.0, 8.0, 17)
"""Shifts of the input, of both signs, among which the smallest slope is looked for."""

PATH = np.linspace(math.log(0.003), math.log(30.0), 15)
"""Logarithms of factors of the input, from a layer that is nearly linear on."""

EXPLORING, REFINING, EXACT = 1e-4, 1e-11, 1e-15
"""Errors of the input's factor, relatively: at a first look, for the smallest slope, at the end."""

TRIES = 12
"""Steps of the secant method at most."""

SMALLEST_DIFFERENCE = 1e-6
"""Steps below this keep the secant's slope."""

LARGEST_STEP = 0.5
"""Steps above this leave it to the search along the path."""

LONG = 64
"""Layers of a plain network beyond which a first look counts them by an integral."""

EDGE_DISTANCE = 1e-7
"""Distance of the input's shift to the last one that attracts, where that is no minimum."""

NEAR, APART = 1e-3, 0.005
"""Error of the input's shift at the smallest slope, first, and distance of points around it."""

FAR_AND_NEAR = np.concatenate([-np.geomspace(1e6, 1e-6, 2001), np.geomspace(1e-6, 1e6, 2001)])
"""Where the largest slope of an activation is looked for."""

ROUNDED = 1e-9
"""Relative error of a limit that is compared with it."""

UNUSABLE = 10.0
"""What counts as the slope where there is no layer."""

SHIFT_PATH = np.linspace(-8.0, 4.0, 25)
"""Negative shifts of the input of a function for which a factor changes nothing."""


class Layer(NamedTuple):
    """A layer y = a f(s z + t) + b."""

    a: float
    b: float
    s: float
    t: float
    mean: float
    slope: float
    """rho, the slope of the map of second moments at 1."""

    gain: float
    """chi, the slope of the map of correlations at 1."""


@dataclass(frozen=True)
class Shapes:
    """The layers y = a f(s z + t) + b of an activation f and a weight model."""

    source: Source
    share: float
    """The share k of the net input's variance that is the weights'."""

    def with_gain(self, s: float, t: float, sign: int) -> Layer | None:
        """Return the layer of gradient gain 1, for a sign of its mean; None where there is none."""
        found = means(self.source, t, s * s, slopes=True)
        squared = found.derivative_second_moment
        if not (np.isfinite(squared) and squared > 0):
            return None
        a = 1 / (s * math.sqrt(self.share * squared))
        rest = 1 - a * a * found.variance
        if not rest >= 0:
            return None
        mean = sign * math.sqrt(rest)
        slope = self.share * (a * a * found.R2 + a * mean * found.R1)
        return Layer(a, float(mean - a * found.mean), s, t, mean, float(slope), 1.0)

    def with_mean_0(self, s: float, t: float, sign: int = 1) -> Layer | None:
        """Return the layer of mean 0; the sign does not matter."""
        found = means(self.source, t, s * s, slopes=True)
        if not (np.isfinite(found.derivative_second_moment) and found.variance > 0):
            return None
        a = 1 / math.sqrt(found.variance)
        gain = self.share * a * s * a * s * found.derivative_second_moment
        slope = self.share * a * a * found.R2
        return Layer(a, float(-a * found.mean), s, t, 0.0, float(slope), float(gain))

    def next_second_moments(self, layer: Layer, q: FloatArray) -> FloatArray:
        """Return the second moments of y that follow from those of the layer before."""
        net_variance = 1 + self.share * (q - 1)
        found = means(self.source, np.full_like(q, layer.t), layer.s**2 * net_variance)
        squares = np.asarray(layer.a * found.mean + layer.b) ** 2
        total: FloatArray = layer.a**2 * np.asarray(found.variance) + squares
        return total

    def repulsion(self, layer: Layer, low: float, high: float) -> float:
        """Return the largest share that a second moment keeps of its distance to 1, less a limit.

        The limit is 1 less :data:`SHORTENED_BY`: below 0 each second moment of the interval comes
        nearer to 1 by that share. It is computed on a grid, and not proved.
        """
        inside = SECOND_MOMENTS[(low < SECOND_MOMENTS) & (high > SECOND_MOMENTS)]
        q = np.concatenate([[low], inside[np.abs(inside - 1) > 1e-6], [high]])
        after = self.next_second_moments(layer, q)
        kept = float(np.max(np.abs((after - 1) / (q - 1))))
        return max(kept, abs(layer.slope)) - 1 + SHORTENED_BY

    def always_grows(self) -> bool:
        """Return whether, with gain 1, large second moments grow whatever scale and shift are.

        A layer multiplies them by (l^2 + r^2)/(2 E f'^2), with the slopes l and r of f at both
        ends, and that is 1 or more where no slope of f is above the root of (l^2 + r^2)/2. The
        largest slope is that of a grid, of activations of the catalogue only.
        """
        if self.source.calculated:
            return False
        left, right = self.source.ends[2:]
        with np.errstate(all="ignore"):
            squares = self.source.derivative(FAR_AND_NEAR) ** 2
        return bool(np.max(squares) <= (left**2 + right**2) / 2 * (1 + ROUNDED))

    def correlations(self, layer: Layer, largest: float) -> Map:
        """Return what the layer makes of a correlation between 0 and a largest one below 1."""
        mapped = correlation_map(self.source, layer.a, layer.s, layer.t, layer.mean, largest)
        if self.share == 1:
            return mapped
        return lambda c: self.share * mapped(c) + 1 - self.share

    def curvature(self, layer: Layer) -> float:
        """Return the second derivative of the layer's map of correlations at 1."""
        return self.share * curvature(self.source, layer.a, layer.s, layer.t)


def is_homogeneous(source: Source) -> bool:
    """Return whether f(s z) = s f(z) for s > 0, so that a factor of the input changes nothing."""
    z = np.array([-1e9, -1.0, 1.0, 1e9])
    return bool(np.all(source(2 * z) == 2 * source(z)))


def plain(depth: int) -> Network:
    """Return a network of plain layers."""

    def network(layer: Map) -> float:
        x = 0.0
        for _ in range(depth):
            x = layer(x)
        return x

    return network


def layers_to(target: float, layer: Map) -> float:
    """Return about how many layers take 0 to a target: it need not be a whole number.

    The steps d of many layers are small, and the number is the integral of 1/d, and half the
    logarithm of what d has grown by.
    """
    nodes, weights = unit_rule(20)
    end = math.log1p(-target)
    places = -np.expm1(end * nodes)
    steps = np.array([layer(c) - c for c in [0.0, target, *places.tolist()]])
    if not np.all(steps > 0):
        return math.inf
    integral = float(np.sum(weights * (1 - places) / steps[2:])) * -end
    return integral + math.log(steps[1] / steps[0]) / 2


def crossing(excess: Map, path: FloatArray, tolerance: float = EXACT) -> float | None:
    """Return where a function first crosses 0 upwards on a path."""
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    before = excess(float(path[0]))
    for low, high in pairwise(path.tolist()):
        now = excess(high)
        if before < 0 <= now:
            try:
                return float(brentq(excess, low, high, xtol=tolerance, rtol=1e-15))
            except ValueError:  # between them there are no layers
                return None
        before = now
    return None


@dataclass
class Track:
    """Solutions (t, log s) that were found, from which the next ones are guessed."""

    points: list[tuple[float, float]] = field(default_factory=list)
    steepness: float = math.nan
    """How fast the excess grows with log s."""

    def guess(self, t: float) -> float | None:
        """Return log s at t, by the polynomial through the nearest points."""
        near = sorted(self.points, key=lambda point: abs(point[0] - t))[:3]
        if not near:
            return None
        total = 0.0
        for place, value in near:
            others = [(t - other) / (place - other) for other, _ in near if other != place]
            total += value * math.prod(others)
        return total

    def follow(self, excess: Map, start: float, tolerance: float) -> float | None:
        """Return where a function crosses 0 upwards near a start, if the secant method says.

        NaN if it does so beyond the path's end.
        """
        x, now = start, excess(start)
        if math.isnan(self.steepness):
            other = start + 0.01
            self.steepness = (excess(other) - now) / 0.01
        last = math.inf
        for _ in range(TRIES):
            if not (self.steepness > 0 and math.isfinite(now)):
                return None
            step = -now / self.steepness
            if abs(step) > LARGEST_STEP or x + step < PATH[0]:
                return None
            if x == PATH[-1] and step > 0:
                return math.nan
            step = min(x + step, float(PATH[-1])) - x
            x += step
            # a last step that is no longer than that of the rounding before it ends it, too
            if abs(step) <= tolerance or (abs(step) < REFINING and abs(step) > last / 2):
                return x
            before, now, last = now, excess(x), abs(step)
            if abs(step) > SMALLEST_DIFFERENCE:
                self.steepness = (now - before) / step
        return None


@dataclass(frozen=True)
class Family:
    """Layers of one free number, the input's shift t: its factor s follows from a condition.

    The condition is the same for both signs of a layer's mean. Where a factor changes nothing, it
    is 1, and the condition leaves single shifts.
    """

    layer: Callable[[float, float, int], Layer | None]
    """The layer of (s, t) and a sign of its mean."""

    excess: Callable[[Layer], float]
    """What must be 0: negative for layers that are nearly linear."""

    rough_excess: Callable[[Layer], float] | None = None
    """What is nearly the same, and faster."""

    scale_free: bool = False
    """Whether a factor of the input changes nothing."""

    empty: bool = False
    """Whether it is known beforehand that no layer is wanted."""

    def input_scale(self, t: float, track: Track, tolerance: float = EXACT) -> float | None:
        """Return s, near the solutions found so far or along the path from the linear layer."""
        measure = self.excess
        if self.rough_excess is not None and tolerance >= EXPLORING:
            measure = self.rough_excess

        def of_exponent(x: float) -> float:
            layer = self.layer(math.exp(x), t, 1)
            return math.nan if layer is None else measure(layer)

        guess = track.guess(t)
        found = None if guess is None else track.follow(of_exponent, guess, tolerance)
        if found is None:
            found = crossing(of_exponent, PATH, tolerance)
            track.steepness = math.nan
        if found is None or math.isnan(found):
            return None
        track.points.append((t, found))
        return math.exp(found)

    def at(self, t: float, sign: int, track: Track, tolerance: float = EXACT) -> Layer | None:
        """Return the layer of a shift of the input."""
        s = self.input_scale(t, track, tolerance)
        return None if s is None else self.layer(s, t, sign)

    def runs(self) -> Iterator[list[tuple[float, float]]]:
        """Return pairs (s, t), with t from 0 to the right, then from 0 to the left.

        They have some digits only, for a first look, but where a factor of the input changes
        nothing.
        """
        if self.empty:
            return
        if self.scale_free:
            yield from self._single_shifts()
            return
        first = Track()
        self.input_scale(0.0, first, EXPLORING)
        for side in (1.0, -1.0):
            track = Track(list(first.points))
            for t in (side * INPUT_SHIFTS[1:]).tolist():
                if self.input_scale(t, track, EXPLORING) is None and track.points:
                    break
            yield [(math.exp(x), t) for t, x in track.points]

    def _single_shifts(self) -> Iterator[list[tuple[float, float]]]:
        """Return the pair (1, t), from a t on that is so large that the layer is linear."""

        def of_shift(x: float) -> float:
            layer = self.layer(1.0, -x, 1)
            return math.nan if layer is None else self.excess(layer)

        found = crossing(of_shift, SHIFT_PATH)
        if found is not None:
            yield [(1.0, -found)]

    def crossings(self, value: Callable[[Layer], float]) -> Iterator[Layer]:
        """Return the layers, of both signs, where a function of the layer crosses 0.

        Those of the smallest shifts of the input come first.
        """
        found = []
        for run in self.runs():
            for sign in (1, -1):
                layers = [self.layer(s, t, sign) for s, t in run]
                if self.scale_free:
                    yield from (one for one in layers if one and abs(value(one)) < 1e-12)
                for before, after in pairwise(layers):
                    if before and after and (value(before) < 0) != (value(after) < 0):
                        found.append((before, after, sign))
        for before, after, sign in sorted(found, key=lambda ends: abs(ends[0].t + ends[1].t)):
            layer = self._between(before, after, value, sign)
            if layer is not None:
                yield layer

    def _between(
        self, before: Layer, after: Layer, value: Callable[[Layer], float], sign: int
    ) -> Layer | None:
        """Return the layer between two others where a function crosses 0, if one is found."""
        from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

        track = _track(before, after)

        def of_shift(t: float) -> float:
            layer = self.at(t, sign, track)
            return math.nan if layer is None else value(layer)

        ends = of_shift(before.t), of_shift(after.t)
        if not (ends[0] < 0 < ends[1] or ends[1] < 0 < ends[0]):
            return None
        try:
            t = float(brentq(of_shift, before.t, after.t, xtol=1e-15, rtol=1e-15))
        except ValueError:  # between them the condition has no solution
            return None
        return self.at(t, sign, track)


def _track(*layers: Layer) -> Track:
    return Track([(layer.t, math.log(layer.s)) for layer in layers])


def smallest_slope(family: Family, repulsion: Callable[[Layer], float]) -> Layer | None:
    """Return the layer of the smallest abs(rho) whose repulsion is below 0."""
    best = smallest_slope_of_grid(family, repulsion)
    return best if best is None or family.scale_free else _refined(family, best, repulsion)


def smallest_slope_of_grid(family: Family, repulsion: Callable[[Layer], float]) -> Layer | None:
    """Return the same of a first look, with some digits."""
    best: Layer | None = None
    for run in family.runs():
        layers = (family.layer(s, t, sign) for s, t in run for sign in (1, -1))
        for layer in layers:
            if layer is not None and (best is None or abs(layer.slope) < abs(best.slope) - 1e-6):
                best = layer if repulsion(layer) < 0 else best
    return best


def _refined(family: Family, best: Layer, repulsion: Callable[[Layer], float]) -> Layer | None:
    """Return the layer of the smallest abs(rho) near the best one of the grid.

    Where that does not attract, it is the last one on the way there that does.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    sign, step = (1 if best.mean > 0 else -1), float(INPUT_SHIFTS[1])
    rough, track = _track(best), _track(best)

    def near(t: float) -> float:
        layer = family.at(t, sign, rough, EXPLORING if family.rough_excess else REFINING)
        return UNUSABLE if layer is None else abs(layer.slope)

    def size(t: float) -> float:
        layer = family.at(t, sign, track, REFINING)
        return UNUSABLE if layer is None else abs(layer.slope)

    farthest = float(INPUT_SHIFTS[-1])
    ends = max(best.t - step, -farthest), min(best.t + step, farthest)
    found = _minimum(size, _place_of_minimum(near, ends, NEAR), ends)
    layer = family.at(found, sign, track)
    if layer is not None and repulsion(layer) < 0:
        return layer

    def repelled(t: float) -> float:
        layer = family.at(t, sign, track, REFINING)
        return UNUSABLE if layer is None else min(repulsion(layer), UNUSABLE)

    # on the way it is below 0 at the best one of the grid, and not at the smallest slope
    inside = float(brentq(repelled, best.t, found, xtol=EDGE_DISTANCE / 4, rtol=1e-15))
    back = math.copysign(EDGE_DISTANCE / 2, best.t - found)
    while repelled(inside) >= 0:
        inside, back = inside + back, 2 * back
    return family.at(inside, sign, track)


def _place_of_minimum(value: Map, ends: tuple[float, float], tolerance: float) -> float:
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - it takes long to load

    found = minimize_scalar(value, bounds=ends, method="bounded", options={"xatol": tolerance})
    return float(found.x)


def _minimum(value: Map, place: float, ends: tuple[float, float]) -> float:
    """Return where a function is smallest, by the quartic through five points near the place."""
    places = place + APART * np.arange(-2.0, 3.0)
    if not ends[0] <= places[0] < places[-1] <= ends[1]:
        return min(*ends, place, key=value)
    values = np.array([value(t) for t in places.tolist()])
    quartic = np.polynomial.Polynomial.fit(places - place, values, 4, domain=[-1, 1])
    slope, bend = quartic.deriv(), quartic.deriv(2)
    x = 0.0
    for _ in range(6):
        x -= slope(x) / bend(x)
    if np.max(values) < UNUSABLE and bend(x) > 0 and abs(x) < places[-1] - place:
        return place + float(x)
    # as where the slope crosses 0, and its size has an edge there
    around = max(ends[0], place - 0.1), min(ends[1], place + 0.1)
    return _place_of_minimum(value, around, 1e-8)


def is_at_the_border(layer: Layer) -> bool:
    """Return whether a smallest slope lies at the end of what is searched."""
    ends = math.exp(PATH[-1]), float(INPUT_SHIFTS[-1])
    return layer.s > 0.999 * ends[0] or abs(layer.t) > 0.999 * ends[1]


def layer_value(network: Network, layer: Callable[[float], Map], target: float) -> float | None:
    """Return the number p for which a network of layers layer(p) makes the target of 0."""
    found = crossing(lambda x: network(layer(math.exp(x))) - target, np.linspace(-20.0, 5.0, 26))
    return None if found is None else math.exp(found)
