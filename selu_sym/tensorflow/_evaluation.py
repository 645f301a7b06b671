"""How the ops' elementwise functions are evaluated: by what is fastest where they are called.

* In a graph, as plain operations. Where the tensor is large, they are marked for XLA, which
  compiles them into one loop when the graph runs, once for each shape: after many shapes, which
  are lengths that vary, no further one is marked. A mark is an attribute: gradients of control
  flow, ONNX, TFLite and a TensorFlow without XLA see the same plain operations.
* Eagerly, as one call of a function that was traced once for all shapes: one dispatch, not one
  an operation. What comes often enough in one large shape is compiled with XLA.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any

import tensorflow as tf

try:  # TensorFlow's public way to the same, tf.custom_gradient, takes ten times as long
    from tensorflow.python.eager import record as _record
except ImportError:  # pragma: no cover - depends on the version of TensorFlow
    _record = None

LARGE = 2**16
"""Elements from which on one loop beats several passes over memory."""

REPAID = 2**26
"""Elements in tensors of one shape after which compiling it, some 50 ms, has been worth it."""

MOST_SHAPES = 1024
"""Shapes whose elements are counted before the count starts anew."""

MOST_MARKED = 16
"""Shapes that a function is marked for XLA in, in graphs."""

jit_compile: bool | None = None
"""What :func:`selu_sym.tensorflow.set_jit_compile` says."""


class Fused:
    """A function of tensors, elementwise in the first, evaluated as the module says.

    Keyword arguments are no tensors but what tells one traced function from another.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.plain = function
        self._traced: dict[Any, Any] = {}
        self._elements: Counter[Any] = Counter()
        self._marked: set[Any] = set()

    def __call__(self, *tensors: Any, **static: Any) -> Any:
        """Return the value, in such a way that a gradient tape sees plain operations."""
        if not tf.executing_eagerly():
            return self.in_graph(*tensors, **static)
        if _is_recorded():
            return self.plain(*tensors, **static)  # a traced function has no gradient of its own
        return self.eagerly(*tensors, **static)

    def in_graph(self, *tensors: Any, **static: Any) -> Any:
        """Return the value as operations of the graph that is being built."""
        if not (self._is_to_be_marked(tensors[0]) if jit_compile is None else jit_compile):
            return self.plain(*tensors, **static)
        with tf.xla.experimental.jit_scope():
            return self.plain(*tensors, **static)

    def eagerly(self, *tensors: Any, **static: Any) -> Any:
        """Return the value, of which no tape learns how it was made."""
        x = tensors[0]
        size = x.shape.num_elements()
        large = size >= LARGE if jit_compile is None else jit_compile
        compiled = large and (jit_compile or self._is_repaid(x, size)) and _xla_works()
        # x tells the dtypes of all others
        key = (x.dtype.as_datatype_enum, compiled, len(tensors), *static.values())
        traced = self._traced.get(key) or self._trace(key, tensors, static)
        return tf.raw_ops.PartitionedCall(args=tensors, Tout=[x.dtype], f=traced)[0]

    def _trace(self, key: Any, tensors: tuple[Any, ...], static: dict[str, Any]) -> Any:
        """Keep and return the function of tensors of any shapes; XLA compiles it for each."""
        compiled = key[1]
        signature = [tf.TensorSpec(None, tensor.dtype) for tensor in tensors]
        function = functools.partial(self.plain, **static)
        traced = _concrete(function, signature, jit_compile=compiled)
        if compiled:  # called through another one, it takes a quarter of the time
            traced = _concrete(traced, signature)
        self._traced[key] = traced
        return traced

    def _is_to_be_marked(self, x: Any) -> bool:
        if (x.shape.num_elements() or 0) < LARGE:
            return False
        key = (x.dtype, tuple(x.shape))
        if len(self._marked) < MOST_MARKED:
            self._marked.add(key)
        return key in self._marked

    def _is_repaid(self, x: Any, size: int) -> bool:
        if len(self._elements) >= MOST_SHAPES:
            self._elements.clear()
        key = (x.dtype, tuple(x.shape))
        self._elements[key] += size
        return self._elements[key] > REPAID


def _concrete(function: Callable[..., Any], signature: list[Any], **options: Any) -> Any:
    return tf.function(function, autograph=False, **options).get_concrete_function(*signature)


def differentiable(
    function: Fused, gradient: Callable[..., Any], x: Any, *others: Any, **static: Any
) -> Any:
    """Return y = function(x, *others), with gradient(dy, y, *others) as its gradient by x.

    The gradient is a function of the op's own output, so that derivatives of any order come
    through here again.
    """
    if not tf.executing_eagerly():
        return _custom_gradient(function.in_graph, gradient, x, *others, **static)
    if not _is_recorded():
        return function.eagerly(x, *others, **static)
    if _record is None:  # a tape keeps the steps between, too
        return _custom_gradient(function.plain, gradient, x, *others, **static)
    with _record.stop_recording():
        y = function.eagerly(x, *others, **static)
    _record.record_operation("Selu", [y], [x], lambda dy: [gradient(dy, y, *others, **static)])
    return y


def _custom_gradient(
    function: Callable[..., Any], gradient: Callable[..., Any], x: Any, *others: Any, **static: Any
) -> Any:
    """Do as :func:`differentiable`."""
    output: list[Any] = []

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def op(x: Any) -> tuple[Any, Callable[[Any], Any]]:
        # forward mode asks for the gradient before op returns
        output.append(function(x, *others, **static))
        return output[0], lambda dy: gradient(dy, output[-1], *others, **static)

    output.append(op(x))
    return output[-1]


def _is_recorded() -> bool:
    """Say whether a gradient tape or a forward accumulator may be watching."""
    return _record is None or bool(_record.could_possibly_record())


@functools.cache
def _xla_works() -> bool:
    """Say whether this build of TensorFlow can compile with XLA: not all of them can."""
    try:
        with tf.init_scope():
            tf.function(tf.identity, jit_compile=True, autograph=False)(tf.constant(0.0))
    except (tf.errors.OpError, ValueError, RuntimeError):
        return False
    return True
