"""The rules that make findings of steps, one by one."""

import numpy as np
import pytest

import selu_sym
from selu_sym import Finding, Iid
from selu_sym._observe.rules import Network as Steps
from selu_sym._observe.rules import findings
from tests.observed_networks import PAPER, Network

ROWS = np.random.default_rng(13).normal(size=(512, 64))
OTHER = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")


def found(network):
    network.finish()
    recorder = network.recorder
    return [(one.layer, one.kind) for one in findings(Steps(recorder.steps, recorder.diverged))]


def test_a_sound_network_has_none():
    network = Network(ROWS)
    for number in range(3):
        network.dense(f"h{number}")
        network.selu(f"s{number}")
    assert found(network) == []


@pytest.mark.parametrize(
    ("tau", "error", "wrong"),
    [
        (1.0, 0.0, False),
        (1.019, 0.0, False),
        (1.021, 0.0, True),
        (0.99, 0.0, False),
        (0.97, 0.0, True),
        (1.05, 0.01, False),  # four standard errors
        (1.07, 0.01, True),
    ],
)
def test_tau_is_compared_with_the_one_that_the_selu_assumes(tau, error, wrong):
    network = Network(ROWS)
    network.dense("h", tau=tau, uncertainty=(error, 0.0))
    network.selu("s")
    assert (("h", "weights") in found(network)) == wrong


@pytest.mark.parametrize(("bias_variance", "wrong"), [(0.0, False), (0.019, False), (0.03, True)])
def test_biases_are_compared(bias_variance, wrong):
    network = Network(ROWS)
    network.dense("h", model=Iid(1.0, bias_variance))
    network.selu("s")
    assert (("h", "weights") in found(network)) == wrong


@pytest.mark.parametrize(("inside", "wrong"), [(1.0, False), (0.96, False), (0.9, True)])
def test_padding(inside, wrong):
    network = Network(ROWS)
    network.dense("c", inside=inside)
    network.selu("s")
    assert (("c", "padding") in found(network)) == wrong


@pytest.mark.parametrize(
    ("factor", "wrong"), [(1.0, False), (1.1, False), (1.3, True), (0.7, True)]
)
def test_the_input(factor, wrong):
    network = Network(factor * ROWS)
    network.dense("h")
    network.selu("s")
    assert (("input", "input") in found(network)) == wrong


@pytest.mark.parametrize("examples", [1, 2])
def test_an_input_that_is_the_same_in_all_examples(examples):
    """One example does not tell."""
    network = Network(np.full((examples, 64), 5.0))
    network.dense("h")
    network.selu("s")
    network.finish()
    (finding,) = findings(Steps(network.recorder.steps))
    alike = "show examples that differ, these are all the same"
    assert finding.message.endswith(": standardize it" if examples == 1 else alike)


@pytest.mark.parametrize("kind", ["pooling", "sum"])
@pytest.mark.parametrize("maker", ["h", "p"])
def test_zeros(kind, maker):
    """They are those of weights, or of a layer of this kind."""
    network = Network(ROWS)
    factor = 1.0 if maker == "p" else 0.0
    flaw = "" if factor else "all of its weights are 0"
    network.call("weights", "h", lambda x: factor * x, flaw=flaw)
    network.call(kind, "p", lambda x: 0 * x)
    network.selu("s")
    assert found(network) == [(maker, "weights" if maker == "h" else kind)]


@pytest.mark.parametrize("kind", ["pooling", "sum"])
def test_what_changes_moments_between_selus(kind):
    network = Network(ROWS)
    network.dense("h")
    network.selu("s")
    network.call(kind, "between", lambda x: 2 * x)
    network.dense("g")
    network.selu("t")
    assert found(network) == [("between", kind)]


def test_another_activation_between_selus():
    network = Network(ROWS)
    network.dense("h")
    network.selu("s")
    network.dense("g")
    network.call("activation", "r", lambda x: np.maximum(x, 0), function="relu")
    network.dense("f")
    network.selu("t")
    assert found(network) == [("r", "activation")]


@pytest.mark.parametrize(
    ("kind", "rate", "p", "wrong"),
    [
        ("dropout", 0.1, None, True),
        ("dropout", 0.0, None, False),
        ("alpha dropout", 0.1, PAPER, False),
        ("alpha dropout", 0.1, OTHER, True),
    ],
)
def test_dropout_after_a_selu(kind, rate, p, wrong):
    network = Network(ROWS)
    network.dense("h")
    network.selu("s")
    network.call(kind, "d", lambda x: x, rate=rate, p=p)
    assert found(network) == [("d", "dropout")] * wrong


@pytest.mark.parametrize(
    ("before", "rate", "wrong"), [(0, 0.5, True), (1, 0.5, True), (0, 0.0, False), (1, 0.0, False)]
)
def test_dropout_before_a_selu_raises_its_net_input_in_training(before, rate, wrong):
    network = Network(ROWS)
    for number in range(2):
        if number == before:
            network.call("dropout", "d", lambda x: x, rate=rate)
        if number == 0:
            network.dense("h")
    network.selu("s")
    assert found(network) == [("d", "dropout")] * wrong


def test_in_training_mode_the_dropout_is_blamed_and_not_the_input():
    network = Network(ROWS)
    kept = np.random.default_rng(1).random(ROWS.shape) < 0.5
    network.call("dropout", "d", lambda x: 2 * kept * x, rate=0.5)
    network.dense("h")
    network.selu("s")
    assert found(network) == [("d", "dropout")]


def test_two_fixed_points():
    network = Network(ROWS)
    network.dense("h")
    network.selu("s")
    network.dense("g")
    network.selu("t", OTHER)
    assert ("t", "fixed point") in found(network)


def test_a_layer_with_two_selus_is_named_once():
    network = Network(ROWS)
    network.dense("h", tau=2.0)
    y = network.y
    network.selu("s")
    network.y = y
    network.selu("t")
    assert found(network) == [("h", "weights"), ("h", "weights")]  # each names its own SELU
    network = Network(ROWS)
    network.dense("h", model=None, flaw="no model")
    y = network.y
    network.selu("s")
    network.y = y
    network.selu("t")
    assert found(network) == [("h", "weights")]


def test_moments_are_looked_at_where_layers_give_no_reason():
    network = Network(ROWS)
    network.dense("h")
    network.y *= 1.3  # the layer is not what it seems
    network.selu("s")
    assert found(network) == [("s", "moments")]


def test_a_finding_is_its_message():
    assert str(Finding("h", "weights", "words")) == "words"
