"""Which activation a layer computes: by the values that it has, whatever it is called."""

import numpy as np
import pytest

import selu_sym
from selu_sym._observe import functions

X = np.random.default_rng(3).normal(0, 1.5, 4096)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ReLU", "relu"),
        ("relu_", "relu"),
        ("SiLUActivation", "silu"),
        ("NewGELUActivation", "gelu_tanh"),
        ("GELUTanh", "gelu_tanh"),
        ("SwishMe", "silu"),
        ("HardSwish", "hard_silu"),
        ("Linear2", None),
        ("Conv", None),
    ],
)
def test_names_of_libraries(name, expected):
    found = functions.named(name)
    assert (None if found is None else found.name) == expected


def swish(x):
    return x / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("name", "f", "expected", "parameters"),
    [
        ("my_own", swish, "silu", (1.0,)),
        ("relu", swish, "silu", (1.0,)),  # the values decide
        ("LeakyReLU", lambda x: np.where(x > 0, x, 0.3 * x), "leaky_relu", (0.3,)),
        ("ELU", lambda x: np.where(x > 0, x, 0.7 * np.expm1(x)), "elu", (0.7,)),
        ("Tanh", lambda x: np.tanh(x).astype("float16"), "tanh", ()),
        ("cube", lambda x: x**3, None, ()),
        ("relu", lambda x: x**3, None, ()),
    ],
)
def test_values_decide(name, f, expected, parameters):
    found = functions.recognized(name, X, f(X))
    if expected is None:
        assert found is None
    else:
        assert found.name == expected
        assert found.source.parameters == pytest.approx(parameters, rel=1e-6)


def test_small_net_inputs_do_not_tell_activations_apart():
    """There, all of them are straight lines."""
    assert functions.recognized("my_own", X / 1000, np.tanh(X / 1000)) is None
    assert functions.recognized("tanh", X / 1000, np.tanh(X / 1000)).name == "tanh"
    assert functions.recognized("tanh", np.array([np.nan]), np.array([np.nan])) is None


def test_means_of_many_examples_are_interpolated():
    v = np.random.default_rng(1).gamma(2.0, 1.0, 1000)
    found = functions.named("gelu").means(v)
    expected = selu_sym.activation_moments("gelu", 0.0, v)
    assert found[0] == pytest.approx(expected.mean, rel=1e-3)
    assert found[1] == pytest.approx(expected.second_moment, rel=1e-3)
    assert found[2] == pytest.approx(expected.derivative_second_moment, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "flat"), [("relu", X < 0), ("hard_tanh", np.abs(X) > 1), ("leaky_relu", X > 99)]
)
def test_flat_pieces(name, flat):
    assert functions.named(name).flat_count(X) == pytest.approx(np.count_nonzero(flat), abs=20)


@pytest.mark.parametrize("shape", [(16, 16, 16, 256), (4, 64, 32, 32), (100,), (32, 96, 28, 28)])
def test_samples_have_numbers_of_many_channels_and_places(shape):
    places = np.indices(shape).reshape(len(shape), -1)
    sample = places[:, :: functions.sample_step(places.shape[1])]
    assert all(len(set(axis)) >= size / 7 for axis, size in zip(sample, shape, strict=True))


@pytest.mark.parametrize("name", ["gelu", "hard_silu", "leaky_relu", "sigmoid", "tanh_shrink"])
def test_the_slope_of_the_map_of_second_moments(name):
    """By differences of what `activation_moments` returns; homogeneous ones have slope 1."""
    tau = 1 / selu_sym.activation_moments(name, 0.0, 1.0).second_moment
    low, high = (selu_sym.activation_moments(name, 0.0, v).second_moment for v in (0.999, 1.001))
    slope = functions.named(name).repulsion(1.0)
    assert slope == pytest.approx(tau * (high - low) / 0.002, rel=1e-5)
    assert (slope > 1 + 1e-9) == (name in ("gelu", "hard_silu", "tanh_shrink"))


@pytest.mark.parametrize(
    ("name", "expected"), [("gelu", True), ("relu", True), ("tanh_shrink", False)]
)
def test_activations_with_a_balance_that_does_not_repel(name, expected):
    assert functions.named(name).has_balance == expected
    assert not functions.named("hard_shrink").has_balance
    if not expected:
        with pytest.warns(UserWarning, match="repel"):
            selu_sym.balance(name)
