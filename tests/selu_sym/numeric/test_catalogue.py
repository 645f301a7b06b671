"""Names of activations, and the activations themselves."""

import mpmath
import numpy as np
import pytest

import selu_sym
from selu_sym._numeric import catalogue
from tests.activations import FUNCTIONS


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


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_computes_the_function_of_its_name(name):
    source = catalogue.source(name)
    x = np.array([-7.0, -3.5, -1.2, -0.3, -1e-4, 1e-5, 0.2, 0.7, 2.4, 5.5, 8.0])
    with mpmath.workdps(40):
        truth = [float(FUNCTIONS[name](mpmath.mpf(point))) for point in x]
    np.testing.assert_allclose(source(x), truth, rtol=5e-14)
    step = 1e-6
    difference = (source(x + step) - source(x - step)) / (2 * step)
    np.testing.assert_allclose(source.derivative(x), difference, rtol=1e-7, atol=1e-8)


def test_every_activation_is_listed():
    assert set(selu_sym.list_activations()) == set(FUNCTIONS)
