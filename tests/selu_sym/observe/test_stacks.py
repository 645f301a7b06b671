"""Rules for stacks of any activation: planted faults are found, sound stacks are left alone."""

import numpy as np
import pytest

import selu_sym
from selu_sym._observe.functions import named
from tests.observed_networks import ROWS, Network, found, stack

GAINED = ["relu", "leaky_relu", "gelu", "silu", "mish", "elu", "celu", "tanh", "hard_tanh"]


@pytest.mark.parametrize("name", GAINED)
def test_stacks_with_their_gain_are_sound(name):
    depth = 12 if "relu" in name else 6
    assert found(stack(name, selu_sym.gain(name) ** 2, depth)) == []


@pytest.mark.parametrize("name", GAINED)
@pytest.mark.parametrize(("factor", "word"), [(0.5, "halves"), (2.0, "doubles")])
def test_a_stack_whose_weights_miss_the_gain(name, factor, word):
    if name in ("tanh", "hard_tanh"):
        return  # it saturates: second moments do not run away
    (finding,) = found(stack(name, factor * selu_sym.gain(name) ** 2, 14))
    assert (finding.layer, finding.kind) == ("h1", "weights")
    assert finding.message.startswith(f"{name} after weights (tau = ")
    assert "over these 14 ('a0' to 'a13')" in finding.message
    if "relu" in name:
        assert f"the second moment {word} each layer" in finding.message
        assert "use weights of variance 2/n" in finding.message


@pytest.mark.parametrize(("units", "wrong"), [(256, True), (12, False)])
def test_chance_makes_no_finding_in_narrow_layers(units, wrong):
    """A tenfold fall over five layers of 12 units is less than four deviations."""
    assert bool(found(stack("relu", 1.1, 6, units=units))) == wrong


@pytest.mark.parametrize(("scale", "kind"), [(1e3, "weights"), (1e-3, "weights"), (1.0, None)])
def test_one_layer_whose_weights_are_far_off(scale, kind):
    network = stack("relu", 2.0 * scale, 1)
    network.dense("head", units=10)
    assert [finding.kind for finding in found(network)] == [kind] * (kind is not None)


@pytest.mark.parametrize(
    ("name", "tau", "words"),
    [
        ("relu", 0.02, "multiply the second moment by 0.01 in one layer of relu"),
        ("relu", 200.0, "multiply the second moment by 100 in one layer of relu"),
        ("tanh", 250.0, "make net inputs of the second moment 250 for tanh"),
        ("sigmoid", 0.3, None),  # a sigmoid's second moment stays near 1/4
    ],
)
def test_what_is_said_of_one_layer_is_true(name, tau, words):
    x = ROWS / np.sqrt(np.mean(ROWS**2))
    network = stack(name, tau, 1, x=x)
    network.dense("head", units=10)
    messages = [finding.message for finding in found(network)]
    assert len(messages) == (words is not None)
    assert all(f", which {words}: use " in message for message in messages)


@pytest.mark.parametrize("size", [1e-3, 30.0])
def test_the_size_of_the_input_is_not_blamed_on_weights(size):
    """A bounded activation divides a large second moment, and a sigmoid multiplies a small one."""
    for name in ("tanh", "sigmoid"):
        network = stack(name, 1.0, 2, x=size * ROWS)
        assert [finding.kind for finding in found(network)] == ["input"]


def test_outputs_may_begin_small():
    """DCGAN's generator ends with weights of deviation 0.02 before a tanh."""
    assert found(stack("tanh", 0.01, 1)) == []


@pytest.mark.parametrize("tau", [0.05, 80.0])
def test_weights_of_few_inputs_or_of_few_outputs(tau):
    """He's weights by outputs have no gain by inputs, as those of an image's three channels."""
    network = Network(ROWS)
    network.dense("h", tau=tau, outputs_by_inputs=2.0 / tau)
    network.activation("a", "relu", named("relu").source)
    assert found(network) == []


@pytest.mark.parametrize(("units", "wrong"), [(256, True), (8, False)])
def test_gradients_of_normalized_layers_within_chance(units, wrong):
    """Twentyfold over seven layers, which layers of eight units may have by chance."""
    network = Network(ROWS)
    for number in range(7):
        network.dense(f"h{number}", units=units, tau=2.0)
        network.call("normalization", f"n{number}", lambda x: (x - x.mean(0)) / x.std(0))
        step = network.activation(f"a{number}", "relu", named("relu").source)
        step.gradient = 20.0 ** (1 - number / 6)
    assert bool(found(network)) == wrong


def test_sums_that_grow():
    network = Network(ROWS)
    network.dense("h0", tau=2.0)
    network.activation("a0", "relu", named("relu").source)
    for number in range(1, 9):
        kept = network.y
        network.dense(f"h{number}", units=256, tau=2.0)
        added = network.call("sum", f"sum{number}", lambda x, kept=kept: 1.2 * (x + kept))
        added.sources.append(network.recorder.seen(kept).maker)
        network.activation(f"a{number}", "relu", named("relu").source)
    (finding,) = found(network)
    assert (finding.layer, finding.kind) == ("sum1", "sum")
    assert "multiply each sum by" in finding.message


def test_poolings_between():
    def pool(network, number):
        network.call("pooling", f"p{number}", lambda x: np.sqrt(2) * x)

    (finding,) = found(stack("relu", 2.0, 10, between=pool))
    assert (finding.layer, finding.kind) == ("p0", "pooling")


@pytest.mark.parametrize(("rate", "wrong"), [(0.5, True), (0.1, False)])
def test_dropouts_multiply_in_training(rate, wrong):
    def drop(network, number):
        network.call("dropout", f"d{number}", lambda x: x, rate=rate)

    kinds = [finding.kind for finding in found(stack("relu", 2.0, 8, between=drop))]
    assert kinds == ["dropout"] * wrong


@pytest.mark.parametrize("grow", [2.0, 0.5])
def test_gradients(grow):
    network = stack("tanh", selu_sym.gain("tanh") ** 2, 8)
    for number, step in enumerate(network.recorder.activations()):
        step.gradient = grow ** (8 - number)
    (finding,) = found(network)
    assert (finding.layer, finding.kind) == ("a0", "gradients")
    assert ("grow to 130 times" if grow > 1 else "fall to 0.0078 times") in finding.message


@pytest.mark.parametrize("ends", [True, False])
def test_an_output_of_another_function_is_met_by_its_loss(ends):
    network = stack("relu", 2.0, 1)
    network.dense("h", tau=0.5)
    network.activation("y", "sigmoid", named("sigmoid").source)
    if not ends:
        network.dense("head", units=4)
    for step, gradient in zip(network.recorder.activations(), (0.02, 1.0), strict=True):
        step.gradient = gradient
    assert [one.kind for one in found(network)] == ["gradients"] * (not ends)


def test_dead_units():
    network = Network(ROWS)
    network.dense("h", tau=2.0)
    network.y = network.y - 100
    step = network.activation("a", "relu", named("relu").source)
    step.saturated = 1.0
    (finding,) = found(network)
    assert (finding.layer, finding.kind) == ("a", "saturated")
    assert "is flat for 100.0% of its net inputs" in finding.message


def test_what_dead_units_do_to_later_layers_is_no_finding_of_its_own():
    network = stack("relu", 2.0, 3)
    network.y = network.y - 100
    network.dense("h", tau=2.0)
    step = network.activation("dead", "relu", lambda x: np.maximum(x - 1e6, 0))
    step.saturated = 1.0
    network.dense("later", tau=2.0, bias_variance=1e-4)
    network.activation("last", "relu", lambda x: np.maximum(x, 0))
    assert [(one.layer, one.kind) for one in found(network)] == [("dead", "saturated")]


@pytest.mark.parametrize(("scale", "wrong"), [(100.0, True), (9.0, False), (1e-3, True)])
def test_raw_inputs(scale, wrong):
    kinds = [(one.layer, one.kind) for one in found(stack("relu", 2.0, 2, x=scale * ROWS))]
    assert kinds == [("input", "input")] * wrong
