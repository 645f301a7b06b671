"""Gains: published constants, names, parameters, callables, errors, digits."""

import math

import numpy as np
import pytest

import selu_sym

# From the issue: the NFNets' gammas are samples, these are the values that they approach.
VARIANCE_GAINS = {
    "relu": 1.71285855045,
    "gelu": 1.70092624336,
    "silu": 1.78718722210,
    "elu": 1.27084341785,
    "celu": 1.27084341785,
    "sigmoid": 4.80379,
}


@pytest.mark.parametrize(
    ("name", "keeps", "value"),
    [
        ("relu", "variance", math.sqrt(2 * math.pi / (math.pi - 1))),
        ("gelu", "variance", 1.70092624336),
        ("silu", "variance", 1.78718722210),
        ("elu", "variance", 1.27084341785),
        ("celu", "variance", 1.27084341785),
        ("silu", "second_moment", 1.67653247033),
        ("tanh", "second_moment", 1.59253742),
        ("sigmoid", "second_moment", 1.84622855),
        ("softplus", "gradient", 1 / math.sqrt(0.2933790358580929627)),
        ("relu", "second_moment", math.sqrt(2)),
        ("selu", "second_moment", 1.0),
    ],
)
def test_constants(name, keeps, value):
    assert selu_sym.gain(name, keeps=keeps) == pytest.approx(value, rel=6e-9)


def test_the_mp_silu():
    """EDM2 divides by 0.596, the root mean square."""
    assert 1 / selu_sym.gain("silu") == pytest.approx(0.596469211123, rel=1e-11)


def test_calculate_gains_arguments():
    assert selu_sym.gain("leaky_relu", 0.2) == pytest.approx(math.sqrt(2 / 1.04), rel=1e-14)
    assert selu_sym.gain("leaky_relu") == pytest.approx(math.sqrt(2 / 1.0001), rel=1e-14)
    assert selu_sym.gain("linear") == pytest.approx(1, rel=1e-14)


def test_parameters():
    assert selu_sym.gain("silu", 1.702) == pytest.approx(selu_sym.gain("quick_gelu"), rel=1e-13)
    assert selu_sym.gain("selu", (1.0, 1.0)) == pytest.approx(selu_sym.gain("elu"), rel=1e-14)
    assert selu_sym.gain("prelu", 0.0) == pytest.approx(math.sqrt(2), rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("gelo",), {}, "activation must be .* got 'gelo': did you mean 'gelu'"),
        (("exponential",), {}, r"see selu_sym\.list_activations\(\)\. A function of NumPy arrays"),
        (("gelu",), {"keeps": "mean"}, "keeps must be 'second_moment', 'variance' or 'gradient'"),
        (("hard_shrink",), {"keeps": "gradient"}, "'hard_shrink' jumps at -0.5, 0.5"),
        (("gelu", 2.0), {}, "param of 'gelu' must be none, got 2.0"),
        (("celu", -1.0), {}, "param .alpha of 'celu'. must be positive"),
        (("gelu",), {"input_variance": 0.0}, "input_variance must be positive"),
        (("gelu",), {"input_mean": [0.0, 1.0]}, "input_mean must be a number"),
        (("gelu",), {"kinks": [1.0]}, "kinks and derivative must be given with a callable only"),
        ((np.ones_like,), {"keeps": "variance"}, "activation must not be constant"),
        ((lambda z: np.append(z, 0),), {}, "activation must work elementwise"),
    ],
)
def test_errors_say_what_to_do(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        selu_sym.gain(*arguments, **options)
