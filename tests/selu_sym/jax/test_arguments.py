"""What JAX's functions say of arguments that they do not take."""

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

import selu_sym
import selu_sym.jax as sj
from tests.jax_tools import x64

KEY = jax.random.key(7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2],), "x must be of a floating-point dtype, got int64"),
        (([True],), "x must be of a floating-point dtype, got bool"),
        (([1 + 2j],), "x must be of a floating-point dtype, got complex128"),
        (([1.0], (1.6, 1.05)), "p must be SeluParameters, as selu_parameters returns"),
    ],
    ids=str,
)
def test_bad_arguments_of_selu(arguments, message):
    with x64(), pytest.raises(TypeError, match=message):
        sj.selu(*arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rate": 1.0}, ValueError, r"rate must be in the interval \[0, 1\), got 1\.0"),
        ({"rate": -0.5}, ValueError, r"rate must be in the interval \[0, 1\), got -0\.5"),
        ({"rate": np.nan}, ValueError, "rate must be finite, got nan"),
        ({"rate": jnp.array(1.0)}, ValueError, r"rate must be in the interval \[0, 1\)"),
        ({"rate": [0.5]}, TypeError, "rate must be a number, got an array of shape"),
        ({"rate": jnp.array([0.5])}, TypeError, "rate must be a number, got an array of shape"),
        ({"rate": "0.5"}, TypeError, "rate must be real numbers"),
        ({"rate": None}, TypeError, "rate must be real numbers"),
        ({"rate": True}, TypeError, "rate must be real numbers, got True"),
        ({"rate": False}, TypeError, "rate must be real numbers, got False"),
        ({"rate": np.False_}, TypeError, "rate must be real numbers"),
        ({"rate": jnp.array(False)}, TypeError, "rate must be real numbers"),
        ({"x": [1, 2]}, TypeError, "x must be of a floating-point dtype, got int32"),
        ({"p": (1.6, 1.05)}, TypeError, "p must be SeluParameters"),
        ({"key": 3}, TypeError, "key"),
        ({"noise_shape": (4, 2)}, ValueError, "noise_shape must broadcast to the shape of x"),
        ({"noise_shape": (7, 4, 5)}, ValueError, "noise_shape must broadcast to the shape of x"),
        ({"noise_shape": (None,)}, ValueError, "noise_shape with None must have as many entries"),
        ({"noise_shape": (4, 0)}, ValueError, "noise_shape must hold positive integers and None"),
        ({"noise_shape": 3}, ValueError, "noise_shape must hold positive integers and None, got 3"),
    ],
    ids=str,
)
def test_bad_arguments_of_alpha_dropout(arguments, error, message):
    with pytest.raises(error, match=message):
        sj.alpha_dropout(**{"key": KEY, "x": jnp.ones([4, 5]), "rate": 0.5, **arguments})


def test_a_bad_rate_that_is_traced():
    for rate in (jnp.array([0.5]), 1, False):
        with pytest.raises(TypeError, match="rate must be a scalar of a floating-point dtype"):
            jax.jit(lambda rate: sj.alpha_dropout(KEY, jnp.ones(4), rate))(rate)


@pytest.mark.parametrize(
    ("mean", "variance", "message"),
    [
        (True, 1.0, "mean must be a real number, got True"),
        (0.0, np.True_, "floating-point dtype, got bool"),
        (0.0, "1", "variance must be a real number, got '1'"),
        (None, 1.0, "mean must be a real number, got None"),
        ([0.0], 1.0, r"mean must be a real number, got \[0\.0\]"),
        (jnp.array(1), 1.0, "floating-point dtype, got int"),
        (np.array(1), 1, "floating-point dtype, got int"),
    ],
    ids=str,
)
def test_bad_targets(mean, variance, message):
    with pytest.raises(TypeError, match=message):
        sj.selu_parameters(mean, variance, weights="iid")


def test_arrays_of_parameters_that_fit_no_symbol():
    p = selu_sym.selu_parameters(np.zeros(8), 1.0, weights="iid")
    symbolic = jax.ShapeDtypeStruct(jax.export.symbolic_shape("b, u"), jnp.float32)
    with pytest.raises(ValueError, match=r"p \(its arrays\) must broadcast to .*, \(b, u\)"):
        jax.export.export(jax.jit(lambda x: sj.selu(x, p)))(symbolic)
