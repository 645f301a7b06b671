"""An activation with scale and shift, and what its fixed point does: what functions take."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, cast

import numpy as np
import numpy.typing as npt

from selu_sym import _generated as generated
from selu_sym import _words
from selu_sym._numeric import transformed, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.activation_checks import require_continuous, require_domain
from selu_sym._numeric.callables import ActivationLike
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.fluctuations import LayerMeans
from selu_sym._numeric.gaussian_means import Means, layer_means, means
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.pairs import pair_distance
from selu_sym._numeric.validation import FloatArray, Values, Values_co
from selu_sym._numeric.weights import Weights

__all__ = ["TransformedActivation", "TransformedStability"]

FIELDS = (
    *("activation", "param", "input_scale", "input_shift", "scale", "shift"),
    *("mean", "variance", "weights"),
)
"""What is shown of an activation with scale and shift."""


@dataclass(frozen=True, eq=False, repr=False)
class TransformedActivation(Generic[Values_co]):
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
    scale: Values_co
    shift: Values_co
    mean: Values_co
    variance: Values_co
    weights: Weights
    source: Source = field(repr=False)
    """f(input_scale * x + input_shift) as a function of x, ready to be integrated."""

    def __call__(self, x: npt.ArrayLike) -> Values:
        """Return the activation of numbers, in float64."""
        values = np.asarray(validation.real("x", x), dtype=np.float64)
        f = self.source(np.atleast_1d(values))
        y = self.scale * f.reshape(values.shape) + self.shift
        return y if isinstance(y, np.ndarray) and y.ndim else float(y)

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if name in FIELDS}
        fields = ", ".join(f"{name}={_words.code(value)}" for name, value in shown.items())
        return f"TransformedActivation({fields})"

    def __str__(self) -> str:
        rows: dict[str, object] = {
            "activation": self.source.name,
            **self._input(),
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

    def _input(self) -> dict[str, float]:
        """Return what is done to the input, where it is anything."""
        if (self.input_scale, self.input_shift) == (1.0, 0.0):
            return {}
        return {"input scale": self.input_scale, "input shift": self.input_shift}

    @property
    def input_mean(self) -> Values_co:
        """Mean of the net input."""
        return cast("Values_co", self._net_input[0])

    @property
    def input_variance(self) -> Values_co:
        """Variance of the net input."""
        return cast("Values_co", self._net_input[1])

    @property
    def basin(self) -> tuple[float, float]:
        """Between which second moments all come to the fixed point, as seen on a grid."""
        return stability_of(self).basin

    @cached_property
    def _net_input(self) -> tuple[Values, Values]:
        return weight_models.finite_net_input(self.mean, self.variance, self.weights)

    @cached_property
    def means(self) -> Means:
        """Gaussian means of f at the fixed point's net input."""
        return means(self.source, *self._net_input, slopes=True)

    def dropout_affine(
        self, rate: npt.ArrayLike, value: npt.ArrayLike | None = None
    ) -> tuple[Values, Values]:
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
            return 0.0 * self.scale
        return self.scale * limit + self.shift


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
        on a grid from 1e-8 to 1e8 of them; NaN for weights of given sums. With the slope 1 they may
        come from one side alone: then the fixed point is the other end. It is both ends where none
        come, or where double precision cannot tell.
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
            generated.activation_kernels.second_moment_slope(
                found.R1, found.R2, q.scale, q.mean, model.tau, v
            )
        )
        scale, shift, total = map(float, (q.scale, q.shift, q.variance + q.mean**2))
        ends = transformed.basin(q.source, scale, shift, model, total, slope)
    else:
        slope = transformed.spectral_radius(jacobian_of(q.mean, q.variance, q, weights=q.weights))
    margin = abs(slope) - 1
    undecided = abs(margin) < generated.activation_kernels.UNDECIDED_SLOPE
    return TransformedStability(slope, None if undecided else margin < 0, ends)


def gain_of(q: TransformedActivation) -> Values:
    """Return chi = tau scale^2 E f'^2."""
    require_continuous(q.source)
    tau = weight_models.sum_of_squares(q.weights)
    return generated.activation_kernels.transformed_gain(
        q.scale, q.means.derivative_second_moment, tau
    )


def moment_map_of(
    mean: npt.ArrayLike, variance: npt.ArrayLike, q: TransformedActivation, *, weights: Weights
) -> tuple[Values, Values]:
    """Return mean and variance of a layer's activations from those of the layer before."""
    mu, nu, a, b = _checked(mean, variance, q)
    m, v = weight_models.finite_net_input(mu, nu, weight_models.checked(weights))
    require_domain(m, v)
    return transformed.moments(q.source, a, b, m, v)


def jacobian_of(
    mean: npt.ArrayLike, variance: npt.ArrayLike, q: TransformedActivation, *, weights: Weights
) -> FloatArray:
    """Return the Jacobian of :func:`moment_map_of`."""
    require_continuous(q.source)
    model = weight_models.checked(weights)
    mu, nu, a, _ = _checked(mean, variance, q)
    m, v = weight_models.finite_net_input(mu, nu, model)
    require_domain(m, v)
    found = means(q.source, m, v, slopes=True)
    by_input = generated.activation_kernels.moment_derivatives(
        found.derivative_mean, found.R1, found.R2, found.Q, a, v
    )
    m_mu, m_nu, v_mu, v_nu = weight_models.net_input_derivatives(mu, model)
    rows = [
        np.stack(np.broadcast_arrays(by_m * m_mu + by_v * v_mu, by_m * m_nu + by_v * v_nu), axis=-1)
        for by_m, by_v in (by_input[:2], by_input[2:])
    ]
    return np.stack(rows, axis=-2)


def gain_at(q: TransformedActivation, m: float, v: float, tau: float) -> float:
    """Return tau E y'^2 of another net input."""
    found = means(q.source, m, v)
    return float(
        generated.activation_kernels.transformed_gain(q.scale, found.derivative_second_moment, tau)
    )


def layer_means_of(q: TransformedActivation, v: float, tau: float) -> LayerMeans:
    """Return what the fluctuations of a layer follow from, whose net inputs are N(0, v)."""
    a = float(q.scale)
    found = means(q.source, 0.0, v, slopes=True)
    mean = a * found.mean + q.shift
    slope = generated.activation_kernels.second_moment_slope(found.R1, found.R2, a, mean, tau, v)
    _, mean_by_v, *_ = generated.activation_kernels.moment_derivatives(
        found.derivative_mean, found.R1, found.R2, found.Q, a, v
    )
    values = layer_means(q.source, v, a, float(q.shift)).tolist()
    first, second, third, last, gain, fourth, by_mean, by_square, spread = values
    return LayerMeans(
        *(first, second, third, last),
        float(slope),
        float(tau * mean_by_v),
        fourth / gain**2,
        by_mean / gain,
        by_square / gain,
        tau * (spread / gain - v) / (2 * v**2),  # of E f'^2 by v: E[(z^2 - v) f'^2]/(2 v^2)
    )


def distance_of(q: TransformedActivation, d: float, v: float) -> float:
    """Return E[(y(z1) - y(z2))^2]/2 for net inputs of the variance v and the correlation 1 - d."""
    return float(q.scale**2 * pair_distance(q.source, d, v))


def stability_slope(q: TransformedActivation) -> float:
    """Return rho, or the spectral radius, without looking for the basin."""
    if weight_models.sums(q.weights) is not None:
        return transformed.spectral_radius(jacobian_of(q.mean, q.variance, q, weights=q.weights))
    tau = weight_models.independent(q.weights).tau
    args = q.means.R1, q.means.R2, q.scale, q.mean, tau, q.input_variance
    return float(generated.activation_kernels.second_moment_slope(*args))


def _require_single(q: TransformedActivation, what: str) -> None:
    if np.ndim(q.scale):
        raise ValueError(f"{what} needs a single target, got arrays of shape {np.shape(q.scale)}")


def _checked(
    mean: npt.ArrayLike, variance: npt.ArrayLike, q: TransformedActivation
) -> tuple[Values, ...]:
    """Return (mean, variance, scale, shift), broadcast."""
    return validation.broadcast(
        mean=validation.finite("mean", mean),
        variance=validation.positive("variance", variance),
        scale=q.scale,
        shift=q.shift,
    )
