"""E[f(z1) f(z2)] of two Gaussian net inputs, as a double integral between all bends.

Nothing is assumed about f but where it bends: Gauss-Legendre rules on panels that become smaller by
a constant factor towards each point at which the inner or the outer integrand changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]

REACH = 9.5
RULE = np.polynomial.legendre.leggauss(20)


def pair_mean(
    f: Function, v1: float, v2: float, c: float, bends: Sequence[float] = (0.0,)
) -> float:
    """Return the mean for net inputs of the variances v1, v2 and the correlation c."""
    s1, s2 = math.sqrt(v1), math.sqrt(v2)
    ratio, rest = c * s2 / s1, s2 * math.sqrt((1 - c) * (1 + c))
    smallest = min(1e-2, 1e-2 / s1, rest / s2 if rest else 1.0)
    places = [bend / s1 for bend in bends]
    places += [bend / (ratio * s1) for bend in bends if ratio]
    x, weight = nodes(tuple(places), smallest)
    z1 = s1 * x
    density = weight * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    if not rest:
        return float(density @ (f(z1) * f(ratio * z1)))
    inner = [conditional(f, ratio * z, rest, bends) for z in z1]
    return float(density @ (f(z1) * inner))


def conditional(f: Function, mean: float, deviation: float, bends: Sequence[float]) -> float:
    """Return E f(z) of z ~ N(mean, deviation^2)."""
    places = tuple((bend - mean) / deviation for bend in bends)
    x, weight = nodes(places, min(1e-2, 1e-2 / deviation))
    density = weight * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return float(density @ f(mean + deviation * x))


def nodes(places: tuple[float, ...], smallest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights from -REACH to REACH, in panels that are dense about places."""
    near = [place for place in places if abs(place) < REACH + 1]
    sizes = smallest * 4.0 ** np.arange(math.ceil(math.log(2 * REACH / smallest, 4)))
    points = np.concatenate(
        [np.linspace(-REACH, REACH, 10), *([p, *(p + sizes), *(p - sizes)] for p in near)]
    )
    points = np.unique(points[np.abs(points) <= REACH])
    low, length = points[:-1, None], np.diff(points)[:, None]
    x, weight = RULE
    return (low + length * (x + 1) / 2).ravel(), (length * weight / 2).ravel()
