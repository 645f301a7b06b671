"""TensorFlow's activations with scale and shift: values, gradients, dtypes, ways to call them."""

import numpy as np
import pytest
import tensorflow as tf
from ml_dtypes import finfo

import selu_sym
import selu_sym.tensorflow as st
from selu_sym.tensorflow._transformed import FUNCTIONS
from tests.tensorflow_tools import modes
from tests.transformed import CASES, LARGE, SHAPED, SOME, Case, each_case, slopes, values

Q = selu_sym.shape_for_depth("gelu", 48)
HALF = [tf.float16, tf.bfloat16]


def with_gradient(case: Case, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = st.transformed(x, case.q)
    return y, tape.gradient(y, x)


@each_case
@pytest.mark.parametrize(("dtype", "roundoff"), [(tf.float32, 2.0**-23), (tf.float64, 2.0**-52)])
def test_values_and_gradients(case, dtype, roundoff):
    x = tf.constant(SOME, dtype)
    exact, size = values(case)
    y, slope = with_gradient(case, x)
    assert y.dtype == slope.dtype == dtype
    for found in (y, st.transformed(x, case.q)):
        assert np.max(np.abs(found.numpy() - exact) / size) <= 8 * roundoff
    tolerance = 4e-6 if dtype == tf.float32 else 1e-14
    assert np.allclose(slope.numpy()[:-1], slopes(case), rtol=tolerance, atol=tolerance)


@each_case
def test_nothing_is_nan_far_out(case):
    y, slope = with_gradient(case, tf.constant(LARGE, tf.float32))
    assert np.isfinite(y).all()
    assert np.isfinite(slope).all()


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "xla"])
def test_all_in_one_graph(jit_compile):
    def gradients(x):
        return [with_gradient(case, x) for case in SHAPED]

    found = tf.function(gradients, jit_compile=jit_compile)(tf.constant(SOME))
    for case, (y, slope) in zip(SHAPED, found, strict=True):
        exact, size = values(case)
        assert np.max(np.abs(y.numpy() - exact) / size) <= 16 * 2.0**-52, case
        assert np.allclose(slope.numpy()[:-1], slopes(case), rtol=1e-13, atol=1e-13), case


@pytest.mark.parametrize("dtype", HALF, ids=lambda dtype: dtype.name)
def test_half_precision_is_rounded_once(dtype):
    x = tf.cast(SOME, dtype)
    wide = tf.cast(x, tf.float32)
    for case in SHAPED:
        y, slope = with_gradient(case, x)
        assert y.dtype == slope.dtype == dtype
        expected = st.transformed(wide, case.q).numpy().astype(dtype.as_numpy_dtype)
        step = float(finfo(dtype.as_numpy_dtype).eps)
        assert np.allclose(tf.cast(y, tf.float32), expected.astype("float32"), rtol=step, atol=1e-7)


@pytest.mark.parametrize("mode", modes(), ids=lambda mode: mode.__name__)
def test_every_way_to_call_it(mode):
    x = tf.random.stateless_normal([5, 7], [1, 2])
    y = mode(lambda x: st.transformed(x, Q))(x)
    assert np.allclose(y, Q(x.numpy()), rtol=1e-5, atol=1e-6)


def test_maps_over_elements():
    x = tf.constant(SOME, tf.float32)[:, tf.newaxis]
    for way in (tf.map_fn, tf.vectorized_map):
        assert np.allclose(way(lambda x: st.transformed(x, Q), x), Q(x.numpy()), atol=1e-5)


def test_each_function_is_reached():
    assert {st._transformed.folded(case.q).function for case in CASES} == set(FUNCTIONS)


def test_what_it_takes_and_keeps():
    ragged = tf.ragged.constant([[1.0, -2.0], [], [0.5]])
    assert st.transformed(ragged, Q).row_lengths().numpy().tolist() == [2, 0, 1]
    assert st.transformed([1.0, 2.0], Q).shape == [2]
    with pytest.raises(TypeError, match="x must be of a floating-point dtype, got int32"):
        st.transformed([1, 2], Q)
    with pytest.raises(TypeError, match="q must be a TransformedActivation"):
        st.transformed([1.0], "gelu")
    graph = tf.Graph()
    with graph.as_default():
        st.transformed(tf.zeros([2]), Q, name="mine")
    assert all(
        operation.name.startswith(("mine/", "zeros")) for operation in graph.get_operations()
    )
