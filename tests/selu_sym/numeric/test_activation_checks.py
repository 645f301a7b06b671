import numpy as np
import pytest

import selu_sym
from selu_sym._numeric import catalogue
from selu_sym._numeric.activation_checks import is_constant, is_inside
from selu_sym._numeric.callables import source_of
from selu_sym._numeric.gaussian_means import means


def test_no_mean_is_known_of_what_is_too_far():
    for m, v in ((31.0, 1.0), (0.0, 1e9), (0.0, 1e-13)):
        with pytest.raises(ValueError, match=r"within 30 deviations of 0, got .* variance [^;]*$"):
            selu_sym.activation_moments("gelu", m, v)


def test_only_a_gain_of_a_name_is_known_elsewhere():
    far = r"within 30 deviations.*; selu_sym\.precise\.gain has no limits$"
    with pytest.raises(ValueError, match=far):
        selu_sym.gain("gelu", input_variance=1e9)
    with pytest.raises(ValueError, match=r"within 30 deviations[^;]*$"):
        selu_sym.gain(np.tanh, input_variance=1e9)


def test_which_net_inputs_are_inside():
    m, v = np.array([0.0, 30.0, 31.0, 0.0]), np.array([1.0, 1.0, 1.0, 1e9])
    assert is_inside(m, v).tolist() == [True, True, False, False]


def test_a_constant_is_seen_but_for_roundoff():
    source = source_of(lambda z: 0 * z + 0.1)
    assert is_constant(source, means(source, 0.0, 1.0))
    source = catalogue.source("relu")
    assert not is_constant(source, means(source, -8.0, 1.0))
