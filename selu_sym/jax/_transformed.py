"""An activation with scale and shift of JAX arrays, by JAX's own function of it."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from selu_sym._tensors.transformed import Folded, Kept, folded
from selu_sym._transformed import TransformedActivation
from selu_sym.jax import _arguments

jax.tree_util.register_static(TransformedActivation)
jax.tree_util.register_static(Kept)

FUNCTIONS: dict[str, Callable[..., jax.Array]] = {
    "linear": lambda x: x,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "relu6": jax.nn.relu6,
    "squared_relu": lambda x: jnp.square(jax.nn.relu(x)),
    "elu": jax.nn.elu,
    "gelu": functools.partial(jax.nn.gelu, approximate=False),
    "gelu_tanh": functools.partial(jax.nn.gelu, approximate=True),
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "hard_silu": jax.nn.hard_silu,
    "softplus": jax.nn.softplus,
    "squareplus": jax.nn.squareplus,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "hard_tanh": jax.nn.hard_tanh,
    "tanh_shrink": lambda x: x - jnp.tanh(x),
    "softsign": jax.nn.soft_sign,
    "soft_shrink": lambda x, most: x - jnp.clip(x, -most, most),
    "hard_shrink": lambda x, most: jnp.where(jnp.abs(x) > most, x, jnp.zeros_like(x)),
    "threshold": lambda x, least: jnp.where(x > least, x, jnp.zeros_like(x)),
    "erf": jax.lax.erf,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "gaussian": lambda x: jnp.exp(-jnp.square(x)),
}
"""The functions that are left when the parameters are folded."""


def transformed(x: ArrayLike, q: TransformedActivation[float]) -> jax.Array:
    r"""Return an activation with scale and shift of an array, elementwise.

    .. math:: y = a f(s x + t) + b

    Parameters
    ----------
    x : array_like
        Of any shape and floating-point dtype.
    q : TransformedActivation
        The activation f and the four numbers s, t, a and b, from :func:`selu_sym.standardize`,
        :func:`selu_sym.balance` or :func:`selu_sym.shape_for_depth`, for one fixed point.

    Returns
    -------
    array of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not of a floating-point dtype, q is not a TransformedActivation, or its activation
        is a Python function.
    ValueError
        If q holds arrays.

    Notes
    -----
    f is JAX's own function where it has one: ``jax.nn.gelu``, ``jax.nn.silu``. Accuracy and
    derivatives are that function's, in float32 at least; results of narrower dtypes are rounded
    once. The numbers are constants of the compiled function. Values and gradients are finite for
    absolute values of x up to 1e18, if y is.

    q may be an argument of functions that JAX transforms, too. They are compiled again for each q.

    Source: ``derivations.activations``, ``derivations.transformed``.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from selu_sym import standardize
    >>> y = transformed(jnp.array([-1.0, 0.0, 1.0]), standardize("tanh"))
    >>> print(*(f"{value:.4f}" for value in y))
    -1.2129 0.0000 1.2129
    """
    y: jax.Array = _transformed(_arguments.floating(x), folded(q))
    return y


@functools.partial(jax.jit, static_argnums=1)
def _transformed(x: jax.Array, f: Folded) -> jax.Array:
    """Return the activation, computed in single precision at least."""
    wide = x.astype(jnp.float64 if x.dtype == jnp.float64 else jnp.float32)
    return f(wide, FUNCTIONS).astype(x.dtype)
