"""Alpha and scale as JAX arrays that can be differentiated, in any order."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from selu_sym._generated import jax_kernels
from selu_sym._numeric.weights import Weights
from selu_sym._tensors.by_rule import ByRule


class _ByRule(ByRule[jax.Array]):
    """Fixed points of JAX's arrays."""

    kernels: ClassVar[Any] = jax_kernels

    def where(self, condition: Any, x: Any, other: Any) -> Any:
        return jnp.where(condition, x, other)

    def dot(self, values: tuple[Any, ...], weights: Any) -> list[Any]:
        exact = jax.lax.Precision.HIGHEST  # else there are devices that round to bfloat16
        return list(jnp.dot(jnp.stack(values), weights, precision=exact))

    def constant(self, array: Any, dtype: Any) -> Any:
        return jnp.asarray(array, dtype)

    def with_derivatives(
        self, function: Callable[..., Any], slopes: Callable[..., Any], inputs: list[Any]
    ) -> Any:
        @jax.custom_jvp
        def op(*inputs: Any) -> Any:
            return tuple(function(*inputs))

        @op.defjvp
        def derivative(primals: Any, tangents: Any) -> Any:
            outputs = op(*primals)
            found = [
                sum(slope * tangent for slope, tangent in zip(row, tangents, strict=True))
                for row in slopes(outputs, *primals)
            ]
            constant = map(jnp.zeros_like, outputs[len(found) :])
            return outputs, (*found, *constant)

        return op(*inputs)


_BY_RULE = _ByRule()


@functools.partial(jax.jit, static_argnums=2)
def solved(mean: Any, variance: Any, weights: Weights) -> tuple[Any, Any, Any]:
    """Return (alpha, scale, existence gap) of arrays of one shape and dtype."""
    return _BY_RULE.solved(mean, variance, weights)
