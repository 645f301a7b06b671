"""Self-normalizing activations for any fixed point: exact, closed-form, fast.

>>> import selu_sym
>>> alpha, scale = selu_sym.selu_parameters(mean=0.0, variance=1.0)

The module :mod:`selu_sym.precise` computes the same to any number of digits; it is
loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from selu_sym._moments import half_line_moments
from selu_sym._parameters import (
    NoFixedPointError,
    SeluParameters,
    match_moments,
    selu_parameters,
)

if TYPE_CHECKING:
    from selu_sym import precise

__all__ = [
    "NoFixedPointError",
    "SeluParameters",
    "half_line_moments",
    "match_moments",
    "precise",
    "selu_parameters",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load a submodule that imports more than NumPy and SciPy when it is first used."""
    if name == "precise":
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
