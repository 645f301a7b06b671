"""Derivatives and condition numbers of the parameters, in float64."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import numpy as np

from selu_sym._numeric.elementwise import blockwise, elementwise
from selu_sym._numeric.fixed_point import is_beyond
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.moments import compute_moments
from selu_sym._numeric.selu import SeluAtMoments
from selu_sym._numeric.validation import FloatArray, Values
from selu_sym._numeric.weights import Weights, independent, required, sums

LARGEST_CONDITION = 1e8
"""Condition number of alpha up to which its derivatives keep three digits and more."""


class Derivatives(NamedTuple):
    """The derivatives of alpha and scale with respect to m, v, mu and nu."""

    alpha_m: Values
    alpha_v: Values
    alpha_mu: Values
    alpha_nu: Values
    scale_m: Values
    scale_v: Values
    scale_mu: Values
    scale_nu: Values


def derivatives(p: SeluAtMoments) -> Derivatives:
    """Return the derivatives of alpha and scale.

    NaN where the moments are beyond what float64 can follow.
    """
    problem = p.input_mean, p.input_variance, p.mean, p.variance
    found = Derivatives(*elementwise(_derivatives, p.alpha, p.scale, *problem))
    beyond = is_beyond(*problem)
    if beyond is False or not np.any(beyond):
        return found
    return Derivatives(
        *(np.where(beyond, np.nan, value) if np.ndim(value) else math.nan for value in found)
    )


def condition_numbers(p: SeluAtMoments) -> tuple[Values, Values]:
    """Return the relative condition numbers of alpha and scale."""
    problem = p.input_mean, p.input_variance, p.mean, p.variance
    kernels = kernels_for(p.alpha)
    with np.errstate(all="ignore"):
        return kernels.condition_numbers(*derivatives(p), p.alpha, p.scale, *problem)


def gradient(p: SeluAtMoments) -> FloatArray:
    """Return d(alpha, scale)/d(mu, nu) where m and v follow from mu and nu, (..., 2, 2).

    NaN where alpha is so ill-conditioned that the digits of its derivatives are lost.
    """
    weights = required(p.weights, "the gradient")
    of_alpha, _ = condition_numbers(p)
    problem = p.input_mean, p.input_variance, p.mean, p.variance
    rows = elementwise(partial(_gradient, weights), p.alpha, p.scale, *problem)
    matrices: FloatArray = np.stack([np.stack(rows[i : i + 2], axis=-1) for i in (0, 2)], axis=-2)
    matrices[~np.less_equal(of_alpha, LARGEST_CONDITION)] = np.nan
    return matrices


def _gradient(
    weights: Weights, alpha: Values, scale: Values, m: Values, v: Values, mu: Values, nu: Values
) -> tuple[Values, ...]:
    """Return the derivatives of alpha with respect to mu and nu, then those of scale."""
    kernels = kernels_for(m)
    A, B, C, D, A_minor, *_ = compute_moments(m, v)
    P, T1, T2, p0 = blockwise(kernels.tails, m, v)
    x, y = scale, scale * alpha
    fixed = sums(weights)
    if fixed is None:
        tau = independent(weights).tau
        complement = kernels.iid_complement(A, P, T1, T2, p0, x, y, mu, tau)
    else:
        complement = kernels.linear_complement(
            A, A_minor, B, D, P, T1 - B, T1, T2, p0, x, y, m, v, mu, nu, *fixed
        )
    return kernels.parameter_gradient(A, B, C, D, alpha, scale, mu, *complement)


def _derivatives(
    alpha: Values, scale: Values, m: Values, v: Values, mu: Values, nu: Values
) -> tuple[Values, ...]:
    """Return the derivatives for floats, or for arrays of one dimension."""
    kernels = kernels_for(m)
    A, B, C, D, *_ = compute_moments(m, v)
    tails = blockwise(kernels.tails, m, v)
    return blockwise(kernels.derivatives, A, B, C, D, *tails, alpha, scale, m, v, mu, nu)
