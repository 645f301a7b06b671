"""Signal propagation: gradients, pairs of inputs, and finite width: what users call."""

from __future__ import annotations

import math
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from selu_sym import _generated as generated
from selu_sym._generated import numpy_kernels
from selu_sym._numeric import signals, validation
from selu_sym._numeric.activation_checks import is_inside
from selu_sym._numeric.elementwise import elementwise
from selu_sym._numeric.fluctuations import (
    Dropout,
    Fluctuations,
    LayerMeans,
    means_after_dropout,
    next_fluctuations,
    selu_means,
)
from selu_sym._numeric.validation import FloatArray, Values
from selu_sym._numeric.weights import Weights, net_input, required, sum_of_squares, sums
from selu_sym._selu import SeluParameters
from selu_sym._stability import dropped_value, moment_map
from selu_sym._transformed import (
    TransformedActivation,
    distance_of,
    gain_at,
    gain_of,
    layer_means_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Propagation", "correlation_map", "gradient_gain", "propagate"]


@dataclass(frozen=True, eq=False)
class Propagation:
    """What becomes of a signal, layer by layer; arrays of depth + 1, of which 0 is the input."""

    mean: FloatArray
    """Mean of the activations, in the limit of wide layers."""

    variance: FloatArray
    """Variance of the activations, in the limit of wide layers."""

    gradient_growth: FloatArray
    """Factor by which the second moment of a gradient grows from this layer back to the input."""

    mean_deviation: FloatArray | None
    """Standard deviation of the mean over a layer's units, None without a width."""

    variance_deviation: FloatArray | None
    """Standard deviation of the variance over a layer's units, None without a width."""

    correlation: FloatArray | None
    """Correlation of the net inputs that this layer makes of two inputs, None without one."""

    decorrelation: FloatArray | None = None
    """1 - correlation with digits of its own, also where the correlation is rounded to 1."""

    gradient_growth_deviation: FloatArray | None = None
    """Standard deviation over networks of the natural logarithm of a single gradient's growth.

    None without a width."""

    def __repr__(self) -> str:
        depth = len(self.mean) - 1
        lines = [f"Propagation through {depth} layers, at the input and at the end:"]
        for name, values in vars(self).items():
            if values is not None and name != "decorrelation":
                label = name.replace("_", " ")
                lines.append(f"{label:<26}{values[0]:>13.5g}{values[-1]:>13.5g}")
        return "\n".join(lines)

    def plot(self) -> Figure:
        """Return a figure of all quantities by layer, with bands of two deviations.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from matplotlib import figure as pictures  # noqa: PLC0415 - few need it

        figure = pictures.Figure(figsize=(8, 6), layout="constrained")
        layers = np.arange(len(self.mean))
        panels = figure.subplots(2, 2, sharex=True).flat
        for axes, name in zip(
            panels, ("mean", "variance", "gradient_growth", "correlation"), strict=True
        ):
            values = getattr(self, name)
            axes.set(xlabel="layer", ylabel=name.replace("_", " "))
            if values is None:
                axes.set_axis_off()
                continue
            axes.plot(layers, values)
            deviation = getattr(self, f"{name}_deviation", None)
            if name == "gradient_growth":
                axes.set_yscale("log")
            if deviation is None:
                continue
            if name == "gradient_growth":  # of a lognormal variable with this mean
                median = values * np.exp(-(deviation**2) / 2)
                band = median * np.exp(-2 * deviation), median * np.exp(2 * deviation)
            else:
                band = values - 2 * deviation, values + 2 * deviation
            axes.fill_between(layers, *band, alpha=0.25)
        return figure


def gradient_gain(p: SeluParameters | TransformedActivation, rate: npt.ArrayLike = 0.0) -> Values:
    r"""Return by how much a layer multiplies the second moment of gradients that go back.

    .. math:: \chi = \tau E[f'(z)^2] = \tau \lambda^2 (P + \alpha^2 T_2), \quad
        P = P(z > 0), \quad T_2 = E[e^{2z} 1_{z<0}]

    for f = selu, at the fixed point of p and its net input z ~ N(m, v).

    Parameters
    ----------
    p : SeluParameters or TransformedActivation
        From :func:`selu_parameters`, :func:`standardize` or :func:`balance`. With scale a and
        shift, the gain is tau a^2 E[f'^2].
    rate : array_like
        Rate of the alpha dropout after the activation, in [0, 1). Dropout multiplies the gain by
        q a^2, with q = 1 - rate and the a of ``p.dropout_affine(rate)``. Broadcasts with p.

    Returns
    -------
    float, or float64 array; NaN where p has no solution

    Raises
    ------
    ValueError
        If the parameters are of no weight model (:func:`match_moments`), a rate is outside
        [0, 1), or the activation jumps.

    Notes
    -----
    For independent weights without biases chi > 1 at every fixed point of every SELU: gradients
    grow, by chi a layer. That is a theorem, for any tau: for He's and PyTorch's initializers, too.
    chi tends to 1 only where the SELU, on the scale of its net input, becomes positively
    homogeneous, that is, one line above zero and one below: linear, a ReLU, or a leaky ReLU of any
    slope.

    Accuracy: 1e-13 relative for given alpha and scale, ``|m|/sqrt(v) <= 8`` and
    ``1e-8 <= v <= 1e8``. NaN beyond what float64 can follow, as in :func:`stability`.
    :func:`selu_sym.precise.gradient_gain` has any number of digits.

    Source: ``derivations.propagation``.

    Examples
    --------
    >>> import selu_sym
    >>> print(f"{gradient_gain(selu_sym.selu_parameters(0.0, 1.0)):.6f}")
    1.071575
    """
    dropped = validation.rate(rate)
    found = gain_of(p) if isinstance(p, TransformedActivation) else signals.gradient_gain(p)
    if isinstance(dropped, float) and dropped == 0:
        return found
    factor, _ = p.dropout_affine(dropped)
    return found * generated.activation_kernels.gain_after_dropout(1 - dropped, factor)


def correlation_map(c: npt.ArrayLike, p: SeluParameters | TransformedActivation) -> Values:
    r"""Return the correlation of two inputs' net inputs one layer on.

    .. math:: c' = (\tau E[f(z_1) f(z_2)] + \beta) / v
        = 1 - \frac{\tau}{2 v} E[(f(z_1) - f(z_2))^2]

    for the activation f and net inputs z1, z2 ~ N(0, v) of the correlation c, at p's fixed point.
    Its slope at c = 1 is :func:`gradient_gain`. For weights of the sum 0, the covariance of the
    activations takes the place of their mean product; the second form is the same.

    Parameters
    ----------
    c : array_like
        Correlation within [-1, 1]. Broadcasts with the parameters.
    p : SeluParameters or TransformedActivation
        Of independent weights, of weights of the sum 0, or of any weights where the mean is 0. An
        activation with scale and shift must be of a single target.

    Returns
    -------
    float, or float64 array of the broadcast shape
        Within [-1, 1]; exactly 1 for c = 1. NaN where p has no solution.

    Raises
    ------
    ValueError
        If a correlation is outside [-1, 1], or the net inputs of p have a mean that is not 0.

    Notes
    -----
    Accuracy, for ``1e-4 <= v <= 1e4``: 1e-12 absolute; for c >= 0, the error of 1 - c' is 1e-12 of
    it and the rounding of c' to a double, 2**-53. :func:`propagate` carries 1 - c from layer to
    layer, so that pairs that come together keep their digits. Of an activation with scale and
    shift: 1e-10 absolute.

    Source: ``derivations.correlation``; R. Price, *A useful theorem for nonlinear devices having
    Gaussian inputs*, 1958.

    Examples
    --------
    >>> import selu_sym
    >>> print(f"{correlation_map(0.5, selu_sym.selu_parameters(0.0, 1.0)):.6f}")
    0.490569
    """
    tau = _tau_of_pairs(p)
    if isinstance(p, TransformedActivation):
        return _transformed_correlations(validation.correlation(c), p, tau)
    c, v, alpha, scale = validation.broadcast(
        c=validation.correlation(c), v=p.input_variance, alpha=p.alpha, scale=p.scale
    )
    d, v, alpha, scale = (np.ravel(argument) for argument in (np.subtract(1, c), v, alpha, scale))
    found = 1 - signals.next_decorrelation(d, v, v, alpha, scale, np.array(tau))
    return found.reshape(np.shape(c)) if np.ndim(c) else found.item()


def propagate(
    p: SeluParameters | TransformedActivation,
    depth: int,
    *,
    mean: float | None = None,
    variance: float | None = None,
    width: int | None = None,
    correlation: float | None = None,
    rate: float = 0.0,
) -> Propagation:
    r"""Return what becomes of a signal in a network of layers with this activation.

    .. math::
        (\mu, \nu)_{l+1} = g((\mu, \nu)_l), \quad
        \Gamma_{l+1} = \chi_l \Gamma_l, \quad c_{l+1} = C_l(c_l)

    with the map g of :func:`moment_map`, and with :func:`gradient_gain` and :func:`correlation_map`
    at the moments of layer l.

    Parameters
    ----------
    p : SeluParameters or TransformedActivation
        Of a single target, from :func:`selu_parameters`, :func:`standardize` or :func:`balance`;
        its weight model is that of all layers.
    depth : int
        Number of layers, at least 1.
    mean, variance : float, optional
        Moments of the input, those of the fixed point by default.
    width : int, optional
        Units of each layer: with it, the deviations over networks are computed.
    correlation : float, optional
        Correlation of the net inputs that two inputs with these moments make in the first layer.
    rate : float
        Rate in [0, 1) of the alpha dropout after each activation, by ``p.dropout_affine(rate)``.
        Each of two inputs has a mask of its own.

    Returns
    -------
    Propagation
        Of all layers, or of those before the first one whose moments float64 cannot hold.

    Raises
    ------
    ValueError
        If depth or width is no positive integer, a moment or the correlation is outside its
        domain, p holds arrays, no solution or no weight model, or its weights are neither
        independent nor of the sum 0 where a width or a correlation is given.

    Warns
    -----
    UserWarning
        If the signal leaves what float64 can hold, with the number of that layer.

    Notes
    -----
    The correlation is carried from layer to layer as 1 - c, ``decorrelation``, whose relative error
    grows by about 1e-12 a layer: that of pairs that come together has its digits, too. Where it is
    1 it stays 1. Of an activation with scale and shift it is 1e-9 a layer, for 1 - c above 1e-10.

    The deviations are those of the law of total variance to first order in 1/width: a layer's
    second moment has the variance rho^2 sigma^2 + (E f^4 - (E f^2)^2)/width, where sigma^2 is
    that of the layer before, and rho the slope of the map of second moments. Next orders count
    where rho is near 1. For weights of the sum 0, the variance of the activations takes the place
    of the second moment.

    ``gradient_growth`` is the mean over networks in the limit of wide layers.
    ``gradient_growth_deviation`` is, to first order in depth/width, the deviation of its natural
    logarithm over networks, for one gradient that is drawn at random at the last layer: each layer
    adds about (3 E f'^4/(E f'^2)^2 - 1)/width to its square. Where it is 1, single networks differ
    from the mean by factors of three; their median is about exp(-deviation**2/2) of it. In random
    networks it was found within 4 percent, for depths up to three times the width.

    Source: ``derivations.propagation``, ``derivations.correlation``.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> print(propagate(p, 40, width=128).variance_deviation[-1].round(3))
    0.174
    """
    weights = _model(p)
    if np.ndim(p.scale):
        raise ValueError(f"p must be of a single target, got arrays of shape {np.shape(p.scale)}")
    if math.isnan(p.scale):
        raise ValueError("p must be a SELU, but none has this fixed point: alpha is nan")
    depth = validation.count("depth", depth)
    if width is not None:
        width = validation.count("width", width)
    if not (width is None and correlation is None):
        _require_mean_zero(weights)
    dropout = _dropout(p, validation.single_rate(rate))
    mu = float(p.mean) if mean is None else float(validation.finite("mean", mean))
    nu = float(p.variance if variance is None else validation.positive("variance", variance))
    d = math.nan if correlation is None else 1 - float(validation.correlation(correlation))
    states = [_State(mu, nu, d)]
    for layer in range(1, depth + 1):
        following = _advanced(states[-1], p, weights, width, dropout)
        if following is None:
            warnings.warn(
                f"the signal leaves what float64 can hold in layer {layer} of {depth}, after the "
                f"variance {states[-1].variance:g}: the layers before it are returned",
                UserWarning,
                stacklevel=2,
            )
            break
        states.append(following)
    fluctuations = [state.fluctuations for state in states]
    decorrelation = np.array([state.decorrelation for state in states])
    return Propagation(
        mean=np.array([state.mean for state in states]),
        variance=np.array([state.variance for state in states]),
        gradient_growth=np.array([state.growth for state in states]),
        mean_deviation=None if width is None else np.sqrt([f.mean for f in fluctuations]),
        variance_deviation=None if width is None else np.sqrt([f.variance for f in fluctuations]),
        correlation=None if correlation is None else 1 - decorrelation,
        decorrelation=None if correlation is None else decorrelation,
        gradient_growth_deviation=(
            None if width is None else np.sqrt([f.growth for f in fluctuations])
        ),
    )


class _State(NamedTuple):
    """The signal after a layer."""

    mean: float
    variance: float
    decorrelation: float
    """1 less the correlation of two net inputs, NaN where there are none."""

    growth: float = 1.0
    fluctuations: Fluctuations = Fluctuations()


def _advanced(
    state: _State,
    p: SeluParameters | TransformedActivation,
    weights: Weights,
    width: int | None,
    dropout: Dropout | None,
) -> _State | None:
    """Return the signal after one more layer, None where float64 cannot hold it."""
    m, v = map(float, net_input(state.mean, state.variance, weights))
    if not _is_held(m, v) or (isinstance(p, TransformedActivation) and not is_inside(m, v)):
        return None
    mean, variance = before_dropout = _moments(state, p, weights)
    tau = sum_of_squares(weights)
    growth = state.growth * _gain(p, m, v, tau)
    if dropout is not None:
        kernels = generated.activation_kernels
        mean, variance = map(float, kernels.moments_after_dropout(mean, variance, *dropout))
        growth *= float(kernels.gain_after_dropout(dropout.keep, dropout.scale))
    if not _is_held(mean, variance):
        return None
    fluctuations, d = state.fluctuations, state.decorrelation
    if width is not None:
        layer = _layer_means(p, v, tau)
        if dropout is not None:
            layer = means_after_dropout(layer, dropout)
        fluctuations = next_fluctuations(fluctuations, layer, weights, width)
    if not math.isnan(d):
        distance = _pair_distance(p, d, v)
        if dropout is not None:
            distance = float(
                generated.activation_kernels.pair_distance_after_dropout(
                    distance, *before_dropout, *dropout
                )
            )
        _, following = map(float, net_input(mean, variance, weights))
        # beyond 2 by rounding errors, where the activation is nearly linear
        d = min(float(numpy_kernels.next_decorrelation(distance, following, tau)), 2.0)
    return _State(mean, variance, d, growth, fluctuations)


def _dropout(p: SeluParameters | TransformedActivation, rate: float) -> Dropout | None:
    """Return the dropout that keeps the fixed point of p, None for the rate 0."""
    if rate == 0:
        return None
    return Dropout(dropped_value(p), 1 - rate, *map(float, p.dropout_affine(rate)))


def _moments(
    state: _State, p: SeluParameters | TransformedActivation, weights: Weights
) -> tuple[float, float]:
    """Return mean and variance of the activations of a layer."""
    mean, variance = moment_map(state.mean, state.variance, p, weights=weights)
    return float(mean), float(variance)


def _gain(p: SeluParameters | TransformedActivation, m: float, v: float, tau: float) -> float:
    """Return tau E f'^2."""
    if isinstance(p, TransformedActivation):
        return gain_at(p, m, v, tau)
    return float(elementwise(signals.gain, m, v, float(p.alpha), float(p.scale), tau)[0])


def _layer_means(p: SeluParameters | TransformedActivation, v: float, tau: float) -> LayerMeans:
    """Return what a layer's fluctuations follow from."""
    if isinstance(p, TransformedActivation):
        return layer_means_of(p, v, tau)
    return selu_means(float(p.alpha), float(p.scale), v, tau)


def _pair_distance(p: SeluParameters | TransformedActivation, d: float, v: float) -> float:
    """Return E[(f(z1) - f(z2))^2]/2 of a pair of the correlation 1 - d."""
    if isinstance(p, TransformedActivation):
        return distance_of(p, d, v)
    return signals.pair_distances(*(np.array([x]) for x in (d, v, p.alpha, p.scale))).item()


def _transformed_correlations(c: Values, q: TransformedActivation, tau: float) -> Values:
    """Return :func:`correlation_map` of an activation with scale and shift."""
    if np.ndim(q.scale):
        raise ValueError(f"p must be of a single target, got arrays of shape {np.shape(q.scale)}")
    v = float(q.input_variance)
    distances = np.array([distance_of(q, 1 - pair, v) for pair in np.ravel(c).tolist()])
    found = 1 - np.minimum(numpy_kernels.next_decorrelation(distances, v, tau), 2.0)
    return found.reshape(np.shape(c)) if np.ndim(c) else float(found[0])


def _is_held(mean: float, variance: float) -> bool:
    """Return whether float64 holds a mean and a variance, the latter with all its digits."""
    return math.isfinite(mean) and sys.float_info.min <= variance <= sys.float_info.max


def _model(p: SeluParameters | TransformedActivation) -> Weights:
    """Return the weight model of the parameters, or raise ValueError if they have none."""
    return required(p.weights, "signal propagation")


def _require_mean_zero(weights: Weights) -> None:
    """Raise ValueError unless net inputs have the mean 0, whatever the activations are."""
    fixed = sums(weights)
    if fixed is not None and fixed[0] != 0:
        raise ValueError(
            "weights must be independent, or have the sum 0, where a width or a correlation is "
            f"given; got {weights!r}"
        )


def _tau_of_pairs(p: SeluParameters | TransformedActivation) -> float:
    """Return tau, or raise ValueError unless the net inputs at the fixed point have the mean 0."""
    weights = _model(p)
    if np.any(p.input_mean):
        raise ValueError(
            "weights must be independent, or have the sum 0, where the mean is not 0; got "
            f"{weights!r}"
        )
    return sum_of_squares(weights)
