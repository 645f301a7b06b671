"""What the notebooks train by: networks of activations with scale and shift, on digits."""

import json

import jax
import numpy as np
import pytest

from selu_sym import balance, list_activations, selu_parameters, shape_for_depth
from tests.scripts import script

training = script("deep_training")

X = np.linspace(-6, 6, 101)


@pytest.mark.parametrize(
    "q",
    [
        balance("gelu"),
        balance("softplus", second_moment=2.0),
        shape_for_depth("softsign", 20),
        shape_for_depth("mish", 48),
        balance("leaky_relu", param=0.3),
        balance("celu", param=2.0),
    ],
    ids=lambda q: q.activation,
)
def test_an_activation_in_jax_is_that_of_python(q):
    assert np.allclose(training.activation_of(q)(np.float32(X)), q(X), rtol=2e-6, atol=2e-6)


def test_selu_parameters_are_an_activation():
    p = selu_parameters(0.0, 1.0)
    expected = jax.nn.selu(np.float32(X))
    assert np.allclose(training.activation_of(p)(np.float32(X)), expected, rtol=1e-6)


def test_names_are_those_of_the_catalogue():
    assert set(training.SPECIAL) <= set(list_activations())
    assert np.allclose(training.activation_of("gelu")(1.0), 0.8413447460685429, rtol=1e-6)


def test_a_small_network_learns_and_a_large_rate_destroys_it():
    network = training.Network(jax.nn.tanh, depth=3, width=32)
    learned = training.train(network, 0.03, seed=1, epochs=4)
    assert learned > 0.9
    assert training.train(network, 0.03, seed=1, epochs=4) == learned
    assert training.train(network, 1e4, seed=1, epochs=4) < 0.5


def test_adam_learns_too():
    network = training.Network(jax.nn.tanh, depth=3, width=32)
    assert training.train(network, 0.003, seed=0, optimizer="adam", epochs=4) > 0.9


def test_inputs_have_the_second_moment_and_no_column_is_divided_by_0():
    x, other, y, other_y = training.examples("digits", 4.0, 3)
    assert np.isclose(np.mean(np.square(x, dtype=np.float64)), 4.0, rtol=1e-6)
    assert np.isfinite(other).all()
    assert np.abs(other).max() < 100
    assert len(x) == len(y)
    assert len(other) == len(other_y) == 450


def test_weights_have_the_gain_and_seeds_give_pairs():
    """A seed's normal numbers are the same for each gain."""
    plain, gained = (
        training._draw(
            np.random.default_rng(5), training.Network(jax.nn.relu, gain=gain, depth=9, width=64)
        )
        for gain in (1.0, 2.0)
    )
    assert plain[2].shape == (8, 64, 64)
    assert np.isclose(64 * np.var(plain[2]), 1.0, atol=0.03)  # four deviations of 32,768 numbers
    assert np.allclose(2 * plain[2], gained[2], rtol=1e-6)
    assert np.allclose(plain[4], gained[4], rtol=1e-6)


def test_images_go_through_convolutions_without_border():
    """Of images that are continued on each side: `np.pad` and JAX's convolution."""
    x, *_ = training.examples("digits as images", 1.0, 0)
    network = training.Network(jax.nn.tanh, depth=2, width=5)
    layers = training._draw(np.random.default_rng(1), network, (8, 8, 1, 10))
    seen = training._outputs(jax.nn.tanh, layers, x[:7])
    expected = x[:7]
    for weights in (layers[0], layers[2][0]):
        kernel = weights.reshape(3, 3, -1, 5)[::-1, ::-1]
        padded = np.pad(expected, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="wrap")
        convolved = jax.lax.conv_general_dilated(
            padded, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        expected = np.tanh(convolved)
    assert np.allclose(seen, expected.reshape(7, -1) @ layers[4], atol=1e-5)
    assert np.isclose(np.mean(np.square(x, dtype=float)), 1, rtol=1e-6)


def test_a_small_network_of_convolutions_learns():
    network = training.Network(jax.nn.tanh, depth=2, width=8)
    assert training.train(network, 0.03, seed=1, epochs=2, data="digits as images") > 0.9


def test_results_are_computed_once_and_kept(tmp_path):
    file, computed = tmp_path / "results.json", []

    def case(name):
        return lambda: computed.append(name) or len(computed)

    cases = {"a": case("a"), "b": case("b")}
    assert training.resume(file, {"depth": 3}, {"a": cases["a"]}) == {"a": 1}
    assert training.resume(file, {"depth": 3}, cases) == {"a": 1, "b": 2}
    assert computed == ["a", "b"]
    assert json.loads(file.read_text()) == {"settings": {"depth": 3}, "results": {"a": 1, "b": 2}}
    assert training.resume(file, {"depth": 4}, {"a": cases["a"]}) == {"a": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
