"""Activations and alpha dropout on Keras's PyTorch backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import cast

import keras
import numpy as np
import torch

import selu_sym.torch
from selu_sym._parameters import SeluParameters
from selu_sym._transformed import TransformedActivation
from selu_sym.keras._backends import tensor_if_floating

selu = selu_sym.torch.selu
transformed = selu_sym.torch.transformed

trained = None
if_floating = tensor_if_floating
activation_modules = ()


class _Marked(torch.autograd.Function):
    """Returns x; the gradient with respect to the mark is the squared norm of that to x."""

    @staticmethod
    def forward(ctx: object, x: torch.Tensor, mark: torch.Tensor) -> torch.Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: object, upstream: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return upstream, torch.linalg.vector_norm(upstream, dtype=torch.float64) ** 2


class _Norms:
    """Marks tensors: the squared norms of their gradients are gradients of scalars."""

    def __init__(self) -> None:
        self._marks: list[torch.Tensor] = []

    def through(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return a tensor of the same values."""
        self._marks.append(torch.zeros((), dtype=torch.float64, requires_grad=True))
        mark = cast("Callable[..., torch.Tensor]", _Marked.apply)
        return mark(tensor, self._marks[-1])

    def squared_norms(self, losses: list[torch.Tensor]) -> list[float]:
        """Return the squared norms of the gradients."""
        found = torch.autograd.grad(losses, self._marks, allow_unused=True)
        return [0.0 if norm is None else float(norm) for norm in found]


@contextmanager
def recording() -> Iterator[_Norms]:
    """Have PyTorch record, also within ``torch.no_grad()``."""
    with torch.enable_grad():
        yield _Norms()


def unchanged_generator() -> AbstractContextManager[None]:
    """Restore the state of the CPU's global generator afterwards."""
    return torch.random.fork_rng(devices=[])


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
