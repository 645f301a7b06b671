"""The TensorFlow ops on every path on which a gradient can reach them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.tensorflow as st

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
Q = selu_sym.shape_for_depth("silu", 48)
X = np.array([[-3.0, -1.0, -0.0, 0.5, 2.0], [-20.0, -0.1, 0.0, 1e-3, 30.0]], np.float32)
RATE = 0.5


def selu(x):
    return st.selu(x, P)


def dropout(x):
    return st.alpha_dropout(x, RATE, P, seed=3, training=True)


def shaped(x):
    return st.transformed(x, Q)


def slope(op):
    """Return the derivative from the definition, or from the units that the mask keeps."""
    if op is shaped:
        z = Q.input_scale * X.astype(np.float64) + Q.input_shift
        logistic = 1 / (1 + np.exp(-z))
        return Q.scale * Q.input_scale * logistic * (1 + z * (1 - logistic))
    if op is selu:
        return np.where(X > 0, P.scale, P.scale * P.alpha * np.exp(np.minimum(X, 0)))
    a, b = P.dropout_affine(RATE)
    dropped = np.isclose(dropout(tf.constant(X)), a * P.saturation + b, rtol=1e-5)
    return np.where(dropped, 0, a)


def yes(x):
    return tf.reduce_sum(x) > -1e9


PATHS = {
    "cond": lambda op: lambda x: tf.cond(yes(x), lambda: op(x), lambda: x),
    "switch_case": lambda op: (
        lambda x: tf.switch_case(tf.cast(yes(x), tf.int32), [lambda: x, lambda: op(x)])
    ),
    "while_loop": lambda op: (
        lambda x: tf.nest.flatten(
            tf.while_loop(
                lambda i, _: i < 1, lambda i, v: (i + 1, op(v)), (0, x), maximum_iterations=1
            )
        )[-1]
    ),
    "keras_cond": lambda op: lambda x: keras.ops.cond(yes(x), lambda: op(x), lambda: x),
    "nested": lambda op: (
        lambda x: tf.cond(yes(x), lambda: tf.cond(yes(x), lambda: op(x), lambda: -x), lambda: x)
    ),
    "recompute_grad": tf.recompute_grad,
}
WAYS = {
    "eager": lambda f: f,
    "graph": tf.function,
    "xla": lambda f: tf.function(f, jit_compile=True),
}


@pytest.mark.parametrize("op", [selu, dropout, shaped])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
def test_gradient(path, way, op):
    function = path(op)

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)

    assert np.allclose(way(gradient)(tf.constant(X)), slope(op), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("op", [selu, dropout, shaped])
def test_gradient_in_a_graph_of_version_1(op):
    expected = slope(op)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.constant(X)
        (found,) = tf.gradients(tf.cond(yes(x), lambda: op(x), lambda: x), x)
        assert np.allclose(session.run(found), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("op", [selu, dropout, shaped])
def test_forward_mode(op):
    x = tf.constant(X)
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = op(x)
    assert np.allclose(accumulator.jvp(y), slope(op), rtol=1e-5, atol=1e-6)


def test_second_derivative_of_each_example():
    """The tapes are inside of the map; of two outside, TensorFlow has no gradient of softsign's."""

    def second(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = selu(x)
            first = inner.gradient(y, x)
        return outer.gradient(first, x)

    curvature = np.where(X > 0, 0, P.scale * P.alpha * np.exp(np.minimum(X, 0)))
    assert np.allclose(tf.vectorized_map(second, tf.constant(X)), curvature, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("op", [selu, shaped])
def test_first_derivative_outside_of_a_map(op):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.vectorized_map(op, x)
    assert np.allclose(tape.gradient(y, x), slope(op), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_training_as_a_tensor(way):
    def gradient(x, training):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = st.alpha_dropout(x, RATE, P, seed=3, training=training)
        return tape.gradient(y, x)

    found = way(gradient)(tf.constant(X), tf.constant(True))
    assert np.allclose(found, slope(dropout), rtol=1e-5, atol=1e-6)


def test_a_large_tensor_has_the_same_values_on_every_path():
    x = tf.random.stateless_normal([300, 1000], [1, 2])
    for op in (selu, shaped):
        calls = [op(x) for _ in range(10)]  # the last ones are compiled
        calls += [tf.function(op)(x), tf.function(PATHS["cond"](op))(x)]
        for y in calls:
            assert np.allclose(y, calls[0], rtol=1e-6, atol=1e-6)
    masks = [dropout(x) for _ in range(10)] + [tf.function(dropout)(x)]
    for y in masks:
        assert np.allclose(y, masks[0], rtol=1e-6, atol=1e-6)


def test_ragged():
    x = tf.ragged.constant([[1.0, -2.0], [], [0.5]])
    assert np.allclose(selu(x).flat_values, selu(x.flat_values))
    assert selu(x).row_lengths().numpy().tolist() == [2, 0, 1]
    assert dropout(x).row_lengths().numpy().tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="uniform inner dimensions"):
        st.selu(x, selu_sym.selu_parameters([0.0, 0.1, 0.2], 1.0, weights="iid"))


@pytest.mark.parametrize("jit", [False, True])
def test_what_would_enlarge_x_fails_when_it_runs(jit):
    p = selu_sym.selu_parameters([[0.0], [0.1]], 1.0, weights="iid")
    spec = [tf.TensorSpec([None, None])]
    called = tf.function(lambda x: st.selu(x, p), input_signature=spec, jit_compile=jit)
    assert called(tf.ones([2, 3])).shape == [2, 3]
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError)):
        called(tf.ones([1, 3]))


def test_keras_does_not_revive_it_as_its_own():
    saved = keras.activations.serialize(st.selu)
    assert saved["config"] == "selu_sym>selu"


@pytest.mark.parametrize("op", [selu, shaped])
def test_an_exported_graph_holds_plain_operations(op):
    graph = tf.function(op).get_concrete_function(tf.TensorSpec([512, 1024])).graph
    assert not [o.type for o in graph.get_operations() if "Call" in o.type]
