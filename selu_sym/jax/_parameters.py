"""The SELU of a fixed point as JAX arrays, which can be differentiated in any order."""

from __future__ import annotations

import functools
import operator
from types import ModuleType
from typing import ClassVar, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike, DTypeLike

from selu_sym._generated import jax_kernels
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Weights
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors
from selu_sym._tensors.by_rule import ByRule, Function, Slopes, require_solutions
from selu_sym.jax import _arguments

jax.tree_util.register_static(SeluParameters)
jax.tree_util.register_dataclass(SeluTensors, ["alpha", "scale", "mean", "variance"], [])


def selu_parameters(
    mean: ArrayLike, variance: ArrayLike, *, weights: Weights
) -> SeluTensors[jax.Array]:
    r"""Return the SELU with the fixed point (mean, variance), as arrays with derivatives.

    The SELU is the same as that of :func:`selu_sym.selu_parameters`. :func:`selu` and
    :func:`alpha_dropout` take it as p, so that a fixed point can be trained.

    Parameters
    ----------
    mean, variance : array_like
        Mean and variance > 0 of the activations. They broadcast.
    weights : str, Iid or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.

    Returns
    -------
    SeluTensors
        Unpacks to alpha and scale, arrays of the broadcast shape and of the dtype of mean and
        variance, JAX's default one where both are Python numbers. It is a pytree.

    Raises
    ------
    NoFixedPointError
        If no alpha > 0 and scale > 0 exist. Where mean and variance are traced (under ``jit`` and
        ``vmap``), alpha and scale are NaN there.
    ValueError
        If the weight model is unknown. Also if the net input's mean is more than 8 standard
        deviations from 0, its variance is outside [1e-8, 1e8], or a value is NaN; where mean and
        variance are traced, alpha and scale are NaN there.
    TypeError
        If a value is not of a floating-point dtype.

    Notes
    -----
    With ``jax_enable_x64``, all is computed in float64. The error of alpha and scale, and of their
    first and second derivatives, is within 1e-13, times their condition numbers
    (:meth:`~selu_sym.SeluParameters.condition_numbers`) where these exceed 1; then they are rounded
    to the dtype. Without it, JAX has no float64, and all is computed in float32, with errors within
    1e-6, times the condition numbers. Derivatives of any order exist, forward and reverse: they are
    formulas of the moments.

    Source: ``derivations.quadrature`` (moments), ``derivations.fixed_point``,
    ``derivations.sensitivity`` (derivatives).

    Examples
    --------
    >>> alpha, scale = selu_parameters(-0.1, 2.0, weights="iid")
    >>> print(f"{alpha:.4f} {scale:.4f}")
    2.3300 0.9798
    >>> slope = jax.grad(lambda v: selu_parameters(-0.1, v, weights="iid").alpha)(2.0)
    >>> print(f"{slope:.3f}")
    0.204
    """
    model = weight_models.checked(weights)
    mean, variance = _arguments.targets(mean, variance)
    dtype = mean.dtype
    wide = dtype if dtype == jnp.float64 else jnp.result_type(float)
    inputs = mean.astype(wide), variance.astype(wide)
    alpha, scale, gap = _solved(*inputs, model)
    found = [jax.lax.stop_gradient(x) for x in (*inputs, gap)]
    if not any(isinstance(x, jax.core.Tracer) for x in found):
        of_mean, of_variance, of_gap = (np.asarray(x, np.float64) for x in found)
        require_solutions(of_mean, of_variance, of_gap, model)
    return SeluTensors(alpha.astype(dtype), scale.astype(dtype), mean, variance)


class JaxRule(ByRule[jax.Array]):
    """Fixed points as JAX arrays."""

    kernels: ClassVar[ModuleType] = jax_kernels

    def where(self, condition: jax.Array, x: jax.Array, other: float) -> jax.Array:
        return jnp.where(condition, x, other)

    def dot(self, values: tuple[jax.Array, ...], weights: jax.Array) -> list[jax.Array]:
        exact = jax.lax.Precision.HIGHEST  # else there are devices that round to bfloat16
        return list(jnp.dot(jnp.stack(values), weights, precision=exact))

    def constant(self, array: FloatArray, dtype: object) -> jax.Array:
        return jnp.asarray(array, cast("DTypeLike", dtype))

    def with_derivatives(
        self, function: Function[jax.Array], slopes: Slopes[jax.Array], inputs: list[jax.Array]
    ) -> tuple[jax.Array, ...]:
        @jax.custom_jvp
        def op(*inputs: jax.Array) -> tuple[jax.Array, ...]:
            return tuple(function(*inputs))

        @op.defjvp
        def derivative(
            primals: tuple[jax.Array, ...], tangents: tuple[jax.Array, ...]
        ) -> tuple[tuple[jax.Array, ...], tuple[jax.Array, ...]]:
            outputs = op(*primals)
            found = [
                functools.reduce(operator.add, map(operator.mul, row, tangents))
                for row in slopes(outputs, *primals)
            ]
            constant = map(jnp.zeros_like, outputs[len(found) :])
            return outputs, (*found, *constant)

        return op(*inputs)


RULE = JaxRule()


@functools.partial(jax.jit, static_argnums=2)
def _solved(
    mean: jax.Array, variance: jax.Array, weights: Weights
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return (alpha, scale, existence gap) of arrays of one shape and dtype, compiled."""
    return RULE.solved(mean, variance, weights)
