"""Scale and shift for a fixed point, and for gradients as well: what users call."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from selu_sym import _generated as generated
from selu_sym._numeric import transformed, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.activation_checks import (
    checked_error,
    is_constant,
    require_continuous,
    require_domain,
)
from selu_sym._numeric.callables import ActivationLike, Function, source_of
from selu_sym._numeric.catalogue import Param, Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.validation import FloatArray, Real, Values
from selu_sym._numeric.weights import Iid, Weights
from selu_sym._transformed import TransformedActivation, stability_slope

__all__ = ["balance", "standardize"]


@overload
def standardize(
    activation: ActivationLike,
    mean: Real = 0.0,
    variance: Real = 1.0,
    *,
    weights: Weights = "iid",
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> TransformedActivation[float]: ...
@overload
def standardize(
    activation: ActivationLike,
    mean: npt.ArrayLike = 0.0,
    variance: npt.ArrayLike = 1.0,
    *,
    weights: Weights = "iid",
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> TransformedActivation[FloatArray]: ...
def standardize(
    activation: ActivationLike,
    mean: npt.ArrayLike = 0.0,
    variance: npt.ArrayLike = 1.0,
    *,
    weights: Weights = "iid",
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> TransformedActivation:
    r"""Return scale and shift with which an activation has a given fixed point.

    .. math:: y = a f(z) + b, \quad a = \sqrt{\nu/\mathrm{Var} f}, \quad b = \mu - a E f

    for the net input z ~ N(m, v) that the weight model makes of (mu, nu). It exists for every
    activation that is not constant.

    Parameters
    ----------
    activation : str or callable
        As of :func:`activation_moments`.
    mean, variance : array_like
        Mean and variance > 0 of the activations. They broadcast.
    weights
        The weight model, as in :func:`selu_parameters`.
    param, kinks, derivative
        As of :func:`activation_moments`.

    Returns
    -------
    TransformedActivation

    Raises
    ------
    ValueError
        As :func:`activation_moments`, and if the activation is constant.

    Warns
    -----
    UserWarning
        As :func:`activation_moments`, and if the fixed point repels: then layers leave it.

    Notes
    -----
    Accuracy: 1e-12 relative of the scale, in the domain of :func:`activation_moments`.

    Source: ``derivations.transformed``.

    Examples
    --------
    >>> q = standardize("tanh")
    >>> print(f"scale {q.scale:.10f}")
    scale 1.5925374197
    """
    source = source_of(activation, param, kinks, derivative)
    model = weight_models.checked(weights)
    mu, nu = validation.broadcast(
        mean=validation.finite("mean", mean), variance=validation.positive("variance", variance)
    )
    m, v = weight_models.finite_net_input(mu, nu, model)
    require_domain(m, v)
    found = means(source, m, v)
    checked_error(source, m, v, found)
    if np.any(is_constant(source, found)):
        raise ValueError(f"activation must not be constant, got {source.name!r}")
    a, b = generated.activation_kernels.scale_and_shift(found.mean, found.variance, mu, nu)
    q = _made(activation, source, a, b, mu, nu, model)
    if isinstance(mu, float) and not source.jumps:
        slope = stability_slope(q)
        if abs(slope) > 1 + generated.activation_kernels.UNDECIDED_SLOPE:
            warnings.warn(
                f"the fixed point of mean {mu!r} and variance {nu!r} repels (slope {slope:.4g}): "
                f"layers leave it{_advice(q)}",
                UserWarning,
                stacklevel=2,
            )
    return q


def _advice(q: TransformedActivation) -> str:
    """Return which mean near 0 attracts, with the same variance and independent weights."""
    if weight_models.sums(q.weights) is not None:
        return ""
    model = weight_models.independent(q.weights)
    steps = np.sqrt(q.variance) * np.arange(0.05, 2.0, 0.05)
    candidates = q.mean + np.concatenate([steps, -steps])
    v = model.tau * (q.variance + candidates**2) + model.bias_variance
    found = means(q.source, 0.0 * v, v, slopes=True)
    a = np.sqrt(q.variance / found.variance)
    slopes = generated.activation_kernels.second_moment_slope(
        found.R1, found.R2, a, candidates, model.tau, v
    )
    good = candidates[np.abs(slopes) < 0.999]
    if not good.size:
        return ""
    best = float(good[np.argmin(np.abs(good - q.mean))])
    return f"; with the mean {best:.4g} it attracts"


@overload
def balance(
    activation: ActivationLike,
    second_moment: Real = 1.0,
    *,
    basin: Literal["global"] | None = None,
    weights: Weights = "iid",
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> TransformedActivation[float]: ...
@overload
def balance(
    activation: ActivationLike,
    second_moment: npt.ArrayLike = 1.0,
    *,
    basin: Literal["global"] | None = None,
    weights: Weights = "iid",
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> TransformedActivation[FloatArray]: ...
def balance(
    activation: ActivationLike,
    second_moment: npt.ArrayLike = 1.0,
    *,
    basin: Literal["global"] | None = None,
    weights: Weights = "iid",
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> TransformedActivation:
    r"""Return scale and shift that keep both the second moment and that of gradients.

    .. math:: a = (\tau S_2)^{-1/2}, \quad \nu = a^2 \mathrm{Var} f, \quad
        \mu = \pm\sqrt{S - \nu}, \quad b = \mu - a E f, \qquad z \sim N(0, \tau S + \beta)

    with S2 = E f'^2. Of the two signs, the one whose map of second moments has the smaller
    absolute slope: often the other fixed point repels.

    Parameters
    ----------
    activation : str or callable
        As of :func:`activation_moments`.
    second_moment : array_like
        Second moment S > 0 of the activations.
    basin : "global", optional
        Ask for the smallest second moment to which all others come. ``second_moment`` is then taken
        only where there is no smallest, because all come to each.
    weights
        A model of independent weights, as in :func:`selu_parameters`.
    param, kinks, derivative
        As of :func:`activation_moments`.

    Returns
    -------
    TransformedActivation
        With :func:`gradient_gain` 1; ``.basin`` says from where second moments come to S.

    Raises
    ------
    ValueError
        As :func:`standardize`; if the weights have given sums, for then the gain is at least 1 for
        every activation, and 1 for linear ones alone; if the activation jumps; if the biases are
        beyond the largest variance with which it exists, which the error says; if no second moment
        has a global basin.

    Warns
    -----
    UserWarning
        As :func:`activation_moments`, and if the fixed point repels.

    Notes
    -----
    Accuracy: 1e-11 of the scale, and of the shift where the mean does not nearly vanish.

    Source: ``derivations.transformed``; Y. Lu, S. Gould, T. Ajanthan, *Bidirectional self-
    normalizing neural networks*, 2020, arXiv 2006.12169. That of its two roots often only the
    other one attracts is shown there.

    Examples
    --------
    >>> q = balance("gelu")
    >>> print(f"scale {q.scale:.10f}, shift {q.shift:.10f}, mean {q.mean:.4f}")
    scale 1.4811144127, shift -0.9095064010, mean -0.4917
    """
    source = source_of(activation, param, kinks, derivative)
    require_continuous(source)
    totals = validation.positive("second_moment", second_moment)
    checked = weight_models.checked(weights)
    if weight_models.sums(checked) is not None:
        raise ValueError(
            "weights must be independent for a balance, selu_sym.Iid or its names, got "
            f"{checked!r}: with given sums the gradient gain is at least 1 for every activation, "
            "and 1 for linear ones alone; use standardize"
        )
    if basin not in (None, "global"):
        raise ValueError(f"basin must be None or 'global', got {basin!r}")
    model = weight_models.independent(checked)
    found = []
    for total in np.ravel(totals).tolist():
        _require_balance(source, total, model)
        if basin == "global":
            total = transformed.global_second_moment(source, total, model)  # noqa: PLW2901
        slope, *root = transformed.roots(source, total, model)[0]
        if abs(slope) > 1 + generated.activation_kernels.UNDECIDED_SLOPE:
            warnings.warn(
                f"both balanced fixed points of {source.name!r} at the second moment {total!r} "
                f"repel (slope {slope:.4g}): layers leave them; another second moment may attract",
                UserWarning,
                stacklevel=2,
            )
        found.append(root)
    columns = np.reshape(np.transpose(found), (4, *np.shape(totals)))
    a, b, mean, variance = columns.tolist() if columns.ndim == 1 else columns
    return _made(activation, source, a, b, mean, variance, checked)


def _require_balance(source: Source, total: float, model: Iid) -> None:
    """Raise ValueError where no balanced fixed point exists, and say why."""
    v = model.tau * total + model.bias_variance
    require_domain(0.0, v)
    found = means(source, 0.0, v)
    checked_error(source, 0.0, v, found, stacklevel=4)
    if is_constant(source, found):
        raise ValueError(f"activation must not be constant, got {source.name!r}")
    square, _ = transformed.gap(source, total, model)
    if square < 0:
        largest = transformed.largest_bias_variance(source, total, model.tau)
        raise ValueError(
            f"weights must have a bias variance of at most {largest:.6g} for a balance of "
            f"{source.name!r} at the second moment {total!r}, got {model!r}"
        )


def _made(
    activation: ActivationLike,
    source: Source,
    scale: Values,
    shift: Values,
    mean: Values,
    variance: Values,
    weights: Weights,
) -> TransformedActivation:
    a, b, mu, nu = (
        float(value) if np.ndim(value) == 0 else validation.read_only(value)
        for value in (scale, shift, mean, variance)
    )
    named = source.name if isinstance(activation, str) else activation
    return TransformedActivation(named, source.parameters, 1.0, 0.0, a, b, mu, nu, weights, source)
