"""Activations and alpha dropout on Keras's TensorFlow backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

import selu_sym.tensorflow
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors
from selu_sym._transformed import TransformedActivation
from selu_sym.keras import _trained

selu = selu_sym.tensorflow.selu
transformed = selu_sym.tensorflow.transformed

trained = _trained
activation_modules = (tf.nn,)


def recording() -> tf.GradientTape:
    """Return a tape, which records what follows from tensors that it is told to watch."""
    return tf.GradientTape(watch_accessed_variables=False)


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
    floating = keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))
    return keras.ops.convert_to_tensor(x) if floating else None


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
