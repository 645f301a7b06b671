import pickle

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


@pytest.mark.parametrize("name", catalogue.names())
def test_a_source_computes_its_function(name):
    x = np.array([-7.0, -1.2, -0.3, 0.2, 0.7, 2.4, 8.0])
    expected = [float(FUNCTIONS[name](value)) for value in x.tolist()]
    np.testing.assert_allclose(catalogue.source(name)(x), expected, rtol=1e-13, atol=1e-15)
    slopes = (catalogue.source(name)(x + 1e-6) - catalogue.source(name)(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(catalogue.source(name).derivative(x), slopes, atol=1e-7)


def test_sources_can_be_pickled():
    source = catalogue.source("elu", 2.0)
    again = pickle.loads(pickle.dumps(source))
    assert again.parameters == (2.0,)
    assert again(np.array([-1.0])) == source(np.array([-1.0]))


def test_the_selu_saturates_on_one_side():
    below, above = catalogue.source("selu").saturated
    assert above is None
    assert below(np.array([-800.0])) == 0
