"""How the moments and gradients of networks of a finite width fluctuate, layer by layer.

All is to first order in 1/width, from ``derivations.propagation``.
"""

from __future__ import annotations

from typing import NamedTuple

from selu_sym._numeric import signals
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.weights import Weights, sum_of_squares, sums


class Fluctuations(NamedTuple):
    """Variances over networks of a finite width."""

    net_input: float = 0.0
    """Of the number that decides the next net input's variance: the empirical second moment for
    independent weights, the empirical variance for weights of the sum 0."""

    mean: float = 0.0
    variance: float = 0.0
    growth: float = 0.0
    """Of the logarithm of a gradient's growth."""

    shared: float = 0.0
    """Covariance of that logarithm with the number of which ``net_input`` is the variance."""


def next_fluctuations(
    before: Fluctuations, alpha: float, scale: float, v: float, weights: Weights, width: int
) -> Fluctuations:
    """Return the variances after one more layer, whose net inputs are N(0, v)."""
    kernels, tau = kernels_for(v), sum_of_squares(weights)
    slope, _, mean_slope = signals.second_moment_slopes(v, alpha, scale, tau)
    first, second, third, fourth = signals.output_moments(v, alpha, scale)
    of_square, of_mean, of_variance = kernels.next_fluctuations(
        first, second, third, fourth, slope, mean_slope, before.net_input, width
    )
    kappa, mean_slope_square, square_slope, by_net_input = kernels.slope_moments(
        alpha, scale, v, tau
    )
    if sums(weights) is None:
        of_net_input = of_square
        shared = kernels.shared_by_squares(second, square_slope)
    else:
        of_net_input, slope = of_variance, slope - 2 * first * mean_slope
        shared = kernels.shared_by_variances(first, second, mean_slope_square, square_slope)
    of_growth, shared = kernels.next_growth_fluctuations(
        kappa, by_net_input, slope, shared, before.growth, before.shared, before.net_input, width
    )
    return Fluctuations(*map(float, (of_net_input, of_mean, of_variance, of_growth, shared)))
