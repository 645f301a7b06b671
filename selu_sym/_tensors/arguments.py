"""Checks of arguments that the ops and layers of every framework share.

Every error names the argument, the value and the rule, as those of ``_numeric.validation`` do.
"""

from __future__ import annotations

import numpy as np

from selu_sym._parameters import SeluParameters, paper
from selu_sym._tensors.selu_tensors import SeluTensors, Tensor

PAPER = paper()
"""The paper's SELU, computed before a compiler could trace how."""


def parameters(
    p: SeluParameters | SeluTensors[Tensor] | None,
) -> SeluParameters | SeluTensors[Tensor]:
    """Return the parameters of a SELU, the paper's if there are none."""
    if p is None:
        return PAPER
    if not isinstance(p, SeluParameters | SeluTensors):
        raise TypeError(f"p must be SeluParameters, as selu_parameters returns, got {p!r}")
    return p


def single_parameters(p: SeluParameters[float] | None) -> SeluParameters[float]:
    """Return the parameters of one SELU as numbers, the paper's if there are none."""
    if p is None:
        return PAPER
    if not isinstance(p, SeluParameters):
        raise TypeError(f"p must be SeluParameters, as selu_parameters returns, got {p!r}")
    if not isinstance(p.alpha, float):
        raise ValueError(f"p must hold numbers, got arrays of shape {p.alpha.shape}")
    return p


def number(name: str, value: object) -> float:
    """Return a real number as a float; a bool or a string is not one.

    It may be the number of any library, and a tensor or an array of one element.
    """
    dtype = str(getattr(value, "dtype", type(value).__name__))
    if "bool" not in dtype and hasattr(value, "__float__"):
        return float(value)
    raise TypeError(f"{name} must be a real number, got {value!r}")


def flag(name: str, value: object, kinds: str = "a bool") -> bool:
    """Return a bool, Python's or NumPy's; a number, a string or None is not one."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise TypeError(f"{name} must be {kinds}, got {value!r}")
