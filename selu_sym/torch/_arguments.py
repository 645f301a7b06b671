"""Checks of tensors that PyTorch's functions take; other arguments are checked as everywhere."""

from __future__ import annotations

import torch
from torch import Tensor


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
