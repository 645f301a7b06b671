"""Signal propagation: gradients, pairs of inputs, finite width, and the fixed point for a depth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from selu_sym._generated import numpy_kernels
from selu_sym._numeric import signals, validation
from selu_sym._numeric.elementwise import elementwise
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.validation import FloatArray, Values
from selu_sym._numeric.weights import (
    Iid,
    Weights,
    checked,
    independent,
    net_input,
    required,
    sum_of_squares,
    sums,
)
from selu_sym._parameters import SeluParameters, selu_parameters
from selu_sym._stability import moment_map

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

    def __repr__(self) -> str:
        depth = len(self.mean) - 1
        lines = [f"Propagation through {depth} layers, at the input and at the end:"]
        for name, values in vars(self).items():
            if values is not None:
                label = name.replace("_", " ")
                lines.append(f"{label:<19}{values[0]:>13.5g}{values[-1]:>13.5g}")
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
            if deviation is not None:
                band = values - 2 * deviation, values + 2 * deviation
                axes.fill_between(layers, *band, alpha=0.25)
            if name == "gradient_growth":
                axes.set_yscale("log")
        return figure


def gradient_gain(p: SeluParameters) -> Values:
    r"""Return by how much a layer multiplies the second moment of gradients that go back.

    .. math:: \chi = \tau E[f'(z)^2] = \tau \lambda^2 (P + \alpha^2 T_2), \quad
        P = P(z > 0), \quad T_2 = E[e^{2z} 1_{z<0}]

    for f = selu, at the fixed point of p and its net input z ~ N(m, v).

    Parameters
    ----------
    p : SeluParameters
        From :func:`selu_parameters`.

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
    grow, by chi a layer. It tends to 1 only where the SELU becomes linear, or ReLU.

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
    return signals.gradient_gain(p)


def correlation_map(c: npt.ArrayLike, p: SeluParameters) -> Values:
    r"""Return the correlation of two inputs' net inputs one layer on.

    .. math:: c' = (\tau E[f(z_1) f(z_2)] + \beta) / v

    for f = selu and net inputs z1, z2 ~ N(0, v) of the correlation c, at the fixed point of p.
    Its slope at c = 1 is :func:`gradient_gain`.

    Parameters
    ----------
    c : array_like
        Correlation within [-1, 1]. Broadcasts with the parameters.
    p : SeluParameters
        Of independent weights, or of any weights where the mean is 0.

    Returns
    -------
    float, or float64 array of the broadcast shape

    Raises
    ------
    ValueError
        If a correlation is outside [-1, 1], or the weights of p are not independent.

    Notes
    -----
    Accuracy: 1e-12 absolute, for ``abs(c) <= 1 - 1e-8`` and ``1e-4 <= v <= 1e4``.

    Source: ``derivations.correlation``; R. Price, *A useful theorem for nonlinear devices having
    Gaussian inputs*, 1958.

    Examples
    --------
    >>> import selu_sym
    >>> print(f"{correlation_map(0.5, selu_sym.selu_parameters(0.0, 1.0)):.6f}")
    0.490569
    """
    model = _independent(p)
    pairs = validation.broadcast(
        c=validation.correlation(c), v=p.input_variance, alpha=p.alpha, scale=p.scale
    )
    shape = np.shape(pairs[0])
    flat = [np.ravel(argument) for argument in pairs]
    mean = signals.pair_means(*flat)
    found = numpy_kernels.next_correlation(mean, flat[1], model.tau, model.bias_variance)
    return found.reshape(shape) if shape else found.item()


def propagate(
    p: SeluParameters,
    depth: int,
    *,
    mean: float | None = None,
    variance: float | None = None,
    width: int | None = None,
    correlation: float | None = None,
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
        Units of each layer: with it, the deviations of a layer's moments are computed.
    correlation : float, optional
        Correlation of the net inputs that two inputs with these moments make in the first layer.

    Returns
    -------
    Propagation

    Raises
    ------
    ValueError
        If depth or width is no positive integer, a moment or the correlation is outside its
        domain, p holds arrays or no weight model, or it is not of independent weights where a
        width or a correlation asks for them.

    Notes
    -----
    The deviations are those of the law of total variance to first order in 1/width: a layer's
    second moment has the variance rho^2 sigma^2 + (E f^4 - (E f^2)^2)/width, where sigma^2 is
    that of the layer before, and rho the slope of the map of second moments. Next orders count
    where rho is near 1.

    Source: ``derivations.propagation``, ``derivations.correlation``.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> print(propagate(p, 40, width=128).variance_deviation[-1].round(3))
    0.174
    """
    weights = _model(p)
    if np.ndim(p.alpha):
        raise ValueError(f"p must be of a single target, got arrays of shape {np.shape(p.alpha)}")
    depth = validation.count("depth", depth)
    if width is not None:
        width = validation.count("width", width)
    model = None if width is None and correlation is None else _independent(p)
    mu = float(p.mean) if mean is None else float(validation.finite("mean", mean))
    nu = float(p.variance if variance is None else validation.positive("variance", variance))
    c = math.nan if correlation is None else float(validation.correlation(correlation))
    states = [_State(mu, nu, 1.0, 0.0, 0.0, 0.0, c)]
    for _ in range(depth):
        states.append(_advanced(states[-1], p, weights, model, width))
    by_layer = _State(*np.array(states).T)
    return Propagation(
        mean=by_layer.mean,
        variance=by_layer.variance,
        gradient_growth=by_layer.growth,
        mean_deviation=None if width is None else np.sqrt(by_layer.mean_fluctuation),
        variance_deviation=None if width is None else np.sqrt(by_layer.variance_fluctuation),
        correlation=None if correlation is None else by_layer.correlation,
    )


def for_depth(
    depth: int, growth: float = 10.0, mean: float = 0.0, weights: Weights = "iid"
) -> SeluParameters:
    """Return the SELU of the largest variance whose gradients stay within a growth.

    Gradients grow by :func:`gradient_gain` a layer, over the depth by chi^depth: the larger the
    fixed point's variance, the more.

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

    Returns
    -------
    SeluParameters
        With ``gradient_gain(p)**depth`` equal to growth, within 1e-9 relative.

    Raises
    ------
    ValueError
        If depth is no positive integer, growth is not positive, or no variance between 1e-10 and
        1e8 has fixed points on both sides of the growth: without biases, no growth of 1 or less
        is possible.

    Notes
    -----
    Variances are looked at in steps of 6 percent, from large ones down, and between the first
    one that keeps the growth and the next, Brent's method finds the border. At each mean from -2
    to 1 that was tried, with biases and without, chi increases over all of them. That is seen,
    not proved, and nothing depends on it but that no step hides a larger variance.

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

    def excess(exponent: Any) -> Any:
        p = selu_parameters(mu, np.exp(exponent), weights=model, missing="nan")
        return gradient_gain(p) - limit

    exponents = np.log(VARIANCES)
    values = excess(exponents)
    if np.isnan(values).all():
        raise ValueError(
            f"no SELU has a fixed point of mean {mu!r} with a variance between "
            f"{VARIANCES[0]:g} and {VARIANCES[-1]:g} and weights {model!r}"
        )
    least, largest = (float(bound(values) + limit) for bound in (np.nanmin, np.nanmax))
    kept = np.flatnonzero(values <= 0)
    if not kept.size or kept[-1] == len(values) - 1:
        raise ValueError(
            f"growth must be such that the gain of a layer, growth**(1/depth) = {limit:.10g}, lies "
            f"between the gains seen at fixed points of mean {mu!r} with weights {model!r}, "
            f"{least:.10g} and {largest:.10g}; got growth {growth!r}, depth {depth}"
        )
    low, high = exponents[kept[-1] : kept[-1] + 2]
    exponent = brentq(lambda x: float(excess(float(x))), low, high, xtol=1e-15, rtol=1e-14)
    return selu_parameters(mu, math.exp(exponent), weights=model)


class _State(NamedTuple):
    """The signal after a layer; after each, as arrays."""

    mean: Any
    variance: Any
    growth: Any
    fluctuation: Any
    """Variances of a layer's empirical second moment, mean and variance."""

    mean_fluctuation: Any
    variance_fluctuation: Any
    correlation: Any


def _advanced(
    state: _State, p: SeluParameters, weights: Weights, model: Iid | None, width: int | None
) -> _State:
    """Return the signal after one more layer."""
    alpha, scale = float(p.alpha), float(p.scale)
    m, v = net_input(state.mean, state.variance, weights)
    tau = sum_of_squares(weights)
    (gain,) = elementwise(signals.gain, m, v, alpha, scale, tau)
    fluctuations = state[3:6]
    if model is not None and width is not None:
        slope, _, mean_slope = signals.second_moment_slopes(v, alpha, scale, tau)
        moments = signals.output_moments(v, alpha, scale)
        passed_on = kernels_for(v).next_fluctuations
        fluctuations = passed_on(*moments, slope, mean_slope, state.fluctuation, width)
    mean, variance = moment_map(state.mean, state.variance, p, weights=weights)
    c = state.correlation
    if model is not None and not math.isnan(c):
        pair = (np.array([x]) for x in (c, v, alpha, scale))
        _, following = net_input(mean, variance, weights)
        c = numpy_kernels.next_correlation(
            signals.pair_means(*pair), following, tau, model.bias_variance
        ).item()
    return _State(mean, variance, state.growth * gain, *fluctuations, c)


def _model(p: SeluParameters) -> Weights:
    """Return the weight model of the parameters, or say that they have none."""
    return required(p.weights, "signal propagation")


def _independent(p: SeluParameters) -> Iid:
    """Return the model of independent weights, which all models are where the mean is 0."""
    weights = _model(p)
    fixed = sums(weights)
    if fixed is not None and np.all(np.equal(p.mean, 0)):
        return Iid(fixed[1])
    return independent(weights)
