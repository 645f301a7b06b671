import math

import numpy as np
import pytest

from selu_sym._numeric.catalogue import source
from selu_sym._numeric.shaping import Shapes, crossing, is_homogeneous, layer_value, plain


@pytest.mark.parametrize(
    ("name", "answer"), [("relu", True), ("leaky_relu", True), ("gelu", False), ("elu", False)]
)
def test_homogeneous_functions(name, answer):
    assert is_homogeneous(source(name)) is answer


def test_a_plain_network_repeats_its_layer():
    assert plain(5)(lambda x: x + 2) == 10


def test_the_first_crossing_is_found_and_no_later_one():
    path = np.linspace(0, 10, 41)
    assert crossing(math.sin, path + 4) == pytest.approx(2 * math.pi, abs=1e-12)
    assert crossing(math.sin, path + 4, guess=4 * math.pi) == pytest.approx(4 * math.pi, abs=1e-12)
    assert crossing(lambda x: 1 + x * x, path) is None


def test_what_a_layer_must_do_for_a_network():
    assert layer_value(plain(4), lambda p: lambda x: x + p, 2.0) == pytest.approx(0.5, rel=1e-13)


def test_a_layer_of_gain_1_keeps_the_second_moment():
    shapes = Shapes(source("gelu"), 0.9)
    layer = shapes.with_gain(1.1, 0.4, -1)
    assert shapes.next_second_moments(layer, np.array([1.0]))[0] == pytest.approx(1, abs=1e-13)
    near = shapes.next_second_moments(layer, np.array([1 - 1e-5, 1 + 1e-5]))
    assert (near[1] - near[0]) / 2e-5 == pytest.approx(layer.slope, abs=1e-8)


def test_a_layer_that_cannot_have_the_gain():
    """With a large share of biases the gain 1 needs more variance than there is."""
    assert Shapes(source("gelu"), 0.1).with_gain(3.0, 0.0, 1) is None
