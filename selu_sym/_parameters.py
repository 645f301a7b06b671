"""SELU parameters for a given fixed point, in float64."""

from __future__ import annotations

from functools import cache
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from selu_sym._numeric import validation
from selu_sym._numeric.fixed_point import fixed_point
from selu_sym._numeric.validation import FloatArray, Real
from selu_sym._numeric.weights import Weights, chosen, finite_net_input, net_input
from selu_sym._selu import SeluParameters

__all__ = ["SeluParameters", "match_moments", "selu_parameters"]


@overload
def selu_parameters(
    mean: Real = ...,
    variance: Real = ...,
    *,
    weights: Weights | None = ...,
    missing: Literal["raise", "nan"] = ...,
) -> SeluParameters[float]: ...
@overload
def selu_parameters(
    mean: npt.ArrayLike = ...,
    variance: npt.ArrayLike = ...,
    *,
    weights: Weights | None = ...,
    missing: Literal["raise", "nan"] = ...,
) -> SeluParameters[FloatArray]: ...
def selu_parameters(
    mean: npt.ArrayLike = 0.0,
    variance: npt.ArrayLike = 1.0,
    *,
    weights: Weights | None = None,
    missing: Literal["raise", "nan"] = "raise",
) -> SeluParameters:
    r"""Return the SELU with the fixed point (mean, variance).

    A layer whose activations have this mean and variance feeds the next layer a net input
    z ~ N(m, v), which the SELU maps to the same mean and variance again. For x = scale
    and y = scale * alpha, these two conditions are a line and an ellipse,

    .. math:: A x + B y = \mu, \quad C x^2 + D y^2 = \nu + \mu^2,

    which meet in at most one point with x, y > 0. It is returned in closed form.

    Parameters
    ----------
    mean, variance : array_like
        Mean and variance > 0 of the activations. They broadcast.
    weights : str, Iid or (omega, tau), optional
        The weight model, which gives m and v:

        * ``"iid"``: (0, variance + mean**2), independent weights of mean 0 and variance
          1/n (LeCun normal), pooled over a layer: the right choice for networks;
        * :class:`selu_sym.Iid`, or an initializer's name, like ``"he_normal"`` or ``"torch"``:
          (0, tau * (variance + mean**2) + bias_variance);
        * ``"normalized"``: (0, variance), weights with sum 0 and sum of squares 1;
        * ``"unit-sum"``: (mean, variance), weights with sum 1 and sum of squares 1;
        * a pair of numbers: (mean * omega, variance * tau).

        The default is ``"iid"`` if every mean is 0; then ``"iid"``, ``"normalized"`` and
        ``"unit-sum"`` give the same alpha and scale. Otherwise it is ``"unit-sum"``, the model of
        the published notebook, with a warning that asks you to choose.
    missing : "raise" or "nan"
        What to do where no solution exists: raise, or put NaN for alpha and scale.

    Returns
    -------
    SeluParameters
        It holds floats if mean and variance are scalars, and float64 arrays otherwise.

    Raises
    ------
    NoFixedPointError
        If no alpha > 0 and scale > 0 exist, unless ``missing="nan"``. One exists exactly
        when C mu^2 < A^2 (nu + mu^2) for mu >= 0, or D mu^2 < B^2 (nu + mu^2) for mu < 0.
    ValueError
        If a variance is not positive, a value is NaN or infinite, the weight model is
        unknown, or alpha or scale is beyond what float64 can hold.
    TypeError
        If a value is not a real number.

    Warns
    -----
    UserWarning
        If no weights are given and a mean is not 0.

    Notes
    -----
    Accuracy: the relative errors are within 150 unit roundoffs (1.7e-14), and mostly within
    one, times the condition numbers (:meth:`SeluParameters.condition_numbers`, where
    they exceed 1). Where the closed form fails in float64, ball arithmetic gives the nearest
    doubles, in about a millisecond for each target: for ``|m|/sqrt(v) > 25``, for variances or
    squared means beyond 1e±30, and where the two sides of the existence condition differ
    relatively by less than 3e-14. Parameters beyond the normal float64 numbers raise a ValueError,
    or are NaN with ``missing="nan"``; :func:`selu_sym.precise.selu_parameters` has these, too.

    Source: ``derivations.fixed_point``; Klambauer et al. 2017 (arXiv 1706.02515), whose
    fixed point (0, 1) is the default.

    Examples
    --------
    >>> alpha, scale = selu_parameters(mean=0.0, variance=1.0)
    >>> print(f"{alpha:.12f} {scale:.12f}")
    1.673263242354 1.050700987355
    """
    mu, nu = validation.broadcast(
        mean=validation.finite("mean", mean), variance=validation.positive("variance", variance)
    )
    model = chosen(weights, centered=not np.any(mu))
    m, v = (finite_net_input if missing == "raise" else net_input)(mu, nu, model)
    alpha, scale = fixed_point(m, v, mu, nu, missing)
    alpha, scale, m, v = map(validation.locked, (alpha, scale, m, v))
    return SeluParameters(alpha, scale, mu, nu, m, v, model)


@cache
def paper() -> SeluParameters[float]:
    """Return the paper's SELU, of (0, 1)."""
    return selu_parameters(0.0, 1.0)


@overload
def match_moments(
    input_mean: Real,
    input_variance: Real,
    output_mean: Real,
    output_variance: Real,
    *,
    missing: Literal["raise", "nan"] = ...,
) -> SeluParameters[float]: ...
@overload
def match_moments(
    input_mean: npt.ArrayLike,
    input_variance: npt.ArrayLike,
    output_mean: npt.ArrayLike,
    output_variance: npt.ArrayLike,
    *,
    missing: Literal["raise", "nan"] = ...,
) -> SeluParameters[FloatArray]: ...
def match_moments(
    input_mean: npt.ArrayLike,
    input_variance: npt.ArrayLike,
    output_mean: npt.ArrayLike,
    output_variance: npt.ArrayLike,
    *,
    missing: Literal["raise", "nan"] = "raise",
) -> SeluParameters:
    r"""Return the SELU that maps N(input_mean, input_variance) to given output moments.

    .. math::
        E[\mathrm{selu}(z)] = \lambda (A + \alpha B) = \mu, \quad
        E[\mathrm{selu}(z)^2] = \lambda^2 (C + \alpha^2 D) = \nu + \mu^2, \qquad z \sim N(m, v)

    with the moments of :func:`half_line_moments`: a line meets an ellipse. This is the general form
    of :func:`selu_parameters`, in which the net input need not have any relation to the output.

    Parameters
    ----------
    input_mean, input_variance : array_like
        Mean m and variance v > 0 of the Gaussian net input.
    output_mean, output_variance : array_like
        Mean mu and variance nu > 0 that the activations should have. All four broadcast.
    missing : "raise" or "nan"
        What to do where no solution exists: raise, or put NaN for alpha and scale.

    Returns
    -------
    SeluParameters
        Its ``mean`` and ``variance`` are those of the output, and its ``weights`` are None.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_parameters`.

    Notes
    -----
    Source: ``derivations.fixed_point``.

    Examples
    --------
    >>> alpha, scale = match_moments(0.5, 2.0, 0.0, 1.0)
    >>> print(f"{alpha:.6f} {scale:.6f}")
    4.490917 0.486865
    """
    m, v, mu, nu = validation.broadcast(
        input_mean=validation.finite("input_mean", input_mean),
        input_variance=validation.positive("input_variance", input_variance),
        output_mean=validation.finite("output_mean", output_mean),
        output_variance=validation.positive("output_variance", output_variance),
    )
    alpha, scale = map(validation.locked, fixed_point(m, v, mu, nu, missing))
    return SeluParameters(alpha, scale, mu, nu, m, v, None)
