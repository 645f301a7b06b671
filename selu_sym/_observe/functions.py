"""Known activations: which one a layer computes, and what follows for normal net inputs.

A name says where to look first. What was computed decides: an activation is known if it has the
outputs that were seen.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric import catalogue
from selu_sym._numeric.catalogue import Param, Source
from selu_sym._numeric.gaussian_means import layer_means, means
from selu_sym._numeric.transformed import roots
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid

SAMPLE = 4096
"""How many numbers of an activation are compared with those of known activations."""

NEAR = 0.02
"""Largest difference to a known activation, relative to the deviation of the outputs."""

FLAT_SLOPE = 0.01
"""Slope, relative to the largest one, below which an activation counts as flat."""

REACH = 1.0
"""How far to both sides of 0 net inputs must reach for an unnamed activation to be recognized."""

GRID = 129
"""Net input variances at which means are computed for many examples; between, they are
interpolated."""

SMALLEST, LARGEST = 1e-30, 1e12
"""Limits of the net input variances for which means are computed."""

ENDINGS = ("activation", "layer", "me", "fn", "auto", "jit")
"""What libraries append to the names of activations."""

SPELLED = {"gelutanh": "gelu_tanh", "newgelu": "gelu_tanh"}
"""Names of other libraries that the catalogue does not have."""

FITTED: dict[str, Callable[[float, float], float]] = {
    "leaky_relu": lambda x, y: y / x,
    "prelu": lambda x, y: y / x,
    "elu": lambda x, y: y / math.expm1(x),
}
"""The first parameter of an activation, by what it makes of a negative number."""


def sample_step(size: int) -> int:
    """Return the step at which some of a tensor's numbers are taken.

    It is odd: sizes of axes are often powers of two, and a multiple of them would take one channel.
    """
    return max(1, size // SAMPLE) | 1


@dataclass(frozen=True)
class Function:
    """A known activation f, and its means for z ~ N(0, v)."""

    source: Source

    @property
    def name(self) -> str:
        """The name in ``selu_sym.list_activations()``."""
        return self.source.name

    def means(self, v: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return E f, E f^2 and E f'^2 for each variance."""
        v = np.clip(v, SMALLEST, LARGEST)
        if len(v) <= GRID or v.max() == v.min():
            return self._means(v)
        places = np.geomspace(v.min(), v.max(), GRID)
        at_places = self._means(places)
        first, second, slope = (np.interp(np.log(v), np.log(places), m) for m in at_places)
        return first, second, slope

    def _means(self, v: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        found = means(self.source, np.zeros(len(v)), v)
        first, second, _, _, slope, *_ = (np.atleast_1d(values) for values in found)
        return first, second, slope

    def at(self, v: float) -> tuple[float, float, float]:
        """Return E f, E f^2 and E f'^2 for one variance."""
        first, second, slope = self.means(np.array([v]))
        return float(first[0]), float(second[0]), float(slope[0])

    def repulsion(self, v: float) -> float:
        """Return the slope of the map of second moments where it has a fixed point, at variance v.

        The map is q -> E f^2 for z ~ N(0, tau q), with the tau for which v = tau q. Above 1 the
        fixed point repels. The slope is NaN where f jumps.
        """
        found = means(self.source, 0.0, v, slopes=True)
        tau = v / float(found.second_moment)
        slope = generated.activation_kernels.second_moment_slope
        return float(slope(found.R1, found.R2, 1.0, found.mean, tau, v))

    @functools.cached_property
    def has_balance(self) -> bool:
        """Whether ``selu_sym.balance`` has a fixed point for it that does not repel."""
        if self.source.jumps:
            return False
        slope = roots(self.source, 1.0, Iid())[0][0]
        return abs(slope) <= 1 + generated.activation_kernels.UNDECIDED_SLOPE

    def powers(self, v: float) -> tuple[float, float, float, float]:
        """Return E f^k for k from 1 to 4."""
        found = layer_means(self.source, min(max(v, SMALLEST), LARGEST), 1.0, 0.0)
        first, second, third, fourth = found[:4].tolist()
        return first, second, third, fourth

    @functools.cached_property
    def flat(self) -> tuple[FloatArray, FloatArray]:
        """Net inputs on a grid, and whether the slope there is close to 0."""
        grid = np.linspace(-40, 40, 8001)
        slope = np.abs(self.source.derivative(grid))
        return grid, slope < FLAT_SLOPE * slope[np.abs(grid) < 5].max()

    def flat_count(self, x: FloatArray) -> int:
        """Return the number of net inputs at which the activation is flat."""
        grid, flat = self.flat
        places = np.clip(np.searchsorted(grid, x), 0, len(grid) - 1)
        return int(np.count_nonzero(flat[places]))


@functools.lru_cache(maxsize=1024)  # most names are those of no activation, which takes longest
def named(name: str, param: Param = None) -> Function | None:
    """Return the activation of a name of any library, or None if there is none."""
    for spelled in spellings(name):
        try:
            return _function(spelled, param)
        except ValueError:
            continue
    return None


def spellings(name: str) -> Iterable[str]:
    """Yield a name, and the name without what libraries append to it."""
    folded = name.lower().replace("_", "")
    for ending in ("", *ENDINGS):
        if folded.endswith(ending):
            plain = folded.removesuffix(ending)
            yield SPELLED.get(plain, plain)


@functools.lru_cache(maxsize=256)
def _function(name: str, param: Param) -> Function:
    return Function(catalogue.source(name, param))


def recognized(name: str, x: FloatArray, y: FloatArray, param: Param = None) -> Function | None:
    """Return the known activation that makes y of x, or None.

    First those of the name are tried, with the parameters that are given, with its usual ones and
    with those that y tells; then all others, if x reaches to both sides of 0.
    """
    inside = np.isfinite(x) & np.isfinite(y)
    x, y = np.asarray(x[inside], float), np.asarray(y[inside], float)
    if not x.size:
        return None
    first = named(name, param) or named(name)
    if first is not None:
        for candidate in (first, *_fitted([first.name], x, y)):
            if _difference(candidate, x, y) < NEAR:
                return candidate
    if not (x.min() < -REACH and x.max() > REACH):
        return None
    names = [other for other in catalogue.names() if other != "linear"]
    others = [_function(other, None) for other in names] + list(_fitted(names, x, y))
    best = min(others, key=lambda other: _difference(other, x, y))
    return best if _difference(best, x, y) < NEAR / 4 else None


def _fitted(names: Iterable[str], x: FloatArray, y: FloatArray) -> Iterable[Function]:
    """Yield the activations of names with the parameters that the outputs tell."""
    place = int(np.argmin(np.abs(x + 1)))  # near -1 all of them differ
    if x[place] >= 0:
        return
    for name in names:
        if name in FITTED:
            try:
                yield _function(name, FITTED[name](float(x[place]), float(y[place])))
            except ValueError:  # no such activation has this value
                continue


def _difference(function: Function, x: FloatArray, y: FloatArray) -> float:
    """Return the largest difference to an activation, relative to the size of the outputs."""
    with np.errstate(all="ignore"):
        difference = float(np.max(np.abs(function.source(x) - y)))
    size = max(float(np.sqrt(np.mean(y**2))), 1e-30)
    return difference / size if math.isfinite(difference) else math.inf
