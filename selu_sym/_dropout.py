"""The constants of alpha dropout for a dtype."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selu_sym._generated import numpy_kernels
from selu_sym._parameters import SeluParameters
from selu_sym._validation import Values


def dropout_constants(
    p: SeluParameters, rate: float, dtype: npt.DTypeLike
) -> tuple[Values, Values, Values]:
    """Return (a, b, d): kept units become a x + b, dropped ones d.

    d is a s + b rounded to the dtype, and a and b restore mean and variance for this d. Where
    the dtype is too coarse for that, they are those for d = a s + b.
    """
    a, b = p.dropout_affine(rate)
    exact = np.asarray(a * p.saturation + b)
    d = exact.astype(dtype).astype(np.float64)[()]
    with np.errstate(invalid="ignore"):
        a_around, b_around = numpy_kernels.dropout_affine_around(p.mean, p.variance, d, 1 - rate)
    near = np.abs(a_around - a) < a / 2
    return np.where(near, a_around, a), np.where(near, b_around, b), d
