"""Activations and alpha dropout on Keras's PyTorch backend."""

from __future__ import annotations

import keras
import numpy as np
import torch

import selu_sym.torch
from selu_sym._parameters import SeluParameters
from selu_sym._transformed import TransformedActivation

selu = selu_sym.torch.selu
transformed = selu_sym.torch.transformed


def if_floating(x: torch.Tensor) -> torch.Tensor | None:
    """Return x as a tensor if it is of a floating-point dtype, and None if it is not."""
    floating = keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))
    return keras.ops.convert_to_tensor(x) if floating else None


def alpha_dropout(
    x: torch.Tensor,
    rate: float,
    p: SeluParameters[float] | TransformedActivation[float],
    noise_shape: tuple[int | None, ...] | None,
    seeds: keras.random.SeedGenerator,
) -> torch.Tensor:
    """Return a floating-point tensor after alpha dropout, with a seed of a generator."""
    (mixed,) = np.random.SeedSequence(seeds.next().tolist()).generate_state(1)
    generator = torch.Generator(x.device).manual_seed(int(mixed))
    return selu_sym.torch.alpha_dropout(
        x, rate, p, noise_shape=noise_shape, training=True, generator=generator
    )
