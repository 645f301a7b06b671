"""TensorFlow's alpha dropout: moments, masks, seeds, gradients, dtypes, errors."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import chi2

import selu_sym
import selu_sym.tensorflow as st
from tests.tensorflow_tools import each_compilation, modes

FIXED_POINTS = {
    "0,1": selu_sym.selu_parameters(0.0, 1.0),
    "-0.1,2": selu_sym.selu_parameters(-0.1, 2.0, weights="iid"),
    "0.3,0.7": selu_sym.selu_parameters(0.3, 0.7, weights="iid"),
}
P = FIXED_POINTS["-0.1,2"]
ALL = [tf.float16, tf.bfloat16, tf.float32, tf.float64]
MANY = 10**7


def is_dropped(y, rate: float, p=P) -> np.ndarray:
    """Return where dropped units are, of which no kept one has the value."""
    a, b = p.dropout_affine(rate)
    return np.isclose(tf.cast(y, tf.float64), a * p.saturation + b, rtol=1e-6, atol=0)


def positive(shape, dtype=tf.float32):
    """Return activations that are far from the value of dropped units."""
    return tf.cast(1 + tf.random.stateless_uniform(shape, [5, 6]), dtype)


@pytest.fixture(scope="module", params=FIXED_POINTS.values(), ids=FIXED_POINTS.keys())
def sample(request):
    """Net inputs of the fixed point in float64, ten million of them."""
    p = request.param
    random = np.random.default_rng(2017)
    return p, random.normal(p.input_mean, np.sqrt(p.input_variance), MANY)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_mean_and_variance_hold(sample, dtype, rate):
    """Within five standard errors on ten million values, with the SELU before."""
    p, inputs = sample
    y = st.alpha_dropout(st.selu(tf.cast(inputs, dtype), p), rate, p, seed=7, training=True)
    assert y.dtype == dtype
    centred = tf.cast(y, tf.float64).numpy() - p.mean
    squares = centred**2
    variance_error = np.sqrt((np.mean(squares**2) - p.variance**2) / MANY)
    assert abs(np.mean(centred)) < 5 * np.sqrt(p.variance / MANY)
    assert abs(np.mean(squares) - p.variance) < 5 * variance_error


@pytest.mark.parametrize("rate", [1e-6, 0.05, 0.2, 1 / 3, 0.5, 0.999])
def test_kept_fraction(rate):
    y = st.alpha_dropout(positive([MANY]), rate, P, seed=3, training=True)
    dropped = np.mean(is_dropped(y, rate))
    assert abs(dropped - rate) < 5 * np.sqrt(rate * (1 - rate) / MANY)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation of two equal arrays of zero mean, in standard errors."""
    return np.sum(x * y) / np.sqrt(np.sum(x**2) * np.sum(y**2)) * np.sqrt(x.size)


@pytest.mark.parametrize("rate", [0.05, 0.5])
@pytest.mark.parametrize("shape", [(1000, 1000), (4096, 256), (64, 128, 125)], ids=str)
def test_the_mask_is_independent_along_each_axis(shape, rate):
    y = st.alpha_dropout(positive(shape), rate, P, seed=11, training=True)
    mask = is_dropped(y, rate) - rate
    for axis, size in enumerate(shape):
        moved = np.moveaxis(mask, axis, 0)
        for lag in (1, 2, 3, 4, 8, 16, 32):
            assert abs(correlation(moved[lag:], moved[:-lag])) < 5
        # as many are dropped in each slice as chance allows: a chi-squared test
        slices = moved.reshape(size, -1)
        statistic = np.sum(slices.sum(axis=1) ** 2) / (rate * (1 - rate) * slices.shape[1])
        assert 1e-6 < chi2.sf(statistic, size) < 1 - 1e-6


@pytest.mark.parametrize("other", [12, 13, 11 + 2**32, -11, (11, 1)], ids=str)
def test_masks_of_other_seeds_are_independent(other):
    x = positive([1000, 1000])
    masks = [
        is_dropped(st.alpha_dropout(x, 0.5, P, seed=seed, training=True), 0.5) - 0.5
        for seed in (11, other)
    ]
    for shift in (0, 1, -1, 1000):
        assert abs(correlation(masks[0], np.roll(masks[1].ravel(), shift).reshape(1000, 1000))) < 5


def test_the_tests_of_independence_find_a_weak_hash():
    """One multiplication without shifts, as a careless generator does it."""
    index = np.arange(10**6, dtype=np.uint32)
    weak = (index * np.uint32(0x9E3779B1) < np.uint32(2**31)) - 0.5
    assert max(abs(correlation(weak[lag:], weak[:-lag])) for lag in (1, 2, 3, 4, 8)) > 100


@each_compilation
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_units_are_dropped_or_transformed(rate, compiled):
    x = positive([200, 300], tf.float64)
    y = st.alpha_dropout(x, rate, P, seed=1, training=True).numpy()
    a, b = P.dropout_affine(rate)
    dropped = is_dropped(y, rate)
    assert 0 < dropped.mean() < 1
    assert y[~dropped] == pytest.approx(a * x.numpy()[~dropped] + b, rel=1e-13)
    assert y[dropped] == pytest.approx(a * P.saturation + b, rel=1e-13)


@pytest.mark.parametrize("rate", [0.5, tf.constant(0.5)], ids=["number", "tensor"])
@pytest.mark.parametrize("name", ["relu", "linear"])
def test_the_fixed_point_of_another_activation(name, rate):
    """Its dropped units become its limit to the left, and 0 where it has none."""
    q = selu_sym.standardize(name, -0.2, 2.0)
    dropped_value = q.scale * 0.0 + q.shift if name == "relu" else 0.0
    x = positive([200, 300], tf.float64)
    y = tf.function(st.alpha_dropout)(x, rate, q, seed=1, training=True).numpy()
    a, b = q.dropout_affine(0.5)
    kept = np.isclose(y, a * x.numpy() + b, rtol=1e-13)
    assert 0.49 < kept.mean() < 0.51
    assert y[~kept] == pytest.approx(a * dropped_value + b, rel=1e-13)
    ragged = tf.RaggedTensor.from_row_splits(x[0], [0, 100, 300])
    assert st.alpha_dropout(ragged, rate, q, seed=1, training=True).shape[0] == 2


@pytest.mark.parametrize("mode", modes(), ids=lambda mode: mode.__name__)
def test_same_seed_same_mask_in_every_way_to_call_it(mode):
    x = positive([50, 70])
    expected = st.alpha_dropout(x, 0.3, P, seed=42, training=True)
    for compiles in (True, False):
        st.set_jit_compile(compiles)
        called = mode(lambda x: st.alpha_dropout(x, 0.3, P, seed=42, training=True))
        assert np.allclose(called(x), expected, rtol=1e-6)
    st.set_jit_compile(None)


def test_the_mask_depends_on_the_seed_and_the_shape_of_the_noise_alone():
    masks = []
    for dtype in ALL:
        for p in FIXED_POINTS.values():
            y = st.alpha_dropout(
                1e4 * positive([40, 50], tf.float64), 0.3, p, seed=5, training=True
            )
            masks.append(is_dropped(y, 0.3, p))
            y = st.alpha_dropout(
                tf.cast(positive([40, 50]) * 100, dtype), 0.3, p, seed=5, training=True
            )
            masks.append(tf.cast(y, tf.float32).numpy() < 20)
    assert all(np.array_equal(mask, masks[0]) for mask in masks)


@pytest.mark.parametrize(
    "seed", [5, (5, 0), [5, 0], np.array([5, 0]), tf.constant([5, 0])], ids=str
)
def test_kinds_of_seeds(seed):
    x = positive([40, 50])
    expected = st.alpha_dropout(x, 0.3, seed=5, training=True)
    assert np.array_equal(st.alpha_dropout(x, 0.3, seed=seed, training=True), expected)


@pytest.mark.parametrize("mode", modes(), ids=lambda mode: mode.__name__)
def test_without_a_seed_each_call_draws_a_new_mask(mode):
    x = positive([20, 30])
    call = mode(lambda x: st.alpha_dropout(x, 0.5, P, training=True))
    assert not np.array_equal(call(x), call(x))


def test_global_seed_makes_it_repeat():
    x = positive([20, 30])
    results = []
    for _ in range(2):
        tf.random.set_seed(3)
        results.append([st.alpha_dropout(x, 0.5, training=True).numpy() for _ in range(2)])
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0][0], results[0][1])


@each_compilation
@pytest.mark.parametrize(
    ("noise_shape", "shared"),
    [
        ((None, 1, None), 1),
        ((4, 1, 6), 1),
        ([1, 5, 6], 0),
        ((1, None, None), 0),
        ((5, 6), 0),
        (tf.TensorShape([4, 5, 1]), 2),
        (tf.constant([4, 1, 6]), 1),
        (np.array([4, 1, 6]), 1),
        ((tf.constant(4), 1, None), 1),
        ((np.int64(4), np.int32(1), None), 1),
    ],
    ids=str,
)
def test_noise_shape(noise_shape, shared, compiled):
    x = positive([4, 5, 6])
    for function in (st.alpha_dropout, tf.function(st.alpha_dropout)):
        y = function(x, 0.5, P, noise_shape=noise_shape, seed=8, training=True)
        dropped = is_dropped(y, 0.5)
        assert y.shape == x.shape
        assert np.array_equal(dropped.any(axis=shared), dropped.all(axis=shared))
        assert 0 < dropped.mean() < 1


def test_noise_shape_of_sizes_known_only_when_it_runs():
    @tf.function(input_signature=[tf.TensorSpec([None, 5, None]), tf.TensorSpec([3], tf.int32)])
    def function(x, shape):
        noise_shapes = [(None, 1, None), shape, (None, shape[1], np.int64(6)), (shape[0], 1, None)]
        return [
            st.alpha_dropout(x, 0.5, P, noise_shape=noise_shape, seed=8, training=True)
            for noise_shape in noise_shapes
        ]

    x = positive([4, 5, 6])
    expected = st.alpha_dropout(x, 0.5, P, noise_shape=(4, 1, 6), seed=8, training=True)
    for y in function(x, tf.constant([4, 1, 6])):
        assert np.array_equal(y, expected)
    for enlarging in ([8, 1, 6], [4, 2, 6]):
        with pytest.raises(tf.errors.InvalidArgumentError):
            function(x, tf.constant(enlarging))


@each_compilation
def test_gradient_is_the_factor_of_the_kept_units(compiled):
    x = positive([30, 40])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = st.alpha_dropout(x, 0.4, P, seed=2, training=True)
            loss = tf.reduce_sum(y**2)
        first = inner.gradient(loss, x)
        total = tf.reduce_sum(first)
    second = outer.gradient(total, x)
    a, _ = P.dropout_affine(0.4)
    slope = np.where(is_dropped(y, 0.4), 0.0, a)
    assert first.numpy() == pytest.approx(2 * y.numpy() * slope, rel=1e-5, abs=1e-12)
    assert second.numpy() == pytest.approx(2 * slope**2, rel=1e-5, abs=1e-12)


@each_compilation
def test_values_that_are_not_finite_stay_where_they_are(compiled):
    x = tf.concat([tf.fill([500], np.nan), tf.fill([500], np.inf), tf.zeros([500])], 0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = st.alpha_dropout(x, 0.5, P, seed=2, training=True)
    gradient = tape.gradient(y, x).numpy()
    dropped = is_dropped(y, 0.5)
    assert np.isnan(y.numpy()[:500]).sum() == 500 - dropped[:500].sum()
    assert np.isinf(y.numpy()[500:1000]).sum() == 500 - dropped[500:1000].sum()
    assert np.isfinite(y.numpy()[1000:]).all()
    assert np.isfinite(gradient).all()
    assert 0 < dropped.mean() < 1


@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_nothing_to_do_returns_the_input_itself(dtype):
    x = positive([3, 4], dtype)
    assert st.alpha_dropout(x, 0.5) is x
    assert st.alpha_dropout(x, 0.5, training=tf.constant(False)) is x
    assert st.alpha_dropout(x, 0, training=True) is x
    assert st.alpha_dropout(x, tf.constant(0.0), training=True) is x


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_rate_and_training_as_tensors(rate):
    @tf.function
    def function(x, rate, training):
        y = st.alpha_dropout(x, rate, P, seed=9, training=training)
        assert y.shape == x.shape
        return y

    x = positive([30, 40])
    expected = st.alpha_dropout(x, rate, P, seed=9, training=True)
    on, off = tf.constant(True), tf.constant(False)
    assert np.allclose(function(x, tf.constant(rate), on), expected, rtol=1e-6)
    assert np.array_equal(function(x, tf.constant(rate), off), x)
    assert np.array_equal(function(x, tf.constant(0.0), on), x)
    for bad in (1.0, -0.1, np.nan):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"rate must be in the interval"):
            function(x, tf.constant(bad), on)


def test_moments_hold_for_a_rate_that_is_a_tensor():
    @tf.function
    def function(x, rate):
        return st.alpha_dropout(x, rate, P, seed=9, training=True)

    x = tf.cast(positive([30, 40]), tf.bfloat16)
    expected = st.alpha_dropout(x, 0.25, P, seed=9, training=True)
    assert np.array_equal(function(x, tf.constant(0.25)), expected)


def naive_alpha_dropout(x, rate):
    """Do as real implementations did.

    The mask in single precision, whatever x is; the constants with rate and 1 - rate exchanged;
    nothing checked.
    """
    s = -1.7580993408473766
    keep = tf.cast(tf.random.uniform(tf.shape(x)) >= rate, tf.float32)
    a = 1 / tf.sqrt(rate + rate * (1 - rate) * s**2)
    return a * (x * keep + s * (1 - keep) - s * (1 - rate))


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16], ids=lambda dtype: dtype.name)
def test_half_precision_breaks_the_naive_op_and_not_ours(dtype):
    x = positive([4, 5], dtype)
    with pytest.raises(tf.errors.InvalidArgumentError):
        naive_alpha_dropout(x, tf.constant(0.5))
    assert st.alpha_dropout(x, 0.5, seed=1, training=True).dtype == dtype


def test_rate_zero_breaks_the_naive_op_and_not_ours():
    x = positive([4, 5])
    assert not np.isfinite(naive_alpha_dropout(x, tf.constant(0.0))).all()
    assert np.array_equal(st.alpha_dropout(x, 0.0, training=True), x)
    tiny = st.alpha_dropout(x, 1e-12, seed=1, training=True)
    assert np.allclose(tiny, x, rtol=1e-6)


def test_values_that_the_naive_op_never_checks():
    x = positive([4, 5])
    naive_alpha_dropout(x, tf.constant(1.5))
    for training in (True, False):
        with pytest.raises(ValueError, match=r"rate must be in the interval \[0, 1\), got 1.5"):
            st.alpha_dropout(x, 1.5, training=training)


def test_a_fixed_point_of_each_unit():
    p = selu_sym.selu_parameters([0.0, 0.1, -0.1], [1.0, 2.0, 0.5], weights="iid")
    x = positive([400, 3])
    y = st.alpha_dropout(x, 0.5, p, seed=3, training=True)
    a, b = p.dropout_affine(0.5)
    kept = np.isclose(y, a * x + b, rtol=1e-6)
    assert np.array_equal(kept | np.isclose(y, a * p.saturation + b, rtol=1e-6), np.ones_like(kept))
    assert 0.4 < kept.mean() < 0.6
    with pytest.raises(ValueError, match=r"p \(its arrays\) must broadcast to the shape of x"):
        st.alpha_dropout(positive([4, 2]), 0.5, p, training=True)


@pytest.mark.gpu
@pytest.mark.skipif(not tf.config.list_physical_devices("GPU"), reason="TensorFlow sees no GPU")
def test_gpu_draws_the_mask_of_the_cpu():
    x = positive([100, 200])
    results = []
    for device in ("CPU:0", "GPU:0"):
        with tf.device(device):
            results.append(st.alpha_dropout(tf.identity(x), 0.5, P, seed=4, training=True).numpy())
    assert np.allclose(*results, rtol=1e-6)
