"""Self-normalizing activations for any fixed point that exists, and why the others do not.

>>> import selu_sym
>>> alpha, scale = selu_sym.selu_parameters(mean=0.0, variance=1.0)

:mod:`selu_sym.precise` computes the same to any number of digits, and :mod:`selu_sym.certify`
proves statements about the layer map. :mod:`selu_sym.kernels` has the kernels of infinitely wide
networks. All are loaded when they are first used. To use a framework, import
:mod:`selu_sym.tensorflow`, :mod:`selu_sym.keras`, :mod:`selu_sym.jax` or
:mod:`selu_sym.torch`.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from selu_sym._activations import (
    ActivationMoments,
    activation_moments,
    gain,
    list_activations,
)
from selu_sym._balance import balance, standardize
from selu_sym._for_depth import for_depth
from selu_sym._names import name_publicly, resolve_old_names
from selu_sym._numeric.fixed_point import NoFixedPointError
from selu_sym._numeric.moments import half_line_moments
from selu_sym._numeric.weights import Iid, Weights
from selu_sym._observe.findings import Finding
from selu_sym._observe.report import Report
from selu_sym._observe.table import ObservedActivation
from selu_sym._parameters import SeluParameters, match_moments, selu_parameters
from selu_sym._propagation import (
    Propagation,
    correlation_map,
    gradient_gain,
    propagate,
)
from selu_sym._shaping import shape_for_depth
from selu_sym._stability import Stability, jacobian, moment_map, stability
from selu_sym._transformed import TransformedActivation, TransformedStability

__all__ = [
    "ActivationMoments",
    "Finding",
    "Iid",
    "NoFixedPointError",
    "ObservedActivation",
    "Propagation",
    "Report",
    "SeluParameters",
    "Stability",
    "TransformedActivation",
    "TransformedStability",
    "Weights",
    "activation_moments",
    "balance",
    "correlation_map",
    "for_depth",
    "gain",
    "gradient_gain",
    "half_line_moments",
    "jacobian",
    "list_activations",
    "match_moments",
    "moment_map",
    "propagate",
    "selu_parameters",
    "shape_for_depth",
    "stability",
    "standardize",
]

SUBMODULES = ("certify", "kernels", "precise")
"""Loaded when they are first used. ``import *`` leaves them out, as they may need an extra."""

FRAMEWORKS = ("jax", "keras", "tensorflow", "torch")
"""Loaded by an ``import`` alone, as they load a framework."""

__version__ = "0.3.0.dev0"

name_publicly(sys.modules[__name__], __all__)
resolve_old_names()


if TYPE_CHECKING:  # a checker that saw __getattr__ would take every misspelt name for one
    from selu_sym import certify as certify
    from selu_sym import kernels as kernels
    from selu_sym import precise as precise
else:

    def __getattr__(name: str) -> ModuleType:
        """Load a submodule that imports more than NumPy and SciPy when it is first used."""
        if name in SUBMODULES:
            try:
                return importlib.import_module(f"{__name__}.{name}")
            except ImportError as error:  # so that hasattr() is False without an extra
                message = f"module {__name__!r} has no {name!r} here: {error}"
                raise AttributeError(message) from error
        message = f"module {__name__!r} has no attribute {name!r}"
        if name in FRAMEWORKS:
            message += f" until it is imported: write 'import {__name__}.{name}'"
        raise AttributeError(message)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*__all__, *SUBMODULES, "__version__", "__doc__", "__all__"})
