"""Activations and alpha dropout on Keras's PyTorch backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import keras
import numpy as np
import torch

import selu_sym.torch
from selu_sym._parameters import SeluParameters
from selu_sym._transformed import TransformedActivation

selu = selu_sym.torch.selu
transformed = selu_sym.torch.transformed

trained = None
activation_modules = ()


class _Gradients:
    """What differentiates by the outputs of layers."""

    def watch(self, tensor: torch.Tensor) -> None:
        """Have PyTorch keep what is computed from a tensor."""
        if not tensor.requires_grad:
            tensor.requires_grad_()

    def gradient(
        self, losses: list[torch.Tensor], outputs: list[torch.Tensor]
    ) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of the sum of losses, None where there is none."""
        return torch.autograd.grad(losses, outputs, allow_unused=True)


@contextmanager
def recording() -> Iterator[_Gradients]:
    """Have PyTorch record, also within ``torch.no_grad()``."""
    with torch.enable_grad():
        yield _Gradients()


def unchanged_generator() -> AbstractContextManager[None]:
    """Restore the state of the CPU's global generator afterwards."""
    return torch.random.fork_rng(devices=[])


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
