"""Checks of tensors that PyTorch's functions take; other arguments are checked as everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from selu_sym._parameters import SeluParameters
from selu_sym._tensors.arguments import single_parameters
from selu_sym._transformed import TransformedActivation

FixedPoint: TypeAlias = SeluParameters[float] | TransformedActivation[float]
"""An activation with a fixed point: the SELU, or another with scale and shift."""


@dataclass(frozen=True)
class Kept:
    """What alpha dropout takes of a fixed point. ``torch.fx`` can write it down."""

    mean: float
    variance: float
    saturation: float


def require_floating(x: Tensor) -> None:
    """Raise TypeError if x is not a tensor of a floating-point dtype.

    The tensor may be a ``torch.fx.Proxy``, which has no dtype yet.
    """
    if isinstance(x, torch.fx.Proxy):
        return
    if not isinstance(x, Tensor):
        raise TypeError(f"x must be a tensor, got {type(x).__name__}")
    if not x.is_floating_point():
        raise TypeError(f"x must be of a floating-point dtype, got {x.dtype}")


def single_fixed_point(p: FixedPoint | Kept | None) -> FixedPoint | Kept:
    """Return what has one fixed point, by default the paper's SELU."""
    if isinstance(p, Kept):
        return p
    if isinstance(p, TransformedActivation):
        require_numbers("p", p)
        return p
    if p is not None and not isinstance(p, SeluParameters):
        raise TypeError(
            "p must be SeluParameters, as selu_parameters returns, or a TransformedActivation, as "
            f"standardize, balance and shape_for_depth return, got {p!r}"
        )
    return single_parameters(p)


def kept(p: FixedPoint | Kept) -> Kept:
    """Return what alpha dropout takes of a fixed point."""
    if isinstance(p, Kept):
        return p
    limit = p.dropped_value if isinstance(p, TransformedActivation) else p.saturation
    return Kept(p.mean, p.variance, float(limit))


def require_numbers(name: str, q: TransformedActivation[float]) -> None:
    """Raise ValueError if an activation holds arrays."""
    if not isinstance(q.scale, float):
        raise ValueError(f"{name} must hold numbers, got arrays of shape {q.scale.shape}")


def single_activation(q: TransformedActivation[float]) -> None:
    """Raise TypeError or ValueError if q is not one activation that has a name."""
    if not isinstance(q, TransformedActivation):
        raise TypeError(
            "q must be a TransformedActivation, as standardize, balance and shape_for_depth "
            f"return, got {q!r}"
        )
    require_numbers("q", q)
    if not isinstance(q.activation, str):
        raise ValueError(
            "the activation of q must be one of selu_sym.list_activations(), got a function of "
            "NumPy arrays: write it for PyTorch, f, and use q.scale * f(x) + q.shift"
        )
