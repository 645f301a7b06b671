import math

import numpy as np
import pytest

from selu_sym._numeric.catalogue import names, source
from selu_sym._numeric.shaping import (
    Shapes,
    Track,
    crossing,
    is_homogeneous,
    layer_value,
    layers_to,
    plain,
)


@pytest.mark.parametrize(
    ("name", "answer"),
    [("relu", True), ("leaky_relu", True), ("gelu", False), ("elu", False), ("relu6", False)],
)
def test_homogeneous_functions(name, answer):
    assert is_homogeneous(source(name)) is answer


def test_a_plain_network_repeats_its_layer():
    assert plain(5)(lambda x: x + 2) == 10


def test_the_first_crossing_is_found_and_no_later_one():
    path = np.linspace(0, 10, 41)
    assert crossing(math.sin, path + 4) == pytest.approx(2 * math.pi, abs=1e-12)
    assert crossing(lambda x: 1 + x * x, path) is None


def test_where_between_two_points_of_a_path_there_is_nothing_there_is_no_crossing():
    def hole(x):
        return math.nan if 1.2 < x < 1.8 else x - 1.5

    assert crossing(hole, np.array([1.0, 2.0])) is None


def test_a_track_guesses_by_the_nearest_solutions():
    track = Track([(9.0, 5.0), *((t, t * t) for t in (1.0, 2.0, 4.0))])
    assert track.guess(2.5) == pytest.approx(6.25, rel=1e-14)
    assert Track().guess(1.0) is None


def test_a_track_follows_a_crossing_that_is_near():
    assert Track().follow(math.sin, 0.1, 1e-15) == pytest.approx(0, abs=1e-15)
    assert Track().follow(lambda x: -math.sin(x), 0.1, 1e-15) is None  # downwards
    assert Track().follow(lambda x: x, 2.0, 1e-15) is None  # too far
    beyond = Track().follow(lambda x: x - 3.5, 3.3, 1e-15)
    assert beyond is not None
    assert math.isnan(beyond)


@pytest.mark.parametrize("gain", [0.05, 0.002])
def test_the_number_of_layers(gain):
    """Of c -> c + gain (1 - c)^1.5, whole layers and the share of the last one."""

    def layer(c):
        return c + gain * (1 - c) ** 1.5

    count, c = 0, 0.0
    while layer(c) < 0.8:
        count, c = count + 1, layer(c)
    # the rest of a step at its speed: dc/dn = gain (1 - c)^1.5 integrates to 2/(gain sqrt(1 - c))
    count += (0.2**-0.5 - (1 - c) ** -0.5) / ((1 - layer(c)) ** -0.5 - (1 - c) ** -0.5)
    assert layers_to(0.8, layer) == pytest.approx(count, rel=0.02 * gain)


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


def test_what_always_grows_does():
    """Beyond the largest slopes, at both ends, there is no mean of the squared slope."""
    growing = []
    for name in names():
        shapes = Shapes(source(name), 1.0)
        if not shapes.always_grows():
            continue
        growing.append(name)
        for s, t in ((0.1, 0.0), (1.0, -1.0), (5.0, 3.0)):
            layer = shapes.with_gain(s, t, 1)
            far = np.array([1e10])
            assert layer is None or shapes.next_second_moments(layer, far).item() > 0.999 * far
    assert growing == ["hard_shrink", "linear", "soft_shrink", "squared_relu", "tanh_shrink"]
