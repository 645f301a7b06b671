"""Signal propagation: gradients, pairs of inputs, finite width, and the fixed point for a depth."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from selu_sym._generated import activation_kernels
from selu_sym._numeric import search, signals, validation
from selu_sym._numeric.validation import FloatArray, Values
from selu_sym._numeric.weights import (
    Weights,
    checked,
    required,
    sum_of_squares,
    sums,
)
from selu_sym._parameters import SeluParameters, selu_parameters
from selu_sym._signal import State, after_dropout, next_state
from selu_sym._transformed import TransformedActivation, correlation_of, gain_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Propagation", "correlation_map", "for_depth", "gradient_gain", "propagate"]

VARIANCES = np.geomspace(1e-10, 1e8, 721)
"""Where :func:`for_depth` looks for the largest variance, before it finds it."""


@dataclass(frozen=True, eq=False)
class Propagation:
    """What becomes of a signal, layer by layer; arrays of depth + 1, of which 0 is the input."""

    mean: FloatArray
    """Mean of the activations, in the limit of wide layers."""

    variance: FloatArray
    """Variance of the activations, in the limit of wide layers."""

    gradient_growth: FloatArray
    """By how much the second moment of a gradient grows from this layer back to the input."""

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
        From :func:`selu_parameters`, :func:`standardize` or :func:`balance`.
    rate : array_like
        Rate of the dropout after the activation, in [0, 1): it multiplies the gain by q a^2, with
        q = 1 - rate and the a of ``p.dropout_affine(rate)``. Broadcasts with the parameters.

    Returns
    -------
    float, or float64 array; NaN where p has no solution

    Raises
    ------
    ValueError
        If the parameters are of no weight model (:func:`match_moments`).

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
    found = gain_of(p) if isinstance(p, TransformedActivation) else signals.gradient_gain(p)
    if isinstance(rate, int | float) and rate == 0:
        return found
    kept, (factor, _) = 1 - validation.rate(rate), p.dropout_affine(rate)
    return found * activation_kernels.gain_after_dropout(kept, factor)


def correlation_map(c: npt.ArrayLike, p: SeluParameters | TransformedActivation) -> Values:
    r"""Return the correlation of two inputs' net inputs one layer on.

    .. math:: c' = (\tau E[f(z_1) f(z_2)] + \beta) / v
        = 1 - \frac{\tau}{2 v} E[(f(z_1) - f(z_2))^2]

    for f = selu and net inputs z1, z2 ~ N(0, v) of the correlation c, at the fixed point of p.
    Its slope at c = 1 is :func:`gradient_gain`. For weights of the sum 0, the covariance of the
    activations takes the place of their mean product; the second form is the same.

    Parameters
    ----------
    c : array_like
        Correlation within [-1, 1]. Broadcasts with the parameters.
    p : SeluParameters
        Of independent weights, of weights of the sum 0, or of any weights where the mean is 0.

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
    layer, so that pairs that come together keep their digits.

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
        return correlation_of(p, validation.correlation(c))
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
    """Return what becomes of a signal in a network of layers with this SELU.

    Parameters
    ----------
    p : SeluParameters
        Of a single target, from :func:`selu_parameters`; its weight model is that of all layers.
    depth : int
        Number of layers, at least 1.
    mean, variance : float, optional
        Moments of the input, those of the fixed point by default.
    width : int, optional
        Units of each layer: with it, the deviations over networks are computed.
    correlation : float, optional
        Correlation of the net inputs that two inputs with these moments make in the first layer.
    rate : float
        Rate of the dropout after each activation, by ``p.dropout_affine(rate)``. With a width or a
        correlation it must be 0.

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
    1 it stays 1.

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
    dropped = validation.single_rate(rate)
    if dropped and not (width is None and correlation is None):
        raise ValueError(f"rate must be 0 with a width or a correlation, got {rate!r}")
    depth = validation.count("depth", depth)
    if width is not None:
        width = validation.count("width", width)
    if not (width is None and correlation is None):
        _require_mean_zero(weights)
    mu = float(p.mean) if mean is None else float(validation.finite("mean", mean))
    nu = float(p.variance if variance is None else validation.positive("variance", variance))
    d = math.nan if correlation is None else 1 - float(validation.correlation(correlation))
    states = [State(mu, nu, d)]
    for layer in range(1, depth + 1):
        following = next_state(states[-1], p, weights, width)
        if following is None:
            warnings.warn(
                f"the signal leaves what float64 can hold in layer {layer} of {depth}, after the "
                f"variance {states[-1].variance:g}: the layers before it are returned",
                UserWarning,
                stacklevel=2,
            )
            break
        states.append(after_dropout(following, p, dropped) if dropped else following)
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


def for_depth(
    depth: int,
    growth: float = 10.0,
    mean: float = 0.0,
    weights: Weights = "iid",
    *,
    rate: float = 0.0,
) -> SeluParameters:
    """Return the SELU of the largest variance whose gradients stay within a growth.

    Gradients grow by :func:`gradient_gain` a layer, over the depth by chi^depth.

    Parameters
    ----------
    depth : int
        Number of layers, at least 1.
    growth : float
        Largest factor by which the second moment of gradients may grow over all layers, > 0.
    mean : float
        Mean of the fixed point.
    weights
        The weight model, as in :func:`selu_parameters`.
    rate : float
        Rate of the alpha dropout after each activation.

    Returns
    -------
    SeluParameters
        With ``gradient_gain(p, rate)**depth`` equal to growth, within 1e-9 relative.

    Raises
    ------
    ValueError
        If depth is no positive integer, growth is not positive, or among the fixed points with
        variances between 1e-10 and 1e8 there is none of the largest variance that keeps the
        growth. Without biases, independent weights have none for a growth of 1 or less.

    Notes
    -----
    The growth is that of wide layers, in the mean over networks: it holds for a width that is large
    against the depth. Single networks of a given width differ from it by factors, which
    ``propagate(p, depth, width=...)`` estimates as ``gradient_growth_deviation``.

    Variances are looked at in steps of 6 percent, and in finer ones next to the border of existence
    and where the gain is smallest; then Brent's method finds where the gain crosses. For
    independent weights, with biases and without, chi increases with the variance at each mean from
    -2 to 1 that was tried, which is seen and not proved. For weights of given sums and a mean that
    is not 0, it can decrease first.

    Source: ``derivations.propagation``.

    Examples
    --------
    >>> p = for_depth(64, growth=2.0)
    >>> print(f"variance {p.variance:.4f}, alpha {p.alpha:.4f}, scale {p.scale:.4f}")
    variance 0.1078, alpha 1.2116, scale 1.0231
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    depth = validation.count("depth", depth)
    limit = float(validation.positive("growth", growth)) ** (1 / depth)
    mu, model = float(validation.finite("mean", mean)), checked(weights)
    dropped = validation.single_rate(rate)

    def gains(exponents: FloatArray) -> FloatArray:
        variances = np.exp(exponents)
        return np.asarray(
            gradient_gain(selu_parameters(mu, variances, weights=model, missing="nan"), dropped)
        )

    exponents = np.log(VARIANCES)
    values = gains(exponents)
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        raise ValueError(
            f"no SELU has a fixed point of mean {mu!r} with a variance between "
            f"{VARIANCES[0]:g} and {VARIANCES[-1]:g} and weights {model!r}"
        )
    least, largest = np.inf, -np.inf
    runs = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
    for run in reversed(runs):  # ranges of variances in which fixed points exist
        x, y = search.refined(gains, exponents, values, run, limit)
        least, largest = min(least, y.min()), max(largest, y.max())
        kept = np.flatnonzero(y <= limit)
        if not kept.size:
            continue
        if kept[-1] == len(y) - 1:
            raise ValueError(
                f"no variance is the largest one that keeps the growth {growth!r} over {depth} "
                f"layers: fixed points of mean {mu!r} with weights {model!r} keep it up to the "
                f"variance {math.exp(x[-1]):.6g}, where the gain is {y[-1]:.10g}, and none was "
                "found right above it; use selu_parameters with a smaller variance"
            )
        low, high = x[kept[-1] : kept[-1] + 2]
        found = brentq(
            lambda e: gains(np.array([e])).item() - limit, low, high, xtol=1e-15, rtol=1e-14
        )
        return selu_parameters(mu, math.exp(found), weights=model)
    raise ValueError(
        f"growth must be such that the gain of a layer, growth**(1/depth) = {limit:.10g}, lies "
        f"between the gains seen at fixed points of mean {mu!r} with weights {model!r}, "
        f"{least:.10g} and {largest:.10g}; got growth {growth!r}, depth {depth}"
    )


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
