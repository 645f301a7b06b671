"""An activation with scale and shift, and what its fixed point does: what functions take."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from selu_sym import _words
from selu_sym._activations import require_continuous, require_domain
from selu_sym._generated import activation_kernels as kernels
from selu_sym._numeric import transformed, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.callables import ActivationLike
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.fluctuations import Fluctuations
from selu_sym._numeric.gaussian_means import Means, means, power_means
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.pairs import pair_mean
from selu_sym._numeric.validation import Values
from selu_sym._numeric.weights import Weights

__all__ = ["TransformedActivation", "TransformedStability"]

UNDECIDED = 1e-11
"""How near to 1 a slope may be that double precision tells from 1."""


@dataclass(frozen=True, eq=False, repr=False)
class TransformedActivation:
    """An activation with scale and shift, y = scale * f(input_scale * x + input_shift) + shift.

    It maps its net input to activations of a given mean and variance. ``q(x)`` computes it.

    Attributes
    ----------
    activation : str or callable
        The activation f, by its name in :func:`selu_sym.list_activations`.
    param : tuple of floats
        Its parameters.
    input_scale, input_shift, scale, shift : float or float64 array
        The four numbers of the transformation.
    mean, variance : float or float64 array
        Mean and variance of the activations.
    weights : str, (omega, tau) or Iid
        The weight model.
    """

    activation: ActivationLike
    param: tuple[float, ...]
    input_scale: float
    input_shift: float
    scale: Any
    shift: Any
    mean: Any
    variance: Any
    weights: Weights
    source: Source = field(repr=False)
    """The activation, ready to be integrated."""

    def __call__(self, x: npt.ArrayLike) -> Any:
        """Return the activation of numbers, in float64."""
        values = np.asarray(validation.real("x", x), dtype=np.float64)
        f = self.source(np.atleast_1d(self.input_scale * values + self.input_shift))
        y = self.scale * f.reshape(values.shape) + self.shift
        return y if np.ndim(y) else float(y)

    def __repr__(self) -> str:
        names = ("activation", "param", "scale", "shift", "mean", "variance", "weights")
        fields = ", ".join(f"{name}={_words.code(getattr(self, name))}" for name in names)
        return f"TransformedActivation({fields})"

    def __str__(self) -> str:
        rows: dict[str, object] = {
            "activation": self.source.name,
            "scale": self.scale,
            "shift": self.shift,
            "mean": self.mean,
            "variance": self.variance,
            "weights assumed": weight_models.in_words(self.weights),
        }
        if np.ndim(self.scale) == 0 and not self.source.jumps:
            rows["stability"] = stability_of(self)
            rows["gradients"] = f"{gain_of(self):.6g} a layer (second moment)"
        return _words.table(rows)

    @property
    def input_mean(self) -> Any:
        """Mean of the net input."""
        return self._net_input[0]

    @property
    def input_variance(self) -> Any:
        """Variance of the net input."""
        return self._net_input[1]

    @property
    def basin(self) -> tuple[float, float]:
        """Between which second moments all come to the fixed point, as seen on a grid."""
        return stability_of(self).basin

    @cached_property
    def _net_input(self) -> tuple[Any, Any]:
        return weight_models.finite_net_input(self.mean, self.variance, self.weights)

    @cached_property
    def means(self) -> Means:
        """Gaussian means of f at the fixed point's net input."""
        return means(self.source, *self._net_input, slopes=True)

    def dropout_affine(
        self, rate: npt.ArrayLike, value: npt.ArrayLike | None = None
    ) -> tuple[Any, Any]:
        r"""Return the (a, b) with which dropout to a value keeps mean and variance.

        A unit is kept with probability q = 1 - rate or set to the value s. Then a x + b has the
        mean mu and the variance nu again:

        .. math::
            a = \sqrt{\frac{\nu}{q((1-q)(s-\mu)^2 + \nu)}}, \quad
            b = \mu - a (q \mu + (1-q) s)

        Parameters
        ----------
        rate : array_like
            Probability in [0, 1) that a unit is dropped.
        value : array_like, optional
            What dropped units become before the affine map; by default the activation's limit for
            x to minus infinity where that is finite, and else 0. All broadcast.

        Returns
        -------
        a, b : float, or float64 arrays

        Raises
        ------
        ValueError
            If a rate is outside [0, 1), or a value is not finite.

        Notes
        -----
        Source: ``derivations.dropout``.

        Examples
        --------
        >>> a, b = standardize("relu").dropout_affine(0.5)
        >>> print(f"{a:.6f} {b:.6f}")
        1.273358 0.435063
        """
        dropped = self.dropped_value if value is None else validation.finite("value", value)
        rates, mean, variance, s = validation.broadcast(
            rate=validation.rate(rate), mean=self.mean, variance=self.variance, value=dropped
        )
        a, b = kernels_for(rates).dropout_affine(mean, variance, s, 1 - rates)
        return a, b

    @property
    def dropped_value(self) -> Values:
        """What dropout sets units to by default."""
        limit = self.source.ends[0]
        if not math.isfinite(limit):
            return 0.0 * self.scale  # type: ignore[no-any-return]
        return self.scale * limit + self.shift  # type: ignore[no-any-return]


@dataclass(frozen=True)
class TransformedStability:
    """Whether the fixed point of an activation with scale and shift attracts.

    Attributes
    ----------
    second_moment_slope : float
        rho, the derivative of the map of second moments at the fixed point, for independent
        weights. For weights of given sums, the spectral radius of the Jacobian.
    attracting : bool or None
        Whether its absolute value is below 1; None where double precision cannot tell.
    basin : (float, float)
        Between which second moments all come to the fixed point, for independent weights, as seen
        on a grid from 1e-8 to 1e8 of them; NaN for weights of given sums.
    """

    second_moment_slope: float
    attracting: bool | None
    basin: tuple[float, float]

    def __str__(self) -> str:
        says = {True: "attracting", False: "NOT attracting", None: "undecided"}[self.attracting]
        return f"{says} (slope {self.second_moment_slope:.6g})"


def stability_of(q: TransformedActivation) -> TransformedStability:
    """Return whether the fixed point attracts."""
    _require_single(q, "stability")
    require_continuous(q.source)
    found = q.means
    v = q.input_variance
    ends = (math.nan, math.nan)
    if weight_models.sums(q.weights) is None:
        model = weight_models.independent(q.weights)
        slope = float(
            kernels.second_moment_slope(found.R1, found.R2, q.scale, q.mean, model.tau, v)
        )
        total = q.variance + q.mean**2
        ends = transformed.basin(q.source, q.scale, q.shift, model, total, slope)
    else:
        slope = transformed.spectral_radius(jacobian_of(q.mean, q.variance, q, weights=q.weights))
    margin = abs(slope) - 1
    return TransformedStability(slope, None if abs(margin) < UNDECIDED else margin < 0, ends)


def gain_of(q: TransformedActivation) -> Any:
    """Return chi = tau scale^2 E f'^2."""
    require_continuous(q.source)
    tau = weight_models.sum_of_squares(q.weights)
    return kernels.transformed_gain(q.scale, q.means.derivative_second_moment, tau)


def moment_map_of(
    mean: Any, variance: Any, q: TransformedActivation, *, weights: Weights
) -> tuple[Any, Any]:
    """Return mean and variance of a layer's activations from those of the layer before."""
    mu, nu, a, b = _checked(mean, variance, q)
    m, v = weight_models.finite_net_input(mu, nu, weight_models.checked(weights))
    require_domain(m, v)
    found = means(q.source, m, v)
    return a * found.mean + b, a**2 * found.variance


def jacobian_of(mean: Any, variance: Any, q: TransformedActivation, *, weights: Weights) -> Any:
    """Return the Jacobian of :func:`moment_map_of`."""
    require_continuous(q.source)
    model = weight_models.checked(weights)
    mu, nu, a, _ = _checked(mean, variance, q)
    m, v = weight_models.finite_net_input(mu, nu, model)
    require_domain(m, v)
    found = means(q.source, m, v, slopes=True)
    by_input = kernels.moment_derivatives(found.derivative_mean, found.R1, found.R2, found.Q, a, v)
    m_mu, m_nu, v_mu, v_nu = weight_models.net_input_derivatives(mu, model)
    rows = [
        np.stack(np.broadcast_arrays(by_m * m_mu + by_v * v_mu, by_m * m_nu + by_v * v_nu), axis=-1)
        for by_m, by_v in (by_input[:2], by_input[2:])
    ]
    return np.stack(rows, axis=-2)


def advanced(
    q: TransformedActivation,
    mean: float,
    variance: float,
    decorrelation: float,
    growth: float,
    before: Fluctuations,
    *,
    weights: Weights,
    width: int | None,
) -> tuple[float, float, float, float, Fluctuations]:
    """Return (mean, variance, 1 - correlation, gradient growth, fluctuations) one layer on.

    The fluctuation of gradients is not known, and NaN.
    """
    require_continuous(q.source)
    m, v = map(float, weight_models.finite_net_input(mean, variance, weights))
    require_domain(m, v)
    found = means(q.source, m, v, slopes=True)
    tau = weight_models.sum_of_squares(weights)
    growth *= float(kernels.transformed_gain(q.scale, found.derivative_second_moment, tau))
    new_mean, new_variance = q.scale * found.mean + q.shift, q.scale**2 * found.variance
    if width is not None:
        before = _next_fluctuations(q, found, v, tau, before, width, weights)
    if not math.isnan(decorrelation):
        _, following = map(float, weight_models.net_input(new_mean, new_variance, weights))
        model = weight_models.sums(weights)
        beta = 0.0 if model else weight_models.independent(weights).bias_variance
        lost = 0.0 if model is None else new_mean**2  # weights of the sum 0 do not pass it on
        pair = pair_mean_of(q, 1 - decorrelation, v) - lost
        decorrelation = min(max(1 - (tau * pair + beta) / following, 0.0), 2.0)
    return new_mean, new_variance, decorrelation, growth, before


def _next_fluctuations(
    q: TransformedActivation,
    found: Means,
    v: float,
    tau: float,
    before: Fluctuations,
    width: int,
    weights: Weights,
) -> Fluctuations:
    """Return the variances over networks after one more layer."""
    mean = q.scale * found.mean + q.shift
    slope = float(kernels.second_moment_slope(found.R1, found.R2, q.scale, mean, tau, v))
    _, by_variance, *_ = kernels.moment_derivatives(
        found.derivative_mean, found.R1, found.R2, found.Q, q.scale, v
    )
    powers = power_means(q.source, 0.0, v, q.scale, q.shift)
    first, second, third, fourth = powers.tolist()
    of_square, of_mean, of_variance = kernels_for(v).next_fluctuations(
        first, second, third, fourth, slope, tau * by_variance, before.net_input, width
    )
    passed = of_square if weight_models.sums(weights) is None else of_variance
    return Fluctuations(
        float(passed), float(of_mean), float(of_variance), growth=math.nan, shared=math.nan
    )


def correlation_of(q: TransformedActivation, c: Values) -> Values:
    """Return the correlation of net inputs one layer on, at the fixed point."""
    _require_single(q, "correlation_map")
    found = [
        1
        - advanced(
            q,
            q.mean,
            q.variance,
            1 - float(pair),
            1.0,
            Fluctuations(),
            weights=q.weights,
            width=None,
        )[2]
        for pair in np.ravel(c)
    ]
    return np.reshape(found, np.shape(c)) if np.ndim(c) else found[0]


def pair_mean_of(q: TransformedActivation, c: float, v: float) -> float:
    """Return E[y(z1) y(z2)] for net inputs of the variance v and the correlation c."""
    mean = means(q.source, 0.0, v).mean
    return float(q.scale**2 * pair_mean(q.source, c, v) + 2 * q.scale * q.shift * mean + q.shift**2)


def stability_slope(q: TransformedActivation) -> float:
    """Return rho, or the spectral radius, without looking for the basin."""
    if weight_models.sums(q.weights) is not None:
        return transformed.spectral_radius(jacobian_of(q.mean, q.variance, q, weights=q.weights))
    tau = weight_models.independent(q.weights).tau
    args = q.means.R1, q.means.R2, q.scale, q.mean, tau, q.input_variance
    return float(kernels.second_moment_slope(*args))


def _require_single(q: TransformedActivation, what: str) -> None:
    if np.ndim(q.scale):
        raise ValueError(f"{what} needs a single target, got arrays of shape {np.shape(q.scale)}")


def _checked(mean: Any, variance: Any, q: TransformedActivation) -> tuple[Any, ...]:
    """Return (mean, variance, scale, shift), broadcast."""
    return validation.broadcast(
        mean=validation.finite("mean", mean),
        variance=validation.positive("variance", variance),
        scale=q.scale,
        shift=q.shift,
    )
