"""The layer map on plain numbers: its values, its Jacobian and its stability, in float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

import numpy as np

from selu_sym._generated import numpy_kernels
from selu_sym._numeric import sensitivity
from selu_sym._numeric.elementwise import blockwise, elementwise
from selu_sym._numeric.fixed_point import is_beyond
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.moments import compute_moments
from selu_sym._numeric.selu import SeluAtMoments
from selu_sym._numeric.validation import Values, Values_co
from selu_sym._numeric.weights import independent, net_input_derivatives, required, sums

MaskedBools: TypeAlias = "np.ma.MaskedArray[tuple[int, ...], np.dtype[np.bool_]]"

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # for its default; checkers bring it along

    Verdict_co = TypeVar(
        "Verdict_co",
        bound=bool | MaskedBools | None,
        default=bool | MaskedBools | None,
        covariant=True,
    )
else:
    from typing import TypeVar

    Verdict_co = TypeVar("Verdict_co", covariant=True)


@dataclass(frozen=True, eq=False)
class Stability(Generic[Values_co, Verdict_co]):
    """How the layer map moves the moments near a fixed point.

    Attributes
    ----------
    spectral_radius : float or float64 array
        Largest absolute eigenvalue of the Jacobian: the factor by which a deviation shrinks
        or grows with each layer, in the long run.
    singular_value : float or float64 array
        Largest singular value of the Jacobian: the largest factor in a single layer.
    attracting : bool or None, or a masked array of bools
        Whether nearby moments come to the fixed point, that is, the spectral radius is below
        1. None, and masked in arrays, where that is not decided in double precision. False
        where there is no fixed point.

    Notes
    -----
    The first two are NaN where there is no fixed point, and where the moments are beyond what
    double precision can follow (25 deviations from zero, or 1e±30).
    """

    spectral_radius: Values_co
    singular_value: Values_co
    attracting: Verdict_co

    def __str__(self) -> str:
        verdict: Any = self.attracting
        if np.ndim(self.spectral_radius):
            text = f"{np.sum(verdict.filled(False))} of {verdict.size} attracting"
            undecided = np.sum(np.ma.getmaskarray(verdict))
            return f"{text}, {undecided} not decided" if undecided else text
        says = {True: "attracting", False: "NOT attracting", None: "not decided"}[verdict]
        if np.isnan(self.spectral_radius):
            return "no fixed point" if verdict is False else says
        return f"{says} (spectral radius {self.spectral_radius:.3f})"


def new_moments(p: SeluAtMoments) -> tuple[Values, Values]:
    """Return mean and variance of the activations behind the SELU."""
    mean, variance = elementwise(_layer_map, p.input_mean, p.input_variance, p.alpha, p.scale)
    return mean, variance


def jacobian_entries(p: SeluAtMoments) -> tuple[Values, Values, Values, Values]:
    """Return the entries of the Jacobian by rows, all of the same shape."""
    weights = required(p.weights, "the Jacobian")
    g1_m, g1_v, g2_m, g2_v = elementwise(
        _layer_derivatives, p.input_mean, p.input_variance, p.alpha, p.scale
    )
    kernels = kernels_for(g1_m)
    fixed = sums(weights)
    if fixed is not None:
        return kernels.linear_jacobian(g1_m, g1_v, g2_m, g2_v, *fixed)
    return kernels.iid_jacobian(g1_m, g1_v, g2_m, g2_v, p.mean, independent(weights).tau)


def stability(p: SeluAtMoments) -> Stability:
    """Return how the map moves the moments near mean and variance, a fixed point of the SELU."""
    required(p.weights, "stability")
    entries = jacobian_entries(p)
    beyond = is_beyond(p.input_mean, p.input_variance, p.mean, p.variance)
    with np.errstate(all="ignore"):
        radius, singular = (
            np.where(beyond, np.nan, norm(*entries))[()]
            for norm in (numpy_kernels.spectral_radius, numpy_kernels.singular_value)
        )
    attracting = _attracting(p, entries)
    if np.ndim(radius) == 0:
        return Stability(float(radius), float(singular), attracting.tolist())
    return Stability(radius, singular, attracting)


def _attracting(p: SeluAtMoments, entries: tuple[Values, Values, Values, Values]) -> MaskedBools:
    """Return where all of Jury's conditions hold, masked where their errors leave that open.

    The entries are sums of terms that can cancel, and their errors are relative to the sums of the
    terms' absolute values.
    """
    weights = required(p.weights, "stability")
    condition_numbers = sensitivity.condition_numbers(p)
    magnitudes = elementwise(
        _derivative_magnitudes, p.input_mean, p.input_variance, p.alpha, p.scale
    )
    with np.errstate(all="ignore"):
        by_m, by_v = magnitudes[::2], magnitudes[1::2]
        m_mu, m_nu, v_mu, v_nu = map(np.abs, net_input_derivatives(p.mean, weights))
        (t11, t12), (t21, t22) = (
            (m_mu * of_m + v_mu * of_v, m_nu * of_m + v_nu * of_v)
            for of_m, of_v in zip(by_m, by_v, strict=True)
        )
        unit = numpy_kernels.ENTRY_ERROR + numpy_kernels.PARAMETER_ERROR * np.maximum(
            *condition_numbers
        )
        error = 2 * unit * ((1 + t11) * (1 + t22) + t12 * t21)
        conditions = numpy_kernels.jury_conditions(*entries)
        holds = np.logical_and.reduce([condition > error for condition in conditions])
        fails = np.logical_or.reduce([condition < -error for condition in conditions])
        fails |= np.isnan(p.alpha)
    return np.ma.MaskedArray(holds, mask=~(holds | fails))


def _layer_map(m: Values, v: Values, alpha: Values, scale: Values) -> tuple[Values, ...]:
    """Return the new mean and variance for floats, or for arrays of one dimension."""
    kernels = kernels_for(m)
    moments = compute_moments(m, v)
    U = kernels.positive_part_variance(moments.A, moments.C, moments.A_minor, moments.C_minor, m, v)
    V = kernels.negative_part_variance(moments.V, m, v)
    return blockwise(kernels.layer_map, moments.A, moments.B, U, V, alpha, scale)


def _layer_derivatives(m: Values, v: Values, alpha: Values, scale: Values) -> tuple[Values, ...]:
    """Return the four derivatives for floats, or for arrays of one dimension."""
    kernels = kernels_for(m)
    A, B, _, D, *_ = compute_moments(m, v)
    tails = blockwise(kernels.tails, m, v)
    return blockwise(kernels.layer_derivatives, A, B, D, *tails, alpha, scale)


def _derivative_magnitudes(
    m: Values, v: Values, alpha: Values, scale: Values
) -> tuple[Values, ...]:
    """Return the sums of absolute terms of the derivatives for floats, or for 1-D arrays."""
    kernels = kernels_for(m)
    A, B, _, D, *_ = compute_moments(m, v)
    tails = blockwise(kernels.tails, m, v)
    return blockwise(kernels.layer_derivative_magnitudes, A, B, D, *tails, alpha, scale)
