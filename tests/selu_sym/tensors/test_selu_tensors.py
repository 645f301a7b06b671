"""Parameters as tensors are used like a tuple."""

import pickle

import numpy as np
import pytest

from selu_sym._tensors import SeluTensors

P = SeluTensors(np.array([1.5, 2.0]), np.array([1.1, 0.9]), np.zeros(2), np.ones(2))


def test_it_is_a_tuple_of_two():
    alpha, scale = P
    assert len(P) == 2
    assert P[0] is P[-2] is alpha is P.alpha
    assert P[1] is P[-1] is scale is P.scale
    assert P[:] == (alpha, scale)
    assert P[1:] == (scale,)
    assert np.array_equal(np.stack(P), np.stack([alpha, scale]))
    assert next(reversed(P)) is scale
    with pytest.raises(IndexError):
        P[2]


def test_saturation():
    assert P.saturation == pytest.approx([-1.65, -1.8])


def test_pickles_name_the_module_of_version_0_2():
    assert SeluTensors.__module__ == "selu_sym._tensors"
    again = pickle.loads(pickle.dumps(P))
    assert np.array_equal(again.alpha, P.alpha)
    old = b"cselu_sym._tensors\nSeluTensors\n."
    assert pickle.loads(old) is SeluTensors


def test_jax_stacks_it():
    jax = pytest.importorskip("jax")
    import selu_sym.jax as sj  # noqa: PLC0415 - after the tests that need no framework

    stacked = jax.numpy.stack(sj.selu_parameters(-0.1, 2.0, weights="iid"))
    assert np.asarray(stacked) == pytest.approx([2.329997, 0.979819], rel=1e-5)


def test_tensorflow_stacks_it():
    tf = pytest.importorskip("tensorflow")
    import selu_sym.tensorflow as st  # noqa: PLC0415

    made = st.selu_parameters(-0.1, 2.0, weights="iid")
    stacked = [tf.stack(made), tf.function(lambda p: tf.stack(p[:]))(made)]
    for values in stacked:  # in a graph, tf.stack itself takes lists and tuples alone
        assert values.numpy() == pytest.approx([2.329997, 0.979819], rel=1e-5)
    assert [float(x) for x in tf.nest.flatten(made)[2:]] == [np.float32(-0.1), 2.0]
