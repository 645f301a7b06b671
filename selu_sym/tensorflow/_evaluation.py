"""How the ops' elementwise functions are evaluated: by what is fastest where they are called.

* In a graph, as plain operations. Large tensors' operations are marked for XLA, which compiles them
  into one loop when the graph runs, once for each shape: after many shapes, as of lengths that
  vary, no further one is marked. A mark is an attribute: gradients of control flow, ONNX, TFLite
  and a TensorFlow without XLA see the same plain operations.
* Eagerly, as one call of a function that was traced once for all shapes: one dispatch, and not one
  for each operation. It is compiled with XLA once enough large tensors of one shape have come.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar, cast

import numpy as np
import tensorflow as tf

from selu_sym._numeric.validation import FloatArray, Values

try:  # TensorFlow's public way to the same, tf.custom_gradient, takes ten times as long
    from tensorflow.python.eager import record as _record
except ImportError:  # pragma: no cover - depends on the version of TensorFlow
    _record = None

LARGE = 2**16
"""Elements from which on one loop beats several passes over memory."""

REPAID = 2**26
"""Elements in tensors of one shape after which compiling it, some 50 ms, has been worth it."""

MOST_COUNTED = 1024
"""Shapes whose elements are counted before the count starts anew."""

MOST_MARKED = 16
"""Shapes that a function is marked for XLA in, in graphs."""

Number: TypeAlias = "Values | tf.Tensor"
"""A constant of an op: numbers, or what is differentiated."""

Operand: TypeAlias = "tf.Tensor | FloatArray"
"""What operations take: tensors, and in graphs arrays, of which they make constants."""

_jit_compile: bool | None = None
"""The choice of :func:`set_jit_compile`."""

_Outputs = TypeVar("_Outputs", bound="tf.Tensor | Sequence[tf.Tensor]")
_Decorated = TypeVar("_Decorated", bound=Callable[..., object])


def set_jit_compile(enabled: bool | None) -> None:
    """Choose whether the ops are compiled with XLA where they are called from now on.

    Parameters
    ----------
    enabled : bool or None
        True compiles always, False never. None, the default, compiles for tensors of 2**16
        elements or more whose shape is known; eagerly it does so once tensors of that shape have
        had 2**26 elements in total. None never compiles if this build of TensorFlow cannot.

    Notes
    -----
    The results agree up to rounding, and the dropout's mask is the same to the bit.
    Without XLA, each op takes several passes over memory, but a new shape costs nothing; with XLA
    it costs some 50 ms. So in graphs None compiles only for the first 16 large shapes that an op
    meets, if a ``tf.function`` is traced again for each. In a ``tf.function`` with
    ``reduce_retracing=True`` the shape is not known, and nothing is compiled.

    Source: ``benchmarks.tensorflow_ops`` measures both.

    Examples
    --------
    >>> set_jit_compile(False)
    >>> set_jit_compile(None)
    """
    if enabled not in (True, False, None):
        raise ValueError(f"enabled must be True, False or None, got {enabled!r}")
    global _jit_compile  # noqa: PLW0603 - it is the module's one setting
    _jit_compile = enabled


class Fused:
    """A function of tensors, elementwise in the first, evaluated as the module says.

    Keyword arguments are no tensors but what tells one traced function from another.
    """

    def __init__(self, function: Callable[..., tf.Tensor]) -> None:
        functools.update_wrapper(self, function)
        self.plain = function
        self._traced: dict[tuple[object, ...], Callable[..., tf.Tensor]] = {}
        self._elements: Counter[tuple[object, ...]] = Counter()
        self._marked: set[tuple[object, ...]] = set()

    def __call__(self, x: tf.Tensor, *others: Operand, **static: object) -> tf.Tensor:
        """Return the value, in such a way that a gradient tape sees plain operations."""
        if not tf.executing_eagerly():
            return self.in_graph(x, *others, **static)
        if _is_recorded():
            return self.plain(x, *others, **static)  # a traced function has no gradient of its own
        return self.eagerly(x, *others, **static)

    def in_graph(self, x: tf.Tensor, *others: Operand, **static: object) -> tf.Tensor:
        """Return the value as operations of the graph that is being built."""
        if not (self._is_to_be_marked(x) if _jit_compile is None else _jit_compile):
            return self.plain(x, *others, **static)
        with tf.xla.experimental.jit_scope():
            return self.plain(x, *others, **static)

    def eagerly(self, x: tf.Tensor, *others: Operand, **static: object) -> tf.Tensor:
        """Return the value, while a tape does not learn how it was made."""
        tensors = (x, *others)
        size = x.shape.num_elements()
        large = size >= LARGE if _jit_compile is None else _jit_compile
        compiled = large and (_jit_compile or self._is_repaid(x, size)) and _xla_works()
        # x tells the dtypes of all others
        key = (x.dtype.as_datatype_enum, compiled, len(tensors), *static.values())
        traced = self._traced.get(key) or self._trace(key, tensors, static)
        value: tf.Tensor = tf.raw_ops.PartitionedCall(args=tensors, Tout=[x.dtype], f=traced)[0]
        return value

    def unrecorded(self, x: tf.Tensor, *others: Operand, **static: object) -> tf.Tensor:
        """Return the value for an op that has a gradient of its own."""
        way = self.eagerly if tf.executing_eagerly() else self.in_graph
        return way(x, *others, **static)

    def _trace(
        self, key: tuple[object, ...], tensors: tuple[Operand, ...], static: dict[str, object]
    ) -> Callable[..., tf.Tensor]:
        """Keep and return the function of tensors of any shapes; XLA compiles it for each."""
        compiled = bool(key[1])
        signature = [tf.TensorSpec(None, tensor.dtype) for tensor in tensors]
        function = functools.partial(self.plain, **static)
        traced = _concrete(function, signature, jit_compile=compiled)
        if compiled:  # called through another one, it takes a quarter of the time
            traced = _concrete(traced, signature, jit_compile=None)
        self._traced[key] = traced
        return traced

    def _is_to_be_marked(self, x: tf.Tensor) -> bool:
        if (x.shape.num_elements() or 0) < LARGE:
            return False
        key = (x.dtype, tuple(x.shape))
        if len(self._marked) < MOST_MARKED:
            self._marked.add(key)
        return key in self._marked

    def _is_repaid(self, x: tf.Tensor, size: int) -> bool:
        if len(self._elements) >= MOST_COUNTED:
            self._elements.clear()
        key = (x.dtype, tuple(x.shape))
        self._elements[key] += size
        return self._elements[key] > REPAID


def _concrete(
    function: Callable[..., tf.Tensor], signature: list[tf.TensorSpec], jit_compile: bool | None
) -> Callable[..., tf.Tensor]:
    """Return a function as it is traced for tensors of a signature."""
    traced = tf.function(function, autograph=False, jit_compile=jit_compile)
    return cast("Callable[..., tf.Tensor]", traced.get_concrete_function(*signature))


def differentiable(
    function: Fused,
    gradient: Callable[..., tf.Tensor],
    x: tf.Tensor,
    *others: Operand,
    **static: object,
) -> tf.Tensor:
    """Return y = function(x, *others), with gradient(dy, y, *others) as its gradient in x.

    The gradient is a function of the op's own output, so that derivatives of any order come
    through here again.
    """
    if tf.executing_eagerly() and not _is_recorded():
        return function.eagerly(x, *others, **static)
    if tf.executing_eagerly() and _record is not None:
        with _record.stop_recording():
            y = function.eagerly(x, *others, **static)
        _record.record_operation("Selu", [y], [x], lambda dy: [gradient(dy, y, *others, **static)])
        return y

    def value(x: tf.Tensor) -> tf.Tensor:
        return function.unrecorded(x, *others, **static)

    def by_x(y: tf.Tensor, _: Sequence[tf.Tensor], dy: tf.Tensor) -> tf.Tensor:
        return gradient(dy, y, *others, **static)

    return with_gradient(value, by_x, [x])


def with_gradient(
    function: Callable[..., _Outputs],
    gradient: Callable[..., tf.Tensor | Sequence[tf.Tensor]],
    inputs: Sequence[Operand],
) -> _Outputs:
    """Return function(*inputs), with a gradient that is a function of these outputs.

    It is gradient(outputs, inputs, *upstream), for each of the inputs. The outputs that it takes
    are those of the op itself, so that it is differentiated through the op again.
    """
    outputs: list[_Outputs] = []

    def op(*inputs: tf.Tensor) -> tuple[_Outputs, Callable[..., object]]:
        seen = inputs
        if tf.executing_eagerly():  # a tape is not to keep the steps between
            seen = tuple(map(tf.stop_gradient, inputs))
        # forward mode asks for the gradient before op returns
        outputs.append(function(*seen))
        return outputs[0], lambda *upstream: gradient(outputs[-1], inputs, *upstream)

    outputs.append(tf.custom_gradient(op)(*inputs))
    return outputs[-1]


def without_autograph(function: _Decorated) -> _Decorated:
    """Return a function that TensorFlow calls as it is, and does not translate into a graph's."""
    return cast("_Decorated", tf.autograph.experimental.do_not_convert(function))


def constants(x: tf.Tensor, *values: Number) -> Sequence[Operand]:
    """Return floats, arrays or tensors, which are all of one kind, as x is computed in."""
    numbers = isinstance(values[0], float)
    if not numbers and tf.is_tensor(values[0]):  # which takes ten microseconds to answer
        return [tf.cast(value, computed_in(x.dtype)) for value in values]
    if not tf.executing_eagerly():
        return [np.asarray(value, computed_in(x.dtype).as_numpy_dtype) for value in values]
    if numbers:
        return _eager_constants(values, x.dtype, x.device)
    return [tf.constant(value, computed_in(x.dtype)) for value in values]


@functools.lru_cache(maxsize=1024)
def _eager_constants(values: tuple[Number, ...], dtype: tf.DType, device: str) -> list[tf.Tensor]:
    """Return floats as tensors where x is; the same ones each time."""
    with tf.device(device):
        return [tf.constant(value, computed_in(dtype)) for value in values]


@functools.cache
def computed_in(dtype: tf.DType) -> tf.DType:
    """Return the dtype that tensors of a dtype are computed in."""
    return dtype if dtype.size >= tf.float32.size else tf.float32


def _is_recorded() -> bool:
    """Return whether a gradient tape or a forward accumulator may be watching."""
    return _record is None or bool(_record.could_possibly_record())


@functools.cache
def _xla_works() -> bool:
    """Return whether this build of TensorFlow can compile with XLA: not all of them can."""
    try:
        with tf.init_scope():
            tf.function(tf.identity, jit_compile=True, autograph=False)(tf.constant(0.0))
    except (tf.errors.OpError, ValueError, RuntimeError):
        return False
    return True
