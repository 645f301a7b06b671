"""Activations and alpha dropout on Keras's NumPy backend."""

from __future__ import annotations

from contextlib import nullcontext
from typing import cast

import keras
import ml_dtypes  # noqa: F401 - gives NumPy the dtype bfloat16
import numpy as np
import numpy.typing as npt

from selu_sym._generated import numpy_kernels
from selu_sym._numeric.validation import FloatArray, mask_shape
from selu_sym._parameters import SeluParameters
from selu_sym._tensors.dropout import dropout_constants, rounded_to
from selu_sym._tensors.transformed import kept
from selu_sym._transformed import TransformedActivation

Array = npt.NDArray[np.floating]

trained = None
activation_modules = ()
recording = unchanged_generator = nullcontext


def if_floating(x: Array) -> Array | None:
    """Return x if it is of a floating-point dtype, and None if it is not."""
    return x if keras.backend.is_float_dtype(x.dtype.name) else None


def selu(x: Array, p: SeluParameters[float]) -> Array:
    """Return the SELU of a tensor of a floating-point dtype."""
    y: Array = numpy_kernels.selu(_wide(x), p.scale, p.saturation)
    return y.astype(x.dtype)


def transformed(x: Array, q: TransformedActivation[float]) -> Array:
    """Return an activation with scale and shift of a tensor of a floating-point dtype."""
    y: Array = np.asarray(q(x.astype(np.float64)))
    return y.astype(x.dtype)


def alpha_dropout(
    x: Array,
    rate: float,
    p: SeluParameters[float] | TransformedActivation[float],
    noise_shape: tuple[int | None, ...] | None,
    seeds: keras.random.SeedGenerator,
) -> Array:
    """Return a floating-point tensor after alpha dropout, with a seed of a generator."""
    point = kept(p) if isinstance(p, TransformedActivation) else p
    a, b, d = map(float, dropout_constants(point, rate, rounded_to(x.dtype)))
    shape = mask_shape(noise_shape, x.shape)
    uniform = keras.random.uniform(shape, dtype="float32", seed=seeds)
    y: Array = numpy_kernels.alpha_dropout(_wide(x), uniform, rate, a, b, d)
    return y.astype(x.dtype)


def _wide(x: Array) -> FloatArray:
    """Return the values in at least single precision; the kernels take any."""
    return cast("FloatArray", x.astype(np.promote_types(x.dtype, np.float32), copy=False))
