"""What the functions for JAX check of their arguments."""

from __future__ import annotations

from collections.abc import Iterable

import jax
import jax.numpy as jnp
import numpy as np
from jax import export
from jax.typing import ArrayLike

from selu_sym._numeric import validation
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors, arguments
from selu_sym._tensors.transformed import Kept, kept
from selu_sym._transformed import TransformedActivation


def floating(x: ArrayLike) -> jax.Array:
    """Return an array; raise TypeError if its dtype is not a floating-point one."""
    if not isinstance(x, jax.Array):
        x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"x must be of a floating-point dtype, got {x.dtype.name}")
    return x


def parameters(
    p: SeluParameters | SeluTensors[jax.Array] | None, shape: tuple[int, ...]
) -> SeluParameters | SeluTensors[jax.Array]:
    """Return the parameters, by default the paper's.

    Raise ValueError if their arrays do not broadcast to a shape.
    """
    p = arguments.parameters(p)
    if not isinstance(p.alpha, float):
        validation.require_broadcast("p (its arrays)", np.shape(p.alpha), shape)
    return p


def fixed_point(
    p: SeluParameters | SeluTensors[jax.Array] | TransformedActivation[float] | None,
    shape: tuple[int, ...],
) -> SeluParameters | SeluTensors[jax.Array] | Kept[float]:
    """Return what alpha dropout keeps: the parameters, or that of another activation."""
    return kept(p) if isinstance(p, TransformedActivation) else parameters(p, shape)


def rate(value: ArrayLike) -> float | jax.Array:
    """Return the dropout rate as a float, or unchanged if it is traced."""
    if not isinstance(value, jax.core.Tracer):
        return validation.single_rate(np.asarray(value) if isinstance(value, jax.Array) else value)
    if value.shape or not jnp.issubdtype(value.dtype, jnp.floating):
        raise TypeError(f"rate must be a scalar of a floating-point dtype, got {value.aval}")
    return value


def mask_shape(noise_shape: Iterable[int | None] | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a mask for x of a shape. Both may hold symbols of ``jax.export``."""
    if noise_shape is None:
        return shape
    if isinstance(noise_shape, Iterable):
        given = tuple(noise_shape)
        # a symbol stands for a positive integer, as 1 is
        sizes = validation.noise_shape([1 if _is_symbol(size) else size for size in given])
        pairs = zip(given, sizes, strict=True)
        noise_shape = tuple(own if _is_symbol(own) else size for own, size in pairs)
    else:
        noise_shape = validation.noise_shape(noise_shape)
    found: tuple[int, ...] = validation.mask_shape(noise_shape, shape)
    return found


def _is_symbol(size: int | None) -> bool:
    """Return whether a size is not known while a function is exported."""
    return size is not None and export.is_symbolic_dim(size)


def targets(mean: ArrayLike, variance: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """Return mean and variance as arrays of one floating-point dtype and one shape."""
    given = {"mean": mean, "variance": variance}
    values = [x if hasattr(x, "dtype") else arguments.number(name, x) for name, x in given.items()]
    for x in values:
        dtype = jnp.result_type(x)
        if not jnp.issubdtype(dtype, jnp.floating):
            raise TypeError(f"mean and variance must be of a floating-point dtype, got {dtype}")
    dtype = jnp.result_type(*values)
    of_mean, of_variance = jnp.broadcast_arrays(*(jnp.asarray(x, dtype) for x in values))
    return of_mean, of_variance
