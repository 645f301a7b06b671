"""The layer map, its Jacobian and its stability, in float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from selu_sym import _validation
from selu_sym._generated import numpy_kernels
from selu_sym._moments import blockwise, compute_moments, elementwise, kernels_for
from selu_sym._parameters import SeluParameters
from selu_sym._validation import FloatArray, Values
from selu_sym._weights import (
    Weights,
    checked,
    finite_net_input,
    independent,
    net_input_derivatives,
    sums,
)

ENTRY_ERROR = 1e-13
"""Relative error of the terms of the Jacobian's entries."""

PARAMETER_ERROR = 300 * 2.0**-53
"""Relative error of alpha^2 and scale^2, for a condition number of 1."""


@dataclass(frozen=True, eq=False)
class Stability:
    """How the layer map moves the moments near a fixed point."""

    spectral_radius: Values
    """Largest absolute eigenvalue of the Jacobian: the factor by which a deviation shrinks
    or grows with each layer, in the long run."""

    singular_value: Values
    """Largest singular value of the Jacobian: the largest factor in a single layer."""

    attracting: Any
    """Whether nearby moments come to the fixed point, that is, the spectral radius is below 1.

    A bool, or None where that is not decided in double precision; of arrays a masked array of
    bools, with a mask where it is not decided. False where there is no fixed point.
    """

    def __str__(self) -> str:
        if np.ndim(self.spectral_radius):
            text = f"{np.sum(self.attracting.filled(False))} of {self.attracting.size} attracting"
            undecided = np.sum(np.ma.getmaskarray(self.attracting))
            return f"{text}, {undecided} not decided" if undecided else text
        if np.isnan(self.spectral_radius):
            return "no fixed point"
        says = {True: "attracting", False: "NOT attracting", None: "not decided"}[self.attracting]
        return f"{says} (spectral radius {self.spectral_radius:.3f})"


def moment_map(
    mean: npt.ArrayLike, variance: npt.ArrayLike, p: SeluParameters, *, weights: Weights
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
    p : SeluParameters
        The SELU. All three broadcast.
    weights : "unit-sum", "normalized", "iid" or (omega, tau)
        The weight model, as in :func:`selu_parameters`.

    Returns
    -------
    mean, variance : float, or float64 arrays of the broadcast shape

    Raises
    ------
    ValueError, TypeError
        As :func:`selu_parameters`, and if the net input's moments are too large for float64.

    Notes
    -----
    The variance is a sum of positive terms, and in the box of :func:`half_line_moments` within
    1e-11 relative; the error of the mean is 2e-14 relative to its two terms, which can cancel.

    Source: ``derivations.stability``; equations 3 to 5 of Klambauer et al. 2017.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> mean, variance = moment_map(0.1, 1.2, p, weights="normalized")
    >>> print(f"{mean:.6f} {variance:.6f}")
    0.017915 1.153004
    """
    mu, nu, alpha, scale = _checked(mean, variance, p)
    m, v = finite_net_input(mu, nu, checked(weights))
    new_mean, new_variance = elementwise(_layer_map, m, v, alpha, scale)
    return new_mean, new_variance


def jacobian(
    mean: npt.ArrayLike, variance: npt.ArrayLike, p: SeluParameters, *, weights: Weights
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
        As :func:`moment_map`.

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
    mu, nu, alpha, scale = _checked(mean, variance, p)
    entries = _entries(mu, nu, alpha, scale, checked(weights))
    rows = [np.stack(entries[i : i + 2], axis=-1) for i in (0, 2)]
    return np.stack(rows, axis=-2)


def stability(p: SeluParameters) -> Stability:
    """Return whether a fixed point attracts, for the weight model that it was computed for.

    Parameters
    ----------
    p : SeluParameters
        From :func:`selu_parameters`.

    Returns
    -------
    Stability
        With ``spectral_radius``, ``singular_value`` and ``attracting``, floats and a bool or
        arrays of them; NaN and False where p has no solution. Where rounding errors do not
        let double precision decide, ``attracting`` is None, in arrays masked;
        :func:`selu_sym.precise.stability` decides it.

    Raises
    ------
    ValueError
        If the parameters are of no weight model (:func:`match_moments`).

    Notes
    -----
    Source: ``derivations.stability``.

    Examples
    --------
    >>> import selu_sym
    >>> print(stability(selu_sym.selu_parameters(-0.1, 2.0, weights="normalized")))
    attracting (spectral radius 0.712)
    >>> print(stability(selu_sym.selu_parameters(-0.1, 2.0, weights="unit-sum")))
    NOT attracting (spectral radius 1.108)
    """
    if p.weights is None:
        raise ValueError(
            "stability needs a weight model, got parameters of match_moments; use selu_parameters"
        )
    entries = _entries(p.mean, p.variance, p.alpha, p.scale, p.weights)
    radius, singular = (
        np.asarray(norm(*entries))[()]
        for norm in (numpy_kernels.spectral_radius, numpy_kernels.singular_value)
    )
    attracting = _attracting(p, p.weights, entries)
    if np.ndim(radius) == 0:
        return Stability(float(radius), float(singular), attracting.tolist())
    return Stability(radius, singular, attracting)


def _attracting(
    p: SeluParameters, weights: Weights, entries: tuple[Any, ...]
) -> np.ma.MaskedArray[Any, Any]:
    """Return where all of Jury's conditions hold, masked where their errors leave that open.

    The entries are sums of terms that can cancel. With L = max(scale, scale alpha), which no
    slope of the SELU exceeds, s = sqrt(v) and S = nu + mu^2, the terms of the derivatives of mean
    and variance by m are at most L and 4 L sqrt(S), those by v at most L/s and L^2 + 2 L sqrt(S)/s.
    """
    L = np.maximum(p.scale, np.multiply(p.scale, p.alpha))
    with np.errstate(all="ignore"):
        s, root = np.sqrt(p.input_variance), np.hypot(p.mean, np.sqrt(p.variance))
        by_m, by_v = (L, 4 * L * root), (L / s, L * L + 2 * L * root / s)
        m_mu, m_nu, v_mu, v_nu = map(np.abs, net_input_derivatives(p.mean, weights))
        (t11, t12), (t21, t22) = (
            (m_mu * of_m + v_mu * of_v, m_nu * of_m + v_nu * of_v)
            for of_m, of_v in zip(by_m, by_v, strict=True)
        )
        unit = ENTRY_ERROR + PARAMETER_ERROR * np.maximum(*p.condition_numbers())
        error = 2 * unit * ((1 + t11) * (1 + t22) + t12 * t21)
        conditions = numpy_kernels.jury_conditions(*entries)
        holds = np.logical_and.reduce([condition > error for condition in conditions])
        fails = np.logical_or.reduce([condition < -error for condition in conditions])
        fails |= np.isnan(p.alpha)
    return np.ma.MaskedArray(holds, mask=~(holds | fails))


def _checked(mean: npt.ArrayLike, variance: npt.ArrayLike, p: SeluParameters) -> tuple[Any, ...]:
    """Return (mean, variance, alpha, scale), broadcast."""
    return _validation.broadcast(
        mean=_validation.finite("mean", mean),
        variance=_validation.positive("variance", variance),
        alpha=p.alpha,
        scale=p.scale,
    )


def _entries(mu: Any, nu: Any, alpha: Any, scale: Any, weights: Weights) -> tuple[Any, ...]:
    """Return the entries of the Jacobian by rows, all of the same shape."""
    m, v = finite_net_input(mu, nu, weights)
    first = elementwise(_layer_derivatives, m, v, alpha, scale)
    kernels = kernels_for(m)
    fixed = sums(weights)
    entries: tuple[Any, ...] = (
        kernels.linear_jacobian(*first, *fixed)
        if fixed is not None
        else kernels.iid_jacobian(*first, mu, independent(weights).tau)
    )
    return entries


def _layer_map(m: Any, v: Any, alpha: Any, scale: Any) -> tuple[Any, ...]:
    """Return the new mean and variance for floats, or for arrays of one dimension."""
    kernels = kernels_for(m)
    moments = compute_moments(m, v)
    U = kernels.positive_variance(moments.A, moments.C, moments.A_minor, moments.C_minor, m, v)
    V = kernels.negative_variance(moments.V, m, v)
    return blockwise(kernels.layer_map, moments.A, moments.B, U, V, alpha, scale)


def _layer_derivatives(m: Any, v: Any, alpha: Any, scale: Any) -> tuple[Any, ...]:
    """Return the four derivatives for floats, or for arrays of one dimension."""
    kernels = kernels_for(m)
    A, B, _, D, *_ = compute_moments(m, v)
    tails = blockwise(kernels.tails, m, v)
    return blockwise(kernels.layer_derivatives, A, B, D, *tails, alpha, scale)
