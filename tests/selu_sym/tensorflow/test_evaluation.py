"""How the ops are evaluated: what is compiled, what is traced, and how gradients are made."""

import functools

import pytest
import tensorflow as tf

import selu_sym.tensorflow as st
from selu_sym.tensorflow import _evaluation


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
