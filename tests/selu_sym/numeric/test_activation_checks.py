import math
import warnings

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


@pytest.mark.parametrize("function", [np.sqrt, np.log])
@pytest.mark.parametrize(
    "call",
    [
        *(selu_sym.gain, selu_sym.activation_moments, selu_sym.standardize, selu_sym.balance),
        lambda f: selu_sym.shape_for_depth(f, 48),
    ],
    ids=lambda call: call.__name__,
)
def test_a_callable_that_is_not_finite_is_refused(call, function):
    with pytest.raises(ValueError, match=r"activation must be finite .* got NaN at -.* you passed"):
        call(function)


def test_one_net_input_of_many_at_which_a_callable_is_not_finite():
    def to_five(z):
        return np.where(z < 5, z, np.inf)

    with pytest.raises(ValueError, match=r"activation must be finite .*, got inf at [56]"):
        selu_sym.activation_moments(to_five, [-20.0, 0.0], 1.0)
    with pytest.raises(ValueError, match=r"derivative must be finite .* got NaN"):
        selu_sym.gain(np.sin, derivative=lambda z: np.full_like(z, np.nan))
    with pytest.raises(
        ValueError, match=r"'exp' overflow for the mean 400.0 and the variance 1000.0"
    ):
        selu_sym.gain(np.exp, input_mean=400.0, input_variance=1000.0)


@pytest.mark.parametrize("rate", [0.25, 0.5, 1.0])
@pytest.mark.parametrize(
    "call",
    [
        *(selu_sym.gain, selu_sym.activation_moments, selu_sym.standardize),
        lambda f: selu_sym.shape_for_depth(f, 20),
    ],
    ids=lambda call: call.__name__,
)
def test_a_callable_whose_square_has_no_mean_is_refused(call, rate):
    """E exp(2 r z^2) = (1 - 4 r)^(-1/2) for r < 1/4, and infinite from there on."""
    with pytest.raises(ValueError, match=r"activation must have squares .* infinite, or not known"):
        call(lambda z: np.exp(rate * z * z))


@pytest.mark.parametrize("rate", [1.0, 2.0, 3.0])
def test_the_error_has_what_lies_beyond_the_integral(rate):
    """E exp(2 r z) = exp(2 r^2), and its part above 9.5 is that of a normal above 9.5 - 2r."""
    share = math.erfc((9.5 - 2 * rate) / math.sqrt(2)) / 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = selu_sym.activation_moments(lambda z: np.exp(rate * z))
    off = abs(found.second_moment / math.exp(2 * rate**2) - 1)
    assert off == pytest.approx(share, rel=0.1, abs=2e-14)
    assert off < found.error < 20 * share
    said = [str(warning.message) for warning in caught]
    assert all("beyond 9.5 standard deviations" in text for text in said)
    assert len(said) == (share > 1e-9)


@pytest.mark.filterwarnings("ignore:the means of 'tanh'")
def test_what_is_flat_far_out_is_no_divergence():
    """Of the tanh at 20, f'^2 lies next to 0, beyond the integral; f^2 is 1."""
    assert selu_sym.gain(np.tanh, input_mean=20.0, input_variance=4.0) == pytest.approx(1)
    assert selu_sym.activation_moments(np.tanh, 20.0, 4.0).error > 0.1
