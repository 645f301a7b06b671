"""The constants of alpha dropout for a dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selu_sym._generated import numpy_kernels


def dropout_constants(
    p: Any,
    rate: Any,
    rounded: Callable[[Any], Any],
    kernels: Any = numpy_kernels,
    where: Callable[[Any, Any, Any], Any] = np.where,
) -> tuple[Any, Any, Any]:
    """Return (a, b, d): kept units become a x + b, dropped ones d.

    d is a s + b rounded to what a dtype has, and a and b restore mean and variance for this d.
    Where the dtype is too coarse for that, they are those for d = a s + b. The kernels and
    ``where`` are those of a library for tensors, where p or the rate are its tensors.
    """
    mean, variance, saturation, keep = p.mean, p.variance, p.saturation, 1 - rate
    a, b = kernels.dropout_affine(mean, variance, saturation, keep)
    d = rounded(a * saturation + b)
    with np.errstate(invalid="ignore"):
        a_around, b_around = kernels.dropout_affine_around(mean, variance, d, keep)
    near = abs(a_around - a) < a / 2
    return where(near, a_around, a), where(near, b_around, b), d


def rounded_to(dtype: Any) -> Callable[[Any], Any]:
    """Return what rounds numbers and arrays to a dtype of NumPy's, and keeps them float64."""
    return lambda value: np.asarray(value).astype(dtype).astype(np.float64)[()]


def threshold(rate: float) -> int:
    """Return the number of 32 random bits below which a unit is dropped."""
    return min(round(rate * 2**32), 2**32 - 1)
