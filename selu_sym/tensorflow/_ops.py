"""The SELU and alpha dropout as TensorFlow ops."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from selu_sym._generated import tensorflow_kernels as kernels
from selu_sym._numeric import validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import Weights
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors, arguments, random_bits
from selu_sym._tensors.by_rule import require_solutions
from selu_sym._tensors.dropout import dropout_constants, rounded_to, threshold
from selu_sym.tensorflow import _evaluation, _parameters
from selu_sym.tensorflow._evaluation import Fused, differentiable


def set_jit_compile(enabled: bool | None) -> None:
    """Say whether the ops are compiled with XLA where they are called from now on.

    Parameters
    ----------
    enabled : bool or None
        True and False: always and never. None, which is how it starts: tensors of 2**16
        elements or more whose shape is known, eagerly once 2**26 elements came in tensors of the
        shape, if this build of TensorFlow can.

    Notes
    -----
    The results are the same to rounding, and the dropout's mask is the same to the bit.
    Without XLA the ops are several passes over memory each, but a new shape costs nothing, and with
    it some 50 ms. So in graphs None stands for the first 16 large shapes that an op meets, in
    which a ``tf.function`` is traced again for each; one with ``reduce_retracing=True`` does not
    know the shape, and so nothing is compiled.

    Examples
    --------
    >>> set_jit_compile(False)
    >>> set_jit_compile(None)
    """
    if enabled not in (True, False, None):
        raise ValueError(f"enabled must be True, False or None, got {enabled!r}")
    _evaluation.jit_compile = enabled


def selu_parameters(mean: Any, variance: Any, *, weights: Weights) -> SeluTensors[tf.Tensor]:
    r"""Return the SELU with the fixed point (mean, variance), as tensors with derivatives.

    It is that of :func:`selu_sym.selu_parameters`, and what :func:`selu` and
    :func:`alpha_dropout` take as p, so that a fixed point can be trained.

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
        Eagerly, if no alpha > 0 and scale > 0 exist. In a graph they are NaN there.
    ValueError
        Eagerly, if the net input's mean is beyond 8 deviations from 0 or its variance beyond
        1e±8, and for NaN. In a graph alpha and scale are NaN there. And if the weight model is
        unknown.
    TypeError
        If a value is not of a floating-point dtype, or the dtypes differ.

    Notes
    -----
    It is computed in float64: alpha and scale are within 1e-13 of the truth, times their condition
    numbers (:meth:`~selu_sym.SeluParameters.condition_numbers`) where these exceed 1, and then
    rounded to the dtype. So are the first and the second derivatives by mean and variance, which
    are formulas of the moments, and derivatives of any order exist. Eagerly, in graphs and
    compiled by XLA.

    Source: ``derivations.quadrature`` (moments), ``derivations.fixed_point``,
    ``derivations.sensitivity`` (derivatives).

    Examples
    --------
    >>> mean, variance = tf.Variable(-0.1), tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     alpha, scale = selu_parameters(mean, variance, weights="iid")
    >>> print(f"{alpha:.6f} {scale:.6f} {tape.gradient(alpha, variance):.6f}")
    2.329997 0.979819 0.204053
    """
    mean, variance = _fixed_point_tensors(mean, variance)
    model = weight_models.checked(weights)
    wide_mean, wide_variance = (tf.cast(x, tf.float64) for x in (mean, variance))
    alpha, scale, gap = _parameters.solved(wide_mean, wide_variance, model)
    if tf.executing_eagerly():
        require_solutions(wide_mean.numpy(), wide_variance.numpy(), gap.numpy(), model)
    return SeluTensors(tf.cast(alpha, mean.dtype), tf.cast(scale, mean.dtype), mean, variance)


def selu(
    x: Any, p: SeluParameters | SeluTensors[tf.Tensor] | None = None, *, name: str | None = None
) -> Any:
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
        parameters broadcast to the shape of x, for a fixed point of each unit, say. From
        :func:`selu_parameters` of this module, to be trained.
    name : str, optional
        Of the name scope.

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
    s = -lambda alpha rounded to the dtype. So e^x - 1 does not cancel, as it does in
    ``tf.nn.selu``, of which no digit is right for x near -1e-8. Numbers below twice the
    smallest normal one count as zero, as TensorFlow takes subnormal numbers. NaN gives NaN,
    and the output ends at s exactly.

    The gradient is computed from the output alone, lambda or y - s, and so its error is that
    of y: within 8 roundoffs times lambda alpha. At 0 it is lambda alpha. Gradients of any
    order are finite for every finite or infinite x. Second derivatives of examples that
    ``tf.vectorized_map`` goes through need their tapes inside of the mapped function: around the
    map, TensorFlow differentiates the operations of which it is made, and softsign only once.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> print(selu(tf.constant([-1.0, 0.0, 1.0])).numpy().round(6))
    [-1.111331  0.        1.050701]
    """
    if tf.executing_eagerly() and not isinstance(x, tf.RaggedTensor):
        return _selu_of_tensor(x, p)  # at once: each microsecond is some percent
    return _selu_in_scope(x, p, name)


selu.__name__ = "selu_sym>selu"
"""By this name Keras saves it as an activation. As "selu" it would come back as Keras's own."""


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def alpha_dropout(
    x: Any,
    rate: Any,
    p: SeluParameters | SeluTensors[tf.Tensor] | None = None,
    *,
    noise_shape: Any = None,
    seed: Any = None,
    training: Any = False,
    name: str | None = None,
) -> Any:
    r"""Return a tensor after alpha dropout, which keeps the mean and variance of p.

    Each unit is kept with probability 1 - rate, or set to the SELU's saturation value s;
    then a x + b restores mean and variance, with
    (a, b) = :meth:`~selu_sym.SeluParameters.dropout_affine`. Dropped units become a s + b
    rounded to the dtype, and a and b take that rounding into account, so that mean and
    variance hold in bfloat16, too.

    Parameters
    ----------
    x : tensor, or what converts to one
        The activations, of any shape and dtype float16, bfloat16, float32 or float64.
    rate : float, or a scalar tensor
        Probability in [0, 1) that a unit is dropped.
    p : SeluParameters or SeluTensors, optional
        From :func:`selu_sym.selu_parameters`; by default the paper's, for (0, 1). Arrays of
        parameters broadcast to the shape of x. From :func:`selu_parameters` of this module, to be
        trained; then mean and variance hold to the rounding of the dropped units.
    noise_shape : sequence of int or None, or a tensor of one dimension, optional
        Shape of the mask, which broadcasts to that of x. None stands for the size of x
        there: with (None, 1, None), all time steps of a (batch, time, units) tensor share
        a mask. By default the shape of x.
    seed : int, or a pair of them, or a tensor of two, optional
        The same seed gives the same mask in every call: eager, in graphs, with and without
        XLA, and on every device. By default each call draws a new one, which
        ``tf.random.set_seed`` controls.
    training : bool, or a scalar bool tensor
        Whether to drop units. Without it x itself is returned, and also at rate 0.
    name : str, optional
        Of the name scope.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not of a floating-point dtype, p is neither SeluParameters nor SeluTensors, or
        another argument is of the wrong kind.
    ValueError
        If rate is outside [0, 1), or noise_shape does not broadcast to the shape of x.
    tf.errors.InvalidArgumentError
        If the value of a rate that is a tensor in a graph is outside [0, 1). (XLA leaves
        such assertions out where it compiles the caller.)

    Notes
    -----
    A unit is dropped with probability round(2**32 rate)/2**32. The random bits are a keyed
    hash of the unit's position, computed where they are needed: neither they nor the mask
    are kept in memory, not for the gradient, either. A tensor may have at most 2**32 units.

    The gradient is a for the units that were kept and 0 for the others, and exact to
    rounding; values that were dropped may be infinite or NaN.

    Source: ``derivations.dropout``, ``derivations.activation``; Klambauer et al. 2017
    (arXiv 1706.02515), "New Dropout Technique".

    Examples
    --------
    >>> x = tf.constant([1.0, 2.0, 3.0, 4.0])
    >>> print(alpha_dropout(x, rate=0.5, seed=2, training=True).numpy().round(4))
    [-0.7792 -0.7792  3.4384 -0.7792]
    """
    if isinstance(x, tf.RaggedTensor):
        _require_inner(p, x)
        if noise_shape is not None:
            raise ValueError(f"noise_shape must be None for a RaggedTensor, got {noise_shape!r}")
        flat = alpha_dropout(x.flat_values, rate, p, seed=seed, training=training, name=name)
        return x.with_flat_values(flat)
    with tf.name_scope(name or "alpha_dropout"):
        x = _floating_tensor(x)
        p = _checked_parameters(p, x)
        rate = _checked_rate(rate)
        noise_shape = _checked_noise_shape(noise_shape, x)
        seed = None if seed is None else _checked_seed(seed)
        training = _checked_training(training)
        if training is False or (isinstance(rate, float) and rate == 0):
            return x

        def dropped() -> Any:
            key = _new_seed() if seed is None else seed
            constants = _constants(x, *_affine(p, rate, x.dtype))
            shape, sizes = ([noise_shape], None) if tf.is_tensor(noise_shape) else ([], noise_shape)
            tensors = (x, key, _threshold(rate), *constants, *shape)
            if isinstance(p, SeluTensors):
                y = _alpha_dropout.plain(*tensors, sizes=sizes)
            else:
                op = (_alpha_dropout, _alpha_dropout_gradient)
                y = differentiable(*op, *tensors, sizes=sizes)
            return _with_shape(y, x, *_array_shapes(p), *_static_shapes(noise_shape))

        if training is True:
            return dropped()
        return _with_shape(tf.cond(training, dropped, lambda: x), x)


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def _selu_in_scope(x: Any, p: Any, name: str | None) -> Any:
    """Return the SELU of a tensor in a graph, or of a ragged one."""
    if isinstance(x, tf.RaggedTensor):
        _require_inner(p, x)
        return x.with_flat_values(selu(x.flat_values, p, name=name))
    with tf.name_scope(name or "selu"):
        return _selu_of_tensor(x, p)


def _selu_of_tensor(x: Any, p: Any) -> Any:
    """Return the SELU of what converts to a tensor."""
    x = _floating_tensor(x)
    p = _checked_parameters(p, x)
    if isinstance(p, SeluTensors):
        y = _selu_to_train(x, *_constants(x, p.scale, p.saturation))
    else:
        constants = _constants(x, p.scale, _rounded(p.saturation, x.dtype))
        y = differentiable(_selu, _selu_gradient, x, *constants)
    return _with_shape(y, x, *_array_shapes(p))


@Fused
def _selu(x: Any, scale: Any, saturation: Any) -> Any:
    """Return the SELU, computed in the dtype of the parameters."""
    return tf.cast(kernels.selu(tf.cast(x, scale.dtype), scale, saturation), x.dtype)


@Fused
def _selu_gradient(dy: Any, y: Any, scale: Any, saturation: Any) -> Any:
    """Return dy times the SELU's derivative, from its output y."""
    dy, wide_y = (tf.cast(value, scale.dtype) for value in (dy, y))
    return tf.cast(kernels.selu_gradient(dy, wide_y, scale, saturation), y.dtype)


def _selu_to_train(x: Any, scale: Any, saturation: Any) -> Any:
    """Do as :func:`_selu`, with gradients by the parameters, too, from the output alone."""
    output: list[Any] = []

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def op(x: Any, scale: Any, saturation: Any) -> tuple[Any, Any]:
        inputs = (x, scale, saturation)
        if tf.executing_eagerly():  # a tape is not to keep the steps between
            output.append(_selu.eagerly(*map(tf.stop_gradient, inputs)))
        else:
            output.append(_selu.in_graph(*inputs))

        def gradient(dy: Any) -> tuple[Any, Any, Any]:
            y = output[-1]
            wide = (tf.cast(dy, scale.dtype), tf.cast(y, scale.dtype))
            by_unit = kernels.selu_parameter_gradients(*wide, scale, saturation)
            sums = map(_summed_to, by_unit, (scale, saturation))
            return _selu_gradient(dy, y, scale, saturation), *sums

        return output[0], gradient

    output.append(op(x, scale, saturation))
    return output[-1]


def _summed_to(value: Any, other: Any) -> Any:
    """Return the sum over the dimensions along which another tensor was broadcast."""
    axes = tf.raw_ops.BroadcastGradientArgs(s0=tf.shape(other), s1=tf.shape(value))[0]
    return tf.reshape(tf.reduce_sum(value, axes), tf.shape(other))


@Fused
def _alpha_dropout(
    x: Any, seed: Any, threshold: Any, a: Any, b: Any, d: Any, shape: Any = None, sizes: Any = None
) -> Any:
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
    dy: Any, _: Any, seed: Any, threshold: Any, a: Any, b: Any, d: Any, *shape: Any, **sizes: Any
) -> Any:
    """Return a dy for the units that were kept: the dropout of dy, with b = d = 0."""
    (zero,) = _constants(dy, 0.0)
    others = (seed, threshold, a, zero, zero, *shape)
    return differentiable(_alpha_dropout, _alpha_dropout_gradient, dy, *others, **sizes)


def _affine(p: Any, rate: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """Return (a, b, d) in float64, as numbers, or as tensors where the rate or p is."""
    if isinstance(rate, float) and isinstance(p, SeluParameters):
        return _affine_numbers(p, rate, dtype)
    wide = SeluTensors(*(tf.cast(x, tf.float64) for x in (*p, p.mean, p.variance)))
    rate = tf.convert_to_tensor(rate, tf.float64)
    if isinstance(p, SeluTensors):  # the rounding has no derivative
        a, b = kernels.dropout_affine(wide.mean, wide.variance, wide.saturation, 1 - rate)
        return a, b, a * wide.saturation + b

    def rounded(value: Any) -> Any:
        return tf.cast(tf.cast(value, dtype), tf.float64)

    return dropout_constants(wide, rate, rounded, kernels, tf.where)


@functools.lru_cache
def _affine_numbers(p: SeluParameters, rate: float, dtype: Any) -> tuple[Any, ...]:
    """Return the same for a rate that is a number, as floats where p has floats."""
    values = dropout_constants(p, rate, rounded_to(dtype.as_numpy_dtype))
    return tuple(float(x) if isinstance(p.alpha, float) else x for x in values)


def _threshold(rate: Any) -> Any:
    """Return round(2**32 rate): a unit is dropped if its random bits are below it."""
    if isinstance(rate, float):
        return tf.constant(threshold(rate), tf.uint32)
    scaled = tf.minimum(tf.round(rate * 2.0**32), 2.0**32 - 1)
    return tf.cast(tf.cast(scaled, tf.int64), tf.uint32)


def _random_bits(shape: Any, key: Any) -> Any:
    """Return uniform uint32 numbers of a shape, given as an int64 tensor, for a key of two."""
    positions = tf.reshape(tf.cast(tf.range(tf.reduce_prod(shape)), tf.uint32), shape)

    def number(value: int) -> Any:
        return tf.constant(value, tf.uint32)

    def shifted(bits: Any, places: int) -> Any:
        return tf.bitwise.right_shift(bits, number(places))

    return random_bits.random_bits(positions, key, number, shifted)


def _new_seed() -> Any:
    """Draw a seed from TensorFlow's own stream, which ``tf.random.set_seed`` controls."""
    return tf.random.uniform([2], tf.int64.min, tf.int64.max, tf.int64)


def _key(seed: Any) -> Any:
    """Return the key of the random bits: neighbouring seeds give unrelated ones.

    It is the key that TensorFlow's own stateless ops start from, as two uint32 numbers.
    """
    key, _ = tf.raw_ops.StatelessRandomGetKeyCounter(seed=seed)
    return tf.bitcast(key, tf.uint32)[0]


def _constants(x: Any, *values: Any) -> Any:
    """Return floats, arrays or tensors, which are all of one kind, as x is computed in."""
    numbers = isinstance(values[0], float)
    if not numbers and tf.is_tensor(values[0]):  # which takes ten microseconds to answer
        return [tf.cast(value, _wide(x.dtype)) for value in values]
    if not tf.executing_eagerly():
        return [np.asarray(value, _wide(x.dtype).as_numpy_dtype) for value in values]
    if numbers:
        return _eager_constants(values, x.dtype, x.device)
    return [tf.constant(value, _wide(x.dtype)) for value in values]


@functools.lru_cache(maxsize=1024)
def _eager_constants(values: tuple[float, ...], dtype: Any, device: str) -> Any:
    """Do as :func:`_constants` for floats, once, where x is."""
    with tf.device(device):
        return [tf.constant(value, _wide(dtype)) for value in values]


@functools.cache
def _wide(dtype: Any) -> Any:
    """Return the dtype that tensors of a dtype are computed in."""
    return dtype if dtype.size >= tf.float32.size else tf.float32


def _rounded(value: Any, dtype: Any) -> Any:
    """Return a number or an array rounded to a dtype, in float64."""
    if dtype is tf.float32 or dtype is tf.float64:
        return value  # it will be
    rounded = rounded_to(dtype.as_numpy_dtype)(value)
    return rounded if rounded.ndim else float(rounded)


def _with_shape(y: Any, x: Any, *others: Any) -> Any:
    """Return y, of which it must have the shape of x, whatever of other shapes came into it."""
    if others and not all(_keeps(other, x.shape) for other in others):
        message = "what is broadcast to x (the arrays of p, noise_shape) enlarges it"
        check = tf.debugging.assert_equal(tf.shape(y), tf.shape(x), message)
        with tf.control_dependencies([check] if check is not None else []):
            y = tf.reshape(y, tf.shape(x))  # fails under XLA, too, which drops assertions
    if not tf.executing_eagerly():
        y.set_shape(x.shape)
    return y


def _keeps(shape: Any, to: Any) -> bool:
    """Say whether it is known that broadcasting to a shape leaves it as it is."""
    shape = tf.TensorShape(shape)
    if shape.rank is None or to.rank is None:
        return bool(shape.rank == 0)
    if shape.rank > to.rank:
        return False
    pairs = zip(reversed(shape.as_list()), reversed(to.as_list()), strict=False)
    return all(own == 1 or (own is not None and own == size) for own, size in pairs)


def _array_shapes(p: Any) -> list[Any]:
    """Return the shape of the arrays of parameters, if they are arrays."""
    return [] if isinstance(p.alpha, float) else [_shape_of(p)]


def _static_shapes(noise_shape: Any) -> list[Any]:
    """Return the shape of the mask, if it is not that of x: what is known of it."""
    if noise_shape is None:
        return []
    if isinstance(noise_shape, tuple):
        return [[1 if size is None else size for size in noise_shape]]  # None: as x, which fits
    return [tf.TensorShape(None)]


def _floating_tensor(x: Any) -> Any:
    if not isinstance(x, tf.Tensor):
        x = tf.convert_to_tensor(x)
    if not x.dtype.is_floating:
        raise TypeError(f"x must be of a floating-point dtype, got {x.dtype.name}")
    return x


def _fixed_point_tensors(mean: Any, variance: Any) -> list[Any]:
    """Return mean and variance as tensors of one floating-point dtype and shape."""
    dtypes = [tf.as_dtype(x.dtype) for x in (mean, variance) if hasattr(x, "dtype")]
    if len(set(dtypes)) > 1:
        raise TypeError(f"mean and variance must be of one dtype, got {dtypes[0]} and {dtypes[1]}")
    dtype = dtypes[0] if dtypes else tf.float32
    if not dtype.is_floating:
        raise TypeError(f"mean and variance must be of a floating-point dtype, got {dtype.name}")
    mean, variance = (tf.convert_to_tensor(x, dtype) for x in (mean, variance))
    return [mean + tf.zeros_like(variance), variance + tf.zeros_like(mean)]


def _checked_parameters(p: Any, x: Any) -> Any:
    """Return the parameters, the paper's if there are none, whose arrays broadcast to x."""
    p = arguments.parameters(p)
    if not isinstance(p.alpha, float):
        _require_broadcast("p (its arrays)", _shape_of(p), x.shape)
    return p


def _shape_of(p: Any) -> Any:
    return p.alpha.shape if isinstance(p, SeluTensors) else tf.TensorShape(np.shape(p.alpha))


def _require_inner(p: Any, x: Any) -> None:
    """Say if arrays of parameters would reach into the ragged dimensions of a tensor."""
    if p is not None and (_shape_of(p).rank or 0) >= (x.flat_values.shape.rank or 1):
        raise ValueError(
            "p (its arrays) must broadcast to the uniform inner dimensions of a RaggedTensor, "
            f"got shape {_shape_of(p)} for {x.shape}"
        )


def _checked_rate(rate: Any) -> Any:
    """Return the rate as a float, or as a scalar float64 tensor that is checked in its graph."""
    if not tf.is_tensor(rate):
        number = validation.rate(rate)
        if not isinstance(number, float):
            raise TypeError(f"rate must be a number or a scalar tensor, got {rate!r}")
        return number
    if not (rate.dtype.is_floating or rate.dtype.is_integer):
        raise TypeError(f"rate must be a real number, got a tensor of {rate.dtype.name}")
    if rate.shape.rank not in (0, None):
        raise ValueError(f"rate must be a scalar, got a tensor of shape {rate.shape}")
    value = tf.get_static_value(rate)
    if value is not None:
        return validation.rate(float(value))
    rate = tf.cast(rate, tf.float64)
    message = "rate must be in the interval [0, 1)"
    checks = [
        tf.debugging.assert_scalar(rate, "rate must be a scalar"),
        tf.debugging.assert_non_negative(rate, message),
        tf.debugging.assert_less(rate, tf.constant(1, tf.float64), message),
    ]
    with tf.control_dependencies([check for check in checks if check is not None]):
        return tf.identity(rate)


def _checked_noise_shape(noise_shape: Any, x: Any) -> Any:
    """Return the noise shape as a tuple of int and None, or as an int64 tensor."""
    if noise_shape is None:
        random_bits.require_distinct(x.shape, x.shape.num_elements() or 0)
        return None
    if isinstance(noise_shape, tf.TensorShape):
        noise_shape = noise_shape.as_list()
    static: Any = tf.get_static_value(noise_shape) if tf.is_tensor(noise_shape) else noise_shape
    if isinstance(static, np.ndarray | np.generic):
        static = static.tolist()
    if static is None or (
        isinstance(static, Sequence) and any(tf.is_tensor(size) for size in static)
    ):
        entries = noise_shape
        if static is not None:
            sizes = tf.shape(x, out_type=tf.int64)
            entries = [
                sizes[i] if size is None else tf.cast(size, tf.int64)
                for i, size in enumerate(static)
            ]
        return tf.cast(tf.convert_to_tensor(entries), tf.int64)
    static = validation.noise_shape(static)
    if None in static and x.shape.rank not in (len(static), None):
        raise ValueError(
            f"noise_shape with None must have as many entries as x has dimensions, "
            f"got {noise_shape!r} for shape {x.shape}"
        )
    _require_broadcast("noise_shape", tf.TensorShape(static), x.shape)
    return static


def _checked_seed(seed: Any) -> Any:
    """Return the seed as two integers in a tensor."""
    if isinstance(seed, int) and not isinstance(seed, bool):
        if not -(2**63) <= seed < 2**63:
            raise ValueError(f"seed must fit into 64 bits, got {seed}")
        seed = (seed, 0)
    tensor = tf.convert_to_tensor(seed)
    if not tensor.dtype.is_integer or not tensor.shape.is_compatible_with([2]):
        raise TypeError(f"seed must be an integer, or two of them, got {seed!r}")
    return tf.cast(tensor, tf.int64)


def _checked_training(training: Any) -> Any:
    """Return True, False, or a scalar bool tensor whose value is not known yet."""
    value = tf.get_static_value(training) if tf.is_tensor(training) else training
    if value is None and tf.is_tensor(training):
        if training.dtype != tf.bool or training.shape.rank not in (0, None):
            raise TypeError(f"training must be a bool or a scalar bool tensor, got {training!r}")
        return training
    if value not in (True, False):
        raise TypeError(f"training must be a bool or a scalar bool tensor, got {training!r}")
    return bool(value)


def _require_broadcast(name: str, shape: Any, to: Any) -> None:
    """Say if it is known that a shape does not broadcast to another without changing it."""
    try:
        fits = tf.broadcast_static_shape(shape, to).is_compatible_with(to)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{name} must broadcast to the shape of x, {to}, got {shape}")
