"""The TensorFlow SELU: values in ulps, gradients, dtypes, and every way to call it."""

import numpy as np
import pytest
import sympy
import tensorflow as tf
from ml_dtypes import finfo
from scipy.stats import norm

import selu_sym
import selu_sym.tensorflow as st
from tests.tensorflow_tools import each_compilation, modes
from tests.ulps import exact_selu, half_precision_error, in_ulps, inputs

PUBLISHED = selu_sym.selu_parameters(-0.1, 2.0, weights="unit-sum")
FIXED_POINTS = [
    selu_sym.selu_parameters(0.0, 1.0),
    PUBLISHED,
    selu_sym.selu_parameters(0.3, 0.7, weights="iid"),
]
HALF = [tf.float16, tf.bfloat16]
ALL = [*HALF, tf.float32, tf.float64]


@each_compilation
@pytest.mark.parametrize("p", FIXED_POINTS, ids=lambda p: f"{p.mean},{p.variance}")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_error_in_ulps(dtype, p, compiled):
    x = inputs(dtype)
    errors = in_ulps(st.selu(x, p).numpy(), exact_selu(x, p, dtype), dtype)
    assert np.max(errors) <= 8  # the docstring says so
    assert np.mean(errors) < 1


@each_compilation
@pytest.mark.parametrize("p", FIXED_POINTS, ids=lambda p: f"{p.mean},{p.variance}")
@pytest.mark.parametrize("dtype", HALF, ids=lambda dtype: dtype.name)
def test_every_half_precision_number(dtype, p, compiled):
    x = tf.bitcast(tf.range(2**16, dtype=tf.int32), tf.uint16)[:, 0]
    x = tf.bitcast(x, dtype)
    assert half_precision_error(x.numpy(), st.selu(x, p).numpy(), p) <= 1


@each_compilation
@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_special_values(dtype, compiled):
    x = tf.constant([-np.inf, -0.0, 0.0, np.inf, np.nan], dtype)
    y = tf.cast(st.selu(x), tf.float64).numpy()
    assert y[0] == float(np.asarray(FIXED_POINTS[0].saturation).astype(dtype.as_numpy_dtype))
    assert np.array_equal(y[1:4], [0.0, 0.0, np.inf])
    assert np.isnan(y[4])


def gradients(function, x) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the second derivative of a function of each element."""
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = function(x)
        first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    return tuple(tf.cast(value, tf.float64).numpy() for value in (first, second))


@each_compilation
@pytest.mark.parametrize("p", FIXED_POINTS, ids=lambda p: f"{p.mean},{p.variance}")
@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_gradients_are_those_of_the_definition(dtype, p, compiled):
    x = tf.constant(inputs(dtype.as_numpy_dtype))
    first, second = gradients(lambda x: st.selu(x, p), x)
    wide = tf.cast(x, tf.float64).numpy()
    steep = p.scale * p.alpha
    curvature = steep * np.exp(np.minimum(wide, 0))
    roundoff = float(finfo(dtype.as_numpy_dtype).eps) * steep
    assert np.max(np.abs(first - np.where(wide > 0, p.scale, curvature))) <= 8 * roundoff
    assert np.max(np.abs(second - np.where(wide > 0, 0, curvature))) <= 8 * roundoff


@each_compilation
@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_gradients_at_special_values(dtype, compiled):
    x = tf.constant([-np.inf, -0.0, 0.0, np.inf, np.nan], dtype)
    first, second = gradients(st.selu, x)
    scale, saturation = (
        float(np.asarray(value).astype(dtype.as_numpy_dtype))
        for value in (FIXED_POINTS[0].scale, FIXED_POINTS[0].saturation)
    )
    assert np.array_equal(first[:4], [0, -saturation, -saturation, scale])
    assert np.array_equal(second[:4], [0, -saturation, -saturation, 0])
    assert np.isnan(first[4])


def test_a_downstream_gradient_is_multiplied_in():
    x = tf.constant([[-1.0, 0.5], [2.0, -3.0]])
    weights = tf.constant([[1.0, -2.0], [0.5, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(weights * st.selu(x))
    ones, _ = gradients(st.selu, x)
    assert np.allclose(tape.gradient(loss, x), weights * ones, rtol=1e-6)


def test_jacobian_is_diagonal():
    x = tf.constant([[-1.0, 0.5, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = st.selu(x)
    expected, _ = gradients(st.selu, x)
    assert np.allclose(tape.batch_jacobian(y, x)[0], np.diag(expected[0]), rtol=1e-6)


def test_naive_code_has_the_faults_that_ours_is_free_of():
    """What lambdify makes of the definition: NaN gradients, and digits that cancel."""
    z = sympy.Symbol("z")
    definition = sympy.Piecewise((z, z > 0), (sympy.exp(z) - 1, True))
    naive = sympy.lambdify(z, definition, "tensorflow")
    x = tf.constant([200.0])
    first, _ = gradients(naive, x)
    assert np.isnan(first).all()
    first, second = gradients(st.selu, x)
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()

    small = np.array([-1e-8], np.float32)
    exact = exact_selu(small, FIXED_POINTS[0], np.float32)
    assert in_ulps(tf.nn.selu(small).numpy(), exact, np.float32) > 1e6
    assert in_ulps(st.selu(small).numpy(), exact, np.float32) < 8


@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_it_agrees_with_the_built_in_op(dtype):
    x = tf.cast(tf.random.stateless_normal([1000], [1, 2]), dtype)
    mine, theirs = (tf.cast(f(x), tf.float64).numpy() for f in (st.selu, tf.nn.selu))
    eps = float(finfo(dtype.as_numpy_dtype).eps)
    assert np.allclose(mine, theirs, rtol=4 * eps, atol=4 * eps)


@pytest.mark.parametrize("mode", modes(), ids=lambda mode: mode.__name__)
def test_every_way_to_call_it(mode):
    x = tf.random.stateless_normal([5, 7], [1, 2])
    expected = PUBLISHED.scale * np.where(x > 0, x, PUBLISHED.alpha * np.expm1(np.minimum(x, 0)))
    assert np.allclose(mode(lambda x: st.selu(x, PUBLISHED))(x), expected, rtol=1e-6, atol=1e-7)


def test_static_shape_is_kept():
    shapes = []

    @tf.function(input_signature=[tf.TensorSpec([None, 3, None], tf.float16)])
    def function(x):
        y = st.selu(x)
        shapes.append(y.shape.as_list())
        return y

    assert function(tf.zeros([2, 3, 4], tf.float16)).shape == [2, 3, 4]
    assert shapes == [[None, 3, None]]
    unknown = tf.function(st.selu, input_signature=[tf.TensorSpec(None)])
    assert unknown(tf.zeros([2, 3])).shape == [2, 3]


@pytest.mark.parametrize("shape", [[], [0], [3, 0], [1], [2, 3, 4, 5, 6]], ids=str)
def test_any_shape(shape):
    assert st.selu(tf.zeros(shape)).shape == shape


def test_a_fixed_point_of_each_unit():
    p = selu_sym.selu_parameters([0.0, 0.1, -0.1], [1.0, 2.0, 0.5], weights="iid")
    x = tf.random.stateless_normal([4, 3], [1, 2])
    y = st.selu(x, p)
    for unit in range(3):
        single = selu_sym.selu_parameters(p.mean[unit], p.variance[unit], weights="iid")
        assert np.allclose(y[:, unit], st.selu(x[:, unit], single), rtol=1e-6)
    with pytest.raises(ValueError, match=r"p \(its arrays\) must broadcast to the shape of x"):
        st.selu(tf.zeros([4, 2]), p)
    with pytest.raises(ValueError, match="must broadcast to the shape of x"):
        st.selu(tf.zeros([]), p)


@pytest.mark.parametrize("p", FIXED_POINTS, ids=lambda p: f"{p.mean},{p.variance}")
def test_it_holds_the_moments(p):
    # a stratified sample: the quantiles of a million equal parts have almost no chance in them
    z = p.input_mean + np.sqrt(p.input_variance) * norm.ppf((np.arange(10**6) + 0.5) / 10**6)
    y = st.selu(z, p).numpy()
    assert y.mean() == pytest.approx(p.mean, abs=1e-5)
    assert y.var() == pytest.approx(p.variance, rel=1e-4)


def test_name_of_the_scope():
    graph = tf.Graph()
    with graph.as_default():
        st.selu(tf.zeros([2]), name="mine")
        st.selu(tf.zeros([2]))
    names = [operation.name for operation in graph.get_operations()]
    assert any(name.startswith("mine/") for name in names)
    assert any(name.startswith("selu/") for name in names)


@pytest.mark.gpu
@pytest.mark.skipif(not tf.config.list_physical_devices("GPU"), reason="TensorFlow sees no GPU")
@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_gpu_agrees_with_cpu(dtype):
    x = tf.cast(tf.random.stateless_normal([1000], [1, 2]), dtype)
    results = []
    for device in ("CPU:0", "GPU:0"):
        with tf.device(device):
            results.append(tf.cast(st.selu(tf.identity(x)), tf.float64).numpy())
    assert np.allclose(*results, rtol=8 * float(finfo(dtype.as_numpy_dtype).eps))
