"""What is predicted of activations: by `propagate`, and by random layers."""

import math

import numpy as np
import pytest

import selu_sym
from selu_sym import Iid
from selu_sym._observe.predictions import assumed, gain
from tests.observed_networks import PAPER, Network

ROWS = np.random.default_rng(13).normal(size=(512, 64))


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_predictions_are_those_of_propagate(scale):
    """From the second moment of the input, which all examples share here."""
    x = ROWS / np.sqrt(np.mean(ROWS**2, axis=1, keepdims=True)) * scale
    network = Network(x)
    selus = []
    for number in range(3):
        network.dense(f"h{number}", units=128 if number else 256)
        selus.append(network.selu(f"s{number}"))
    network.finish()
    expected = selu_sym.propagate(PAPER, 3, mean=0.0, variance=scale**2)
    for depth, selu in enumerate(selus, 1):
        assert selu.predicted.moments == pytest.approx(
            (expected.mean[depth], expected.variance[depth]), rel=1e-9, abs=1e-9
        )
        width = 256 if depth == 1 else 128
        band = selu_sym.propagate(PAPER, 3, width=width)
        assert selu.predicted.deviations == pytest.approx(
            (band.mean_deviation[depth], band.variance_deviation[depth]), rel=1e-12
        )


@pytest.mark.parametrize("weights", ["unit-sum", "normalized", (0.5, 1.0)], ids=str)
def test_at_a_mean_of_0_other_weights_are_predicted_as_independent_ones(weights):
    network = Network(ROWS)
    network.dense("h")
    p = selu_sym.selu_parameters(0.0, 1.0, weights=weights)
    selu = network.selu("s", p)
    network.finish()
    band = selu_sym.propagate(PAPER, 1, width=selu.predicted.units)
    assert selu.predicted.deviations == pytest.approx(
        (band.mean_deviation[1], band.variance_deviation[1]), rel=1e-12
    )


def test_nothing_is_predicted_after_what_is_not_known():
    network = Network(ROWS)
    network.call("other", "o", lambda x: x + 1)
    assert network.selu("s").predicted is None
    network.finish()
    assert network.recorder.steps[-1].predicted is None


@pytest.mark.parametrize("size", [0.0, 1e-10, 1e4, 1e5, 1e20])
def test_predictions_of_data_of_any_size(size):
    """Of a rectifier with scale and shift, E f = sqrt(v / 2 pi) and E f^2 = v / 2."""
    q = selu_sym.balance("relu")
    network = Network(size * np.ones((1, 64)))
    network.dense("h")
    step = network.call("selu", "a", lambda x: x, p=q)
    network.finish()
    v = min(size**2, 1e12)  # larger ones count as that
    first, second = math.sqrt(v / (2 * math.pi)), v / 2
    expected = q.scale**2 * second + 2 * q.scale * q.shift * first + q.shift**2
    assert step.predicted.by_example == pytest.approx([expected], rel=1e-9)


ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "silu": lambda x: x / (1 + np.exp(-x)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_any_activation_is_predicted_for_the_weights_that_are_held(name):
    """The last of three layers over 60 networks: mean, and deviation between networks."""
    x = np.repeat(ROWS[:1], 2, axis=0)
    x *= np.sqrt(2 / np.mean(x**2))
    seen, steps = [], []
    for seed in range(60):
        network = Network(x, seed=seed)
        for number in range(3):
            network.dense(f"h{number}", units=128, tau=1.5, bias_variance=0.1)
            step = network.activation(f"a{number}", name, ACTIVATIONS[name])
        network.finish()
        seen.append((step.output.mean, step.output.variance))
        steps.append(step)
    average, spread = np.mean(seen, axis=0), np.std(seen, axis=0)
    predicted = step.predicted
    assert average == pytest.approx(predicted.moments, abs=4 * spread.max() / np.sqrt(60))
    assert spread == pytest.approx(predicted.deviations, rel=0.35)


def test_the_gradient_gain_is_that_of_the_second_moment_going_back():
    """He's gain for ReLU keeps both."""
    network = Network(ROWS)
    network.dense("h", tau=2.0)
    step = network.activation("a", "relu", ACTIVATIONS["relu"])
    network.finish()
    assert step.predicted.gain == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", ["dropout", "alpha dropout"])
def test_dropouts_that_drop_count_in_the_gradient_gain(kind, training):
    random = np.random.default_rng(7)

    def forward(x):
        keeps = random.random(x.shape) < 0.8
        if kind == "dropout":
            dropped = keeps * x / 0.8
        else:
            a, b = PAPER.dropout_affine(0.2)
            dropped = a * np.where(keeps, x, PAPER.saturation) + b
        return dropped if training else x

    network = Network(ROWS)
    network.dense("h0")
    network.selu("s0")
    p = PAPER if kind == "alpha dropout" else None
    drop = network.call(kind, "d", forward, rate=0.2, p=p)
    network.dense("h1")
    selu = network.selu("s1")
    network.finish()
    assert drop.drops == training
    chi = selu_sym.gradient_gain(PAPER)
    in_training = chi / 0.8 if kind == "dropout" else selu_sym.gradient_gain(PAPER, 0.2)
    assert gain(selu) == pytest.approx(in_training if training else chi, rel=1e-12)
    assert gain(network.recorder.activations()[0]) == pytest.approx(chi, rel=1e-12)


def test_a_dropout_of_everything_lets_no_gradient_pass():
    network = Network(ROWS)
    network.dense("h0")
    network.selu("s0")
    network.call("dropout", "d", lambda x: 0 * x, rate=1.0)
    network.dense("h1")
    selu = network.selu("s1")
    network.finish()
    assert gain(selu) == 0


def test_all_weights_between_two_activations_count_in_the_gradient_gain():
    network = Network(ROWS)
    network.dense("h0")
    network.selu("s0")
    network.dense("narrow", tau=3.0)
    network.dense("h1")
    selu = network.selu("s1")
    network.finish()
    assert gain(selu) == pytest.approx(3 * selu_sym.gradient_gain(PAPER), rel=1e-12)


@pytest.mark.parametrize("kind", ["normalization", "pooling", "other"])
def test_no_gradient_gain_past_what_has_none(kind):
    network = Network(ROWS)
    network.dense("h0")
    network.selu("s0")
    network.call(kind, "between", lambda x: 2 * x)
    network.dense("h1")
    selu = network.selu("s1")
    network.finish()
    assert math.isnan(gain(selu))


@pytest.mark.parametrize(
    ("weights", "mean", "expected"),
    [
        ("iid", -0.1, Iid()),
        ("he_normal", 0.0, Iid(2.0)),
        (Iid(0.5, 0.25), 0.1, Iid(0.5, 0.25)),
        ("normalized", 0.0, Iid()),
        ("normalized", -0.1, None),
        ((1.0, 2.0), 0.0, Iid(2.0)),
    ],
    ids=str,
)
def test_the_independent_weights_that_a_selu_assumes(weights, mean, expected):
    assert assumed(selu_sym.selu_parameters(mean, 1.0, weights=weights)) == expected
