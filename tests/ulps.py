"""Numbers of every size, and the errors of a SELU of them in units of the last place."""

import mpmath
import numpy as np
from ml_dtypes import finfo

import selu_sym


def inputs(dtype) -> np.ndarray:
    """Return numbers of every size, down to the smallest normal one, of both signs."""
    random = np.random.default_rng(0)
    smallest, largest = (float(x) for x in (finfo(dtype).tiny, finfo(dtype).max))
    sizes = np.exp(random.uniform(np.log(smallest) + 1, np.log(largest) - 1, 6000))
    near = random.uniform(0, 50, 6000)
    return np.concatenate([-sizes, -near, sizes, near]).astype(dtype)


def exact_selu(x: np.ndarray, p: selu_sym.SeluParameters, dtype) -> list:
    """Return the definition at each number with mpmath, for parameters rounded to a dtype."""
    scale, saturation = (mpmath.mpf(float(dtype(value))) for value in (p.scale, p.saturation))
    with mpmath.workprec(200):
        return [
            scale * value if value > 0 else -saturation * mpmath.expm1(value)
            for value in map(mpmath.mpf, x.astype(np.float64).tolist())
        ]


def in_ulps(values: np.ndarray, exact: list, dtype) -> np.ndarray:
    """Return the errors in units of the last place of the exact values, rounded to a dtype."""
    rounded = np.array([float(value) for value in exact]).astype(dtype)
    ulps = np.abs(np.spacing(rounded)).astype(np.float64)
    with mpmath.workprec(200):
        errors = [
            float(abs(mpmath.mpf(float(value)) - truth))
            for value, truth in zip(values, exact, strict=True)
        ]
    return np.array(errors) / ulps


def half_precision_error(x: np.ndarray, y: np.ndarray, p: selu_sym.SeluParameters) -> float:
    """Return the largest error of a SELU of all numbers of 16 bits, in units of the last place.

    What is not finite must be so in the same places.
    """
    dtype, limits = x.dtype, finfo(x.dtype)
    with np.errstate(invalid="ignore"):
        wide, found = x.astype(np.float64), y.astype(np.float64)
    saturation = float(np.asarray(p.saturation).astype(dtype))
    with np.errstate(over="ignore", invalid="ignore"):
        expected = np.where(wide > 0, p.scale * wide, -saturation * np.expm1(np.minimum(wide, 0)))
        rounded = expected.astype(dtype).astype(np.float64)
    assert y.dtype == dtype
    assert np.array_equal(np.isnan(found), np.isnan(wide))
    assert np.array_equal(np.isinf(found), np.isinf(rounded))
    # bfloat16 has the exponents of float32, in which half of x must be a normal number
    smallest = 2 * float(limits.tiny) if dtype.name == "bfloat16" else 0
    assert np.max(np.abs(found)[np.abs(wide) < smallest], initial=0) <= 3 * smallest
    ordinary = np.isfinite(rounded) & (np.abs(wide) >= smallest)
    _, exponents = np.frexp(expected[ordinary])
    ulps = 2.0 ** np.maximum(exponents - 1 - limits.nmant, limits.minexp - limits.nmant)
    return float(np.max(np.abs(found[ordinary] - expected[ordinary]) / ulps))
