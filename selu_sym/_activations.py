"""Gaussian means and gains of any activation: what users call."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, cast, overload

import numpy as np
import numpy.typing as npt

from selu_sym._numeric import catalogue, validation
from selu_sym._numeric.activation_checks import (
    Keeps,
    checked_error,
    is_constant,
    require_continuous,
    require_domain,
    require_known,
)
from selu_sym._numeric.callables import ActivationLike, Function, source_of
from selu_sym._numeric.catalogue import Param
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.validation import FloatArray, Real, Values, Values_co

__all__ = ["ActivationMoments", "activation_moments", "gain", "list_activations"]


@dataclass(frozen=True, eq=False)
class ActivationMoments(Generic[Values_co]):
    """The Gaussian means of an activation f, for z ~ N(m, v).

    Attributes
    ----------
    mean, second_moment, variance : float or float64 array
        E f, E f^2 and Var f.
    derivative_mean, derivative_second_moment : float or float64 array
        E f' and E f'^2; the latter is NaN where f jumps, for it is infinite.
    error : float
        For a callable, the estimated relative error of the integration, with what lies beyond
        its ends, 9.5 standard deviations from m; 0 for a name, whose accuracy is tested.
    """

    mean: Values_co
    second_moment: Values_co
    variance: Values_co
    derivative_mean: Values_co
    derivative_second_moment: Values_co
    error: float


@overload
def activation_moments(
    activation: ActivationLike,
    input_mean: Real = 0.0,
    input_variance: Real = 1.0,
    *,
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> ActivationMoments[float]: ...
@overload
def activation_moments(
    activation: ActivationLike,
    input_mean: npt.ArrayLike = 0.0,
    input_variance: npt.ArrayLike = 1.0,
    *,
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> ActivationMoments[FloatArray]: ...
def activation_moments(
    activation: ActivationLike,
    input_mean: npt.ArrayLike = 0.0,
    input_variance: npt.ArrayLike = 1.0,
    *,
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> ActivationMoments[float] | ActivationMoments[FloatArray]:
    r"""Return mean, second moment and variance of an activation and of its derivative.

    .. math:: E f(z), \quad E f(z)^2, \quad \mathrm{Var} f(z), \quad E f'(z), \quad E f'(z)^2,
        \qquad z \sim N(m, v)

    Parameters
    ----------
    activation : str or callable
        A name of :func:`list_activations`, or Keras's, PyTorch's or JAX's, or an elementwise
        function of float64 arrays.
    input_mean, input_variance : array_like
        Mean m and variance v > 0 of the net input. They broadcast.
    param : float, or tuple of floats, optional
        The activation's parameters, as the slope of a leaky ReLU.
    kinks : iterable of float
        Of a callable: where it is not smooth.
    derivative : callable, optional
        Of a callable; by default it is approximated by differences of the order h^8.

    Returns
    -------
    ActivationMoments
        With floats, or float64 arrays of the broadcast shape.

    Raises
    ------
    ValueError
        If the name is unknown, a variance is not positive, or the net input is beyond what is
        integrated: ``1e-12 <= v <= 1e8`` and ``|m|/sqrt(v) <= 30``. If a callable is not finite
        for these net inputs, or its square or that of its derivative has no finite mean.
    TypeError
        If activation is neither, or is no function of NumPy arrays, or a value is no real number.

    Warns
    -----
    UserWarning
        If the estimated error of a callable's means is above 1e-9.

    Notes
    -----
    Accuracy of names, for ``|m|/sqrt(v) <= 8`` and ``1e-6 <= v <= 1e4``: the mean within 1e-12 of
    E abs(f), that of the derivative of E abs(f'), second moments and the variance within 1e-12 of
    themselves, as long as they are above 1e-290. Outside: 1e-7 of the same, of the second moment
    for the variance.

    Source: ``derivations.means``, ``derivations.gaussian_rule``.

    Examples
    --------
    >>> moments = activation_moments("gelu")
    >>> print(f"{moments.mean:.12f} {moments.variance:.12f} {moments.derivative_mean:.1f}")
    0.282094791774 0.345644011024 0.5
    """
    source = source_of(activation, param, kinks, derivative)
    m, v = net_input(input_mean, input_variance)
    found = means(source, m, v)
    error = checked_error(source, m, v, found)
    return cast("ActivationMoments[FloatArray]", ActivationMoments(*found[:5], error))


def net_input(
    input_mean: npt.ArrayLike, input_variance: npt.ArrayLike, advice: str = ""
) -> tuple[Values, Values]:
    """Return m and v, checked and broadcast."""
    m, v = validation.broadcast(
        input_mean=validation.finite("input_mean", input_mean),
        input_variance=validation.positive("input_variance", input_variance),
    )
    require_domain(m, v, advice)
    return m, v


def gain(
    activation: ActivationLike,
    param: Param = None,
    *,
    keeps: Keeps = "second_moment",
    input_mean: float = 0.0,
    input_variance: float = 1.0,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> float:
    r"""Return the factor for weights, or for an activation, that keeps the signal.

    .. math:: g = (E f^2)^{-1/2}, \quad (\mathrm{Var} f)^{-1/2} \quad\text{or}\quad
        (E f'^2)^{-1/2}, \qquad z \sim N(m, v)

    Parameters
    ----------
    activation : str or callable
        As of :func:`activation_moments`. ``torch.nn.init.calculate_gain``'s names work, too.
    param : float, or tuple of floats, optional
        The activation's parameter, as there.
    keeps : "second_moment", "variance" or "gradient"
        What the factor keeps. With independent weights of mean 0, the second moment of the
        net inputs: He's gain, e3nn's normalize2mom, EDM2. With standardized weights, whose sum is
        0, their variance: NFNets' gamma. "gradient" is for the second moment of gradients going
        back.
    input_mean, input_variance : float
        Mean and variance > 0 of the net input.
    kinks, derivative
        Of a callable, as of :func:`activation_moments`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As :func:`activation_moments`, if keeps is none of the three, if the activation is constant
        where the variance is to be kept or zero, or if it jumps and gradients are to be kept.

    Notes
    -----
    Accuracy: 1e-12 relative for names, in the domain of :func:`activation_moments`.
    :func:`selu_sym.precise.gain` has any number of proved digits.

    PyTorch's calculate_gain has 5/3 for tanh, 1 for sigmoid, and 3/4 for SELU; these are no gains
    of any of the three kinds, but for ReLU, leaky ReLU and linear both agree.

    Source: ``derivations.means``; K. He et al. 2015, arXiv 1502.01852; A. Brock, S. De, S. Smith
    2021, arXiv 2101.08692.

    Examples
    --------
    >>> print(f"{gain('gelu'):.12f} {gain('gelu', keeps='variance'):.12f}")
    1.533530441196 1.700926243363
    >>> print(f"{gain('leaky_relu', 0.2):.12f}")
    1.386750490563
    """
    source = source_of(activation, param, kinks, derivative)
    advice = "; selu_sym.precise.gain has no limits" if isinstance(activation, str) else ""
    m, v = net_input(input_mean, input_variance, advice)
    if not isinstance(m, float):
        raise ValueError(f"input_mean must be a number, got an array of shape {np.shape(m)}")
    require_known(keeps)
    found = means(source, m, v)
    checked_error(source, m, v, found)
    if keeps == "gradient":
        require_continuous(source)
    value = {
        "second_moment": found.second_moment,
        "variance": found.variance,
        "gradient": found.derivative_second_moment,
    }[keeps]
    if not value > 0 or (keeps == "variance" and is_constant(source, found)):
        raise ValueError(
            f"activation must not be constant for the net inputs in question, got {source.name!r}"
        )
    return 1 / math.sqrt(value)


def list_activations() -> list[str]:
    """Return the names of all activations.

    Returns
    -------
    list of str
        In alphabetical order. Each has other names, too: those of Keras, PyTorch and JAX, in upper
        or lower case and with underscores or without.

    Notes
    -----
    Source: ``derivations.activations``, which has the definition of each.

    Examples
    --------
    >>> "gelu" in list_activations()
    True
    """
    return catalogue.names()
