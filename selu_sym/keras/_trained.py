"""Fixed points that are trained: variables of a layer, kept where a SELU exists.

They need Keras's TensorFlow backend.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from selu_sym._numeric.weights import Weights
from selu_sym._tensors import SeluTensors
from selu_sym.tensorflow import selu_parameters
from selu_sym.tensorflow._parameters import RULE

SMALLEST, LARGEST = 1e-4, 1e4
"""Variances between which a trained fixed point is kept."""

SHARES = 101
"""Shares of a mean, from 1 down to 0, of which the first with a solution is kept."""

MARGIN = 1.01
"""A mean is kept if there is a solution for this multiple of it, too."""


def trained_parameters(
    mean: keras.Variable, variance: keras.Variable, weights: Weights
) -> SeluTensors[tf.Tensor]:
    """Return the SELU of a fixed point that is variables, as tensors."""
    return selu_parameters(mean.value, variance.value, weights=weights)


def clipped_variance(variance: keras.Variable) -> keras.KerasTensor:
    """Return a variance that the net input's follows from as float64 can hold it."""
    return keras.ops.clip(variance, SMALLEST, LARGEST)


def solvable_mean(mean: keras.Variable, variance: keras.Variable, weights: Weights) -> tf.Tensor:
    """Return the mean, moved to 0 as far as it must be for a SELU to exist."""
    mean, variance = tf.convert_to_tensor(mean), tf.cast(variance.value, tf.float64)
    shares = tf.linspace(tf.constant(1, tf.float64), 0, SHARES)
    means = MARGIN * shares * tf.cast(mean, tf.float64)
    exists = RULE.exists(means, variance + tf.zeros_like(means), weights)
    first = tf.argmax(tf.cast(exists, tf.int32))  # the first of equal numbers
    return tf.cast(shares[first], mean.dtype) * mean
