"""The random numbers that decide which units alpha dropout drops."""

from __future__ import annotations

import torch
from torch import Tensor

from selu_sym._tensors import random_bits
from selu_sym._tensors.dropout import threshold

BITS_OF_A_DRAW = 16
"""Random bits that are taken from one uniform float32, which has 24."""


def uniform(
    x: Tensor,
    noise_shape: tuple[int | None, ...] | None,
    rate: float,
    generator: torch.Generator | None,
) -> tuple[Tensor, float]:
    """Return random numbers, and the threshold below which a share ``rate`` of them lies.

    They are made like x, or like the part of x that has the shape of the mask. So they have its
    memory format, its sharding, and what ``torch.func.vmap`` says of its randomness.
    """
    units = x if noise_shape is None else _first_of_shared(x, noise_shape)
    if generator is not None:
        drawn = torch.empty_like(units, dtype=torch.float32)
        return drawn.uniform_(generator=generator), rate
    if torch.compiler.is_dynamo_compiling() and type(x) is Tensor:
        return _hashed(units), threshold(rate) - 2**31
    return torch.rand_like(units, dtype=torch.float32), rate


def _first_of_shared(x: Tensor, noise_shape: tuple[int | None, ...]) -> Tensor:
    """Return x at the first place of each dimension along which a mask is shared."""
    missing = x.dim() - len(noise_shape)
    shared = [True] * missing + [size == 1 for size in noise_shape]
    return x[tuple(slice(1) if one else slice(None) for one in shared)]


def _hashed(units: Tensor) -> Tensor:
    """Return uniform int32 numbers that a compiler computes where they are used."""
    size = units.numel()
    if not isinstance(size, torch.SymInt):  # of an export, where it would be a condition
        random_bits.require_distinct(tuple(units.shape), size)
    # by torch.rand, which a compiler stores, and vmap draws for each member; torch.randint would
    # be computed anew for each unit
    draws = (torch.rand(4, device=units.device) * 2**BITS_OF_A_DRAW).to(torch.int32)
    key = (draws[:2] << BITS_OF_A_DRAW) | draws[2:]
    positions = torch.arange(size, dtype=torch.int32, device=units.device)
    bits = random_bits.random_bits(positions, key, _signed, _shifted)
    # the first summand decides the memory format
    return torch.zeros_like(units, dtype=torch.int32) + bits.view(units.shape)


def _shifted(bits: Tensor, places: int) -> Tensor:
    """Return the bits shifted to the right, with zeros from the left."""
    return (bits >> places) & (2 ** (32 - places) - 1)


def _signed(number: int) -> int:
    """Return the signed 32-bit integer with the same bits."""
    return number - 2**32 if number >= 2**31 else number
