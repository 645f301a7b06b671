"""The checks of the ops' arguments, and of the shapes that come into an op.

What is known when the op is called is checked there; the value of a tensor in a graph is checked
when the graph runs. Every error names the argument, the value and the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, TypeGuard

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from selu_sym._numeric import validation
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors, arguments, random_bits
from selu_sym._tensors.transformed import Kept, kept
from selu_sym._transformed import TransformedActivation

TensorLike: TypeAlias = "tf.Tensor | tf.Variable | npt.ArrayLike"
"""A dense tensor, or what converts to one."""

Parameters: TypeAlias = "SeluParameters | SeluTensors[tf.Tensor]"
FixedPoint: TypeAlias = "Parameters | Kept[float]"
"""What alpha dropout keeps the mean and variance of."""

Integers: TypeAlias = "npt.NDArray[np.signedinteger] | tf.Tensor"
NoiseShape: TypeAlias = "Sequence[int | tf.Tensor | None] | Integers | tf.TensorShape"
Seed: TypeAlias = "int | Sequence[int] | Integers"


def floating_tensor(x: TensorLike) -> tf.Tensor:
    """Return x as a tensor, which must be of a floating-point dtype."""
    if not isinstance(x, tf.Tensor):
        x = tf.convert_to_tensor(x)
    if not x.dtype.is_floating:
        raise TypeError(f"x must be of a floating-point dtype, got {x.dtype.name}")
    return x


def fixed_point_tensors(mean: TensorLike, variance: TensorLike) -> tuple[tf.Tensor, tf.Tensor]:
    """Return mean and variance as tensors of one floating-point dtype and shape."""
    given = {"mean": mean, "variance": variance}
    dtypes = [tf.as_dtype(x.dtype) for x in given.values() if hasattr(x, "dtype")]
    if len(set(dtypes)) > 1:
        raise TypeError(f"mean and variance must be of one dtype, got {dtypes[0]} and {dtypes[1]}")
    dtype = dtypes[0] if dtypes else tf.float32
    if not dtype.is_floating:
        raise TypeError(f"mean and variance must be of a floating-point dtype, got {dtype.name}")
    for name, value in given.items():
        if isinstance(value, bool):
            arguments.number(name, value)
    mean, variance = (tf.convert_to_tensor(x, dtype) for x in given.values())
    return mean + tf.zeros_like(variance), variance + tf.zeros_like(mean)


def parameters(p: Parameters | None, x: tf.Tensor) -> Parameters:
    """Return the parameters, the paper's if there are none, whose arrays broadcast to x."""
    if p is None:  # as mostly, and at once
        return arguments.PAPER
    p = arguments.parameters(p)
    if not isinstance(p.alpha, float):
        _require_broadcast("p (its arrays)", _shape_of(p), x.shape)
    return p


def fixed_point(p: Parameters | TransformedActivation[float] | None, x: tf.Tensor) -> FixedPoint:
    """Return what alpha dropout keeps: the parameters, or that of another activation."""
    return kept(p) if isinstance(p, TransformedActivation) else parameters(p, x)


def require_inner(p: Parameters | TransformedActivation[float] | None, x: tf.RaggedTensor) -> None:
    """Raise ValueError if arrays of parameters would reach into the ragged dimensions of x."""
    if p is None or isinstance(p, TransformedActivation):
        return
    if (_shape_of(p).rank or 0) >= (x.flat_values.shape.rank or 1):
        raise ValueError(
            "p (its arrays) must broadcast to the uniform inner dimensions of a RaggedTensor, "
            f"got shape {_shape_of(p)} for {x.shape}"
        )


def rate(value: float | tf.Tensor) -> float | tf.Tensor:
    """Return a rate as a float, or as a scalar float64 tensor that is checked in its graph."""
    if not _is_tensor(value):
        number = validation.rate(value)
        if not isinstance(number, float):
            raise TypeError(f"rate must be a number or a scalar tensor, got {value!r}")
        return number
    if not (value.dtype.is_floating or value.dtype.is_integer):
        raise TypeError(f"rate must be a real number, got a tensor of {value.dtype.name}")
    if value.shape.rank not in (0, None):
        raise ValueError(f"rate must be a scalar, got a tensor of shape {value.shape}")
    static = tf.get_static_value(value)
    if static is not None:
        return validation.single_rate(float(static))
    value = tf.cast(value, tf.float64)
    message = "rate must be in the interval [0, 1)"
    checks = [
        tf.debugging.assert_scalar(value, "rate must be a scalar"),
        tf.debugging.assert_non_negative(value, message),
        tf.debugging.assert_less(value, tf.constant(1, tf.float64), message),
    ]
    with tf.control_dependencies([check for check in checks if check is not None]):
        return tf.identity(value)


def noise_shape(
    value: NoiseShape | None, x: tf.Tensor
) -> tuple[int | None, ...] | tf.Tensor | None:
    """Return a noise shape as a tuple of int and None, or as an int64 tensor."""
    if value is None:
        random_bits.require_distinct(x.shape, x.shape.num_elements() or 0)
        return None
    if isinstance(value, tf.TensorShape):
        value = value.as_list()
    static = tf.get_static_value(value) if tf.is_tensor(value) else value
    if isinstance(static, np.ndarray | np.generic):
        static = static.tolist()
    if static is None:
        return tf.cast(value, tf.int64)
    if isinstance(static, Sequence) and any(tf.is_tensor(size) for size in static):
        sizes = tf.shape(x, out_type=tf.int64)
        entries = [
            sizes[i] if size is None else tf.cast(size, tf.int64) for i, size in enumerate(static)
        ]
        return tf.convert_to_tensor(entries)
    checked = validation.noise_shape(static)
    if None in checked and x.shape.rank not in (len(checked), None):
        raise ValueError(
            f"noise_shape with None must have as many entries as x has dimensions, "
            f"got {value!r} for shape {x.shape}"
        )
    _require_broadcast("noise_shape", tf.TensorShape(checked), x.shape)
    return checked


def seed(value: Seed) -> tf.Tensor:
    """Return a seed as two integers in a tensor."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"seed must fit into 64 bits, got {value}")
        value = (value, 0)
    tensor = tf.convert_to_tensor(value)
    if not tensor.dtype.is_integer or not tensor.shape.is_compatible_with([2]):
        raise TypeError(f"seed must be an integer, or two of them, got {value!r}")
    return tf.cast(tensor, tf.int64)


def training(value: bool | tf.Tensor) -> bool | tf.Tensor:
    """Return True, False, or a scalar bool tensor whose value is not known yet."""
    kinds = "a bool or a scalar bool tensor"
    if not _is_tensor(value):
        return arguments.flag("training", value, kinds)
    if value.dtype != tf.bool or value.shape.rank not in (0, None):
        raise TypeError(f"training must be {kinds}, got {value!r}")
    static = tf.get_static_value(value)
    return value if static is None else bool(static)


def with_shape(y: tf.Tensor, x: tf.Tensor, *others: tf.TensorShape) -> tf.Tensor:
    """Return y, which must have the shape of x, whatever other shapes came into it."""
    if others and not all(_keeps(other, x.shape) for other in others):
        message = "what is broadcast to x (the arrays of p, noise_shape) enlarges it"
        check = tf.debugging.assert_equal(tf.shape(y), tf.shape(x), message)
        with tf.control_dependencies([check] if check is not None else []):
            y = tf.reshape(y, tf.shape(x))  # fails under XLA, too, which drops assertions
    if not tf.executing_eagerly():
        y.set_shape(x.shape)
    return y


def array_shapes(p: FixedPoint) -> list[tf.TensorShape]:
    """Return the shape of the arrays of parameters, if they are arrays."""
    return [] if isinstance(p, Kept) or isinstance(p.alpha, float) else [_shape_of(p)]


def static_shapes(
    noise_shape: tuple[int | None, ...] | tf.Tensor | None,
) -> list[tf.TensorShape]:
    """Return what is known of the shape of the mask, if it is not that of x."""
    if noise_shape is None:
        return []
    if isinstance(noise_shape, tuple):  # None stands for the size of x, which fits
        return [tf.TensorShape([1 if size is None else size for size in noise_shape])]
    return [tf.TensorShape(None)]


def _is_tensor(value: object) -> TypeGuard[tf.Tensor]:
    return bool(tf.is_tensor(value))


def _shape_of(p: Parameters) -> tf.TensorShape:
    return p.alpha.shape if isinstance(p, SeluTensors) else tf.TensorShape(np.shape(p.alpha))


def _keeps(shape: tf.TensorShape, to: tf.TensorShape) -> bool:
    """Return whether it is known that broadcasting to a shape leaves it as it is."""
    if shape.rank is None or to.rank is None:
        return bool(shape.rank == 0)
    if shape.rank > to.rank:
        return False
    pairs = zip(reversed(shape.as_list()), reversed(to.as_list()), strict=False)
    return all(own == 1 or (own is not None and own == size) for own, size in pairs)


def _require_broadcast(name: str, shape: tf.TensorShape, to: tf.TensorShape) -> None:
    """Raise ValueError if it is known that broadcasting a shape to another one enlarges that."""
    try:
        fits = tf.broadcast_static_shape(shape, to).is_compatible_with(to)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{name} must broadcast to the shape of x, {to}, got {shape}")
