"""Mistakes in a user's program for TensorFlow, each of which a checker sees."""

import tensorflow as tf

import selu_sym.tensorflow as st


def mean(x: tf.Tensor) -> float:
    return st.selu(x)  # mistake


st.selu(tf.constant([1.0]), 1.67)  # mistake
st.alpha_dropout(tf.constant([1.0]), 0.1, trainig=True)  # mistake
st.transformed(tf.constant([1.0]), "gelu")  # mistake
print(st.selu_parameters(0.0, 1.0, weights="idd"))  # mistake
print(st.selu_parameters(0.0, 1.0, weights="iid").alhpa)  # mistake
