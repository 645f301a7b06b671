"""Pairs of activations with kinks beside 0, one by one.

Where the angle is small and both variances are nearly equal, kinks beside 0 leave no smooth
function to tabulate. An activation that is linear between its kinks takes one integral for two
kinks (``derivations.kernels.kink_integrand``). Any other takes a double integral, some
milliseconds.
"""

from __future__ import annotations

import math

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.pairs import normal_nodes
from selu_sym._numeric.signals import unit_rule
from selu_sym._numeric.validation import FloatArray

COUNT = 96
"""Nodes for a pair of kinks."""

SMALLEST_GAP = 1e-9
"""The gap of kinks that are the same, or nearer to each other."""

KINK_PAIRS_AT_ONCE = 4096
"""Pairs that are integrated at a time."""

Both = tuple[FloatArray, FloatArray]
"""E[f(z1) f(z2)] and E[f'(z1) f'(z2)]."""


def is_piecewise_linear(source: Source) -> bool:
    """Return whether an activation is continuous, and linear between its kinks."""
    if source.jumps or source.calculated:
        return False
    for piece in source.pieces:
        if not piece.polynomial:
            return False
        if piece.evaluate is not None:
            low, high = max(piece.low, -1e3), min(piece.high, 1e3)
            _, slope = piece.evaluate(np.linspace(low, high, 5)[1:-1])
            if np.ptp(slope) > 0:
                return False
    return True


def linear_between_kinks(source: Source, v1: FloatArray, v2: FloatArray, theta: FloatArray) -> Both:
    """Return both means of an activation that is linear between its kinks; arrays broadcast."""
    v1, v2, theta = np.broadcast_arrays(v1, v2, theta)
    shape = theta.shape
    v1, v2, theta = v1.ravel(), v2.ravel(), theta.ravel()
    first, second = (means(source, 0.0 * v, v) for v in (v1, v2))
    scale = np.sqrt(v1) * np.sqrt(v2)
    slope: FloatArray = np.multiply(first.derivative_mean, second.derivative_mean)
    mean = np.multiply(first.mean, second.mean) + slope * scale * np.cos(theta)
    places, heights = [piece.low for piece in source.pieces[1:]], source.kinks()
    for start in range(0, theta.size, KINK_PAIRS_AT_ONCE):
        part = slice(start, start + KINK_PAIRS_AT_ONCE)
        for place1, height1 in zip(places, heights, strict=True):
            for place2, height2 in zip(places, heights, strict=True):
                of_mean, of_slope = _of_kinks(
                    place1 / np.sqrt(v1[part]), place2 / np.sqrt(v2[part]), theta[part]
                )
                slope[part] += height1 * height2 * of_slope
                mean[part] += height1 * height2 * scale[part] * of_mean
    return mean.reshape(shape), slope.reshape(shape)


def _of_kinks(h: FloatArray, k: FloatArray, theta: FloatArray) -> Both:
    """Return the integrals over the covariance of two unit kinks, of the mean and of the slope."""
    psi = math.pi / 2 - theta
    sign = np.where(psi < 0, -1.0, 1.0)
    k, psi = sign * k, np.abs(psi)
    gap = np.maximum(np.abs(h - k), SMALLEST_GAP)
    low, high = np.arcsinh((math.pi / 2 - psi) / gap), np.arcsinh(math.pi / 2 / gap)
    nodes, weights = unit_rule(COUNT)
    w = low[:, None] + (high - low)[:, None] * nodes
    with np.errstate(all="ignore"):  # at the angle 0, where the exponential vanishes or is 1
        found = generated.activation_kernels.kink_integrand(
            w, h[:, None], k[:, None], psi[:, None], gap[:, None]
        )
    of_slope, of_mean = (np.nan_to_num(part) @ weights * (high - low) for part in found)
    return of_mean, sign * of_slope


def one_by_one(source: Source, v1: FloatArray, v2: FloatArray, theta: FloatArray) -> Both:
    """Return both means of any activation; arrays broadcast."""
    arrays = np.broadcast_arrays(v1, v2, theta)
    pairs = zip(*(array.ravel().tolist() for array in arrays), strict=True)
    found = [_nested(source, *pair) for pair in pairs]
    mean, slope = (np.array(part).reshape(arrays[0].shape) for part in zip(*found, strict=True))
    return mean, slope


def _nested(source: Source, v1: float, v2: float, theta: float) -> tuple[float, float]:
    """Return both means of a pair: given z1, z2 is N(c z1 sqrt(v2/v1), v2 sin(theta)^2)."""
    ratio, spread = math.cos(theta) * math.sqrt(v2 / v1), v2 * math.sin(theta) ** 2
    z, density = normal_nodes(source, ratio, v1)
    if spread < 1e-20 * v2:
        return (
            float(density @ (source(z) * source(ratio * z))),
            float(density @ (source.derivative(z) * source.derivative(ratio * z))),
        )
    inner = means(source, ratio * z, np.full_like(z, spread))
    return (
        float(density @ (source(z) * inner.mean)),
        float(density @ (source.derivative(z) * inner.derivative_mean)),
    )
