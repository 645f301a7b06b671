"""How the ops' elementwise functions are evaluated: by what is fastest where they are called.

* In a graph, as plain operations. Where the tensor is large, they are marked for XLA, which
  compiles them into one loop when the graph runs. A mark is an attribute: gradients of control
  flow, ONNX, TFLite and a TensorFlow without XLA see the same plain operations.
* Eagerly, as one call of a function that was traced once for all shapes: one dispatch, not one
  an operation. A large tensor whose shape comes again and again is compiled with XLA.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any

import tensorflow as tf

try:  # TensorFlow has no public way to ask; without it, the slower way is right, too
    from tensorflow.python.eager.record import could_possibly_record as _records
except ImportError:  # pragma: no cover - depends on the version of TensorFlow

    def _records() -> bool:
        return True


LARGE = 2**16
"""Elements from which on one loop beats several passes over memory."""

REPEATS = 8
"""Eager calls of a shape after which it is compiled, which takes some 50 ms."""

MOST_SHAPES = 1024
"""Shapes that are counted before the count starts anew."""

jit_compile: bool | None = None
"""What :func:`selu_sym.tensorflow.set_jit_compile` says."""


class Fused:
    """A function of tensors, elementwise in the first, evaluated as the module says."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._plain = function
        self._compiled = tf.function(function, jit_compile=True, autograph=False)
        self._traced = functools.cache(self._trace)
        self._calls: Counter[Any] = Counter()

    def __call__(self, *tensors: Any) -> Any:
        x = tensors[0]
        large = _large(x) if jit_compile is None else jit_compile
        if not tf.executing_eagerly():
            if not large:
                return self._plain(*tensors)
            with tf.xla.experimental.jit_scope():
                return self._plain(*tensors)
        if large and (jit_compile or self._comes_again(x)) and _xla_works():
            return self._compiled(*tensors)
        if is_recorded():
            return self._plain(*tensors)  # a traced function has no gradient of its own
        tensors = tuple(tf.convert_to_tensor(tensor) for tensor in tensors)
        traced = self._traced(tuple(tensor.dtype for tensor in tensors))
        return tf.raw_ops.PartitionedCall(args=tensors, Tout=[x.dtype], f=traced)[0]

    def _trace(self, dtypes: tuple[Any, ...]) -> Any:
        signature = [tf.TensorSpec(None, dtype) for dtype in dtypes]
        return tf.function(self._plain, autograph=False).get_concrete_function(*signature)

    def _comes_again(self, x: Any) -> bool:
        if len(self._calls) >= MOST_SHAPES:
            self._calls.clear()
        key = (x.dtype, tuple(x.shape))
        self._calls[key] += 1
        return self._calls[key] > REPEATS


def differentiable(
    evaluate: Callable[[Any], Any], gradient: Callable[[Any, Any], Any], x: Any
) -> Any:
    """Return y = evaluate(x), with gradient(dy, y) as its gradient.

    The gradient is a function of the op's own output, so that derivatives of any order come
    through here again.
    """
    if tf.executing_eagerly() and not is_recorded():
        return evaluate(x)
    output: list[Any] = []

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def op(x: Any) -> tuple[Any, Callable[[Any], Any]]:
        if tf.executing_eagerly():
            x = tf.stop_gradient(x)  # else a tape keeps the steps between, too
        output.append(evaluate(x))  # forward mode asks for the gradient before op returns
        return output[0], lambda dy: gradient(dy, output[-1])

    output.append(op(x))
    return output[-1]


def is_recorded() -> bool:
    """Say whether a gradient tape or a forward accumulator may be watching."""
    return bool(_records())


def _large(x: Any) -> bool:
    return (x.shape.num_elements() or 0) >= LARGE


@functools.cache
def _xla_works() -> bool:
    """Say whether this build of TensorFlow can compile with XLA: not all of them can."""
    try:
        with tf.init_scope():
            tf.function(tf.identity, jit_compile=True, autograph=False)(tf.constant(0.0))
    except (tf.errors.OpError, ValueError, RuntimeError):
        return False
    return True
