"""The SELU and alpha dropout as TensorFlow ops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import tensorflow as tf

from selu_sym._generated import tensorflow_kernels as kernels
from selu_sym._numeric.validation import Values
from selu_sym._tensors import SeluTensors
from selu_sym._tensors.dropout import rounded_to
from selu_sym._transformed import TransformedActivation
from selu_sym.tensorflow import _arguments, _dropout
from selu_sym.tensorflow._arguments import NoiseShape, Parameters, Seed, TensorLike, with_shape
from selu_sym.tensorflow._evaluation import (
    Fused,
    constants,
    differentiable,
    with_gradient,
    without_autograph,
)


@overload
def selu(
    x: tf.RaggedTensor, p: Parameters | None = ..., *, name: str | None = ...
) -> tf.RaggedTensor: ...
@overload
def selu(  # type: ignore[overload-cannot-match] # where TensorFlow has no types: both are Any
    x: TensorLike, p: Parameters | None = ..., *, name: str | None = ...
) -> tf.Tensor: ...
def selu(
    x: TensorLike | tf.RaggedTensor, p: Parameters | None = None, *, name: str | None = None
) -> tf.Tensor | tf.RaggedTensor:
    r"""Return the SELU of a tensor, elementwise.

    .. math::
        \mathrm{selu}(x) = \begin{cases}
        \lambda x & x > 0 \\ \lambda \alpha (e^x - 1) & x \le 0 \end{cases}

    Parameters
    ----------
    x : tensor, RaggedTensor, or what converts to a tensor
        Of any shape and dtype float16, bfloat16, float32 or float64.
    p : SeluParameters or SeluTensors, optional
        From :func:`selu_sym.selu_parameters`; by default the paper's, for (0, 1). Arrays of
        parameters broadcast to the shape of x, for example to give each unit its own fixed point.
        For a fixed point to be trained, from :func:`selu_parameters` of this module.
    name : str, optional
        Name of the name scope.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not of a floating-point dtype, or p is neither SeluParameters nor SeluTensors.
    ValueError
        If arrays of parameters do not broadcast to the shape of x.

    Notes
    -----
    Accuracy: within 8 units in the last place for float32 and float64 over their whole
    range, and 1 for float16 and bfloat16, with the scale and the saturation value
    s = -lambda alpha rounded to the dtype. e^x - 1 does not cancel here, as it does in
    ``tf.nn.selu``, which has no correct digit for x near -1e-8. Numbers below twice the
    smallest normal one count as zero, because TensorFlow treats subnormal numbers so. NaN gives
    NaN, and the limit for x to minus infinity is exactly s.

    The gradient is computed from the output y alone, as lambda or y - s. Its error is therefore
    that of y: within 8 roundoffs times lambda alpha. At 0 it is lambda alpha. Gradients of any
    order are finite for every finite or infinite x. For second derivatives under
    ``tf.vectorized_map``, put the tapes inside the mapped function: around the map, TensorFlow
    differentiates the operations that the SELU is made of, and softsign only once.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> import tensorflow as tf
    >>> print(selu(tf.constant([-1.0, 0.0, 1.0])).numpy().round(6))
    [-1.111331  0.        1.050701]
    """
    if tf.executing_eagerly() and not isinstance(x, tf.RaggedTensor):
        return _selu_of_tensor(x, p)  # at once: each microsecond is some percent
    return _selu_in_scope(x, p, name)


selu.__name__ = "selu_sym>selu"
"""By this name Keras saves it as an activation. As "selu" it would come back as Keras's own."""


@overload
def alpha_dropout(
    x: tf.RaggedTensor,
    rate: float | tf.Tensor,
    p: Parameters | TransformedActivation[float] | None = ...,
    *,
    noise_shape: None = ...,
    seed: Seed | None = ...,
    training: bool | tf.Tensor = ...,
    name: str | None = ...,
) -> tf.RaggedTensor: ...
@overload
def alpha_dropout(
    x: TensorLike,
    rate: float | tf.Tensor,
    p: Parameters | TransformedActivation[float] | None = ...,
    *,
    noise_shape: NoiseShape | None = ...,
    seed: Seed | None = ...,
    training: bool | tf.Tensor = ...,
    name: str | None = ...,
) -> tf.Tensor: ...
@without_autograph
def alpha_dropout(
    x: TensorLike | tf.RaggedTensor,
    rate: float | tf.Tensor,
    p: Parameters | TransformedActivation[float] | None = None,
    *,
    noise_shape: NoiseShape | None = None,
    seed: Seed | None = None,
    training: bool | tf.Tensor = False,
    name: str | None = None,
) -> tf.Tensor | tf.RaggedTensor:
    r"""Return a tensor after alpha dropout, which keeps the mean and variance of p.

    Each unit is kept with probability 1 - rate; otherwise it is set to the SELU's saturation
    value s, or to the ``dropped_value`` s of another activation. Then a x + b restores mean and
    variance, with (a, b) = :meth:`~selu_sym.SeluParameters.dropout_affine`. Dropped units become
    a s + b rounded to the dtype, and a and b take that rounding into account, so that mean and
    variance are kept in bfloat16, too.

    Parameters
    ----------
    x : tensor, or what converts to one
        The activations, of any shape and dtype float16, bfloat16, float32 or float64.
    rate : float, or a scalar tensor
        Probability in [0, 1) that a unit is dropped.
    p : SeluParameters, SeluTensors or TransformedActivation, optional
        From :func:`selu_sym.selu_parameters`; by default the paper's, for (0, 1). Arrays of
        parameters broadcast to the shape of x. For a fixed point to be trained, from
        :func:`selu_parameters` of this module; then mean and variance are kept up to the rounding
        of the dropped units. For another activation, the q of :func:`transformed`.
    noise_shape : sequence of int or None, or a tensor of one dimension, optional
        Shape of the mask, which broadcasts to that of x. None stands for the size of x
        there: with (None, 1, None), all time steps of a (batch, time, units) tensor share
        a mask. By default the shape of x.
    seed : int, or a pair of them, or a tensor of two, optional
        The same seed gives the same mask in every call: eagerly, in graphs, with and without
        XLA, and on every device. By default each call draws a new seed, which
        ``tf.random.set_seed`` controls.
    training : bool, or a scalar bool tensor
        Whether to drop units. If it is false, or the rate is 0, x itself is returned.
    name : str, optional
        Name of the name scope.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not of a floating-point dtype, p is none of these, or another argument
        is of the wrong kind.
    ValueError
        If rate is outside [0, 1), noise_shape does not broadcast to the shape of x, or a
        TransformedActivation holds arrays.
    tf.errors.InvalidArgumentError
        If the rate is a tensor in a graph, and its value is outside [0, 1). (XLA omits such
        assertions where it compiles the caller.)

    Notes
    -----
    A unit is dropped with probability round(2**32 rate)/2**32. The random bits are a keyed
    hash of the unit's position, computed where they are needed: neither the bits nor the mask
    are kept in memory, not even for the gradient. A tensor may have at most 2**32 units.

    The gradient is a for the units that were kept and 0 for the others, exact up to
    rounding, even if values that were dropped are infinite or NaN.

    Source: ``derivations.dropout``, ``derivations.activation``; Klambauer et al. 2017
    (arXiv 1706.02515), "New Dropout Technique".

    Examples
    --------
    >>> import tensorflow as tf
    >>> x = tf.constant([1.0, 2.0, 3.0, 4.0])
    >>> print(alpha_dropout(x, rate=0.5, seed=2, training=True).numpy().round(4))
    [-0.7792 -0.7792  3.4384 -0.7792]
    """
    if isinstance(x, tf.RaggedTensor):
        _arguments.require_inner(p, x)
        if noise_shape is not None:
            raise ValueError(f"noise_shape must be None for a RaggedTensor, got {noise_shape!r}")
        flat = alpha_dropout(x.flat_values, rate, p, seed=seed, training=training, name=name)
        return x.with_flat_values(flat)
    with tf.name_scope(name or "alpha_dropout"):
        x = _arguments.floating_tensor(x)
        kept = _arguments.fixed_point(p, x)
        rate = _arguments.rate(rate)
        shape = _arguments.noise_shape(noise_shape, x)
        key = None if seed is None else _arguments.seed(seed)
        training = _arguments.training(training)
        if training is False or (isinstance(rate, float) and rate == 0):
            return x

        def dropped() -> tf.Tensor:
            y = _dropout.dropped(x, rate, kept, shape, _dropout.new_seed() if key is None else key)
            others = (*_arguments.array_shapes(kept), *_arguments.static_shapes(shape))
            return with_shape(y, x, *others)

        if training is True:
            return dropped()
        return with_shape(tf.cond(training, dropped, lambda: x), x)


@without_autograph
def _selu_in_scope(
    x: TensorLike | tf.RaggedTensor, p: Parameters | None, name: str | None
) -> tf.Tensor | tf.RaggedTensor:
    """Return the SELU of a tensor in a graph, or of a ragged one."""
    if isinstance(x, tf.RaggedTensor):
        _arguments.require_inner(p, x)
        return x.with_flat_values(selu(x.flat_values, p, name=name))
    with tf.name_scope(name or "selu"):
        return _selu_of_tensor(x, p)


def _selu_of_tensor(x: TensorLike, p: Parameters | None) -> tf.Tensor:
    """Return the SELU of what converts to a tensor."""
    x = _arguments.floating_tensor(x)
    p = _arguments.parameters(p, x)
    if isinstance(p, SeluTensors):
        inputs = (x, *constants(x, p.scale, p.saturation))
        y = with_gradient(_selu.unrecorded, _gradient_of_all, inputs)
    else:
        numbers = constants(x, p.scale, _rounded(p.saturation, x.dtype))
        y = differentiable(_selu, _selu_gradient, x, *numbers)
    return with_shape(y, x, *_arguments.array_shapes(p))


@Fused
def _selu(x: tf.Tensor, scale: tf.Tensor, saturation: tf.Tensor) -> tf.Tensor:
    """Return the SELU, computed in the dtype of the parameters."""
    return tf.cast(kernels.selu(tf.cast(x, scale.dtype), scale, saturation), x.dtype)


@Fused
def _selu_gradient(
    dy: tf.Tensor, y: tf.Tensor, scale: tf.Tensor, saturation: tf.Tensor
) -> tf.Tensor:
    """Return dy times the SELU's derivative, from its output y."""
    dy, wide_y = (tf.cast(value, scale.dtype) for value in (dy, y))
    return tf.cast(kernels.selu_gradient(dy, wide_y, scale, saturation), y.dtype)


def _gradient_of_all(
    y: tf.Tensor, inputs: Sequence[tf.Tensor], dy: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """Return the gradient with respect to x and to the parameters, from the output alone."""
    _, scale, saturation = inputs
    wide = (tf.cast(dy, scale.dtype), tf.cast(y, scale.dtype))
    by_unit = kernels.selu_parameter_gradients(*wide, scale, saturation)
    sums = map(_summed_to, by_unit, (scale, saturation))
    return _selu_gradient(dy, y, scale, saturation), *sums


def _summed_to(value: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Return the sum over the dimensions along which another tensor was broadcast."""
    axes = tf.raw_ops.BroadcastGradientArgs(s0=tf.shape(other), s1=tf.shape(value))[0]
    return tf.reshape(tf.reduce_sum(value, axes), tf.shape(other))


def _rounded(value: Values, dtype: tf.DType) -> Values:
    """Return a number or an array rounded to a dtype, in float64."""
    if dtype is tf.float32 or dtype is tf.float64:
        return value  # it will be
    rounded = rounded_to(dtype.as_numpy_dtype)(value)
    return float(rounded) if isinstance(rounded, float) else rounded
