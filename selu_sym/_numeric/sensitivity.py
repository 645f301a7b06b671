"""Derivatives and condition numbers of the parameters, in float64."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from selu_sym._numeric.fixed_point import is_beyond
from selu_sym._numeric.moments import blockwise, compute_moments, elementwise, kernels_for
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Weights, independent, sums

LARGEST_CONDITION = 1e8
"""Condition number of alpha up to which its derivatives keep three digits and more."""


def derivatives(alpha: Any, scale: Any, m: Any, v: Any, mu: Any, nu: Any) -> tuple[Any, ...]:
    """Return the derivatives of alpha by m, v, mu and nu, then those of scale.

    NaN where the moments are beyond what float64 can follow.
    """
    found = elementwise(_derivatives, alpha, scale, m, v, mu, nu)
    beyond = is_beyond(m, v, mu, nu)
    if beyond is False or not np.any(beyond):
        return found
    return tuple(np.where(beyond, np.nan, value) if np.ndim(value) else math.nan for value in found)


def condition_numbers(alpha: Any, scale: Any, m: Any, v: Any, mu: Any, nu: Any) -> tuple[Any, Any]:
    """Return the relative condition numbers of alpha and scale."""
    by_inputs = derivatives(alpha, scale, m, v, mu, nu)
    with np.errstate(all="ignore"):
        alpha_number, scale_number = kernels_for(alpha).condition_numbers(
            *by_inputs, alpha, scale, m, v, mu, nu
        )
    return alpha_number, scale_number


def gradient(
    weights: Weights, alpha: Any, scale: Any, m: Any, v: Any, mu: Any, nu: Any
) -> FloatArray:
    """Return d(alpha, scale)/d(mu, nu) where m and v follow from mu and nu, (..., 2, 2).

    NaN where alpha is so ill-conditioned that the digits of its derivatives are lost.
    """
    of_alpha, _ = condition_numbers(alpha, scale, m, v, mu, nu)
    gradient_of = partial(_gradient, weights)
    rows = elementwise(gradient_of, alpha, scale, m, v, mu, nu)
    matrices: FloatArray = np.stack([np.stack(rows[i : i + 2], axis=-1) for i in (0, 2)], axis=-2)
    matrices[~np.less_equal(of_alpha, LARGEST_CONDITION)] = np.nan
    return matrices


def _gradient(
    weights: Weights, alpha: Any, scale: Any, m: Any, v: Any, mu: Any, nu: Any
) -> tuple[Any, ...]:
    """Return the derivatives of alpha by mu and nu, then those of scale."""
    kernels = kernels_for(m)
    A, B, C, D, A_minor, *_ = compute_moments(m, v)
    P, T1, T2, p0 = blockwise(kernels.tails, m, v)
    x, y = scale, scale * alpha
    fixed = sums(weights)
    if fixed is None:
        tau = independent(weights).tau
        complement = kernels.iid_complement(A, P, T1, T2, p0, x, y, mu, tau)
    else:
        tails = P, T1 - B, T1, T2, p0
        complement = kernels.linear_complement(A, A_minor, B, D, *tails, x, y, m, v, mu, nu, *fixed)
    entries: tuple[Any, ...] = kernels.parameter_gradient(A, B, C, D, alpha, scale, mu, *complement)
    return entries


def _derivatives(alpha: Any, scale: Any, m: Any, v: Any, mu: Any, nu: Any) -> tuple[Any, ...]:
    """Return the derivatives for floats, or for arrays of one dimension."""
    kernels = kernels_for(m)
    A, B, C, D, *_ = compute_moments(m, v)
    tails = blockwise(kernels.tails, m, v)
    return blockwise(kernels.derivatives, A, B, C, D, *tails, alpha, scale, m, v, mu, nu)
