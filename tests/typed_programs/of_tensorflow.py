"""What a user writes who trains a network with TensorFlow."""

import tensorflow as tf

import selu_sym
import selu_sym.tensorflow as st
from selu_sym import SeluParameters

p: SeluParameters[float] = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")


def block(x: tf.Tensor, training: bool) -> tf.Tensor:
    y = st.alpha_dropout(st.selu(x, p), 0.1, p, noise_shape=(None, 1), seed=1, training=training)
    return y + st.selu(2.0 * x)


def ragged(x: tf.RaggedTensor) -> tf.RaggedTensor:
    return st.alpha_dropout(st.selu(x), 0.1, training=True)


def product(p: st.SeluTensors[tf.Tensor]) -> tf.Tensor:
    alpha, scale = p
    return alpha * scale + p.saturation + p[0] * float(len(p))


def shaped(x: tf.Tensor) -> tf.Tensor:
    q = selu_sym.shape_for_depth("relu", 48)
    return st.alpha_dropout(st.transformed(x, q, name="shaped"), 0.1, q, training=True)


x: tf.Tensor = tf.constant([[-1.0, 0.5], [2.0, -3.0]])
print(block(x, training=True).shape, st.selu([1.0, -1.0]).dtype)
mean, variance = tf.Variable(tf.constant(-0.1)), tf.Variable(tf.constant(2.0))
trained = st.selu_parameters(mean, variance, weights="iid")
print(product(trained).shape, st.selu(x, trained).shape, shaped(x).shape)
st.set_jit_compile(None)
