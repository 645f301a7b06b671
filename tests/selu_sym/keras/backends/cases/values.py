"""Activations: values and gradients."""

import keras
import mpmath
import numpy as np
import pytest

import selu_sym.keras as sk
from tests.selu_sym.keras.backends.cases.common import (
    BACKEND,
    FLOAT64,
    STEEP,
    TARGET,
    P,
    differentiates,
    gradient,
    to_float64,
    to_numpy,
)
from tests.transformed import Case


def exact_selu(x: np.ndarray) -> np.ndarray:
    """Return the SELU of the target, in 30 digits, rounded to float64."""
    with mpmath.workdps(30):
        below = [mpmath.mpf(STEEP) * mpmath.expm1(min(float(value), 0.0)) for value in x]
        above = [mpmath.mpf(P.scale) * mpmath.mpf(max(float(value), 0.0)) for value in x]
        return np.array([float(b + a) for b, a in zip(below, above, strict=True)])


SOME = np.concatenate([np.linspace(-30, 30, 601), np.geomspace(1e-9, 1, 50)])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", FLOAT64])
def test_values(dtype):
    x = keras.ops.cast(np.concatenate([SOME, -SOME]), dtype)
    y = sk.selu(x, **TARGET)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    seen, values = (to_float64(z) for z in (x, y))
    ulps = {"float16": (1, 2**-10), "bfloat16": (1, 2**-7), "float32": (8, 2**-23)}
    count, eps = ulps.get(dtype, (8, 2**-52))
    expected = exact_selu(seen)
    smallest = 2.0**-24 if dtype == "float16" else 0.0  # its subnormal numbers are coarse
    assert (np.abs(values - expected) <= count * eps * np.abs(expected) + smallest).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", FLOAT64])
@pytest.mark.parametrize("name", ["relu", "gelu", "celu", "tanh", "hard_sigmoid", "squareplus"])
def test_values_of_activations_with_scale_and_shift(name, dtype):
    case = Case(name, None, 0.7, 0.4)
    layer = sk.Transformed(case.q, dtype=dtype)
    x = keras.ops.cast(np.linspace(-9, 9, 61), dtype)
    y = layer(x)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    seen = to_float64(x)
    eps = {"float16": 2**-10, "bfloat16": 2**-7, "float32": 2**-23}.get(dtype, 2**-52)
    assert np.max(np.abs(to_float64(y) - case.exact(seen)) / (1 + np.abs(seen))) <= 8 * eps
    if BACKEND != "numpy" and dtype == "float32":
        slope = gradient(layer, to_numpy(x))
        assert slope == pytest.approx(case.exact_slope(seen), rel=1e-5, abs=1e-5)


def test_special_values():
    y = to_numpy(sk.selu(np.array([np.nan, np.inf, -np.inf, 0.0, -1e30], "float32"), **TARGET))
    assert np.isnan(y[0])
    assert np.array_equal(y[1:], np.array([np.inf, P.saturation, 0.0, P.saturation], "float32"))


@differentiates
@pytest.mark.parametrize("dtype", ["float32", FLOAT64])
def test_gradient(dtype):
    x = np.array([-np.inf, -1e30, -1e3, -1.0, -1e-6, 0.0, 1e-6, 1.0, 1e3, 1e30, np.inf], dtype)
    slope = gradient(lambda z: sk.selu(z, **TARGET), x)
    expected = np.where(x > 0, P.scale, STEEP * np.exp(np.minimum(x, 0.0)))
    assert slope == pytest.approx(expected, rel=1e-6 if dtype == "float32" else 1e-14)
