"""Fixed points under ``tf.debugging.enable_check_numerics``, which raises where NaN is made.

What is traced meanwhile keeps its checks for ever. So they run in a process of their own, which
:mod:`tests.selu_sym.tensorflow.test_parameters_numerics` starts.
"""

import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.keras as sk
import selu_sym.tensorflow as st


@pytest.fixture(scope="module", autouse=True)
def _checked():
    tf.debugging.enable_check_numerics()


WAYS = {"eager": lambda function: function, "graph": tf.function}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@every_way
def test_fixed_points_are_trained(way):
    def run(mean, variance):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([mean, variance])
            alpha, scale = st.selu_parameters(mean, variance, weights="iid")
        return alpha, scale, [tape.gradient(y, x) for y in (alpha, scale) for x in (mean, variance)]

    target = [-0.1, 0.3], [2.0, 0.7]
    alpha, scale, slopes = way(run)(*(tf.constant(x, tf.float64) for x in target))
    p = selu_sym.selu_parameters(*target, weights="iid")
    assert np.allclose([alpha, scale], [p.alpha, p.scale], rtol=1e-13)
    assert np.allclose(np.reshape(slopes, (2, 2, 2)), np.moveaxis(p.gradient(), 0, 2), rtol=1e-9)


def test_the_operation_without_a_solution_is_named():
    """Elsewhere the same call is silent: alpha and scale are NaN."""
    run = tf.function(lambda mean: st.selu_parameters(mean, 1.0, weights="iid")[:])
    assert np.isfinite(run(tf.constant([0.0, 0.5]))).all()
    with pytest.raises(tf.errors.InvalidArgumentError, match="by_rule") as caught:
        run(tf.constant([0.0, 5.0]))
    assert "NaN" in str(caught.value)


@pytest.mark.parametrize("mean", [9.0, -9.0, 0.5])
def test_a_mean_is_moved_to_where_a_solution_exists(mean):
    """Of the means that are tried, most have none, and some are too far to be computed."""
    layer = sk.SELU(weights="unit-sum", train_fixed_point=True)
    layer.build((None, 2))
    layer.mean.assign(mean)
    layer.mean.assign(layer.mean.constraint(layer.mean))
    assert 0 < abs(float(layer.mean.value)) <= abs(mean)
    assert layer.fixed_point.alpha > 0


@pytest.mark.parametrize("rate", [0.9, 0.99, 0.999])
def test_dropout_of_a_dtype_that_is_too_coarse(rate):
    """For a rate that is a tensor, the constants are computed in the graph, in float64."""
    p = selu_sym.selu_parameters(0.0, 1e-6, weights="iid")
    run = tf.function(lambda x, rate: st.alpha_dropout(x, rate, p, seed=1, training=True))
    found = run(tf.zeros([1000], tf.float16), tf.constant(rate, tf.float64))
    expected = st.alpha_dropout(tf.zeros([1000], tf.float16), rate, p, seed=1, training=True)
    assert np.array_equal(found, expected)
