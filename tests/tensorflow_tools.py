"""What the tests of the TensorFlow ops share."""

from collections.abc import Callable

import pytest
import tensorflow as tf

each_compilation = pytest.mark.parametrize(
    "compiled", [True, False], ids=["xla", "plain"], indirect=True
)
"""Run a test with the ops compiled, and as single operations. It takes ``compiled``."""


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
