"""Argument checks: every error names the argument, its value and the rule.

Checked values are Python floats where the argument has no dimension, and float64 arrays
elsewhere.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray
Bools: TypeAlias = bool | npt.NDArray[np.bool_]
Real: TypeAlias = float | np.integer[Any] | np.floating[Any]
"""A number: a function of numbers returns floats, a function of anything else arrays."""

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # for its default; checkers bring it along

    Values_co = TypeVar("Values_co", bound=Values, default=Values, covariant=True)
else:
    from typing import TypeVar

    Values_co = TypeVar("Values_co", covariant=True)

Size = TypeVar("Size")
"""A size in a shape: an integer, or None or a framework's symbol for a size that is not known."""


def real(name: str, value: npt.ArrayLike) -> Values:
    """Return the value as float64, which may be infinite or NaN; raise an error for others."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    _refuse_tensors(name, value)
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
    return array if array.ndim else array.item()


def finite(name: str, value: npt.ArrayLike) -> Values:
    """Return the value as float64 if it is finite."""
    checked = real(name, value)
    valid = math.isfinite(checked) if isinstance(checked, float) else np.isfinite(checked)
    _require(name, checked, valid, "must be finite")
    return checked


def _refuse_tensors(name: str, value: object) -> None:
    """Raise TypeError for a tensor that a framework differentiates or traces.

    Its gradient would be lost without a word.
    """
    framework = type(value).__module__.partition(".")[0]
    lost = framework in ("tensorflow", "keras") or (
        framework == "torch" and getattr(value, "requires_grad", False)
    )
    if lost or (framework == "jax" and type(value).__name__.endswith("Tracer")):
        raise TypeError(
            f"{name} must be numbers, got a {type(value).__name__} of {framework}, whose gradient "
            "would be lost: convert it with float() or numpy.asarray() where it has a value, and "
            "take the derivatives of alpha and scale from SeluParameters.gradient()"
        )


def positive(name: str, value: npt.ArrayLike) -> Values:
    """Return the value as float64 if it is finite and positive."""
    checked = finite(name, value)
    _require(name, checked, checked > 0, "must be positive")
    return checked


def rate(value: npt.ArrayLike) -> Values:
    """Return a dropout rate, which lies in [0, 1)."""
    checked = finite("rate", value)
    _require("rate", checked, (checked >= 0) & (checked < 1), "must be in the interval [0, 1)")
    return checked


def single_rate(value: npt.ArrayLike) -> float:
    """Return a dropout rate that is one number."""
    checked = rate(value)
    if not isinstance(checked, float):
        raise TypeError(f"rate must be a number, got an array of shape {checked.shape}")
    return checked


def count(name: str, value: SupportsIndex) -> int:
    """Return a positive integer."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"{name} must be a positive integer, got {value!r}")
    return number


def correlation(value: npt.ArrayLike) -> Values:
    """Return a correlation, which lies in [-1, 1]."""
    checked = finite("correlation", value)
    _require("correlation", checked, np.abs(checked) <= 1, "must be in the interval [-1, 1]")
    return checked


def noise_shape(value: Iterable[SupportsIndex | None]) -> tuple[int | None, ...]:
    """Return the shape of a dropout's mask: positive integers, and None for a size of x."""
    try:
        entries = tuple(value)
        sizes = tuple(None if entry is None else operator.index(entry) for entry in entries)
    except TypeError:  # it is no sequence, or an entry is no integer
        valid = False
    else:
        valid = all(size is None or size > 0 for size in sizes)
        valid = valid and not any(isinstance(entry, bool) for entry in entries)
    if not valid:
        raise ValueError(f"noise_shape must hold positive integers and None, got {value!r}")
    return sizes


def mask_shape(
    noise_shape: tuple[int | None, ...] | None, shape: tuple[Size, ...]
) -> tuple[Size | int, ...]:
    """Return the shape of a mask for x, or raise ValueError if it does not broadcast to that of x.

    A size of x is None where it is not known, and may then be any.
    """
    if noise_shape is None:
        return shape
    if None in noise_shape and len(noise_shape) != len(shape):
        raise ValueError(
            "noise_shape with None must have as many entries as x has dimensions, "
            f"got {noise_shape} for shape {tuple(shape)}"
        )
    require_broadcast("noise_shape", noise_shape, shape)
    sizes = shape[len(shape) - len(noise_shape) :]
    return tuple(size if own is None else own for own, size in zip(noise_shape, sizes, strict=True))


def require_broadcast(name: str, own: tuple[object, ...], shape: tuple[object, ...]) -> None:
    """Raise ValueError if it is known that a shape does not broadcast to exactly that of x."""
    pairs = zip(reversed(own), reversed(shape), strict=False)
    if len(own) > len(shape) or any(
        size not in (None, 1) and of_x is not None and size != of_x for size, of_x in pairs
    ):
        raise ValueError(f"{name} must broadcast to the shape of x, {tuple(shape)}, got {own}")


def broadcast(**arguments: Values) -> tuple[Values, ...]:
    """Return the arguments with one common shape: all floats, or all arrays."""
    if all(isinstance(value, float) for value in arguments.values()):
        return tuple(arguments.values())
    try:
        return tuple(np.broadcast_arrays(*arguments.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(value)}" for name, value in arguments.items())
        raise ValueError(f"the shapes do not broadcast: {shapes}") from None


def locked(value: Values) -> Values:
    """Return the value; an array can no longer be written to."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    return value


def read_only(value: Values) -> Values:
    """Return an array of its own memory that is read-only: a copy, unless the value is one."""
    if isinstance(value, np.ndarray) and value.flags.owndata and not value.flags.writeable:
        return value
    return locked(np.array(value))


def _require(name: str, values: Values, valid: Bools, rule: str) -> None:
    """Raise ValueError about the first value that is not valid."""
    if valid is True or np.all(valid):
        return
    where = first_place(np.logical_not(valid))
    raise ValueError(f"{name} {rule}, got {float(np.asarray(values)[where])!r}{at_index(where)}")


def first_place(condition: Bools) -> tuple[int, ...]:
    """Return the index of the first place where a condition holds."""
    return tuple(int(i) for i in np.argwhere(condition)[0])


def at_index(where: tuple[int, ...]) -> str:
    """Return the end of a message about an element, which is empty for a single number."""
    return f" at index {where[0] if len(where) == 1 else where}" if where else ""
