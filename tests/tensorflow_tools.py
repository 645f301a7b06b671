"""What the tests of the TensorFlow ops share."""

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import tensorflow as tf
from ml_dtypes import finfo

import selu_sym

each_compilation = pytest.mark.parametrize(
    "compiled", [True, False], ids=["xla", "plain"], indirect=True
)
"""Run a test with the ops compiled, and as single operations. It takes ``compiled``."""


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


def eager(function: Callable) -> Callable:
    return function


def in_a_graph(function: Callable) -> Callable:
    return tf.function(function)


def in_a_graph_of_unknown_shape(function: Callable) -> Callable:
    return tf.function(function, input_signature=[tf.TensorSpec([None, None], tf.float32)])


def compiled_by_the_caller(function: Callable) -> Callable:
    return tf.function(function, jit_compile=True)


def in_a_dataset(function: Callable) -> Callable:
    def through(x):
        dataset = tf.data.Dataset.from_tensors(x).map(function, num_parallel_calls=2)
        return next(iter(dataset))

    return through


def modes() -> list[Callable]:
    """Return the ways to call a function of a float32 matrix."""
    return [
        eager,
        in_a_graph,
        in_a_graph_of_unknown_shape,
        compiled_by_the_caller,
        in_a_dataset,
    ]
