"""Alpha and scale as TensorFlow tensors that can be differentiated, computed in float64.

TensorFlow has no erfcx, which the closed forms of the moments need. So they come from their
definition by a Gauss-Legendre rule (``derivations.quadrature``), in a few operations on all nodes
at once, which work in graphs, under XLA and in exported models. Derivatives need no rule: each is
a formula of the values, which are outputs of the same op, so that there are those of any order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from selu_sym._generated import tensorflow_kernels as kernels
from selu_sym._signals import unit_rule
from selu_sym._weights import Weights, net_input_of

NODES = 128
"""Nodes of the rule: 96 leave nothing to see for variances up to 1e4, and these none up to 1e8."""

WIDEST = 1e8
"""Largest variance of the net input that is computed, and inverse of the smallest."""

FARTHEST = 8.0
"""Deviations between the net input's mean and zero up to which is computed."""


@dataclass(frozen=True)
class SeluTensors:
    """The SELU of a fixed point that is tensors, and can be differentiated by it.

    It unpacks: ``alpha, scale = parameters``. Functions that TensorFlow traces take and return it.

    Attributes
    ----------
    alpha, scale : tensor
        The SELU's parameters, as of :class:`~selu_sym.SeluParameters`.
    mean, variance : tensor
        Mean and variance of the activations.
    """

    alpha: Any
    scale: Any
    mean: Any
    variance: Any

    def __iter__(self) -> Any:
        return iter((self.alpha, self.scale))

    @property
    def saturation(self) -> Any:
        """-alpha * scale, the limit of selu(z) for z to minus infinity."""
        return -self.alpha * self.scale

    def __tf_flatten__(self) -> tuple[tuple[()], tuple[Any, ...]]:
        return (), (self.alpha, self.scale, self.mean, self.variance)

    @classmethod
    def __tf_unflatten__(cls, _: tuple[()], components: tuple[Any, ...]) -> SeluTensors:
        return cls(*components)


def solved(mean: Any, variance: Any, weights: Weights) -> tuple[Any, Any, Any]:
    """Return (alpha, scale, existence gap) of float64 tensors of one shape.

    The first two are NaN where there is no solution, all where that is not computed.
    """
    m, v = net_input_of(mean, variance, weights)
    inputs = [x + tf.zeros_like(v) for x in (m, v, mean, variance)]
    alpha, scale, gap = _with_derivatives(_solution, _solution_slopes, inputs)
    return alpha, scale, tf.stop_gradient(gap)


def existence_gap(mean: Any, variance: Any, weights: Weights) -> Any:
    """Return what is positive exactly where a solution exists, and NaN where not computed."""
    m, v = net_input_of(mean, variance, weights)
    _, _, gap = _solution(*(x + tf.zeros_like(v) for x in (m, v, mean, variance)))
    return gap


def _solution(m: Any, v: Any, mean: Any, variance: Any) -> tuple[Any, Any, Any]:
    """Return alpha, scale and the existence gap."""
    moments, _ = _moments(m, v)
    gap = kernels.existence_gap(*(*moments, m, v, mean, variance))
    inside = (tf.abs(m) <= FARTHEST * tf.sqrt(v)) & (v >= 1 / WIDEST) & (v <= WIDEST)
    nan = tf.constant(np.nan, tf.float64)
    gap = tf.where(inside, gap, nan)
    alpha, scale = kernels.fixed_point(*(*moments[:4], gap, mean, variance))
    return tf.where(gap > 0, alpha, nan), tf.where(gap > 0, scale, nan), gap


def _solution_slopes(outputs: Any, m: Any, v: Any, mean: Any, variance: Any) -> Any:
    """Return the derivatives of alpha, then of scale, by each of the inputs."""
    values = _with_derivatives(_values, _value_slopes, [m, v])
    slopes = kernels.derivatives(*(*values, *outputs[:2], m, v, mean, variance))
    return slopes[:4], slopes[4:]


def _moments(m: Any, v: Any) -> Any:
    """Return (A, B, C, D, A_minor, C_minor, V), and (P, T1, T2, p0)."""
    B, D, T1, T2 = _integrals(kernels.below, kernels.end(m, v), m, v)
    A_minor, C_minor = _integrals(kernels.above, kernels.end(tf.abs(m), v), m, v)
    (part,) = _integrals(kernels.variance_below, kernels.end(m, v), B, m, v)
    P, p0 = kernels.erfc_forms(m, v)
    V = part + kernels.variance_above(B, P)
    A, C, V = kernels.remaining_moments(m, v, A_minor, B, C_minor, D, V)
    return (A, B, C, D, A_minor, C_minor, V), (P, T1, T2, p0)


def _values(m: Any, v: Any) -> Any:
    """Return (A, B, C, D, P, T1, T2, p0)."""
    moments, tails = _moments(m, v)
    return (*moments[:4], *tails)


def _value_slopes(outputs: Any, m: Any, v: Any) -> Any:
    """Return the derivatives of each of the values by m and by v."""
    slopes = kernels.moment_slopes(*(*outputs, m, v))
    return list(zip(slopes[:8], slopes[8:], strict=True))


def _integrals(integrands: Callable[..., Any], end: Any, *arguments: Any) -> list[Any]:
    """Return the integrals over w from 0 to an end, one for each of the integrands."""
    nodes, weights = (tf.constant(x, tf.float64) for x in unit_rule(NODES))
    values = integrands(end[..., None] * nodes, *(x[..., None] for x in arguments))
    values = values if isinstance(values, tuple) else (values,)
    # a product, which XLA computes once; a sum it repeats in whatever needs it, for minutes
    sums = tf.linalg.matvec(tf.stack(values), weights)
    return [end * total for total in tf.unstack(sums, len(values))]


def _with_derivatives(
    function: Callable[..., Any], slopes: Callable[..., Any], inputs: list[Any]
) -> Any:
    """Return outputs = function(*inputs); slopes(outputs, *inputs)[i][j] differentiates i by j.

    The slopes are formulas of the op's own outputs, so that they are differentiated in turn.
    Outputs without slopes, which are the last ones, are constant.
    """
    found: list[Any] = []

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def op(*inputs: Any) -> tuple[Any, Callable[..., Any]]:
        if tf.executing_eagerly():
            # a tape is not to keep the steps between
            found.append(_traced(function)(*map(tf.stop_gradient, inputs)))
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
def _traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of float64 tensors of any shape as one call."""
    count = function.__code__.co_argcount
    signature = [tf.TensorSpec(None, tf.float64)] * count
    traced = tf.function(function, autograph=False).get_concrete_function(*signature)
    dtypes = [tf.float64] * len(traced.outputs)
    return lambda *tensors: tf.raw_ops.PartitionedCall(args=tensors, Tout=dtypes, f=traced)
