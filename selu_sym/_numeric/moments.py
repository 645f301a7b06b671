"""Half-line moments in float64: which generated form is used where.

The forms themselves, and the borders between them, come from ``derivations.stable``.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from selu_sym._generated import math_kernels, numpy_kernels
from selu_sym._numeric import validation
from selu_sym._numeric.validation import FloatArray

BLOCK = 8192
"""Elements that a kernel computes at a time: its intermediate arrays stay in the cache."""

CHUNK = 8 * BLOCK
"""Elements taken through all kernels at a time: enough that the rare forms come in blocks."""


class Moments(NamedTuple):
    """The four moments, and what else the condition for existence needs.

    That is A and C at -abs(m), and V = D - B^2.
    """

    A: Any
    B: Any
    C: Any
    D: Any
    A_minor: Any
    C_minor: Any
    V: Any


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
    Each moment is within 1e-14 relative of the truth for ``|m|/sqrt(v) <= 8`` and
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
    A, B, C, D, *_ = elementwise(compute_moments, m, v)
    if isinstance(A, float):
        A, B, C, D = np.array([A, B, C, D])
    return A, B, C, D


def compute_moments(m: Any, v: Any) -> Moments:
    """Return the moments for two floats, or for two arrays of one dimension."""
    return Moments(*blockwise(remaining_moments, m, v, *primary_moments(m, v)))


def primary_moments(m: Any, v: Any, g: Any = None) -> tuple[Any, ...]:
    """Return (A_minor, B, C_minor, D, V), V only if saturated, each by the form for its place.

    The tails decay by g, which is computed where it is not given.
    """
    kernels, choose = kernels_for(m), chooser(m)
    g = single(kernels.decay, m, v) if g is None else g
    far, series, series_far = blockwise(kernels.moment_forms, m, v)
    A_minor, B, C_minor, D, V = blockwise(kernels.moments_by_differences, m, v, g)
    A_minor, C_minor = choose(far, kernels.minor_moments_by_fraction, (A_minor, C_minor), m, v, g)
    B, D = choose(series, kernels.moments_below_by_series, (B, D), m, v, g)
    B, D = choose(series_far, kernels.moments_below_by_fraction, (B, D), m, v, g)
    return A_minor, B, C_minor, D, V


def remaining_moments(m: Any, v: Any, *primary: Any) -> tuple[Any, ...]:
    """Return the fields of :class:`Moments` from m, v and the primary moments."""
    A_minor, B, C_minor, D, _ = primary
    A, C, V = kernels_for(m).remaining_moments(m, v, *primary)
    return A, B, C, D, A_minor, C_minor, V


def with_exact_variance(m: Any, v: Any, moments: Moments, where: Any = True) -> Moments:
    """Return the moments with a V that keeps its digits also for m far below zero."""
    kernels = kernels_for(m)
    far_below = single(kernels.needs_variance_far_below, m, v)
    (V,) = chooser(m)(
        far_below & where,
        lambda m, v: (kernels.variance_far_below(m, v, kernels.decay(m, v)),),
        (moments.V,),
        m,
        v,
    )
    return moments._replace(V=V)


def single(function: Callable[..., Any], *arguments: Any) -> Any:
    """Apply a kernel that returns a single value as :func:`blockwise` does."""
    return blockwise(lambda *parts: (function(*parts),), *arguments)[0]


def chooser(value: Any) -> Callable[..., tuple[Any, ...]]:
    """Return what puts a form's values where a condition holds, for floats or for arrays."""
    return _choose_scalar if isinstance(value, float) else _choose_array


def kernels_for(value: Any) -> ModuleType:
    """Return the kernels for Python floats or for arrays."""
    return math_kernels if isinstance(value, float) else numpy_kernels


def _choose_scalar(
    condition: bool, form: Callable[..., Any], present: tuple[Any, ...], *arguments: float
) -> tuple[Any, ...]:
    """Return the form's values where the condition holds, the present ones elsewhere."""
    return form(*arguments) if condition else present


def _choose_array(
    condition: Any, form: Callable[..., Any], present: tuple[Any, ...], *arguments: FloatArray
) -> tuple[Any, ...]:
    """Do as :func:`_choose_scalar`, computing only the elements where it holds."""
    places = np.flatnonzero(condition)
    if places.size:
        values = blockwise(form, *(argument[places] for argument in arguments))
        for array, chosen in zip(present, values, strict=True):
            array[places] = chosen
    return present


def blockwise(
    function: Callable[..., tuple[Any, ...]], *arguments: Any, block: int = BLOCK
) -> tuple[Any, ...]:
    """Apply a function to long arrays of one dimension block by block; to floats, as it is."""
    if isinstance(arguments[0], float) or (size := np.size(arguments[0])) <= block:
        return function(*arguments)
    results: tuple[Any, ...] = ()
    for start in range(0, size, block):
        part = slice(start, start + block)
        values = function(*(argument[part] for argument in arguments))
        results = results or tuple(np.empty(size, value.dtype) for value in values)
        for result, value in zip(results, values, strict=True):
            result[part] = value
    return results


def elementwise(function: Callable[..., tuple[Any, ...]], *arguments: Any) -> tuple[Any, ...]:
    """Apply a function of floats, or of arrays of one dimension, to floats or any arrays."""
    if isinstance(arguments[0], float):
        try:
            return function(*arguments)
        except ArithmeticError:  # Python's floats raise where arrays overflow or divide by 0
            arrays = elementwise(function, *(np.array([argument]) for argument in arguments))
            return tuple(array.item() for array in arrays)
    with np.errstate(all="ignore"):  # beyond the stated domain, moments may underflow
        flat = (np.ravel(argument) for argument in arguments)
        results = blockwise(function, *flat, block=CHUNK)
    return tuple(result.reshape(arguments[0].shape) for result in results)
