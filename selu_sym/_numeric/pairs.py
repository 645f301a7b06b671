"""Pairs of inputs: E[f(z1) f(z2)] of any activation, by a rule within a rule.

Given z1, z2 is N(c z1, (1 - c^2) v), so that the mean is that of f(z1) M1(c z1, (1 - c^2) v). As a
function of z1 it bends at the kinks of f, and near 1/c times them within the width sqrt(1 - c^2):
between these points it is integrated by the double exponential rule, whose nodes accumulate at
both ends (H. Takahasi and M. Mori, 1974).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from selu_sym._generated import activation_kernels as kernels
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.validation import FloatArray

REACH = 9.5
"""Deviations up to which is integrated."""

STEPS = np.linspace(-3.3, 3.3, 133)
"""The variable t of a node tanh(pi/2 sinh t), about as far as float64 tells it from 1."""

NODES = np.tanh(np.pi / 2 * np.sinh(STEPS))
WEIGHTS = (
    np.pi / 2 * np.cosh(STEPS) / np.cosh(np.pi / 2 * np.sinh(STEPS)) ** 2 * (STEPS[1] - STEPS[0])
)


def pair_mean(source: Source, c: float, v: float) -> float:
    """Return E[f(z1) f(z2)] for z1, z2 ~ N(0, v) of the correlation c."""
    if c == 1:
        return float(means(source, 0.0, v).second_moment)
    z, weight = _nodes(source, c, v)
    density = kernels.weight(z, 0.0, v) * weight
    if c == -1:
        return float(density @ (source(z) * source(-z)))
    spread = (1 - c) * (1 + c) * v
    inner = means(source, c * z, np.full_like(z, spread)).mean
    return float(density @ (source(z) * inner))


def _nodes(source: Source, c: float, v: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights between all points where the integrand bends."""
    end = REACH * math.sqrt(v)
    kinks = [piece.low for piece in source.pieces[1:]]
    bends = [0.0, *kinks, *(-kink for kink in kinks)]
    if c:
        bends += [kink / c for kink in kinks]
    points = sorted({-end, end, *(bend for bend in bends if abs(bend) < end)})
    low, high = np.array(points[:-1])[:, None], np.array(points[1:])[:, None]
    half: Any = (high - low) / 2
    return (low + half * (1 + NODES)).ravel(), (half * WEIGHTS).ravel()
