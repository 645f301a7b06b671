"""What the ops refuse, and what they say."""

import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.tensorflow as st


def double(x):
    return tf.constant(x, tf.float64)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1, 2],), TypeError, "x must be of a floating-point dtype, got int32"),
        (([1 + 2j],), TypeError, "x must be of a floating-point dtype, got complex128"),
        (([1.0], (1.6, 1.05)), TypeError, "p must be SeluParameters, as selu_parameters returns"),
    ],
    ids=str,
)
def test_bad_arguments_of_selu(arguments, error, message):
    with pytest.raises(error, match=message):
        st.selu(*arguments)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rate": 1.0}, ValueError, r"rate must be in the interval \[0, 1\), got 1\.0"),
        ({"rate": -0.5}, ValueError, r"rate must be in the interval \[0, 1\), got -0\.5"),
        ({"rate": np.nan}, ValueError, "rate must be finite, got nan"),
        ({"rate": tf.constant(1.0)}, ValueError, r"rate must be in the interval \[0, 1\)"),
        ({"rate": tf.constant([0.5])}, ValueError, r"rate must be a scalar, got a tensor of shape"),
        (
            {"rate": tf.constant("0.5")},
            TypeError,
            "rate must be a real number, got a tensor of str",
        ),
        ({"rate": [0.5]}, TypeError, "rate must be a number or a scalar tensor"),
        ({"rate": "0.5"}, TypeError, "rate must be real numbers"),
        ({"rate": None}, TypeError, "rate must be real numbers"),
        ({"x": [1, 2]}, TypeError, "x must be of a floating-point dtype, got int32"),
        ({"p": (1.6, 1.05)}, TypeError, "p must be SeluParameters"),
        ({"seed": "1"}, TypeError, "seed must be an integer, or two of them"),
        ({"seed": 0.5}, TypeError, "seed must be an integer, or two of them"),
        ({"seed": (1, 2, 3)}, TypeError, "seed must be an integer, or two of them"),
        ({"seed": 2**63}, ValueError, "seed must fit into 64 bits"),
        ({"noise_shape": (4, 2)}, ValueError, "noise_shape must broadcast to the shape of x"),
        ({"noise_shape": (7, 4, 5)}, ValueError, "noise_shape must broadcast to the shape of x"),
        ({"noise_shape": (None,)}, ValueError, "noise_shape with None must have as many entries"),
        ({"noise_shape": (4, 0)}, ValueError, "noise_shape must hold positive integers and None"),
        ({"noise_shape": 3}, ValueError, "noise_shape must hold positive integers and None, got 3"),
        ({"noise_shape": np.int64(3)}, ValueError, "noise_shape must hold positive integers"),
        ({"noise_shape": np.array([4.0, 1.0])}, ValueError, "noise_shape must hold positive"),
        ({"noise_shape": tf.constant([4, 0])}, ValueError, "noise_shape must hold positive"),
        ({"noise_shape": (4, 0.5)}, ValueError, "noise_shape must hold positive integers"),
        ({"training": "yes"}, TypeError, "training must be a bool or a scalar bool tensor"),
        ({"training": 1}, TypeError, "training must be a bool or a scalar bool tensor, got 1"),
        ({"training": 0.0}, TypeError, r"a bool or a scalar bool tensor, got 0\.0"),
        ({"training": None}, TypeError, "a bool or a scalar bool tensor, got None"),
        ({"rate": True}, TypeError, "rate must be real numbers, got True"),
        (
            {"rate": tf.constant(True)},
            TypeError,
            "rate must be a real number, got a tensor",
        ),
        ({"training": tf.constant(1.5)}, TypeError, "training must be a bool or a scalar bool"),
    ],
    ids=str,
)
def test_bad_arguments_of_alpha_dropout(arguments, error, message, training):
    with pytest.raises(error, match=message):
        st.alpha_dropout(**{"x": tf.ones([4, 5]), "rate": 0.5, "training": training, **arguments})


def test_too_many_units_for_the_mask():
    with pytest.raises(ValueError, match=r"a mask can have at most 2\*\*32 elements"):
        tf.function(lambda x: st.alpha_dropout(x, 0.5, training=True)).get_concrete_function(
            tf.TensorSpec([2**17, 2**16], tf.float16)
        )


@pytest.mark.parametrize(
    ("mean", "variance", "error", "message"),
    [
        (5.0, 1.0, selu_sym.NoFixedPointError, "no SELU with alpha > 0"),
        (0.0, -1.0, ValueError, "a variance from 1e-8 to 1e8"),
        (0.0, 1e9, ValueError, "a variance from 1e-8 to 1e8"),
        (np.nan, 1.0, ValueError, "a variance from 1e-8 to 1e8"),
        (tf.constant(1), 1.0, TypeError, "floating-point dtype, got int32"),
        (True, 1.0, TypeError, "mean must be a real number, got True"),
        (0.0, True, TypeError, "variance must be a real number, got True"),
        (np.True_, 1.0, TypeError, "floating-point dtype, got bool"),
        (tf.constant(0.0), double(1.0), TypeError, "of one dtype"),
    ],
    ids=str,
)
def test_bad_targets(mean, variance, error, message):
    with pytest.raises(error, match=message):
        st.selu_parameters(mean, variance, weights="iid")
