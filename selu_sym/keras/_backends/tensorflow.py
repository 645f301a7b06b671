"""Activations and alpha dropout on Keras's TensorFlow backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

import selu_sym.tensorflow
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors
from selu_sym._transformed import TransformedActivation
from selu_sym.keras import _trained
from selu_sym.keras._backends import tensor_if_floating

selu = selu_sym.tensorflow.selu
transformed = selu_sym.tensorflow.transformed

trained = _trained
activation_modules = (tf.nn,)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _marked(x: tf.Tensor, mark: tf.Tensor) -> tuple[tf.Tensor, Callable[..., object]]:
    """Return x; the gradient with respect to the mark is the squared norm of that to x."""

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return upstream, 2 * tf.nn.l2_loss(tf.cast(upstream, mark.dtype))

    return x, gradient


class _Norms:
    """Marks tensors: the squared norms of their gradients are gradients of scalars."""

    def __init__(self, tape: tf.GradientTape) -> None:
        self._tape = tape
        self._marks: list[tf.Tensor] = []

    def through(self, tensor: tf.Tensor) -> tf.Tensor:
        """Return a tensor of the same values."""
        self._marks.append(tf.identity(tf.zeros((), tf.float64)))
        self._tape.watch(self._marks[-1])
        return _marked(tensor, self._marks[-1])

    def squared_norms(self, losses: list[tf.Tensor]) -> list[float]:
        """Return the squared norms of the gradients."""
        found = self._tape.gradient(losses, self._marks)
        return [0.0 if norm is None else float(norm) for norm in found]


@contextmanager
def recording() -> Iterator[_Norms]:
    """Have TensorFlow record what follows from tensors that are marked."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        yield _Norms(tape)


@contextmanager
def unchanged_generator() -> Iterator[None]:
    """Restore TensorFlow's global generators afterwards."""
    from tensorflow.python.eager import context  # noqa: PLC0415 - nothing public has its state

    eager = context.context()
    state = eager._rng.getstate() if hasattr(eager, "_rng") else None
    made = tf.random.experimental.get_global_generator()
    before = tf.identity(made.state)
    try:
        yield
    finally:
        made.state.assign(before)
        if state is not None and eager._rng.getstate() != state:
            eager._rng.setstate(state)
            eager.clear_kernel_cache()  # a kernel counts what it has drawn


def if_floating(x: tf.Tensor) -> tf.Tensor | None:
    """Return x as a tensor if it is of a floating-point dtype, and None if it is not."""
    if isinstance(x, tf.Tensor):  # as nearly always, and seen in a microsecond
        return x if x.dtype.is_floating else None
    return tensor_if_floating(x)


def alpha_dropout(
    x: tf.Tensor,
    rate: float,
    p: SeluParameters[float] | SeluTensors[tf.Tensor] | TransformedActivation[float],
    noise_shape: tuple[int | None, ...] | None,
    seeds: keras.random.SeedGenerator,
) -> tf.Tensor:
    """Return a floating-point tensor after alpha dropout, with a seed of a generator."""
    seed = _of_replica(seeds.next())
    return selu_sym.tensorflow.alpha_dropout(
        x, rate, p, noise_shape=noise_shape, seed=seed, training=True
    )


def _of_replica(seed: tf.Tensor) -> tf.Tensor:
    """Return a seed that differs between the replicas of ``tf.distribute``.

    Each replica has its copy of the seed generator, in the same state.
    """
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return seed
    return tf.random.experimental.stateless_fold_in(seed, replica.replica_id_in_sync_group)
