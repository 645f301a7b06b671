"""Pairs of inputs: E[f(z1) f(z2)] and E[(f(z1) - f(z2))^2] of any activation, by nested rules.

Given z1, z2 is N(c z1, (1 - c^2) v), so that the mean is that of f(z1) M1(c z1, (1 - c^2) v). As a
function of z1 it bends at the kinks of f, and near 1/c times them within the width sqrt(1 - c^2):
between these points it is integrated by the double exponential rule.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.validation import FloatArray

SIDE_NODES = 66
"""Nodes of the double exponential rule on each side of the one in the middle."""

WIDTHS_OF_A_PANEL = 24
"""Of a function that oscillates, how many of its widths these nodes resolve to the last digits."""

MOST_PANELS = 2000
"""Panels on each side: beyond some 1e9 for the variance, sine and cosine lose their digits."""


@cache
def double_exponential_rule() -> tuple[FloatArray, FloatArray]:
    """Return its nodes and weights on the interval from -1 to 1."""
    kernels = generated.activation_kernels
    steps = np.linspace(-kernels.LAST_STEP, kernels.LAST_STEP, 2 * SIDE_NODES + 1)
    nodes, slopes = kernels.double_exponential_node(steps)
    return nodes, slopes * (steps[1] - steps[0])


def pair_mean(source: Source, c: float, v: float) -> float:
    """Return E[f(z1) f(z2)] for z1, z2 ~ N(0, v) of the correlation c."""
    if c == 1:
        return float(means(source, 0.0, v).second_moment)
    z, density = normal_nodes(source, c, v)
    if c == -1:
        return float(density @ (source(z) * source(-z)))
    spread = generated.activation_kernels.conditional_variance(c, v)
    inner = means(source, c * z, np.full_like(z, spread)).mean
    return float(density @ (source(z) * inner))


def pair_distance(source: Source, d: float, v: float) -> float:
    """Return E[(f(z1) - f(z2))^2]/2 for z1, z2 ~ N(0, v) of the correlation 1 - d.

    From a correlation of 0 on, z1 and z2 are independent normal variables around one that they
    share, w ~ N(0, (1 - d) v): the distance is the mean over w of a variance, and keeps its digits
    where d is small. Below, it is the difference of the second moment and the mean product.
    """
    if d == 0:
        return 0.0
    if d > 1:
        return float(means(source, 0.0, v).second_moment) - pair_mean(source, 1 - d, v)
    if d == 1:
        return float(means(source, 0.0, v).variance)
    w, density = normal_nodes(source, 0.0, (1 - d) * v)
    return float(density @ np.asarray(means(source, w, np.full_like(w, d * v)).variance))


def normal_nodes(source: Source, slope: float, v: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes z, and weights times the density of N(0, v), for the mean of f(z) g(z).

    Here g(z) is the mean of f over normal variables around slope z. Nodes accumulate at all points
    where f or g bends.
    """
    kernels = generated.activation_kernels
    end = kernels.DEVIATIONS_INTEGRATED * math.sqrt(v)
    kinks = [piece.low for piece in source.pieces[1:]]
    bends = [0.0, *kinks, *(-kink for kink in kinks)]
    if source.oscillates:
        panels = min(math.ceil(end / (WIDTHS_OF_A_PANEL * source.width)), MOST_PANELS)
        bends += np.linspace(-end, end, 2 * panels + 1).tolist()
    if slope:
        bends += [kink / slope for kink in kinks]
    points = sorted({-end, end, *(bend for bend in bends if abs(bend) < end)})
    low, high = np.array(points[:-1])[:, None], np.array(points[1:])[:, None]
    half = (high - low) / 2
    nodes, weights = double_exponential_rule()
    z = (low + half * (1 + nodes)).ravel()
    return z, kernels.weight(z, 0.0, v) * (half * weights).ravel()
