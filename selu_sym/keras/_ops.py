"""The SELU and alpha dropout of the tensors of any Keras backend.

On TensorFlow, JAX and PyTorch they are the functions of :mod:`selu_sym.tensorflow`,
:mod:`selu_sym.jax` and :mod:`selu_sym.torch`. On NumPy they are written with NumPy's own functions:
those of ``keras.ops`` would round float64 to float32 there.
"""

from __future__ import annotations

import importlib
from typing import Any

import keras
import ml_dtypes  # noqa: F401 - gives NumPy the dtype bfloat16
import numpy as np

from selu_sym._generated import numpy_kernels
from selu_sym._numeric.validation import mask_shape
from selu_sym._numeric.weights import Weights
from selu_sym._tensors.dropout import dropout_constants, rounded_to

BACKEND = keras.backend.backend()
ON_TENSORFLOW = BACKEND == "tensorflow"

SMALLEST, LARGEST = 1e-4, 1e4
"""Variances between which a trained fixed point is kept."""

FACTORS = 101
"""Shares of a mean, from 1 down to 0, of which the first with a solution is kept."""

MARGIN = 1.01
"""By how much more a mean must have a solution, too."""

ops: Any = None if BACKEND == "numpy" else importlib.import_module(f"selu_sym.{BACKEND}")
"""The functions of the backend's own tensors."""

if ON_TENSORFLOW:
    import tensorflow as tf

    from selu_sym.tensorflow._parameters import existence_gap
elif BACKEND == "torch":
    import torch


def floating(x: Any, dtype: str) -> Any:
    """Return x if it is of a floating-point dtype, and integers and booleans in the one given."""
    if ON_TENSORFLOW and isinstance(x, tf.Tensor) and x.dtype.is_floating:
        return x  # as nearly always, and seen in a microsecond
    name = keras.backend.standardize_dtype(x.dtype)
    if keras.backend.is_float_dtype(name):
        return x if BACKEND == "numpy" else keras.ops.convert_to_tensor(x)
    if not keras.backend.is_float_dtype(dtype):
        raise TypeError(f"dtype must be a floating-point one or a policy with one, got {dtype}")
    if keras.backend.is_int_dtype(name) or name == "bool":
        return keras.ops.cast(x, dtype)
    raise TypeError(f"x must be of a floating-point, integer or bool dtype, got {name}")


def require_tensorflow(what: str) -> None:
    """Say that something needs the TensorFlow backend, on another one."""
    if not ON_TENSORFLOW:
        raise ValueError(
            f"{what} needs Keras's TensorFlow backend, this is {keras.backend.backend()}"
        )


def trained_parameters(mean: Any, variance: Any, weights: Weights) -> Any:
    """Return the SELU of a fixed point that is variables, as tensors."""
    return ops.selu_parameters(mean.value, variance.value, weights=weights)


def clipped_variance(variance: Any) -> Any:
    """Return a variance that the net input's follows from as float64 can hold it."""
    return keras.ops.clip(variance, SMALLEST, LARGEST)


def solvable_mean(mean: Any, variance: Any, weights: Weights) -> Any:
    """Return the mean, moved to 0 as far as it must be for a SELU to exist."""
    mean, variance = tf.convert_to_tensor(mean), tf.cast(variance.value, tf.float64)
    shares = tf.linspace(tf.constant(1, tf.float64), 0, FACTORS)
    means = MARGIN * shares * tf.cast(mean, tf.float64)
    exists = existence_gap(means, variance + tf.zeros_like(means), weights) > 0
    first = tf.argmax(tf.cast(exists, tf.int32))  # the first of equal numbers
    return tf.cast(shares[first], mean.dtype) * mean


def selu(x: Any, p: Any) -> Any:
    """Return the SELU of a tensor of a floating-point dtype."""
    if BACKEND == "numpy":
        return keras.ops.cast(numpy_kernels.selu(_wide(x), p.scale, p.saturation), x.dtype)
    return ops.selu(x, p)


def alpha_dropout(
    x: Any,
    rate: float,
    p: Any,
    noise_shape: tuple[int | None, ...] | None,
    seeds: Any,
) -> Any:
    """Return a tensor of a floating-point dtype after alpha dropout, with a generator's seed."""
    if BACKEND == "numpy":
        return _numpy_alpha_dropout(x, rate, p, noise_shape, seeds)
    seed = seeds.next()
    if BACKEND == "jax":
        return ops.alpha_dropout(seed, x, rate, p, noise_shape=noise_shape)
    own: dict[str, Any] = {"noise_shape": noise_shape, "training": True}
    if BACKEND == "torch":
        (mixed,) = np.random.SeedSequence(seed.tolist()).generate_state(1)
        generator = torch.Generator(x.device).manual_seed(int(mixed))
        return ops.alpha_dropout(x, rate, p, **own, generator=generator)
    return ops.alpha_dropout(x, rate, p, **own, seed=_of_replica(seed))


def _numpy_alpha_dropout(x: Any, rate: float, p: Any, noise_shape: Any, seeds: Any) -> Any:
    name = keras.backend.standardize_dtype(x.dtype)
    a, b, d = dropout_constants(p, rate, rounded_to(name))
    shape = mask_shape(noise_shape, x.shape)
    uniform = keras.random.uniform(shape, dtype="float32", seed=seeds)
    y = numpy_kernels.alpha_dropout(_wide(x), uniform, rate, float(a), float(b), float(d))
    return keras.ops.cast(y, name)


def _wide(x: Any) -> Any:
    """Return the values in at least single precision."""
    dtype = keras.backend.standardize_dtype(x.dtype)
    return x if dtype == "float64" else keras.ops.cast(x, "float32")


def _of_replica(seed: Any) -> Any:
    """Return a seed that differs between the replicas of ``tf.distribute``.

    Each replica has its copy of the seed generator, in the same state.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return seed
    return tf.random.experimental.stateless_fold_in(seed, context.replica_id_in_sync_group)
