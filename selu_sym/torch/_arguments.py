"""Checks of the arguments of PyTorch's functions and modules."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from selu_sym._parameters import SeluParameters, paper

PAPER = paper()
"""The paper's SELU, computed before a compiler could trace how."""


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


def single_parameters(p: SeluParameters[float] | None) -> SeluParameters[float]:
    """Return the parameters of one SELU as numbers, by default the paper's."""
    if p is None:
        return PAPER
    if not isinstance(p, SeluParameters):
        raise TypeError(f"p must be SeluParameters, as selu_parameters returns, got {p!r}")
    if not isinstance(p.alpha, float):
        raise ValueError(f"p must hold numbers, got arrays of shape {p.alpha.shape}")
    return p


def flag(name: str, value: bool) -> bool:
    """Return a bool, Python's or NumPy's; raise TypeError for anything else."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise TypeError(f"{name} must be a bool, got {value!r}")


def number(name: str, value: float) -> float:
    """Return a real number as a float; raise TypeError for a bool or for text.

    A bool is what ``inplace`` of PyTorch's own modules is, at the place of a mean.
    """
    dtype = str(getattr(value, "dtype", type(value).__name__))
    if "bool" not in dtype and hasattr(value, "__float__"):
        return float(value)
    raise TypeError(f"{name} must be a real number, got {value!r}")
