"""How the ops are evaluated: what is compiled, what is traced, and how gradients are made."""

import functools

import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.tensorflow as st
from selu_sym.tensorflow import _evaluation
from selu_sym.tensorflow._evaluation import computed_in, constants, with_gradient


def is_marked(function, size: int) -> bool:
    """Whether XLA is to compile the function of tensors of a size, in a graph."""
    graph = tf.function(function).get_concrete_function(tf.TensorSpec([size])).graph
    kinds = {operation.type: operation.node_def.attr for operation in graph.get_operations()}
    assert not [kind for kind in kinds if "Call" in kind]
    return "_XlaCompile" in kinds["Tanh"]


def test_compilation_is_a_choice(monkeypatch):
    monkeypatch.setattr(_evaluation, "MOST_MARKED", 10**6)  # whatever other tests met
    marked = functools.partial(is_marked, st.selu)
    with pytest.raises(ValueError, match="enabled must be True, False or None, got 'yes'"):
        st.set_jit_compile("yes")
    assert (marked(3), marked(10**6)) == (False, True)
    st.set_jit_compile(False)
    assert not marked(10**6)
    st.set_jit_compile(True)
    assert marked(3)
    st.set_jit_compile(None)


def test_a_graph_for_each_shape_is_not_compiled_for_ever():
    op = _evaluation.Fused(tf.tanh)
    sizes = range(2**16, 2**16 + 20)
    for _ in range(2):  # a shape that is known stays as it is
        marked = [is_marked(op.in_graph, size) for size in sizes]
        assert marked == [True] * 16 + [False] * 4


def test_a_changing_batch_size_is_traced_twice_at_most():
    traced = []
    calls = tf.function(lambda x: traced.append(1) or st.selu(x), reduce_retracing=True)
    for size in range(2, 9):
        calls(tf.zeros([size, 4]))
    assert len(traced) <= 2


def exponential(x):
    """Return e^x, whose gradient is a function of its output."""
    return with_gradient(tf.exp, lambda y, _, dy: dy * y, [x])


WAYS = {
    "eager": lambda function: function,
    "graph": tf.function,
    "xla": lambda function: tf.function(function, jit_compile=True),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_gradient_from_the_output_is_differentiated_in_turn(way):
    x = tf.constant([-1.0, 0.5])

    def derivatives(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as middle:
                middle.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    y = exponential(x)
                first = inner.gradient(y, x)
            second = middle.gradient(first, x)
        return y, first, second, outer.gradient(second, x)

    for found in way(derivatives)(x):
        assert np.allclose(found, np.exp([-1.0, 0.5]), rtol=1e-6)


def test_a_gradient_from_the_output_in_forward_mode():
    x = tf.constant([-1.0, 0.5])
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = exponential(x)
    assert np.allclose(accumulator.jvp(y), np.exp([-1.0, 0.5]), rtol=1e-6)


def test_outputs_without_a_gradient_are_constant():
    def twice(x):
        value = lambda x: (x**2, 3 * x)  # noqa: E731
        return with_gradient(value, lambda _, inputs, dy, __: 2 * dy * inputs[0], [x])

    x = tf.constant([1.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        square, constant = twice(x)
    assert np.array_equal(tape.gradient(square, x), [2.0, 6.0])
    assert np.array_equal(constant, [3.0, 9.0])


@pytest.mark.parametrize("recorder", [True, False], ids=["recorder", "custom_gradient"])
def test_gradients_where_tensorflow_hides_its_recorder(monkeypatch, recorder):
    if not recorder:
        monkeypatch.setattr(_evaluation, "_record", None)
    x = tf.constant([-1.0, 0.5])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = st.selu(x)
        first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    p = selu_sym.selu_parameters(0.0, 1.0)
    steep = p.scale * p.alpha * np.exp(-1.0)
    assert np.allclose(first, [steep, p.scale], rtol=1e-6)
    assert np.allclose(second, [steep, 0.0], rtol=1e-6)


def test_constants_are_made_once_where_a_tensor_is():
    x = tf.constant([1.0], tf.float16)
    first, again = constants(x, 0.5, -1.5), constants(x, 0.5, -1.5)
    assert first is again
    assert [value.dtype for value in first] == [tf.float32] * 2
    assert [float(value) for value in first] == [0.5, -1.5]
    assert computed_in(tf.float64) is tf.float64
    assert computed_in(tf.bfloat16) is tf.float32
