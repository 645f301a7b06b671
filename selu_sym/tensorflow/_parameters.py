"""Alpha and scale as TensorFlow tensors that can be differentiated, computed in float64.

It works in graphs, under XLA and in exported models.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import tensorflow as tf

from selu_sym._generated import tensorflow_kernels
from selu_sym._numeric.weights import Weights, net_input_of
from selu_sym._tensors.by_rule import ByRule


class _ByRule(ByRule):
    """Fixed points of TensorFlow's tensors."""

    kernels: ClassVar[Any] = tensorflow_kernels

    def where(self, condition: Any, x: Any, other: Any) -> Any:
        return tf.where(condition, x, tf.constant(other, x.dtype))

    def dot(self, values: tuple[Any, ...], weights: Any) -> list[Any]:
        # a product, which XLA computes once; a sum it repeats in whatever needs it, for minutes
        sums = tf.linalg.matvec(tf.stack(values), weights)
        return tf.unstack(sums, len(values))  # type: ignore[no-any-return]

    def constant(self, array: Any, dtype: Any) -> Any:
        return tf.constant(array, dtype)

    def with_derivatives(
        self, function: Callable[..., Any], slopes: Callable[..., Any], inputs: list[Any]
    ) -> Any:
        found: list[Any] = []

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def op(*inputs: Any) -> tuple[Any, Callable[..., Any]]:
            if tf.executing_eagerly():
                # a tape is not to keep the steps between
                traced = _traced(function, len(inputs))
                found.append(traced(*map(tf.stop_gradient, inputs)))
            else:
                found.append(function(*inputs))

            def gradient(*upstream: Any) -> list[Any]:
                rows = slopes(found[-1], *inputs)
                return [
                    tf.add_n([dy * row[j] for dy, row in zip(upstream, rows, strict=False)])
                    for j in range(len(inputs))
                ]

            return found[0], gradient

        found.append(op(*inputs))
        return found[-1]


@functools.cache
def _traced(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Return a function of so many float64 tensors of any shape as one call."""
    signature = [tf.TensorSpec(None, tf.float64)] * count
    traced = tf.function(function, autograph=False).get_concrete_function(*signature)
    dtypes = [tf.float64] * len(traced.outputs)
    return lambda *tensors: tf.raw_ops.PartitionedCall(args=tensors, Tout=dtypes, f=traced)


_BY_RULE = _ByRule()


def solved(mean: Any, variance: Any, weights: Weights) -> tuple[Any, Any, Any]:
    """Return (alpha, scale, existence gap) of float64 tensors of one shape."""
    alpha, scale, gap = _BY_RULE.solved(mean, variance, weights)
    return alpha, scale, tf.stop_gradient(gap)


def existence_gap(mean: Any, variance: Any, weights: Weights) -> Any:
    """Return what is positive exactly where a solution exists, and NaN where not computed."""
    m, v = net_input_of(mean, variance, weights)
    _, _, gap = _BY_RULE.solution(*(x + tf.zeros_like(v) for x in (m, v, mean, variance)))
    return gap
