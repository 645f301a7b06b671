"""Argument checks: every error names the argument, its value and the rule."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def finite(name: str, value: npt.ArrayLike) -> FloatArray:
    """Return the value as float64, or say what is wrong with it."""
    try:
        array = np.asarray(value)
    except ValueError as error:  # nested lists of different lengths
        raise ValueError(f"{name} must be a number or a regular array: {error}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(
            f"{name} must be real numbers, got {value!r} "
            f"({'numbers of no fixed type' if array.dtype == object else array.dtype})"
        )
    array = array.astype(np.float64, copy=False)
    _require(name, array, np.isfinite(array), "must be finite")
    return array


def positive(name: str, value: npt.ArrayLike) -> FloatArray:
    """Return the value as float64 if it is finite and positive."""
    array = finite(name, value)
    _require(name, array, array > 0, "must be positive")
    return array


def rate(value: npt.ArrayLike, name: str = "rate") -> FloatArray:
    """Return a dropout rate, which lies in [0, 1)."""
    array = finite(name, value)
    _require(name, array, (array >= 0) & (array < 1), "must be in the interval [0, 1)")
    return array


def broadcast(**arguments: FloatArray) -> tuple[FloatArray, ...]:
    """Return the arguments with one common shape."""
    try:
        return tuple(np.broadcast_arrays(*arguments.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arguments.items())
        raise ValueError(f"the shapes do not broadcast: {shapes}") from None


def _require(name: str, array: FloatArray, valid: npt.NDArray[np.bool_], rule: str) -> None:
    if valid.all():
        return
    message = f"{name} {rule}, got {float(array[~valid][0])!r}"
    if array.ndim:
        place = tuple(int(i) for i in np.argwhere(~valid)[0])
        message += f" at index {place[0] if len(place) == 1 else place}"
    raise ValueError(message)
