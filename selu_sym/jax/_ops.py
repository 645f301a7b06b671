"""The SELU and alpha dropout of JAX arrays."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from selu_sym._generated import jax_kernels as kernels
from selu_sym._numeric import validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import Weights
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors, arguments, random_bits
from selu_sym._tensors.by_rule import require_solutions
from selu_sym._tensors.dropout import dropout_constants, rounded_to, threshold
from selu_sym.jax import _parameters

jax.tree_util.register_static(SeluParameters)
jax.tree_util.register_dataclass(SeluTensors, ["alpha", "scale", "mean", "variance"], [])


def selu_parameters(mean: Any, variance: Any, *, weights: Weights) -> SeluTensors[jax.Array]:
    r"""Return the SELU with the fixed point (mean, variance), as arrays with derivatives.

    It is that of :func:`selu_sym.selu_parameters`, and what :func:`selu` and
    :func:`alpha_dropout` take as p, so that a fixed point can be trained.

    Parameters
    ----------
    mean, variance : array_like
        Mean and variance > 0 of the activations. They broadcast.
    weights : str, Iid or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.

    Returns
    -------
    SeluTensors
        Unpacks to alpha and scale, arrays of the broadcast shape and of the dtype of mean and
        variance, JAX's default one where both are Python numbers. It is a pytree.

    Raises
    ------
    NoFixedPointError
        If no alpha > 0 and scale > 0 exist. Where mean and variance are traced (under ``jit`` and
        ``vmap``), alpha and scale are NaN there.
    ValueError
        If the net input's mean is beyond 8 deviations from 0 or its variance beyond 1e±8, and for
        NaN; where they are traced, alpha and scale are NaN there. And if the weight model is
        unknown.
    TypeError
        If a value is not of a floating-point dtype.

    Notes
    -----
    With ``jax_enable_x64`` it is computed in float64: alpha and scale, and their first and second
    derivatives, are within 1e-13 of the truth, times their condition numbers
    (:meth:`~selu_sym.SeluParameters.condition_numbers`) where these exceed 1, and then rounded to
    the dtype. Without it, JAX has no float64, and they are computed in float32: within 1e-6, times
    the condition numbers. Derivatives of any order exist, forward and reverse: they are formulas
    of the moments.

    Source: ``derivations.quadrature`` (moments), ``derivations.fixed_point``,
    ``derivations.sensitivity`` (derivatives).

    Examples
    --------
    >>> alpha, scale = selu_parameters(-0.1, 2.0, weights="iid")
    >>> print(f"{alpha:.4f} {scale:.4f}")
    2.3300 0.9798
    >>> slope = jax.grad(lambda v: selu_parameters(-0.1, v, weights="iid").alpha)(2.0)
    >>> print(f"{slope:.3f}")
    0.204
    """
    model = weight_models.checked(weights)
    mean, variance = _fixed_point_arrays(mean, variance)
    dtype = mean.dtype
    wide = [x.astype(jnp.promote_types(dtype, jnp.result_type(float))) for x in (mean, variance)]
    alpha, scale, gap = _parameters.solved(*wide, model)
    found = [jax.lax.stop_gradient(x) for x in (*wide, gap)]
    if not any(isinstance(x, jax.core.Tracer) for x in found):
        of_mean, of_variance, of_gap = (np.asarray(x, np.float64) for x in found)
        require_solutions(of_mean, of_variance, of_gap, model)
    return SeluTensors(alpha.astype(dtype), scale.astype(dtype), mean, variance)


def selu(x: Any, p: SeluParameters | SeluTensors[jax.Array] | None = None) -> Any:
    r"""Return the SELU of an array, elementwise.

    .. math::
        \mathrm{selu}(x) = \begin{cases}
        \lambda x & x > 0 \\ \lambda \alpha (e^x - 1) & x \le 0 \end{cases}

    Parameters
    ----------
    x : array_like
        Of any shape and floating-point dtype.
    p : SeluParameters or SeluTensors, optional
        From :func:`selu_sym.selu_parameters`; by default the paper's, for (0, 1). Arrays of
        parameters broadcast to the shape of x, for a fixed point of each unit, say. From
        :func:`selu_parameters` of this module, to be trained.

    Returns
    -------
    array of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not of a floating-point dtype, or p is neither SeluParameters nor SeluTensors.
    ValueError
        If arrays of parameters do not broadcast to the shape of x.

    Notes
    -----
    Accuracy: within 8 units in the last place for float32 and float64 over their whole range, and 1
    for float16 and bfloat16, with the scale and the saturation value s = -lambda alpha rounded to
    the dtype. Numbers below twice the smallest normal one count as zero, as XLA takes subnormal
    numbers, and -0 gives 0. NaN gives NaN, and the output ends at s exactly.

    The derivative is computed from the output alone, lambda or y - s; at 0 it is lambda alpha.
    Derivatives of any order are finite for every finite or infinite x.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> print(selu(jnp.array([-1.0, 0.0, 1.0])).round(4))
    [-1.1113  0.      1.0507]
    """
    x = _floating(x)
    p = _checked_parameters(p, x)
    if isinstance(p.alpha, float):
        return _selu_of_numbers(x, p.scale, _rounded(float(p.saturation), x.dtype))
    s = p.saturation if isinstance(p, SeluTensors) else rounded_to(x.dtype)(p.saturation)
    return _selu_of_arrays(x, p.scale, s)


def alpha_dropout(
    key: Any,
    x: Any,
    rate: Any,
    p: SeluParameters | SeluTensors[jax.Array] | None = None,
    *,
    noise_shape: Any = None,
) -> Any:
    r"""Return an array after alpha dropout, which keeps the mean and variance of p.

    Each unit is kept with probability 1 - rate, or set to the SELU's saturation value s;
    then a x + b restores mean and variance, with
    (a, b) = :meth:`~selu_sym.SeluParameters.dropout_affine`. Dropped units become a s + b
    rounded to the dtype, and a and b take that rounding into account, so that mean and
    variance hold in bfloat16, too.

    Parameters
    ----------
    key : key of JAX's random numbers
        From ``jax.random.key`` or ``PRNGKey``, of any implementation. The same key and shape give
        the same mask, in every dtype, with and without ``jit``, and on every device.
    x : array_like
        The activations, of any shape and floating-point dtype.
    rate : float, or a scalar array
        Probability in [0, 1) that a unit is dropped. At rate 0 x itself is returned.
    p : SeluParameters or SeluTensors, optional
        As of :func:`selu`.
    noise_shape : sequence of int or None, optional
        Shape of the mask, which broadcasts to that of x. None stands for the size of x
        there: with (None, 1, None), all time steps of a (batch, time, units) array share
        a mask. By default the shape of x.

    Returns
    -------
    array of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not of a floating-point dtype, p is neither SeluParameters nor SeluTensors, or
        another argument is of the wrong kind.
    ValueError
        If rate is outside [0, 1), where it is not traced, or noise_shape does not broadcast to
        the shape of x.

    Notes
    -----
    A unit is dropped with probability round(2**32 rate)/2**32. The random bits are a hash of the
    unit's position, keyed with 64 bits that are drawn with the key: they are computed where
    they are needed, and take a tenth of the time of ``jax.random.bits`` for each unit. An array
    may have at most 2**32 units.

    The gradient is a for the units that were kept and 0 for the others; values that were dropped
    may be infinite or NaN.

    Source: ``derivations.dropout``, ``derivations.activation``; Klambauer et al. 2017
    (arXiv 1706.02515), "New Dropout Technique".

    Examples
    --------
    >>> x = jnp.array([1.0, 2.0, 3.0, 4.0])
    >>> y = alpha_dropout(jax.random.key(1), x, rate=0.5)
    >>> print(np.round(np.asarray(y, float), 4))
    [-0.7792  2.552  -0.7792 -0.7792]
    """
    x = _floating(x)
    p = _checked_parameters(p, x)
    rate = _checked_rate(rate)
    shape = x.shape
    if noise_shape is not None:
        shape = validation.mask_shape(validation.noise_shape(noise_shape), shape)
    random_bits.require_distinct(shape, math.prod(shape))
    if isinstance(rate, float):
        if rate == 0:
            return x
        if isinstance(p, SeluParameters) and isinstance(p.alpha, float):
            numbers = _dropout_numbers(p, rate, x.dtype)
            return _alpha_dropout_of_numbers(key, x, threshold(rate), *numbers, shape)
    return _alpha_dropout_of_arrays(key, x, rate, p, shape)


@jax.custom_jvp
def _selu(x: Any, scale: Any, saturation: Any) -> Any:
    """Return the SELU, computed in at least single precision."""
    return kernels.selu(_wide(x), scale, saturation).astype(x.dtype)


@functools.partial(_selu.defjvp, symbolic_zeros=True)
def _selu_derivative(primals: Any, tangents: Any) -> Any:
    """Return the SELU and its derivative, by the parameters, too, from the output alone."""
    y = _selu(*primals)
    _, scale, saturation = primals
    constants = (_wide(y), scale, saturation)
    slopes = (kernels.selu_slope(*constants), *kernels.selu_parameter_gradients(1, *constants))
    zero = jax.custom_derivatives.SymbolicZero
    found = [
        slope * tangent
        for slope, tangent in zip(slopes, tangents, strict=True)
        if type(tangent) is not zero
    ]
    return y, sum(found, jnp.zeros_like(y)).astype(y.dtype)


_selu_of_numbers = jax.jit(_selu, static_argnums=(1, 2))
_selu_of_arrays = jax.jit(_selu)


def _alpha_dropout(key: Any, x: Any, threshold: Any, a: Any, b: Any, d: Any, shape: Any) -> Any:
    """Return a x + b for the units that are kept, d for the others, with a mask of a shape."""
    bits = _random_bits(key, shape)
    y = kernels.alpha_dropout(_wide(x), bits, jnp.uint32(threshold), a, b, d)
    return y.astype(x.dtype)


_alpha_dropout_of_numbers = jax.jit(_alpha_dropout, static_argnums=(2, 3, 4, 5, 6))


@functools.partial(jax.jit, static_argnums=4)
def _alpha_dropout_of_arrays(key: Any, x: Any, rate: Any, p: Any, shape: Any) -> Any:
    """Do the same for a rate and parameters some of which are arrays."""
    wide = _wide(x).dtype

    def rounded(value: Any) -> Any:
        return value.astype(x.dtype).astype(wide)

    rate = jnp.asarray(rate, jnp.result_type(float))
    moments = SeluTensors(*(jnp.asarray(value, wide) for value in (*p, p.mean, p.variance)))
    a, b, d = dropout_constants(moments, rate.astype(wide), rounded, kernels, jnp.where)
    most = 2.0**32 - 1  # float32 holds none between that and what the largest rate below 1 gives
    limit = jnp.minimum(jnp.round(rate * 2.0**32), most).astype(jnp.uint32)
    return _alpha_dropout(key, x, limit, a, b, d, shape)


def _random_bits(key: Any, shape: tuple[int, ...]) -> Any:
    """Return uniform uint32 numbers of a shape."""
    positions = jax.lax.iota(jnp.uint32, math.prod(shape)).reshape(shape)
    words = jax.random.bits(key, (2,), jnp.uint32)
    return random_bits.random_bits(
        positions, words, jnp.uint32, lambda bits, places: bits >> places
    )


@functools.lru_cache(maxsize=1024)
def _rounded(value: float, dtype: Any) -> float:
    """Return a number as a dtype has it."""
    return float(rounded_to(dtype)(value))


@functools.lru_cache(maxsize=1024)
def _dropout_numbers(p: SeluParameters, rate: float, dtype: Any) -> tuple[float, ...]:
    """Return the constants of alpha dropout for a dtype."""
    return tuple(map(float, dropout_constants(p, rate, rounded_to(dtype))))


def _wide(x: Any) -> Any:
    """Return the values in at least single precision."""
    return x if x.dtype == jnp.float64 else x.astype(jnp.float32)


def _floating(x: Any) -> Any:
    """Return an array of a floating-point dtype, or say that it is not."""
    if not isinstance(x, jax.Array):
        x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"x must be of a floating-point dtype, got {x.dtype.name}")
    return x


def _fixed_point_arrays(mean: Any, variance: Any) -> list[Any]:
    """Return mean and variance as arrays of one floating-point dtype and shape."""
    given = {"mean": mean, "variance": variance}
    values = [x if hasattr(x, "dtype") else arguments.number(name, x) for name, x in given.items()]
    for x in values:
        dtype = jnp.result_type(x)
        if not jnp.issubdtype(dtype, jnp.floating):
            raise TypeError(f"mean and variance must be of a floating-point dtype, got {dtype}")
    dtype = jnp.result_type(*values)
    return jnp.broadcast_arrays(jnp.asarray(mean, dtype), jnp.asarray(variance, dtype))


def _checked_parameters(p: Any, x: Any) -> Any:
    """Return the parameters, the paper's if there are none, whose arrays broadcast to x."""
    p = arguments.parameters(p)
    validation.require_broadcast("p (its arrays)", np.shape(p.alpha), x.shape)
    return p


def _checked_rate(rate: Any) -> Any:
    """Return the rate as a float, or as the scalar that it is traced as."""
    if not isinstance(rate, jax.core.Tracer):
        return validation.single_rate(np.asarray(rate) if isinstance(rate, jax.Array) else rate)
    if rate.shape or not jnp.issubdtype(rate.dtype, jnp.floating):
        raise TypeError(f"rate must be a scalar of a floating-point dtype, got {rate.aval}")
    return rate
