"""Activations and alpha dropout on Keras's JAX backend."""

from __future__ import annotations

from contextlib import nullcontext

import jax
import keras

import selu_sym.jax
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors
from selu_sym._transformed import TransformedActivation
from selu_sym.keras._backends import tensor_if_floating

selu = selu_sym.jax.selu
transformed = selu_sym.jax.transformed

trained = None
if_floating = tensor_if_floating
activation_modules = (jax.nn,)
recording = unchanged_generator = nullcontext


def alpha_dropout(
    x: jax.Array,
    rate: float,
    p: SeluParameters[float] | SeluTensors[jax.Array] | TransformedActivation[float],
    noise_shape: tuple[int | None, ...] | None,
    seeds: keras.random.SeedGenerator,
) -> jax.Array:
    """Return a floating-point tensor after alpha dropout, with a seed of a generator."""
    y: jax.Array = selu_sym.jax.alpha_dropout(seeds.next(), x, rate, p, noise_shape=noise_shape)
    return y
