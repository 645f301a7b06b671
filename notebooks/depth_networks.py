"""Random networks of notebook 15: the same weights for several activations at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from selu_sym import SeluParameters, TransformedActivation, moment_map

__all__ = ["Signals", "function", "next_second_moment", "random_signals"]

Shape = SeluParameters | TransformedActivation

STEP = 1e-5
"""Half the distance of the values whose difference gives a slope."""

HELD = 1e-11, 1e7
"""Second moments between which the map of them is computed."""


class Signals(NamedTuple):
    """What is seen in a random network, as arrays of (activation, layer)."""

    mean: np.ndarray
    variance: np.ndarray
    growth: np.ndarray
    """By how much a gradient's squared norm grows from this layer back to the input."""

    correlation: np.ndarray
    """Cosine of the angle between two inputs, which is 0 at first."""


def function(p: Shape) -> Callable[[np.ndarray], np.ndarray]:
    """Return an activation as a function of arrays."""
    if isinstance(p, TransformedActivation):
        return p
    return lambda z: p.scale * np.where(z > 0, z, p.alpha * np.expm1(np.minimum(z, 0)))


def next_second_moment(q: float, p: Shape) -> float:
    """Return the second moment one layer on; what is next to 0 or far out stays there."""
    if not HELD[0] < q < HELD[1]:
        return q
    mean, variance = moment_map(0.0, q, p, weights="iid")
    return variance + mean**2


def random_signals(
    shapes: Sequence[Shape], depth: int, width: int, random: np.random.Generator
) -> Signals:
    """Draw the weights of a network, send two inputs and a gradient through it for each activation.

    The inputs are orthogonal, with the second moment of the fixed point. The gradient is drawn at
    the last layer, and goes back on the way of the first input.
    """
    functions = [function(p) for p in shapes]
    weights = random.standard_normal((depth, width, width), dtype=np.float32) / width**0.5
    inputs = np.linalg.qr(random.standard_normal((width, 2)))[0] * np.sqrt(width)
    layers = [np.array([np.sqrt(p.variance + p.mean**2) * inputs for p in shapes])]
    slopes = []
    for weight in weights:
        z = (weight @ layers[-1].astype(np.float32)).astype(float)
        slopes.append(np.array([_slope(f, own[:, 0]) for f, own in zip(functions, z, strict=True)]))
        layers.append(np.array([f(own) for f, own in zip(functions, z, strict=True)]))
    gradients = np.tile(random.standard_normal(width), (len(shapes), 1))
    squares = [np.sum(gradients**2, axis=1)]
    for weight, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradients = ((slope * gradients).astype(np.float32) @ weight).astype(float)
        squares.append(np.sum(gradients**2, axis=1))
    x, y = np.moveaxis(np.array(layers), (1, 3), (1, 0))  # each: (activation, layer, unit)
    cosines = np.sum(x * y, 2) / np.sqrt(np.sum(x**2, 2) * np.sum(y**2, 2))
    growth = squares[-1] / np.array(squares[::-1])
    return Signals(x.mean(2), x.var(2), growth.T, cosines)


def _slope(f: Callable[[np.ndarray], np.ndarray], z: np.ndarray) -> np.ndarray:
    return (f(z + STEP) - f(z - STEP)) / (2 * STEP)
