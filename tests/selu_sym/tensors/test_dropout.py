"""The constants of alpha dropout, by the moments of a mixture, in exact arithmetic."""

from fractions import Fraction

import ml_dtypes  # noqa: F401 - gives NumPy the dtype bfloat16
import numpy as np
import pytest

import selu_sym
from selu_sym._tensors.dropout import dropout_constants, rounded_to, threshold
from selu_sym._tensors.transformed import kept

RATES = [1e-6, 0.1, 0.5, 0.9, 0.999]
P = [
    selu_sym.selu_parameters(0.0, 1.0),
    selu_sym.selu_parameters(-0.1, 2.0, weights="iid"),
    selu_sym.selu_parameters(0.3, 0.7, weights="iid"),
    kept(selu_sym.shape_for_depth("relu", 48)),  # whose dropped units are far from the mean
    kept(selu_sym.standardize("linear", 0.1, 2.0)),
]


def moments_after(p, rate: float, constants) -> tuple[float, float]:
    """Return mean and variance of a x + b with probability 1 - rate and of d with rate."""
    a, b, d, q = (Fraction(float(x)) for x in (*constants, 1 - rate))
    mean, variance = Fraction(p.mean), Fraction(p.variance)
    first = q * (a * mean + b) + (1 - q) * d
    second = q * (a**2 * variance + (a * mean + b) ** 2) + (1 - q) * d**2
    return float(first), float(second - first**2)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("p", P, ids=lambda p: f"{p.mean:.4g},{p.variance:.4g}")
def test_moments_hold_for_the_rounded_value_of_dropped_units(p, dtype, rate):
    constants = dropout_constants(p, rate, rounded_to(dtype))
    assert float(constants[2]) == float(np.asarray(constants[2]).astype(dtype))
    assert moments_after(p, rate, constants) == pytest.approx(
        (p.mean, p.variance), rel=1e-12, abs=1e-12
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_dtype_that_is_too_coarse(dtype):
    """The saturation is a thousand deviations away: its rounding exceeds all there is to keep."""
    p = selu_sym.selu_parameters(0.0, 1e-6, weights="iid")
    a, b, d = map(float, dropout_constants(p, 0.999, rounded_to(dtype)))
    assert (a, b) == pytest.approx(p.dropout_affine(0.999), rel=1e-12)
    assert d == float(rounded_to(dtype)(a * p.saturation + b))


def test_threshold():
    assert threshold(0.5) == 2**31
    assert threshold(2**-32) == 1
    assert threshold(1 - 2**-53) == 2**32 - 1
