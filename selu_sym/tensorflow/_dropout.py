"""How alpha dropout is computed: its mask, by a hash that is not kept, and its constants."""

from __future__ import annotations

import functools

import tensorflow as tf

from selu_sym._generated import tensorflow_kernels as kernels
from selu_sym._numeric.validation import Values
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors, random_bits
from selu_sym._tensors.dropout import dropout_constants, rounded_to, threshold
from selu_sym._tensors.transformed import Kept
from selu_sym.tensorflow._arguments import FixedPoint
from selu_sym.tensorflow._evaluation import Fused, Number, constants, differentiable


def dropped(
    x: tf.Tensor,
    rate: float | tf.Tensor,
    p: FixedPoint,
    noise_shape: tuple[int | None, ...] | tf.Tensor | None,
    seed: tf.Tensor,
) -> tf.Tensor:
    """Return a tensor after alpha dropout, from arguments that are checked."""
    known = noise_shape is None or isinstance(noise_shape, tuple)
    sizes, shape = (noise_shape, []) if known else (None, [noise_shape])
    tensors = (x, seed, _threshold(rate), *constants(x, *_affine(p, rate, x.dtype)), *shape)
    if isinstance(p, SeluTensors):
        return _alpha_dropout.plain(*tensors, sizes=sizes)
    return differentiable(_alpha_dropout, _alpha_dropout_gradient, *tensors, sizes=sizes)


def new_seed() -> tf.Tensor:
    """Return a seed drawn from TensorFlow's own stream, which ``tf.random.set_seed`` controls."""
    return tf.random.uniform([2], tf.int64.min, tf.int64.max, tf.int64)


@Fused
def _alpha_dropout(
    x: tf.Tensor,
    seed: tf.Tensor,
    threshold: tf.Tensor,
    a: tf.Tensor,
    b: tf.Tensor,
    d: tf.Tensor,
    shape: tf.Tensor | None = None,
    sizes: tuple[int | None, ...] | None = None,
) -> tf.Tensor:
    """Return a x + b for the units that are kept, d for the others.

    The shape of the mask is a tensor or, without it, that of x, but for the sizes given.
    """
    if shape is None:
        shape = tf.shape(x, out_type=tf.int64)
    if sizes is not None:
        own = [shape[i] if size is None else size for i, size in enumerate(sizes)]
        shape = tf.cast(tf.stack(own), tf.int64)
    bits = _random_bits(shape, _key(seed))
    return tf.cast(kernels.alpha_dropout(tf.cast(x, a.dtype), bits, threshold, a, b, d), x.dtype)


def _alpha_dropout_gradient(
    dy: tf.Tensor,
    _: tf.Tensor,
    seed: tf.Tensor,
    threshold: tf.Tensor,
    a: tf.Tensor,
    b: tf.Tensor,
    d: tf.Tensor,
    *shape: tf.Tensor,
    **sizes: object,
) -> tf.Tensor:
    """Return a dy for the units that were kept: the dropout of dy, with b = d = 0."""
    (zero,) = constants(dy, 0.0)
    others = (seed, threshold, a, zero, zero, *shape)
    return differentiable(_alpha_dropout, _alpha_dropout_gradient, dy, *others, **sizes)


def _affine(p: FixedPoint, rate: float | tf.Tensor, dtype: tf.DType) -> tuple[Number, ...]:
    """Return (a, b, d) in float64, as numbers, or as tensors where the rate or p is."""
    if isinstance(rate, float) and not isinstance(p, SeluTensors):
        return _affine_numbers(p, rate, dtype)
    wide: SeluTensors[tf.Tensor] | Kept[tf.Tensor]
    if isinstance(p, Kept):
        wide = Kept(*(tf.constant(x, tf.float64) for x in (p.mean, p.variance, p.saturation)))
    else:
        wide = SeluTensors(*(tf.cast(x, tf.float64) for x in (*p, p.mean, p.variance)))
    rate = tf.convert_to_tensor(rate, tf.float64)
    if isinstance(p, SeluTensors):  # the rounding has no derivative
        a, b = kernels.dropout_affine(wide.mean, wide.variance, wide.saturation, 1 - rate)
        return a, b, a * wide.saturation + b

    def rounded(value: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.cast(value, dtype), tf.float64)

    return dropout_constants(wide, rate, rounded, kernels, tf.where)


@functools.lru_cache
def _affine_numbers(
    p: SeluParameters | Kept[float], rate: float, dtype: tf.DType
) -> tuple[Values, ...]:
    """Return (a, b, d) for a rate that is a number, as floats where p has floats."""
    values = dropout_constants(p, rate, rounded_to(dtype.as_numpy_dtype))
    return tuple(float(x) if isinstance(p.mean, float) else x for x in values)


def _threshold(rate: float | tf.Tensor) -> tf.Tensor:
    """Return round(2**32 rate): a unit is dropped if its random bits are below it."""
    if isinstance(rate, float):
        return tf.constant(threshold(rate), tf.uint32)
    scaled = tf.minimum(tf.round(rate * 2.0**32), 2.0**32 - 1)
    return tf.cast(tf.cast(scaled, tf.int64), tf.uint32)


def _random_bits(shape: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Return uniform uint32 numbers of a shape, given as an int64 tensor, for a key of two."""
    positions = tf.reshape(tf.cast(tf.range(tf.reduce_prod(shape)), tf.uint32), shape)

    def number(value: int) -> tf.Tensor:
        return tf.constant(value, tf.uint32)

    def shifted(bits: tf.Tensor, places: int) -> tf.Tensor:
        moved: tf.Tensor = tf.bitwise.right_shift(bits, number(places))
        return moved

    return random_bits.random_bits(positions, key, number, shifted)


def _key(seed: tf.Tensor) -> tf.Tensor:
    """Return the key of the random bits: neighbouring seeds give unrelated ones.

    It is the key that TensorFlow's own stateless ops start from, as two uint32 numbers.
    """
    key, _ = tf.raw_ops.StatelessRandomGetKeyCounter(seed=seed)
    words: tf.Tensor = tf.bitcast(key, tf.uint32)[0]
    return words
