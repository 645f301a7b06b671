import math

import numpy as np
import pytest

import selu_sym
from selu_sym._numeric.callables import source_of


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


def test_what_is_no_activation():
    with pytest.raises(TypeError, match="activation must be a name or a function"):
        selu_sym.gain(3)


@pytest.mark.parametrize(
    "function", [math.tanh, lambda z: z if z > 0 else 0.0, lambda z: z.relu()], ids=["a", "b", "c"]
)
def test_a_function_that_takes_no_arrays_is_refused(function):
    with pytest.raises(TypeError, match="activation must be a function of NumPy arrays") as caught:
        selu_sym.gain(function)
    assert isinstance(caught.value.__cause__, AttributeError | TypeError | ValueError)
    with pytest.raises(TypeError, match="derivative must be a function of NumPy arrays"):
        selu_sym.gain(np.tanh, derivative=function)


def test_the_ends_of_a_callable():
    assert source_of(np.tanh).ends == (-1.0, 1.0, 1e-8, 1e-8)
    left, right, left_slope, right_slope = source_of(lambda z: np.maximum(z, 0)).ends
    assert (left, right, left_slope, right_slope) == (0, math.inf, 0, 1)


def test_differences_do_not_cross_a_kink():
    source = source_of(np.abs, kinks=[0.0])
    x = np.array([-1e-3, -1e-7, 1e-7, 1e-3])
    np.testing.assert_allclose(source.derivative(x), np.sign(x), rtol=1e-9)
