"""Half-line moments in float64: which generated form is used where.

The forms themselves, and the borders between them, come from ``derivations.stable``.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from selu_sym._numeric import validation
from selu_sym._numeric.elementwise import blockwise, choose, elementwise, single
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.validation import Bools, FloatArray, Values

Primary: TypeAlias = tuple[Values, Values, Values, Values, Values]
"""A_minor, B, C_minor, D and V: the moments from which the others follow."""


class HalfLineMoments(NamedTuple):
    """The four moments, and what else decides whether a solution exists.

    A_minor and C_minor are A and C at -abs(m), and V is D - B^2.
    """

    A: Values
    B: Values
    C: Values
    D: Values
    A_minor: Values
    C_minor: Values
    V: Values


def half_line_moments(
    input_mean: npt.ArrayLike, input_variance: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    r"""Return the four half-line moments of a Gaussian net input z ~ N(m, v).

    .. math::
        A = E[z 1_{z>0}], \quad B = E[(e^z - 1) 1_{z<0}], \quad
        C = E[z^2 1_{z>0}], \quad D = E[(e^z - 1)^2 1_{z<0}]

    A, C and D are positive and B is negative. The SELU's mean is scale (A + alpha B) and
    its second moment scale^2 (C + alpha^2 D).

    Parameters
    ----------
    input_mean, input_variance : array_like
        Mean m and variance v > 0 of the net input. They broadcast.

    Returns
    -------
    A, B, C, D : float64 arrays of the broadcast shape

    Raises
    ------
    ValueError
        If a variance is not positive, or a value is NaN or infinite.
    TypeError
        If a value is not a real number.

    Notes
    -----
    The relative error of each moment is within 1e-14 for ``|m|/sqrt(v) <= 8`` and
    ``1e-8 <= v <= 1e8``. Further out the relative error grows like ``m**2/v`` times the
    unit roundoff where a moment is exponentially small, until it underflows to zero.

    Source: ``derivations.moments`` (the integrals), ``derivations.stable`` (these forms).

    Examples
    --------
    >>> A, B, C, D = half_line_moments(0.0, 1.0)
    >>> print(f"{A:.6f} {B:.6f} {C:.6f} {D:.6f}")
    0.398942 -0.238422 0.500000 0.144945
    """
    m, v = validation.broadcast(
        input_mean=validation.finite("input_mean", input_mean),
        input_variance=validation.positive("input_variance", input_variance),
    )
    A, B, C, D, *_ = (np.asarray(moment)[()] for moment in elementwise(compute_moments, m, v))
    return A, B, C, D


def compute_moments(m: Values, v: Values) -> HalfLineMoments:
    """Return the moments for two floats, or for two arrays of one dimension."""
    return HalfLineMoments(*blockwise(remaining_moments, m, v, *primary_moments(m, v)))


def primary_moments(m: Values, v: Values, g: Values | None = None) -> Primary:
    """Return the primary moments, each by the form for its place; V only where it is saturated.

    The tails decay by g, which is computed where it is not given.
    """
    kernels = kernels_for(m)
    g = single(kernels.decay, m, v) if g is None else g
    far, series, series_far = blockwise(kernels.moment_forms, m, v)
    A_minor, B, C_minor, D, V = blockwise(kernels.moments_by_differences, m, v, g)
    A_minor, C_minor = choose(far, kernels.minor_moments_by_fraction, (A_minor, C_minor), m, v, g)
    B, D = choose(series, kernels.moments_below_by_series, (B, D), m, v, g)
    B, D = choose(series_far, kernels.moments_below_by_fraction, (B, D), m, v, g)
    return A_minor, B, C_minor, D, V


def usual_primary_moments(m: Values, v: Values) -> tuple[Primary, Bools]:
    """Return the primary moments by the usual form, and where another form is needed."""
    kernels = kernels_for(m)
    far, series, series_far = kernels.moment_forms(m, v)
    moments = kernels.moments_by_differences(m, v, kernels.decay(m, v))
    return moments, far | series | series_far


def remaining_moments(
    m: Values, v: Values, A_minor: Values, B: Values, C_minor: Values, D: Values, V: Values
) -> HalfLineMoments:
    """Return all moments from m, v and the primary ones."""
    A, C, V = kernels_for(m).remaining_moments(m, v, A_minor, B, C_minor, D, V)
    return HalfLineMoments(A, B, C, D, A_minor, C_minor, V)


def with_exact_variance(
    m: Values, v: Values, moments: HalfLineMoments, where: Bools = True
) -> HalfLineMoments:
    """Return the moments with a V that keeps its digits also for m far below zero."""
    kernels = kernels_for(m)

    def variance_far_below(m: Values, v: Values) -> tuple[Values]:
        return (kernels.variance_far_below(m, v, kernels.decay(m, v)),)

    far_below = kernels.needs_variance_far_below(m, v)
    (V,) = choose(far_below & where, variance_far_below, (moments.V,), m, v)
    return moments._replace(V=V)
