"""Fixed points as tensors: values, derivatives, every way to compute them, and training one."""

from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.tensorflow as st
from selu_sym import precise
from tests.differences import derivatives_by_differences
from tests.quadrature import moments

MODELS = ["iid", "unit-sum", "normalized", "he_normal", (0.3, 2.0), selu_sym.Iid(1.5, 0.25)]
WAYS = {
    "eager": lambda f: f,
    "graph": tf.function,
    "xla": lambda f: tf.function(f, jit_compile=True),
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
ONE_BY_ANY_WAY = [
    pytest.param(weights, way, id=f"{weights}-{name}")
    for weights in MODELS
    for name, way in WAYS.items()
    if name == "eager" or weights == (0.3, 2.0)
]
"""All models of weights, which change the moments of the net input and no more, and for one of them
every way: XLA compiles for seconds."""


def double(x):
    return tf.constant(x, tf.float64)


def random_targets(weights, n=300):
    """Return targets that have solutions, within 8 deviations of zero."""
    random = np.random.default_rng(1)
    variance = 10 ** random.uniform(-3, 3, n)
    mean = random.normal(size=n) * np.sqrt(variance)
    p = selu_sym.selu_parameters(mean, variance, weights=weights, missing="nan")
    inside = np.isfinite(p.alpha) & (abs(p.input_mean) <= 8 * np.sqrt(p.input_variance))
    return mean[inside], variance[inside]


@pytest.mark.parametrize(("weights", "way"), ONE_BY_ANY_WAY)
def test_values(weights, way):
    mean, variance = random_targets(weights)
    alpha, scale = way(lambda m, v: tuple(st.selu_parameters(m, v, weights=weights)))(
        double(mean), double(variance)
    )
    p = selu_sym.selu_parameters(mean, variance, weights=weights)
    of_alpha, of_scale = (np.maximum(k, 1) for k in p.condition_numbers())
    assert len(mean) > 100
    assert np.max(abs(alpha / p.alpha - 1) / of_alpha) < 1e-13
    assert np.max(abs(scale / p.scale - 1) / of_scale) < 1e-13


@pytest.mark.parametrize(
    "target", [("-0.1", "2"), ("0.3", "0.7"), ("0.05", "0.0004"), ("3", "400")]
)
def test_values_by_exact_arithmetic(target):
    exact = precise.selu_parameters(*target, weights="unit-sum", digits=30)
    alpha, scale = st.selu_parameters(*map(double, map(float, target)), weights="unit-sum")
    assert abs(float(alpha) / exact.alpha - 1) < 1e-13
    assert abs(float(scale) / exact.scale - 1) < 1e-13


def test_the_moments_of_what_it_returns_are_those_asked_for():
    """By quadrature of the definition, which shares nothing with the rule."""
    mean, variance = -0.25, 1.5
    p = st.selu_parameters(double(mean), double(variance), weights="iid")
    alpha, scale = (float(x) for x in p)
    A, B, C, D = map(float, moments(Fraction(0), Fraction(variance + mean**2)))
    assert scale * (A + alpha * B) == pytest.approx(mean, rel=1e-13)
    assert scale**2 * (C + alpha**2 * D) == pytest.approx(variance + mean**2, rel=1e-13)


def derivatives(mean, variance, weights):
    """Return the first and the second derivatives of alpha and scale, by mean and variance."""
    inputs = [mean, variance]
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(inputs)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(inputs)
            outputs = tuple(st.selu_parameters(mean, variance, weights=weights))
        first = [slope for y in outputs for slope in inner.gradient(y, inputs)]
    second = [slope for y in first for slope in outer.gradient(y, inputs)]
    return tf.stack(first), tf.stack(second)


@pytest.mark.parametrize(("weights", "way"), ONE_BY_ANY_WAY)
def test_derivatives_are_those_of_differences_of_forty_digits(weights, way):
    found = way(lambda m, v: derivatives(m, v, weights))(double(-0.1), double(2.0))
    first, second = derivatives_by_differences(weights, "-0.1", "2")
    for mine, truth, most in zip(found, (first, second), (1e-12, 1e-10), strict=True):
        assert np.allclose(mine, truth.reshape(mine.shape), rtol=most, atol=0)


def test_first_derivatives_over_many_targets():
    mean, variance = (double(x) for x in random_targets("unit-sum"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([mean, variance])
        alpha, scale = st.selu_parameters(mean, variance, weights="unit-sum")
    p = selu_sym.selu_parameters(mean.numpy(), variance.numpy(), weights="unit-sum")
    expected, well = p.gradient(), p.condition_numbers()[0] < 100
    assert np.sum(well) > 100
    for row, output in enumerate((alpha, scale)):
        for column, x in enumerate((mean, variance)):
            ours, other = tape.gradient(output, x).numpy(), expected[:, row, column]
            assert np.allclose(ours[well], other[well], rtol=1e-9, atol=0)


def test_dtypes_and_broadcasting():
    p = st.selu_parameters(tf.zeros([2, 1]), tf.ones([3]), weights="iid")
    assert p.alpha.shape == p.mean.shape == [2, 3]
    assert p.scale.dtype == tf.float32
    assert st.selu_parameters(0.0, 1.0, weights="iid").alpha.dtype == tf.float32
    half = st.selu_parameters(tf.Variable(0.0, dtype=tf.bfloat16), 1.0, weights="iid")
    assert half.alpha.dtype == tf.bfloat16


def test_in_a_graph_what_has_no_solution_is_nan():
    alpha, scale = tf.function(lambda m: tuple(st.selu_parameters(m, 1.0, weights="iid")))(
        tf.constant([0.0, 5.0])
    )
    assert np.isnan(alpha).tolist() == np.isnan(scale).tolist() == [False, True]


@every_way
def test_the_selu_of_tensors_has_gradients_by_its_parameters(way):
    x = double(np.linspace(-4, 4, 82).reshape(41, 2))
    point = [double(-0.1), double(2.0)]

    def run(mean, variance):
        with tf.GradientTape() as tape:
            tape.watch([mean, variance, x])
            p = st.selu_parameters(mean, variance, weights="iid")
            y = st.selu(x, p)
            z = st.alpha_dropout(y, 0.3, p, seed=3, training=True)
            loss = tf.reduce_sum(tf.sin(z))
        return loss, *tape.gradient(loss, [mean, variance, x]), y

    loss, by_mean, by_variance, by_x, y = way(run)(*point)

    def exact(mean, variance, inputs=x):
        """Return the loss in NumPy, with the mask of the op."""
        p = selu_sym.selu_parameters(float(mean), float(variance), weights="iid")
        value = p.scale * np.where(inputs > 0, inputs, p.alpha * np.expm1(np.minimum(inputs, 0)))
        a, b = p.dropout_affine(0.3)
        dropped = st.alpha_dropout(tf.ones_like(x), 0.3, p, seed=3, training=True) < 0
        return np.sum(np.sin(np.where(dropped, a * p.saturation + b, a * value + b)))

    h = 1e-6
    assert float(loss) == pytest.approx(exact(*point), rel=1e-12)
    p = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
    assert np.allclose(y, st.selu(x, p), rtol=1e-13)
    up, down = exact(-0.1 + h, 2.0), exact(-0.1 - h, 2.0)
    assert float(by_mean) == pytest.approx((up - down) / (2 * h), rel=1e-7)
    up, down = exact(-0.1, 2.0 + h), exact(-0.1, 2.0 - h)
    assert float(by_variance) == pytest.approx((up - down) / (2 * h), rel=1e-7)
    for place in ((7, 0), (7, 1), (30, 0), (30, 1)):  # one of them is dropped
        moved = x.numpy().copy()
        moved[place] += h
        change = (exact(*point, moved) - float(loss)) / h
        assert float(by_x[place]) == pytest.approx(change, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("dtype", [tf.float16, tf.float32])
def test_second_derivatives_by_the_parameters(dtype):
    x, alpha, scale, zero, one = (
        tf.constant(value, dtype) for value in ([-1, 2], [1.5, 1.6], [0.9, 1.1], [0, 0], [1, 1])
    )
    with tf.GradientTape() as outer:
        outer.watch(scale)
        p = st.SeluTensors(alpha, scale, zero, one)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = st.selu(x, p)
        slope = inner.gradient(y, x)
    # the slope is scale alpha e^x, or scale
    expected = [1.5 * np.exp(-1.0), 1.0]
    assert np.allclose(tf.cast(outer.gradient(slope, scale), tf.float32), expected, rtol=2e-3)


def test_they_pass_through_functions():
    made = tf.function(lambda m: st.selu_parameters(m, 2.0, weights="iid"))(tf.constant(-0.1))
    taken = tf.function(st.selu)(tf.constant([-1.0]), made)
    expected = st.selu(tf.constant([-1.0]), selu_sym.selu_parameters(-0.1, 2.0, weights="iid"))
    assert np.allclose(taken, expected, rtol=1e-6)
    assert float(made.saturation) == pytest.approx(-float(made.alpha) * float(made.scale))


@pytest.mark.parametrize("way", [WAYS["graph"], WAYS["xla"]], ids=["graph", "xla"])
def test_a_fixed_point_whose_optimum_is_known_is_found(way):
    """The SELU is to be the one for (-0.1, 2.0), and its fixed point starts at (0, 1)."""
    x = double(np.random.default_rng(0).normal(0, 1.5, 2000))
    goal = st.selu(x, selu_sym.selu_parameters(-0.1, 2.0, weights="iid"))
    mean, variance = (tf.Variable(value, dtype=tf.float64) for value in (0.0, 1.0))

    @way
    def step():
        with tf.GradientTape() as tape:
            y = st.selu(x, st.selu_parameters(mean, variance, weights="iid"))
            loss = tf.reduce_mean((y - goal) ** 2)
        return loss, tape.gradient(loss, [mean, variance])

    square = [0.0, 0.0]
    for _ in range(400):
        loss, gradients = step()
        for i, (variable, gradient) in enumerate(zip((mean, variance), gradients, strict=True)):
            square[i] += float(gradient) ** 2
            variable.assign_sub(0.3 * gradient / np.sqrt(square[i]))
    assert float(loss) < 1e-8
    assert float(mean) == pytest.approx(-0.1, abs=1e-3)
    assert float(variance) == pytest.approx(2.0, abs=1e-2)
