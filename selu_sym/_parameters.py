"""SELU parameters for a given fixed point, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from selu_sym import _sensitivity, _validation
from selu_sym._fixed_point import fixed_point
from selu_sym._moments import kernels_for
from selu_sym._validation import FloatArray, Values
from selu_sym._weights import Weights, checked, finite_net_input


@dataclass(frozen=True, eq=False, repr=False)
class SeluParameters:
    """The SELU that maps its net input to a given mean and variance.

    It unpacks: ``alpha, scale = parameters``.
    """

    alpha: Values
    """The SELU's alpha, selu(z) = scale * alpha * (exp(z) - 1) for z <= 0."""

    scale: Values
    """The SELU's lambda, selu(z) = scale * z for z > 0."""

    mean: Values
    """Mean of the activations."""

    variance: Values
    """Variance of the activations."""

    input_mean: Values
    """Mean of the net input."""

    input_variance: Values
    """Variance of the net input."""

    weights: Weights | None
    """The weight model, None where the net input was given (:func:`match_moments`)."""

    def __post_init__(self) -> None:
        """Keep own copies of arrays, which nobody can change."""
        for name, value in list(vars(self).items()):
            if isinstance(value, np.ndarray):
                own = value.copy()
                own.flags.writeable = False
                object.__setattr__(self, name, own)

    def __iter__(self) -> Iterator[Values]:
        return iter((self.alpha, self.scale))

    def __repr__(self) -> str:
        shown = ("alpha", "scale", "mean", "variance", "weights")
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        if self.weights is None:
            return f"SeluParameters({fields})"
        from selu_sym._stability import stability  # noqa: PLC0415 - it imports this module

        return f"SeluParameters({fields}): {stability(self)}"

    @property
    def saturation(self) -> Values:
        """-alpha * scale, the limit of selu(z) for z to minus infinity."""
        return -self.alpha * self.scale

    def dropout_affine(self, rate: npt.ArrayLike) -> tuple[Values, Values]:
        r"""Return the (a, b) with which alpha dropout keeps mean and variance.

        A unit is kept with probability q = 1 - rate or set to the saturation value s.
        Then a x + b has the mean mu and the variance nu again:

        .. math::
            a = \sqrt{\frac{\nu}{q((1-q)(s-\mu)^2 + \nu)}}, \quad
            b = \mu - a (q \mu + (1-q) s)

        Parameters
        ----------
        rate : array_like
            Probability in [0, 1) that a unit is dropped. Broadcasts with the parameters.

        Returns
        -------
        a, b : float, or float64 arrays of the broadcast shape

        Raises
        ------
        ValueError
            If a rate is outside [0, 1).

        Notes
        -----
        Source: ``derivations.dropout``; Klambauer et al. 2017, "New Dropout Technique".

        Examples
        --------
        >>> a, b = selu_parameters(0.0, 1.0).dropout_affine(0.1)
        >>> print(f"{a:.6f} {b:.6f}")
        0.921285 0.161971
        """
        rates, mean, variance, saturation = _validation.broadcast(
            rate=_validation.rate(rate),
            mean=self.mean,
            variance=self.variance,
            saturation=self.saturation,
        )
        a, b = kernels_for(rates).dropout_affine(mean, variance, saturation, 1 - rates)
        return a, b

    def gradient(self) -> FloatArray:
        r"""Return the derivatives of alpha and scale by mean and variance.

        With the net input following from mean and variance by the weight model, so that
        they can be trained:

        .. math::
            \begin{pmatrix}
            \partial\alpha/\partial\mu & \partial\alpha/\partial\nu \\
            \partial\lambda/\partial\mu & \partial\lambda/\partial\nu
            \end{pmatrix}

        Returns
        -------
        float64 array of shape (..., 2, 2), before it the shape of the parameters

        Raises
        ------
        ValueError
            If the parameters are of no weight model (:func:`match_moments`).

        Notes
        -----
        The derivatives solve the linear system that differentiating the two fixed-point
        equations gives. Accuracy: 1e-9 relative, tested for means within [-0.5, 0.5] and
        variances from 0.02 to 12 against differences of sixty digits; 1e-11 at most targets,
        but not where the net input lies three deviations above zero. NaN where alpha is.

        Source: ``derivations.sensitivity``.

        Examples
        --------
        >>> print(selu_parameters(-0.1, 2.0).gradient().round(6))
        [[-0.037247  0.259321]
         [-0.144085  0.004958]]
        """
        if self.weights is None:
            raise ValueError(
                "the gradient needs a weight model, got parameters of match_moments; "
                "use selu_parameters"
            )
        return _sensitivity.gradient(self.weights, *self._problem())

    def condition_numbers(self) -> tuple[Values, Values]:
        r"""Return the relative condition numbers of alpha and scale.

        By how much more, relatively, alpha and scale change than the four inputs of the
        problem, in the worst case and to first order:

        .. math::
            \kappa_\alpha = \frac1\alpha \sum_{p \in \{m, v, \mu, \nu\}}
            \left|p \frac{\partial\alpha}{\partial p}\right|

        The moments m and v of the net input and the moments of the output count as
        independent, as in :func:`match_moments`. The relative errors of the computed alpha
        and scale are a few units in the last place times these numbers.

        Returns
        -------
        condition number of alpha, of scale : float, or float64 arrays

        Notes
        -----
        Source: ``derivations.sensitivity``; N. Higham, *Accuracy and Stability of Numerical
        Algorithms*, section 1.6.

        Examples
        --------
        >>> of_alpha, of_scale = selu_parameters(0.0, 1.0).condition_numbers()
        >>> print(f"{of_alpha:.3f} {of_scale:.3f}")
        0.212 0.986
        """
        return _sensitivity.condition_numbers(*self._problem())

    def _problem(self) -> tuple[Values, ...]:
        """Return the solution, and the four numbers that it solves for."""
        inputs = (self.input_mean, self.input_variance)
        return (self.alpha, self.scale, *inputs, self.mean, self.variance)


def selu_parameters(
    mean: npt.ArrayLike = 0.0,
    variance: npt.ArrayLike = 1.0,
    *,
    weights: Weights = "unit-sum",
    missing: Literal["raise", "nan"] = "raise",
) -> SeluParameters:
    r"""Return the SELU with the fixed point (mean, variance).

    A layer whose activations have this mean and variance feeds the next one a net input
    z ~ N(m, v), which the SELU maps to the same mean and variance again. With x = scale
    and y = scale * alpha that is a line and an ellipse,

    .. math:: A x + B y = \mu, \quad C x^2 + D y^2 = \nu + \mu^2,

    which meet in at most one point with x, y > 0. It is returned in closed form.

    Parameters
    ----------
    mean, variance : array_like
        Mean and variance > 0 of the activations. They broadcast.
    weights : "unit-sum", "normalized", "iid" or (omega, tau)
        The weight model, which gives m and v:

        * ``"unit-sum"``: (mean, variance), weights with sum 1 and sum of squares 1;
        * ``"normalized"``: (0, variance), weights with sum 0 and sum of squares 1;
        * ``"iid"``: (0, variance + mean**2), independent weights of mean 0 and variance
          1/n (LeCun normal), pooled over a layer: the right choice for networks;
        * :class:`selu_sym.Iid`, or an initializer's name, like ``"he_normal"`` or ``"torch"``:
          (0, tau * (variance + mean**2) + bias_variance);
        * a pair of numbers: (mean * omega, variance * tau).
    missing : "raise" or "nan"
        What to do where no solution exists: raise, or put NaN for alpha and scale.

    Returns
    -------
    SeluParameters
        Floats where mean and variance are scalars, float64 arrays elsewhere.

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

    Notes
    -----
    Accuracy: the relative errors are within 150 unit roundoffs (1.7e-14), and mostly within
    one, times the condition numbers (:meth:`SeluParameters.condition_numbers`, where
    they exceed 1) for ``|m|/sqrt(v) <= 8`` and ``1e-8 <= v <= 1e8``; powers are scaled, so that
    they neither overflow nor underflow beyond. Further out the errors grow, and have been seen
    to reach 1e5 such units for m/sqrt(v) between -51 and -34. Where m/sqrt(v) is above 30, or
    the existence condition is nearer to equality than 3e-14 relatively, a target counts as not
    decided in float64, and there is a NoFixedPointError that says so. Parameters beyond the normal
    float64 numbers are a ValueError, or NaN with ``missing="nan"``. ``selu_sym.precise`` has as
    many digits as asked for.

    Source: ``derivations.fixed_point``; Klambauer et al. 2017 (arXiv 1706.02515), whose
    (0, 1) is the default.

    Examples
    --------
    >>> alpha, scale = selu_parameters(mean=0.0, variance=1.0)
    >>> print(f"{alpha:.12f} {scale:.12f}")
    1.673263242354 1.050700987355
    """
    model = checked(weights)
    mu, nu = _validation.broadcast(
        mean=_validation.finite("mean", mean), variance=_validation.positive("variance", variance)
    )
    m, v = finite_net_input(mu, nu, model)
    alpha, scale = fixed_point(m, v, mu, nu, missing)
    return SeluParameters(alpha, scale, mu, nu, m, v, model)


def match_moments(
    input_mean: npt.ArrayLike,
    input_variance: npt.ArrayLike,
    output_mean: npt.ArrayLike,
    output_variance: npt.ArrayLike,
    *,
    missing: Literal["raise", "nan"] = "raise",
) -> SeluParameters:
    """Return the SELU that maps N(input_mean, input_variance) to given output moments.

    This is the general form of :func:`selu_parameters`, in which the net input need not
    have any relation to the output.

    Parameters
    ----------
    input_mean, input_variance : array_like
        Mean m and variance v > 0 of the Gaussian net input.
    output_mean, output_variance : array_like
        Mean mu and variance nu > 0 that the activations shall have. All four broadcast.
    missing : "raise" or "nan"
        What to do where no solution exists: raise, or put NaN for alpha and scale.

    Returns
    -------
    SeluParameters
        With ``mean`` and ``variance`` those of the output, and ``weights`` None.

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
    m, v, mu, nu = _validation.broadcast(
        input_mean=_validation.finite("input_mean", input_mean),
        input_variance=_validation.positive("input_variance", input_variance),
        output_mean=_validation.finite("output_mean", output_mean),
        output_variance=_validation.positive("output_variance", output_variance),
    )
    alpha, scale = fixed_point(m, v, mu, nu, missing)
    return SeluParameters(alpha, scale, mu, nu, m, v, None)
