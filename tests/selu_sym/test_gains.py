"""Gains: published constants, names, parameters, callables, errors, digits."""

import math

import mpmath
import numpy as np
import pytest

import selu_sym
from selu_sym import precise

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


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("swish", "silu"),
        ("SiLU", "silu"),
        ("Hardswish", "hard_silu"),
        ("hard_swish", "hard_silu"),
        ("Hardtanh", "hard_tanh"),
        ("LeakyReLU", "leaky_relu"),
        ("soft_sign", "softsign"),
        ("conv2d", "linear"),
        ("conv_transpose3d", "linear"),
        ("Identity", "linear"),
    ],
)
def test_names_of_libraries(alias, name):
    assert selu_sym.gain(alias) == selu_sym.gain(name)


def test_calculate_gains_arguments():
    assert selu_sym.gain("leaky_relu", 0.2) == pytest.approx(math.sqrt(2 / 1.04), rel=1e-14)
    assert selu_sym.gain("leaky_relu") == pytest.approx(math.sqrt(2 / 1.0001), rel=1e-14)
    assert selu_sym.gain("linear") == pytest.approx(1, rel=1e-14)


def test_parameters():
    assert selu_sym.gain("silu", 1.702) == pytest.approx(selu_sym.gain("quick_gelu"), rel=1e-13)
    assert selu_sym.gain("selu", (1.0, 1.0)) == pytest.approx(selu_sym.gain("elu"), rel=1e-14)
    assert selu_sym.gain("prelu", 0.0) == pytest.approx(math.sqrt(2), rel=1e-14)


def test_a_callable_is_integrated():
    def quick(z):
        return z / (1 + np.exp(-1.702 * z))

    assert selu_sym.gain(quick) == pytest.approx(selu_sym.gain("quick_gelu"), rel=1e-12)
    found = selu_sym.activation_moments(lambda z: np.maximum(z, 0.3), kinks=[0.3])
    assert found.error < 1e-9
    tail = math.erfc(0.3 / math.sqrt(2)) / 2
    assert found.derivative_second_moment == pytest.approx(tail, rel=1e-10)
    given = selu_sym.activation_moments(np.tanh, derivative=lambda z: 1 - np.tanh(z) ** 2)
    assert given.derivative_mean == pytest.approx(0.6057055096021588, rel=1e-12)


def test_a_kink_that_is_not_listed_is_seen():
    with pytest.warns(UserWarning, match="known to about .* pass its kinks"):
        found = selu_sym.activation_moments(lambda z: np.maximum(z, 0.3))
    assert found.error > 1e-6


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("gelo",), {}, "activation must be .* got 'gelo': did you mean 'gelu'"),
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


def test_what_is_no_activation():
    with pytest.raises(TypeError, match="activation must be a name or a function"):
        selu_sym.gain(3)


@pytest.mark.parametrize("keeps", ["second_moment", "variance", "gradient"])
@pytest.mark.parametrize("name", ["gelu", "relu", "silu", "selu"])
def test_digits_are_those_of_float64(name, keeps):
    exact = precise.gain(name, keeps=keeps)
    assert float(exact) == pytest.approx(selu_sym.gain(name, keeps=keeps), rel=1e-13)
    assert len(str(exact).replace(".", "").lstrip("0")) == 50


def test_proved_digits():
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3 + 1 / (2 * mpmath.sqrt(3) * mpmath.pi)
        assert str(precise.gain("gelu")) == mpmath.nstr(1 / mpmath.sqrt(third), 50)
    ball = precise.enclose_gain("leaky_relu", "0.2", digits=30)
    assert ball.overlaps((2 / (1 + ball * 0 + 1) / 1) * ball)
    assert ball.rel_accuracy_bits() > 99
    assert str(precise.gain("relu", input_variance="1/4", digits=20)) == "2.8284271247461900976"


def test_precise_takes_no_functions():
    with pytest.raises(TypeError, match="no digits can be proved"):
        precise.gain(np.tanh)
    with pytest.raises(ValueError, match="digits must be a positive integer"):
        precise.gain("gelu", digits=0)
