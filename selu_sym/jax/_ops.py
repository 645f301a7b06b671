"""The SELU and alpha dropout of JAX arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from selu_sym._generated import jax_kernels as kernels
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors, random_bits
from selu_sym._tensors.dropout import dropout_constants, rounded_to, threshold
from selu_sym._tensors.transformed import Kept
from selu_sym._transformed import TransformedActivation
from selu_sym.jax import _arguments

Number: TypeAlias = float | jax.Array
"""A constant of a compiled function, or an array that it is called with."""


def selu(x: ArrayLike, p: SeluParameters | SeluTensors[jax.Array] | None = None) -> jax.Array:
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
        parameters broadcast to the shape of x, for example to give each unit its own fixed point.
        For a fixed point to be trained, from :func:`selu_parameters` of this module.

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
    the dtype. Numbers below twice the smallest normal one count as zero, because XLA treats
    subnormal numbers so. -0 gives -0, NaN gives NaN, and the limit for x to minus infinity is
    exactly s.

    The derivative is computed from the output y alone, as lambda or y - s. Its error is therefore
    that of y: within 8 roundoffs times lambda alpha. For very negative x it rounds to 0: in float32
    below x = -16 or -17, where it is less than 1.2e-7 lambda alpha. To compute it from x would take
    up to a fifth longer under ``jit``. At 0 it is lambda alpha. Derivatives of any order are finite
    for every finite or infinite x.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> print(selu(jnp.array([-1.0, 0.0, 1.0])).round(4))
    [-1.1113  0.      1.0507]
    """
    x = _arguments.floating(x)
    p = _arguments.parameters(p, x.shape)
    if isinstance(p.alpha, float):
        return _selu_of_numbers(x, p.scale, _rounded(float(p.saturation), x.dtype))
    s = p.saturation if isinstance(p, SeluTensors) else rounded_to(x.dtype)(p.saturation)
    return _selu_of_arrays(x, p.scale, s)


def alpha_dropout(
    key: jax.Array,
    x: ArrayLike,
    rate: ArrayLike,
    p: SeluParameters | SeluTensors[jax.Array] | TransformedActivation[float] | None = None,
    *,
    noise_shape: Iterable[int | None] | None = None,
) -> jax.Array:
    r"""Return an array after alpha dropout, which keeps the mean and variance of p.

    Each unit is kept with probability 1 - rate, or set to the SELU's saturation value s, or to the
    ``dropped_value`` s of another activation; then a x + b restores mean and variance, with
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
        Probability in [0, 1) that a unit is dropped. At rate 0, x itself is returned.
    p : SeluParameters, SeluTensors or TransformedActivation, optional
        As for :func:`selu`; for another activation, the q of :func:`transformed`.
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
        If x is not of a floating-point dtype, p is none of these, or another argument
        is of the wrong kind.
    ValueError
        If rate is outside [0, 1), where it is not traced, noise_shape does not broadcast to
        the shape of x, or a TransformedActivation holds arrays.

    Notes
    -----
    A unit is dropped with probability round(2**32 rate)/2**32. The random bits are a hash of the
    unit's position, keyed with 64 bits that are drawn with the key: they are computed where
    they are needed, and take a tenth of the time of ``jax.random.bits`` for each unit. A mask
    may have at most 2**32 units. If ``jax.export`` traces with symbolic sizes, larger masks are
    not refused, and their random bits repeat.

    The gradient is a for the units that were kept and 0 for the others, even if values that were
    dropped are infinite or NaN.

    Source: ``derivations.dropout``, ``derivations.activation``; Klambauer et al. 2017
    (arXiv 1706.02515), "New Dropout Technique".

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> x = jnp.array([1.0, 2.0, 3.0, 4.0])
    >>> y = alpha_dropout(jax.random.key(1), x, rate=0.5)
    >>> print(*(f"{value:.4f}" for value in y))
    -0.7792 2.5520 -0.7792 -0.7792
    """
    x = _arguments.floating(x)
    kept = _arguments.fixed_point(p, x.shape)
    rate = _arguments.rate(rate)
    shape = _arguments.mask_shape(noise_shape, x.shape)
    # symbols of jax.export have no value, and count as 1
    random_bits.require_distinct(shape, math.prod(n for n in shape if isinstance(n, int)))
    if isinstance(rate, float):
        if rate == 0:
            return x
        if not isinstance(kept, SeluTensors) and isinstance(kept.mean, float):
            numbers = _dropout_numbers(kept, rate, x.dtype)
            return _alpha_dropout_of_numbers(key, x, threshold(rate), *numbers, shape)
    y: jax.Array = _alpha_dropout_of_arrays(key, x, rate, kept, shape)
    return y


@jax.custom_jvp
def _selu(x: jax.Array, scale: Number, saturation: Number) -> jax.Array:
    """Return the SELU, computed in at least single precision."""
    z, scale, saturation = _all_wide(x, scale, saturation)
    y: jax.Array = kernels.selu(z, scale, saturation)
    return jnp.where(z == 0, scale * z, y).astype(x.dtype)  # the kernel adds 0 to -0


@functools.partial(_selu.defjvp, symbolic_zeros=True)
def _selu_derivative(
    primals: tuple[jax.Array, Number, Number], tangents: tuple[jax.Array, ...]
) -> tuple[jax.Array, jax.Array]:
    """Return the SELU and its derivative, also with respect to its parameters, from the output."""
    y = _selu(*primals)
    wide = _all_wide(y, *primals[1:])
    slopes = (kernels.selu_slope(*wide), *kernels.selu_parameter_gradients(1, *wide))
    derivative = jnp.zeros_like(wide[0])
    for slope, tangent in zip(slopes, tangents, strict=True):
        if not isinstance(tangent, jax.custom_derivatives.SymbolicZero):
            derivative += slope * tangent.astype(derivative.dtype)
    return y, derivative.astype(y.dtype)


_selu_of_numbers: Callable[..., jax.Array] = jax.jit(_selu, static_argnums=(1, 2))
_selu_of_arrays: Callable[..., jax.Array] = jax.jit(_selu)


def _wide(x: jax.Array, *arrays: jax.Array) -> jax.Array:
    """Return x in at least single precision, in double if one of the other arrays is."""
    double = any(array.dtype == jnp.float64 for array in (x, *arrays))
    return x.astype(jnp.float64 if double else jnp.float32)


def _all_wide(x: jax.Array, scale: Number, saturation: Number) -> tuple[jax.Array, Number, Number]:
    """Return x and the parameters, where these are arrays, in one dtype.

    JAX promotes dtypes only where ``jax_numpy_dtype_promotion`` is not "strict".
    """
    if isinstance(scale, float) or isinstance(saturation, float):
        return _wide(x), scale, saturation
    wide = _wide(x, scale, saturation)
    return wide, scale.astype(wide.dtype), saturation.astype(wide.dtype)


def _alpha_dropout(
    key: jax.Array,
    x: jax.Array,
    threshold: int | jax.Array,
    a: Number,
    b: Number,
    d: Number,
    shape: tuple[int, ...],
) -> jax.Array:
    """Return a x + b for the units that are kept, d for the others, with a mask of a shape."""
    bits = _random_bits(key, shape)
    y: jax.Array = kernels.alpha_dropout(_wide(x), bits, jnp.uint32(threshold), a, b, d)
    return y.astype(x.dtype)


_alpha_dropout_of_numbers: Callable[..., jax.Array]
_alpha_dropout_of_numbers = jax.jit(_alpha_dropout, static_argnums=(2, 3, 4, 5, 6))


@functools.partial(jax.jit, static_argnums=4)
def _alpha_dropout_of_arrays(
    key: jax.Array,
    x: jax.Array,
    rate: Number,
    p: SeluParameters | SeluTensors[jax.Array] | Kept[float],
    shape: tuple[int, ...],
) -> jax.Array:
    """Return the same for a rate or parameters that are arrays."""
    wide = _wide(x).dtype

    def rounded(value: jax.Array) -> jax.Array:
        return value.astype(x.dtype).astype(wide)

    rate = jnp.asarray(rate, jnp.result_type(float))
    moments: SeluTensors[jax.Array] | Kept[jax.Array]
    if isinstance(p, Kept):
        moments = Kept(*(jnp.asarray(x, wide) for x in (p.mean, p.variance, p.saturation)))
    else:
        moments = SeluTensors(*(jnp.asarray(x, wide) for x in (*p, p.mean, p.variance)))
    a, b, d = dropout_constants(moments, rate.astype(wide), rounded, kernels, jnp.where)
    largest = 2.0**32 - 1  # in float32 the next one below is that of the largest rate below 1
    limit = jnp.minimum(jnp.round(rate * 2.0**32), largest).astype(jnp.uint32)
    return _alpha_dropout(key, x, limit, a, b, d, shape)


def _random_bits(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Return uniform uint32 numbers of a shape."""
    positions = jax.lax.iota(jnp.uint32, math.prod(shape)).reshape(shape)
    words = jax.random.bits(key, (2,), jnp.uint32)
    bits: jax.Array = random_bits.random_bits(
        positions, words, jnp.uint32, lambda bits, places: bits >> places
    )
    return bits


@functools.lru_cache(maxsize=1024)
def _rounded(value: float, dtype: DTypeLike) -> float:
    """Return a number rounded to a dtype."""
    return float(rounded_to(dtype)(value))


@functools.lru_cache(maxsize=1024)
def _dropout_numbers(
    p: SeluParameters | Kept[float], rate: float, dtype: DTypeLike
) -> tuple[float, float, float]:
    """Return the constants (a, b, d) of alpha dropout for a dtype."""
    a, b, d = dropout_constants(p, rate, rounded_to(dtype))
    return float(a), float(b), float(d)
