"""The layer map of a SELU, its Jacobian, and its stability: what users call."""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt

from selu_sym._numeric import layer_map, validation
from selu_sym._numeric.layer_map import MaskedBools, Stability
from selu_sym._numeric.selu import SeluAtMoments
from selu_sym._numeric.validation import FloatArray, Real, Values
from selu_sym._numeric.weights import Weights, checked, finite_net_input
from selu_sym._selu import SeluParameters
from selu_sym._transformed import (
    TransformedActivation,
    TransformedStability,
    jacobian_of,
    moment_map_of,
    stability_of,
)

__all__ = ["Stability", "jacobian", "moment_map", "stability"]


@overload
def moment_map(
    mean: Real, variance: Real, p: SeluParameters[float], *, weights: Weights
) -> tuple[float, float]: ...
@overload
def moment_map(
    mean: npt.ArrayLike, variance: npt.ArrayLike, p: SeluParameters, *, weights: Weights
) -> tuple[FloatArray, FloatArray]: ...
@overload
def moment_map(
    mean: npt.ArrayLike, variance: npt.ArrayLike, p: TransformedActivation, *, weights: Weights
) -> tuple[Values, Values]: ...
def moment_map(
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    p: SeluParameters | TransformedActivation,
    *,
    weights: Weights,
) -> tuple[Values, Values]:
    r"""Return mean and variance of a layer's activations from those of the layer before.

    .. math::
        \mu' = \lambda (A + \alpha B), \quad
        \nu' = \lambda^2 (C + \alpha^2 D) - \mu'^2

    with the half-line moments of the net input N(m, v) that the weight model makes of mean
    and variance.

    Parameters
    ----------
    mean, variance : array_like
        Mean and variance > 0 of the activations before.
    p : SeluParameters or TransformedActivation
        The SELU, or an activation with scale and shift. All three broadcast.
    weights : "iid", "normalized", "unit-sum" or (omega, tau)
        The weight model, as in :func:`selu_parameters`.

    Returns
    -------
    mean, variance : float, or float64 arrays of the broadcast shape

    Raises
    ------
    ValueError, TypeError
        As :func:`selu_parameters`, and if the net input's moments are too large for float64, or
        beyond what :func:`activation_moments` takes.

    Notes
    -----
    The variance is a sum of positive terms, and in the box of :func:`half_line_moments` within
    1e-11 relative; the error of the mean is 2e-14 relative to its two terms, which can cancel.
    Of other activations both have the accuracy of :func:`activation_moments`.

    Source: ``derivations.stability``; equations 3 to 5 of Klambauer et al. 2017.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> mean, variance = moment_map(0.1, 1.2, p, weights="normalized")
    >>> print(f"{mean:.6f} {variance:.6f}")
    0.017915 1.153004
    """
    if isinstance(p, TransformedActivation):
        return moment_map_of(mean, variance, p, weights=weights)
    return layer_map.new_moments(_at(mean, variance, p, weights))


def jacobian(
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    p: SeluParameters | TransformedActivation,
    *,
    weights: Weights,
) -> FloatArray:
    r"""Return the Jacobian of :func:`moment_map` by mean and variance.

    .. math::
        \begin{pmatrix}
        \partial\mu'/\partial\mu & \partial\mu'/\partial\nu \\
        \partial\nu'/\partial\mu & \partial\nu'/\partial\nu
        \end{pmatrix}

    Parameters
    ----------
    mean, variance, p, weights
        As for :func:`moment_map`.

    Returns
    -------
    float64 array of shape (..., 2, 2), before it the broadcast shape

    Raises
    ------
    ValueError, TypeError
        As :func:`moment_map`, and if the activation jumps.

    Notes
    -----
    Accuracy: 1e-13, relative to the largest entry where that is above 1; tested for means within
    [-1, 1] and variances from 0.1 to 10 against differences of sixty digits.

    Source: ``derivations.stability``.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> print(jacobian(0.0, 1.0, p, weights="normalized").round(7))
    [[0.        0.0888348]
     [0.        0.7826479]]
    """
    if isinstance(p, TransformedActivation):
        return jacobian_of(mean, variance, p, weights=weights)
    entries = layer_map.jacobian_entries(_at(mean, variance, p, weights))
    rows = [np.stack(entries[i : i + 2], axis=-1) for i in (0, 2)]
    return np.stack(rows, axis=-2)


@overload
def stability(p: SeluParameters[float]) -> Stability[float, bool | None]: ...
@overload
def stability(p: SeluParameters[FloatArray]) -> Stability[FloatArray, MaskedBools]: ...
@overload
def stability(p: SeluParameters) -> Stability: ...
@overload
def stability(p: TransformedActivation) -> TransformedStability: ...
def stability(p: SeluParameters | TransformedActivation) -> Stability | TransformedStability:
    r"""Return whether a fixed point attracts, for the weight model that it was computed for.

    .. math:: \max |\mathrm{eigenvalues\ of\ } J| < 1

    for the :func:`jacobian` J of the map of mean and variance. For another activation with
    independent weights it is the slope :math:`\rho = dq'/dq` of the map of second moments.

    Parameters
    ----------
    p : SeluParameters or TransformedActivation
        From :func:`selu_parameters`, :func:`standardize` or :func:`balance`.

    Returns
    -------
    Stability, or TransformedStability
        Of a SELU with ``spectral_radius``, ``singular_value`` and ``attracting``, floats and a
        bool or arrays of them; NaN and False where p has no solution. Where rounding errors do not
        let double precision decide, ``attracting`` is None, in arrays masked;
        :func:`selu_sym.precise.stability` decides it. Of an activation with scale and shift, the
        slope of the map of second moments, and from where second moments come to the fixed point.

    Raises
    ------
    ValueError
        If the parameters are of no weight model (:func:`match_moments`), or an activation with
        scale and shift is of several targets, or jumps.

    Notes
    -----
    For independent weights, of any sum of squares and with biases or without, every fixed point
    attracts, and all moments come to it (theorem A of the notebook on theorems). Here that is
    found from the Jacobian, as for all weights.

    Rounding errors leave it open where the spectral radius is within about 1e-9 of 1, and where
    the moments are beyond what double precision can follow (:class:`Stability`).

    Source: ``derivations.stability``.

    Examples
    --------
    >>> import selu_sym
    >>> print(stability(selu_sym.selu_parameters(-0.1, 2.0, weights="normalized")))
    attracting (spectral radius 0.712)
    >>> print(stability(selu_sym.selu_parameters(-0.1, 2.0, weights="unit-sum")))
    NOT attracting (spectral radius 1.108)
    """
    if isinstance(p, TransformedActivation):
        return stability_of(p)
    return layer_map.stability(p)


def _at(
    mean: npt.ArrayLike, variance: npt.ArrayLike, p: SeluParameters, weights: Weights
) -> SeluAtMoments:
    """Return the SELU at other moments, checked, all of one shape."""
    model = checked(weights)
    mu, nu, alpha, scale = validation.broadcast(
        mean=validation.finite("mean", mean),
        variance=validation.positive("variance", variance),
        alpha=p.alpha,
        scale=p.scale,
    )
    return SeluAtMoments(alpha, scale, mu, nu, *finite_net_input(mu, nu, model), model)


def dropped_value(p: SeluParameters | TransformedActivation) -> float:
    """Return the value to which alpha dropout sets units, before its affine map."""
    return float(p.dropped_value if isinstance(p, TransformedActivation) else p.saturation)
