"""An activation with scale and shift as a TensorFlow op, by TensorFlow's own function of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import overload

import tensorflow as tf

from selu_sym._tensors.transformed import Folded, folded
from selu_sym._transformed import TransformedActivation
from selu_sym.tensorflow import _arguments
from selu_sym.tensorflow._arguments import TensorLike
from selu_sym.tensorflow._evaluation import Fused, computed_in, without_autograph

# In float64, tf.nn.leaky_relu and tf.nn.gelu take their constants from float32: 8 digits are right.


def _leaky_relu(x: tf.Tensor, slope: float) -> tf.Tensor:
    if x.dtype is tf.float64:
        return tf.where(x > 0, x, slope * x)
    return tf.nn.leaky_relu(x, slope)


def _elu(x: tf.Tensor, alpha: float) -> tf.Tensor:
    y: tf.Tensor = tf.nn.elu(x)
    return y if alpha == 1 else tf.where(x > 0, y, alpha * y)


def _gelu(x: tf.Tensor) -> tf.Tensor:
    if x.dtype is tf.float64:
        return x * tf.math.erfc(-x / math.sqrt(2)) / 2
    return tf.nn.gelu(x)


def _gelu_tanh(x: tf.Tensor) -> tf.Tensor:
    if x.dtype is tf.float64:
        argument = math.sqrt(2 / math.pi) * x * (1 + 0.044715 * tf.square(x))
        return x * tf.sigmoid(2 * argument)
    return tf.nn.gelu(x, approximate=True)


FUNCTIONS: dict[str, Callable[..., tf.Tensor]] = {
    "linear": lambda x: x,
    "relu": tf.nn.relu,
    "leaky_relu": _leaky_relu,
    "relu6": tf.nn.relu6,
    "squared_relu": lambda x: tf.square(tf.nn.relu(x)),
    "elu": _elu,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "silu": tf.nn.silu,
    "mish": lambda x: x * tf.tanh(tf.nn.softplus(x)),
    "hard_silu": lambda x: x * (tf.nn.relu6(x + 3) / 6),
    "softplus": tf.nn.softplus,
    "squareplus": lambda x: (x + tf.sqrt(tf.square(x) + 4)) / 2,
    "sigmoid": tf.sigmoid,
    "tanh": tf.tanh,
    "hard_tanh": lambda x: tf.clip_by_value(x, -1, 1),
    "tanh_shrink": lambda x: x - tf.tanh(x),
    "softsign": tf.nn.softsign,
    "soft_shrink": lambda x, most: x - tf.clip_by_value(x, -most, most),
    "hard_shrink": lambda x, most: tf.where(tf.abs(x) > most, x, tf.zeros_like(x)),
    "threshold": lambda x, least: tf.where(x > least, x, tf.zeros_like(x)),
    "erf": tf.math.erf,
    "sin": tf.sin,
    "cos": tf.cos,
    "gaussian": lambda x: tf.exp(-tf.square(x)),
}
"""The functions that are left when the parameters are folded."""


@overload
def transformed(
    x: tf.RaggedTensor, q: TransformedActivation[float], *, name: str | None = ...
) -> tf.RaggedTensor: ...
@overload
def transformed(  # type: ignore[overload-cannot-match] # where TensorFlow has no types: both are Any
    x: TensorLike, q: TransformedActivation[float], *, name: str | None = ...
) -> tf.Tensor: ...
def transformed(
    x: TensorLike | tf.RaggedTensor, q: TransformedActivation[float], *, name: str | None = None
) -> tf.Tensor | tf.RaggedTensor:
    r"""Return an activation with scale and shift of a tensor, elementwise.

    .. math:: y = a f(s x + t) + b

    Parameters
    ----------
    x : tensor, RaggedTensor, or what converts to a tensor
        Of any shape and dtype float16, bfloat16, float32 or float64.
    q : TransformedActivation
        The activation f and the four numbers s, t, a and b, from :func:`selu_sym.standardize`,
        :func:`selu_sym.balance` or :func:`selu_sym.shape_for_depth`, for one fixed point.
    name : str, optional
        Name of the name scope.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not of a floating-point dtype, q is not a TransformedActivation, or its activation
        is a Python function.
    ValueError
        If q holds arrays.

    Notes
    -----
    f is TensorFlow's own function where it has one: ``tf.nn.gelu``, ``tf.nn.silu``. Accuracy and
    gradient are that function's, in float32 at least; results of narrower dtypes are rounded once.
    The numbers are constants of the op, and go into as few operations as f allows: a ReLU has no
    scale of its input left, a CELU is an ELU. Values and gradients are finite for absolute values
    of x up to 1e18, if y is.

    Source: ``derivations.activations``, ``derivations.transformed``.

    Examples
    --------
    >>> import tensorflow as tf
    >>> from selu_sym import standardize
    >>> print(transformed(tf.constant([-1.0, 0.0, 1.0]), standardize("tanh")).numpy().round(4))
    [-1.2129  0.      1.2129]
    """
    f = folded(q)
    if tf.executing_eagerly() and not isinstance(x, tf.RaggedTensor):
        return _of_tensor(x, f)  # at once: each microsecond is some percent
    return _in_scope(x, f, name)


@without_autograph
def _in_scope(
    x: TensorLike | tf.RaggedTensor, f: Folded, name: str | None
) -> tf.Tensor | tf.RaggedTensor:
    """Return the activation of a tensor in a graph, or of a ragged one."""
    with tf.name_scope(name or "transformed"):
        if isinstance(x, tf.RaggedTensor):
            return x.with_flat_values(_of_tensor(x.flat_values, f))
        return _of_tensor(x, f)


def _of_tensor(x: TensorLike, f: Folded) -> tf.Tensor:
    """Return the activation of what converts to a tensor."""
    return _transformed(_arguments.floating_tensor(x), f=f)


@Fused
def _transformed(x: tf.Tensor, f: Folded) -> tf.Tensor:
    """Return the activation, computed in single precision at least."""
    wide = computed_in(x.dtype)
    if wide is x.dtype:  # a cast takes as long as an operation
        return f(x, FUNCTIONS)
    return tf.cast(f(tf.cast(x, wide), FUNCTIONS), x.dtype)
