"""Checks of tensors that PyTorch's functions take; other arguments are checked as everywhere."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor

from selu_sym._parameters import SeluParameters
from selu_sym._tensors import transformed
from selu_sym._tensors.arguments import single_parameters
from selu_sym._tensors.transformed import Kept, require_single
from selu_sym._transformed import TransformedActivation

FixedPoint: TypeAlias = SeluParameters[float] | TransformedActivation[float]
"""An activation with a fixed point: the SELU, or another with scale and shift."""


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


def single_fixed_point(p: FixedPoint | Kept[float] | None) -> FixedPoint | Kept[float]:
    """Return what has one fixed point, by default the paper's SELU."""
    if isinstance(p, Kept):
        return p
    if isinstance(p, TransformedActivation):
        if not isinstance(p.scale, float):  # a compiler cannot trace the rest
            require_single("p", p)
        return p
    if p is not None and not isinstance(p, SeluParameters):
        raise TypeError(
            "p must be SeluParameters, as selu_parameters returns, or a TransformedActivation, as "
            f"standardize, balance and shape_for_depth return, got {p!r}"
        )
    return single_parameters(p)


def kept(p: FixedPoint | Kept[float]) -> Kept[float]:
    """Return what alpha dropout takes of a fixed point; ``torch.fx`` can write that down."""
    if isinstance(p, SeluParameters):
        return Kept(p.mean, p.variance, p.saturation)
    return p if isinstance(p, Kept) else transformed.kept(p)
