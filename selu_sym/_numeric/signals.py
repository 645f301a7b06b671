"""Signal propagation on plain numbers, in float64: gradients, pairs of inputs, finite width."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from selu_sym._generated import numpy_kernels
from selu_sym._numeric.elementwise import blockwise, choose, elementwise, single
from selu_sym._numeric.fixed_point import is_beyond
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.moments import compute_moments
from selu_sym._numeric.selu import SeluAtMoments
from selu_sym._numeric.validation import FloatArray, Values
from selu_sym._numeric.weights import required, sum_of_squares

PAIRS_AT_ONCE = 256
"""Pairs that are integrated at a time, each at ``ANGLE_NODES`` nodes."""


def gradient_gain(p: SeluAtMoments) -> Values:
    """Return the gain at a fixed point; NaN beyond what float64 can follow."""
    m, v = p.input_mean, p.input_variance
    tau = sum_of_squares(required(p.weights, "signal propagation")) + 0 * v
    (found,) = elementwise(gain, m, v, p.alpha, p.scale, tau)
    known: FloatArray = np.where(is_beyond(m, v, p.mean, p.variance), np.nan, found)
    return known if known.ndim else known.item()


def in_words(chi: float) -> str:
    """Return a gradient gain, and over how many layers it makes ten of one, or one of ten.

    The explorer says the same: ``gainInWords`` in ``docs/explorer/words.js``.
    """
    text = f"{chi:.6g} a layer (second moment)"
    if abs(chi - 1) < numpy_kernels.EQUAL_GAIN:
        return text
    becomes = "tenfold" if chi > 1 else "a tenth"
    layers = float(f"{abs(math.log(10) / math.log(chi)):.3g}")
    return f"{text}, {becomes} over {layers:.10g} layers"


def gain(m: Values, v: Values, alpha: Values, scale: Values, tau: Values) -> tuple[Values]:
    """Return tau E[selu'(z)^2] of z ~ N(m, v), for floats or for arrays of one dimension."""
    kernels = kernels_for(m)
    P, _, T2, _ = blockwise(kernels.tails, m, v)
    return (kernels.gradient_gain(P, T2, alpha, scale, tau),)


def output_moments(
    v: Values, alpha: Values, scale: Values
) -> tuple[Values, Values, Values, Values]:
    """Return E[selu(z)^k] of z ~ N(0, v) for k = 1 to 4, for floats or for 1-D arrays."""
    kernels = kernels_for(v)
    A, B, C, D, *_ = compute_moments(0 * v, v)
    third, fourth = kernels.high_moments(*powers_below(v), alpha, scale, v)
    return scale * (A + alpha * B), scale**2 * (C + alpha**2 * D), third, fourth


def powers_below(v: Values) -> tuple[Values, Values]:
    """Return E[(e^z - 1)^k 1{z<0}] of z ~ N(0, v) for k = 3 and 4, for floats or 1-D arrays."""
    kernels = kernels_for(v)
    third, fourth = blockwise(kernels.high_moments_below_by_differences, v)
    where = single(kernels.needs_series, v)
    return choose(where, kernels.high_moments_below_by_series, (third, fourth), v)


def second_moment_slopes(
    v: Values, alpha: Values, scale: Values, tau: Values
) -> tuple[Values, Values, Values]:
    """Return (g', g'', the derivative of the new mean) in the second moment, for m = 0.

    The terms of g'' cancel down to about 1/v^2 of them: its relative error is 1e-12 at v = 100, and
    2e-8 at v = 1e4.
    """
    kernels = kernels_for(v)
    _, T1, T2, p0 = blockwise(kernels.tails, 0 * v, v)
    return kernels.second_moment_slopes(T1, T2, p0, alpha, scale, tau)


def pair_means(c: FloatArray, v: FloatArray, alpha: FloatArray, scale: FloatArray) -> FloatArray:
    """Return E[selu(z1) selu(z2)] of pairs of the correlation c, for arrays of one dimension."""
    return blockwise(_pair_means, c, v, alpha, scale, block=PAIRS_AT_ONCE)[0]


def _pair_means(
    c: FloatArray, v: FloatArray, alpha: FloatArray, scale: FloatArray
) -> tuple[FloatArray]:
    theta, eta = np.arccos(c), np.arccos(-c)
    nodes, weights = unit_rule(numpy_kernels.ANGLE_NODES)
    ends = numpy_kernels.angle_limits(v, theta, eta)
    below, slope = (end[:, None] * nodes for end in ends)
    Kmm = numpy_kernels.both_below_integrand(below, v[:, None], eta[:, None]) @ weights * ends[0]
    W = numpy_kernels.opposite_slope_integrand(slope, v[:, None]) @ weights * ends[1]
    return (numpy_kernels.pair_mean(Kmm, W, c, eta, v, alpha, scale),)


def next_decorrelation(
    d: FloatArray,
    v: FloatArray,
    following: FloatArray,
    alpha: FloatArray,
    scale: FloatArray,
    tau: FloatArray,
) -> FloatArray:
    """Return 1 - c one layer on from d = 1 - c, for arrays of one dimension.

    The net inputs have the variance v in this layer, and the variance following in the next one.
    """
    distances = pair_distances(d, v, alpha, scale)
    found: FloatArray = numpy_kernels.next_decorrelation(distances, following, tau)
    return np.minimum(found, 2.0)  # beyond it by rounding errors, where the SELU is nearly linear


def pair_distances(
    d: FloatArray, v: FloatArray, alpha: FloatArray, scale: FloatArray
) -> FloatArray:
    """Return E[(selu(z1) - selu(z2))^2]/2 of pairs of the correlation 1 - d, for 1-D arrays.

    From a correlation of 0 on, it is a sum of positive numbers. Below, it is the difference of
    the second moment and the mean product, of which the latter is at most about half as large.
    """
    found: FloatArray = np.where(np.isnan(alpha), np.nan, 0.0)
    near, far = np.flatnonzero((d > 0) & (d <= 1)), np.flatnonzero(d > 1)
    if near.size:
        parts = (argument[near] for argument in (d, v, alpha, scale))
        (found[near],) = blockwise(_pair_distances, *parts, block=PAIRS_AT_ONCE)
    if far.size:
        c, v, alpha, scale = (argument[far] for argument in (1 - d, v, alpha, scale))
        second_moment = output_moments(v, alpha, scale)[1]
        found[far] = second_moment - pair_means(c, v, alpha, scale)
    return found


def _pair_distances(
    d: FloatArray, v: FloatArray, alpha: FloatArray, scale: FloatArray
) -> tuple[FloatArray]:
    nodes, weights = unit_rule(numpy_kernels.ANGLE_NODES)
    edge, nearest, border, low, high, half = numpy_kernels.distance_limits(v, d)
    parts = (
        (numpy_kernels.distance_near_edge, 0 * d, edge),
        (numpy_kernels.distance_between, nearest, border),
        (numpy_kernels.distance_near_peak, low, high),
        (numpy_kernels.distance_at_peak, 0 * d, half),
    )
    columns = [argument[:, None] for argument in (v, d, alpha)]
    total: FloatArray = 0 * d
    for integrand, start, end in parts:
        length = end - start
        w = start[:, None] + length[:, None] * nodes
        total = total + integrand(w, *columns) @ weights * length
    return (scale**2 * total,)


@cache
def unit_rule(count: int) -> tuple[FloatArray, FloatArray]:
    """Return the nodes and weights of the Gauss-Legendre rule on the interval from 0 to 1.

    They are NumPy's: with the weights of SciPy's ``roots_sh_legendre``, derivatives that cancel
    have four times the error.
    """
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2
