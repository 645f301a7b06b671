"""Activations that users write."""

import math

import numpy as np
import pytest

import selu_sym


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
