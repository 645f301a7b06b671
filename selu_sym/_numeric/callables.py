"""Activations that users write as Python functions of arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from selu_sym._numeric import catalogue, validation
from selu_sym._numeric.catalogue import Evaluated, Param, Piece, Source
from selu_sym._numeric.validation import FloatArray

Function: TypeAlias = Callable[[FloatArray], npt.ArrayLike]
"""An elementwise function of float64 arrays."""

ActivationLike: TypeAlias = str | Function
"""The name of an activation, or a function."""

SLOPE_STEP = 0.02
"""Of the differences that stand in for a derivative that is not given."""

SLOPE_WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
"""The weights of f(z + k h) - f(z - k h), of the order h^8."""


def source_of(
    activation: ActivationLike,
    param: Param = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> Source:
    """Return what is to be integrated, of the catalogue or a function of the user's."""
    places = sorted(float(validation.finite("kinks", kink)) for kink in kinks)
    if isinstance(activation, str):
        if places or derivative is not None:
            raise ValueError(
                "kinks and derivative must be given with a callable only, "
                f"got them with the name {activation!r}"
            )
        return catalogue.source(activation, param)
    if not callable(activation):
        raise TypeError(
            f"activation must be a name or a function of NumPy arrays, got {activation!r}"
        )
    if param is not None:
        raise ValueError(f"param must be left out with a callable, got {param!r}")
    borders = [-math.inf, *places, math.inf]
    pieces = tuple(
        Piece(low, high, _piece(activation, derivative, low, high), False)
        for low, high in itertools.pairwise(borders)
    )
    made = Source(_name(activation), (), pieces, 1.0, (), calculated=True)
    far = np.array([-1e8, 1e8])
    with np.errstate(all="ignore"):
        limits = made(far)
    found = [float(y) if abs(y) < 1e6 else math.copysign(math.inf, y) for y in limits]
    slopes = (limits / far).tolist()
    return replace(made, ends=(found[0], found[1], slopes[0], slopes[1]))


def _called(name: str, function: Function, z: FloatArray) -> FloatArray:
    """Return what a function makes of an array, or raise an error if it takes none."""
    try:
        found = np.asarray(function(z), dtype=np.float64)
    except (AttributeError, TypeError, ValueError) as error:
        raise TypeError(
            f"{name} must be a function of NumPy arrays that works elementwise, and "
            f"{_name(function)!r} of one raised {type(error).__name__}: pass one such as "
            "numpy.tanh, or a name of selu_sym.list_activations()"
        ) from error
    if found.shape not in ((), z.shape):
        raise ValueError(
            f"{name} must work elementwise on arrays: for the shape {z.shape} it returned "
            f"{found.shape}"
        )
    return np.broadcast_to(found, z.shape)


def _name(function: Function) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _piece(
    function: Function, derivative: Function | None, low: float, high: float
) -> Callable[[FloatArray], Evaluated]:
    """Return what evaluates a function and its derivative between two kinks."""

    def value(z: FloatArray) -> FloatArray:
        return _called("activation", function, z)

    def evaluate(z: FloatArray) -> Evaluated:
        if derivative is not None:
            return value(z), _called("derivative", derivative, z)
        # not over a kink
        step = np.minimum(SLOPE_STEP, np.minimum(z - low, high - z) / 5)
        step = np.maximum(step, 1e-9)
        slope = np.zeros_like(z)
        for k, weight in enumerate(SLOPE_WEIGHTS, start=1):
            slope += weight * (value(z + k * step) - value(z - k * step))
        return value(z), slope / step

    return evaluate
