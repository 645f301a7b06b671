"""The constants of alpha dropout for a dtype."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import numpy as np
import numpy.typing as npt

from selu_sym._generated import numpy_kernels
from selu_sym._numeric.validation import Values

if TYPE_CHECKING:
    from typing_extensions import Self  # checkers bring it along


class Arithmetic(Protocol):
    """A number, an array or a tensor."""

    def __rsub__(self, other: int, /) -> Self: ...


Value = TypeVar("Value", bound=Arithmetic)
Value_co = TypeVar("Value_co", bound=Arithmetic, covariant=True)


class DropoutMoments(Protocol[Value_co]):
    """What alpha dropout takes of a SELU: the mean and variance to keep, and its lower limit."""

    @property
    def mean(self) -> Value_co: ...
    @property
    def variance(self) -> Value_co: ...
    @property
    def saturation(self) -> Value_co: ...


def dropout_constants(
    p: DropoutMoments[Value],
    rate: Value | float,
    rounded: Callable[[Value], object],
    kernels: ModuleType = numpy_kernels,
    where: Callable[..., object] = np.where,
) -> tuple[Value, Value, Value]:
    """Return (a, b, d): kept units become a x + b, dropped ones d.

    d is a s + b rounded to what a dtype has, and a and b restore mean and variance for this d.
    Where the dtype is too coarse for that, they are those for d = a s + b. The kernels and
    ``where`` are those of a library for tensors, where p or the rate are its tensors.
    """
    mean, variance, saturation = p.mean, p.variance, p.saturation
    keep: Any = 1 - rate
    a, b = kernels.dropout_affine(mean, variance, saturation, keep)
    exact = a * saturation + b
    d: Any = rounded(exact)
    # else the dropped units alone have more variance than all should, and the root is NaN
    fits = (d - mean) ** 2 * rate < keep * variance
    with np.errstate(invalid="ignore"):  # where the two are equal to rounding
        around = kernels.dropout_affine_around(mean, variance, where(fits, d, exact), keep)
    a_around, b_around = around
    near = fits & (abs(a_around - a) < a / 2)
    found = (where(near, a_around, a), where(near, b_around, b), d)
    return cast("tuple[Value, Value, Value]", found)


def rounded_to(dtype: npt.DTypeLike) -> Callable[[npt.ArrayLike], Values]:
    """Return what rounds numbers and arrays to a dtype of NumPy's, and keeps them float64."""

    def rounded(value: npt.ArrayLike) -> Values:
        values: Values = np.asarray(value).astype(dtype).astype(np.float64)[()]
        return values

    return rounded


def threshold(rate: float) -> int:
    """Return the number of 32 random bits below which a unit is dropped."""
    return min(round(rate * 2**32), 2**32 - 1)
