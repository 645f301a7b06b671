"""Alpha and scale as TensorFlow tensors that can be differentiated, in float64.

TensorFlow has no erfcx, which the closed forms of the moments need. So they come from their
definition by a Gauss-Legendre rule (``derivations.quadrature``), in a few operations on all nodes
at once, which work in graphs, under XLA and in exported models. Derivatives need no rule: each is
a formula of the values, which are outputs of the same op, so that derivatives of any order are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from selu_sym._generated import tensorflow_kernels as kernels
from selu_sym._weights import Weights, net_input_of

NODES = 128
"""Nodes of the rule: 96 leave nothing to see for variances up to 1e4, and these none up to 1e8."""

WIDEST = 1e8
"""Largest variance of the net input, and the inverse of the smallest, that is computed."""

FARTHEST = 8.0
"""Deviations between the net input's mean and zero up to which is computed."""


def parameters(mean: Any, variance: Any, weights: Weights) -> tuple[Any, Any, Any]:
    """Return (alpha, scale, existence gap) of float64 tensors; NaN where there is no solution."""
    m, v = net_input_of(mean, variance, weights)
    m, v, mean, variance = (x + tf.zeros_like(mean + variance) for x in (m, v, mean, variance))
    gap = existence_gap(m, v, mean, variance)
    alpha, scale = _with_derivatives(_solution, _solution_slopes, m, v, mean, variance)
    return alpha, scale, gap


def existence_gap(m: Any, v: Any, mean: Any, variance: Any) -> Any:
    """Return what is positive exactly where a solution exists; NaN beyond the domain."""
    return _gap(_moments(m, v), m, v, mean, variance)


def _solution(m: Any, v: Any, mean: Any, variance: Any) -> tuple[Any, Any]:
    """Return alpha and scale."""
    moments = _moments(m, v)
    gap = _gap(moments, m, v, mean, variance)
    solution = kernels.fixed_point(*moments[:4], gap, mean, variance)
    return tuple(tf.where(gap > 0, value, _nan()) for value in solution)


def _solution_slopes(outputs: Any, m: Any, v: Any, mean: Any, variance: Any) -> Any:
    """Return the derivatives of alpha, then of scale, by each of the inputs."""
    values = _with_derivatives(_values, _value_slopes, m, v)
    slopes = kernels.derivatives(*values, *outputs, m, v, mean, variance)
    return slopes[:4], slopes[4:]


def _gap(moments: tuple[Any, ...], m: Any, v: Any, mean: Any, variance: Any) -> Any:
    gap = kernels.existence_gap(*moments, m, v, mean, variance)
    inside = (tf.abs(m) <= FARTHEST * tf.sqrt(v)) & (v >= 1 / WIDEST) & (v <= WIDEST)
    return tf.where(inside, gap, _nan())


def _moments(m: Any, v: Any) -> tuple[Any, ...]:
    """Return (A, B, C, D, A_minor, C_minor, V)."""
    B, D, _, _ = _integrals(kernels.below, m, v)
    A_minor, C_minor = _integrals(kernels.above, m, v, end=kernels.end(tf.abs(m), v))
    (part,) = _integrals(lambda w, m, v: (kernels.variance_below(w, B[..., None], m, v),), m, v)
    P, _ = kernels.erfc_forms(m, v)
    V = part + kernels.variance_above(B, P)
    A, C, V = kernels.remaining_moments(m, v, A_minor, B, C_minor, D, V)
    return A, B, C, D, A_minor, C_minor, V


def _values(m: Any, v: Any) -> tuple[Any, ...]:
    """Return (A, B, C, D, P, T1, T2, p0)."""
    A, B, C, D, *_ = _moments(m, v)
    _, _, T1, T2 = _integrals(kernels.below, m, v)
    P, p0 = kernels.erfc_forms(m, v)
    return A, B, C, D, P, T1, T2, p0


def _value_slopes(outputs: Any, m: Any, v: Any) -> Any:
    """Return the derivatives of each of the values by m and by v."""
    slopes = kernels.moment_slopes(*outputs, m, v)
    return list(zip(slopes[:8], slopes[8:], strict=True))


def _integrals(integrands: Callable[..., Any], m: Any, v: Any, end: Any = None) -> list[Any]:
    """Return the integrals over w from 0 to an end, one for each of the integrands."""
    end = kernels.end(m, v) if end is None else end
    nodes, weights = (tf.constant(x, tf.float64) for x in RULE)
    values = integrands(end[..., None] * nodes, m[..., None], v[..., None])
    return [end * tf.reduce_sum(weights * value, axis=-1) for value in values]


def _with_derivatives(
    function: Callable[..., Any], slopes: Callable[..., Any], *inputs: Any
) -> Any:
    """Return outputs = function(*inputs); slopes(outputs, *inputs)[i][j] differentiates i by j.

    The slopes are functions of the op's own outputs, so that they are differentiated in turn.
    """
    found: list[Any] = []

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def op(*inputs: Any) -> tuple[Any, Callable[..., Any]]:
        stopped = [tf.stop_gradient(x) for x in inputs] if tf.executing_eagerly() else inputs
        found.append(function(*stopped))

        def gradient(*upstream: Any) -> list[Any]:
            by_output = slopes(found[-1], *inputs)
            return [
                tf.add_n([dy * row[j] for dy, row in zip(upstream, by_output, strict=True)])
                for j in range(len(inputs))
            ]

        return found[0], gradient

    found.append(op(*inputs))
    return found[-1]


def _nan() -> Any:
    return tf.constant(np.nan, tf.float64)


def _rule() -> tuple[Any, Any]:
    """Return nodes and weights on the interval from 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights / 2


RULE = _rule()
