"""How the moments and gradients of networks of a finite width fluctuate, layer by layer.

All is to first order in 1/width, from ``derivations.propagation``.
"""

from __future__ import annotations

from typing import NamedTuple

from selu_sym import _generated as generated
from selu_sym._numeric import signals
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.weights import Weights, sums


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


class LayerMeans(NamedTuple):
    """What the fluctuations of a layer follow from: of y = f(z), z ~ N(0, v), at q = E y^2 before.

    G is E f'^2.
    """

    first: float
    second: float
    third: float
    fourth: float
    """E y^k."""

    slope: float
    """The derivative of the second moment with respect to q."""

    mean_slope: float
    """The derivative of the mean with respect to q."""

    kappa: float
    """E f'^4/G^2."""

    mean_slope_square: float
    """E[y f'^2]/G."""

    square_slope: float
    """E[y^2 f'^2]/G."""

    gain_slope: float
    """The derivative of log G with respect to q."""


def selu_means(alpha: float, scale: float, v: float, tau: float) -> LayerMeans:
    """Return the means of a layer of SELUs."""
    slope, _, mean_slope = signals.second_moment_slopes(v, alpha, scale, tau)
    powers = signals.output_moments(v, alpha, scale)
    slopes = kernels_for(v).slope_moments(alpha, scale, v, tau)
    return LayerMeans(*map(float, (*powers, slope, mean_slope, *slopes)))


class Dropout(NamedTuple):
    """Alpha dropout: a y + b of a unit y that is kept, a s + b of a dropped one."""

    value: float
    """What s is."""

    keep: float
    """The probability that a unit is kept."""

    scale: float
    shift: float


def means_after_dropout(layer: LayerMeans, dropout: Dropout) -> LayerMeans:
    """Return the means of a layer with dropout after its activation."""
    after = generated.activation_kernels.layer_means_after_dropout(*layer[:-1], *dropout)
    return LayerMeans._make((*map(float, after), layer.gain_slope))


def next_fluctuations(
    before: Fluctuations, layer: LayerMeans, weights: Weights, width: int
) -> Fluctuations:
    """Return the variances after one more layer."""
    kernels = kernels_for(layer.first)
    first, second, slope = layer.first, layer.second, layer.slope
    of_square, of_mean, of_variance = kernels.next_fluctuations(
        first,
        second,
        layer.third,
        layer.fourth,
        slope,
        layer.mean_slope,
        before.net_input,
        width,
    )
    if sums(weights) is None:
        of_net_input = of_square
        shared = kernels.shared_by_squares(second, layer.square_slope)
    else:
        of_net_input, slope = of_variance, slope - 2 * first * layer.mean_slope
        shared = kernels.shared_by_variances(
            first, second, layer.mean_slope_square, layer.square_slope
        )
    of_growth, shared = kernels.next_growth_fluctuations(
        layer.kappa,
        layer.gain_slope,
        slope,
        shared,
        before.growth,
        before.shared,
        before.net_input,
        width,
    )
    return Fluctuations(*map(float, (of_net_input, of_mean, of_variance, of_growth, shared)))
