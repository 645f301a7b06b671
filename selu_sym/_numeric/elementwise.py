"""How functions of numbers are applied to floats and to arrays.

A function that takes floats, or arrays of one dimension, and returns a tuple is applied to long
arrays block by block, so that what it computes on the way stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard, TypeVar, cast

import numpy as np
import numpy.typing as npt

from selu_sym._numeric.validation import Bools, FloatArray, Values

BLOCK_ELEMENTS = 8192
"""Elements that a kernel computes at a time: its intermediate arrays stay in the cache."""

CHUNK = 8 * BLOCK_ELEMENTS
"""Elements taken through all kernels at a time: enough that the rare forms come in blocks."""

Number = TypeVar("Number", bound=Values | Bools)
Results = TypeVar("Results", bound=tuple[Values, ...])


def single(function: Callable[..., Number], *arguments: Values) -> Number:
    """Apply a kernel that returns a single value as :func:`blockwise` does."""
    return blockwise(lambda *parts: (function(*parts),), *arguments)[0]


def choose(
    condition: Bools, form: Callable[..., Results], present: Results, *arguments: Values
) -> Results:
    """Return the form's values where the condition holds, and the present ones elsewhere.

    Of arrays only the elements for which it holds are computed, and put into the present ones.
    """
    if not isinstance(condition, np.ndarray):
        return form(*arguments) if condition else present
    places = np.flatnonzero(condition)
    if places.size:
        arrays = cast("tuple[FloatArray, ...]", arguments)
        values = blockwise(form, *(array[places] for array in arrays))
        for array, value in zip(cast("tuple[FloatArray, ...]", present), values, strict=True):
            array[places] = value
    return present


def blockwise(
    function: Callable[..., tuple[Number, ...]], *arguments: Values, block: int = BLOCK_ELEMENTS
) -> tuple[Number, ...]:
    """Apply a function to long arrays of one dimension block by block; to floats, as it is."""
    if not _are_arrays(arguments) or (size := len(arguments[0])) <= block:
        return function(*arguments)
    results: tuple[npt.NDArray[np.generic], ...] = ()
    for start in range(0, size, block):
        part = slice(start, start + block)
        values = function(*(argument[part] for argument in arguments))
        arrays = cast("tuple[npt.NDArray[np.generic], ...]", values)
        results = results or tuple(np.empty(size, array.dtype) for array in arrays)
        for result, array in zip(results, arrays, strict=True):
            result[part] = array
    return cast("tuple[Number, ...]", results)


def elementwise(
    function: Callable[..., tuple[Number, ...]], *arguments: Values
) -> tuple[Number, ...]:
    """Apply a function of floats, or of arrays of one dimension, to floats or any arrays."""
    if not _are_arrays(arguments):
        try:
            return function(*arguments)
        except ArithmeticError:  # Python's floats raise where arrays overflow or divide by 0
            arrays = elementwise(function, *(np.array([argument]) for argument in arguments))
            return tuple(np.asarray(array).item() for array in arrays)
    with np.errstate(all="ignore"):  # beyond the stated domain, moments may underflow
        results = blockwise(function, *map(np.ravel, arguments), block=CHUNK)
    shape = arguments[0].shape
    if len(shape) == 1:
        return results
    return cast("tuple[Number, ...]", tuple(np.reshape(result, shape) for result in results))


def absolute(value: Values) -> Values:
    """Return the absolute value."""
    return abs(value) if isinstance(value, float) else np.abs(value)


def exceeds(one: Values, other: Values) -> Bools:
    """Return where one number is larger than the other."""
    if isinstance(one, float) and isinstance(other, float):
        return one > other
    return np.greater(one, other)


def opposite(condition: Bools) -> Bools:
    """Return where a condition does not hold."""
    return not condition if isinstance(condition, bool) else ~condition


def _are_arrays(arguments: tuple[Values, ...]) -> TypeGuard[tuple[FloatArray, ...]]:
    """Return whether the arguments are arrays: all are, or none."""
    return not isinstance(arguments[0], float)
