"""Alpha and scale as TensorFlow tensors that can be differentiated, computed in float64.

It works in graphs, under XLA and in exported models.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import ClassVar

import tensorflow as tf

from selu_sym._generated import tensorflow_kernels
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Weights
from selu_sym._tensors import SeluTensors
from selu_sym._tensors.by_rule import ByRule, Function, Slopes, require_solutions
from selu_sym.tensorflow import _arguments
from selu_sym.tensorflow._arguments import TensorLike
from selu_sym.tensorflow._evaluation import with_gradient


def selu_parameters(
    mean: TensorLike, variance: TensorLike, *, weights: Weights
) -> SeluTensors[tf.Tensor]:
    r"""Return the SELU with the fixed point (mean, variance), as tensors with derivatives.

    The SELU is the same as that of :func:`selu_sym.selu_parameters`. :func:`selu` and
    :func:`alpha_dropout` take it as p, so that a fixed point can be trained.

    Parameters
    ----------
    mean, variance : tensor, variable, or what converts to a tensor
        Mean and variance > 0 of the activations. They broadcast.
    weights : str, Iid or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.

    Returns
    -------
    SeluTensors
        Unpacks to alpha and scale, tensors of the broadcast shape and of the dtype of mean and
        variance, float32 where both are Python numbers.

    Raises
    ------
    NoFixedPointError
        Eagerly, if no alpha > 0 and scale > 0 exist. In a graph both are NaN there.
    ValueError
        If the weight model is unknown. Eagerly also if the net input's mean is more than 8 standard
        deviations from 0, its variance is outside [1e-8, 1e8], or a value is NaN. In a graph alpha
        and scale are NaN there.
    TypeError
        If a value is not of a floating-point dtype, or the dtypes differ.

    Notes
    -----
    All is computed in float64. The error of alpha and scale is within 1e-13, times their condition
    numbers (:meth:`~selu_sym.SeluParameters.condition_numbers`) where these exceed 1; then they are
    rounded to the dtype. The same holds for the first and second derivatives with respect to mean
    and variance. Derivatives of any order exist: they are formulas of the moments. All this holds
    eagerly, in graphs and compiled by XLA.

    Under ``tf.debugging.enable_check_numerics()``, a fixed point without a solution is reported as
    the operation that produces its NaN.

    Source: ``derivations.quadrature`` (moments), ``derivations.fixed_point``,
    ``derivations.sensitivity`` (derivatives).

    Examples
    --------
    >>> import tensorflow as tf
    >>> mean, variance = tf.Variable(-0.1), tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     alpha, scale = selu_parameters(mean, variance, weights="iid")
    >>> print(f"{alpha:.6f} {scale:.6f} {tape.gradient(alpha, variance):.6f}")
    2.329997 0.979819 0.204053
    """
    mean, variance = _arguments.fixed_point_tensors(mean, variance)
    model = weight_models.checked(weights)
    wide_mean, wide_variance = (tf.cast(x, tf.float64) for x in (mean, variance))
    alpha, scale, gap = RULE.solved(wide_mean, wide_variance, model)
    if tf.executing_eagerly():
        require_solutions(wide_mean.numpy(), wide_variance.numpy(), gap.numpy(), model)
    return SeluTensors(tf.cast(alpha, mean.dtype), tf.cast(scale, mean.dtype), mean, variance)


class TensorFlowRule(ByRule[tf.Tensor]):
    """Fixed points of TensorFlow's tensors."""

    kernels: ClassVar[ModuleType] = tensorflow_kernels

    def where(self, condition: tf.Tensor, x: tf.Tensor, other: float) -> tf.Tensor:
        return tf.where(condition, x, tf.constant(other, x.dtype))

    def dot(self, values: tuple[tf.Tensor, ...], weights: tf.Tensor) -> list[tf.Tensor]:
        # a product, which XLA computes once; a sum it repeats in whatever needs it, for minutes
        sums: list[tf.Tensor] = tf.unstack(tf.linalg.matvec(tf.stack(values), weights), len(values))
        return sums

    def constant(self, array: FloatArray, dtype: object) -> tf.Tensor:
        return tf.constant(array, dtype)

    def with_derivatives(
        self, function: Function[tf.Tensor], slopes: Slopes[tf.Tensor], inputs: list[tf.Tensor]
    ) -> tuple[tf.Tensor, ...]:
        def value(*inputs: tf.Tensor) -> Sequence[tf.Tensor]:
            eager = tf.executing_eagerly()
            return (_traced(function, len(inputs)) if eager else function)(*inputs)

        def gradient(
            outputs: Sequence[tf.Tensor], inputs: Sequence[tf.Tensor], *upstream: tf.Tensor
        ) -> list[tf.Tensor]:
            rows = slopes(outputs, *inputs)  # none for the last outputs, which are constant
            return [
                tf.add_n([dy * row[j] for dy, row in zip(upstream, rows, strict=False)])
                for j in range(len(inputs))
            ]

        return tuple(with_gradient(value, gradient, inputs))


@functools.cache
def _traced(function: Function[tf.Tensor], count: int) -> Callable[..., Sequence[tf.Tensor]]:
    """Return a function of so many float64 tensors of any shape as one call."""
    signature = [tf.TensorSpec(None, tf.float64)] * count
    traced = tf.function(function, autograph=False).get_concrete_function(*signature)
    dtypes = [tf.float64] * len(traced.outputs)
    return lambda *tensors: tf.raw_ops.PartitionedCall(args=tensors, Tout=dtypes, f=traced)


RULE = TensorFlowRule()
