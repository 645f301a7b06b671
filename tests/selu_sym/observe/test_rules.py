"""Rules are asked in their order; the first NaN or infinity comes before all others."""

import numpy as np
import pytest

from selu_sym._observe.rules import RULES, Network, findings
from tests.observed_networks import Network as Recorded

ROWS = np.random.default_rng(13).normal(size=(64, 32))


def found(network):
    network.finish()
    return findings(Network(network.recorder.steps, network.recorder.diverged))


def test_each_rule_says_what_it_is_about():
    assert len({rule.about for rule in RULES}) == len(RULES)


def test_the_layer_that_makes_the_first_nan_is_named():
    network = Recorded(ROWS)
    network.dense("h0", tau=2.0)
    network.selu("s0")
    network.call(
        "weights", "h1", lambda x: np.where(x > 2, np.nan, x), broken="its weights hold NaN"
    )
    network.selu("s1")
    network.dense("h2")
    (finding,) = found(network)
    assert (finding.layer, finding.kind) == ("h1", "diverged")
    assert finding.message == "weights 'h1' makes the first NaN or infinity: its weights hold NaN"


def test_a_layer_whose_weights_are_sound_may_overflow():
    network = Recorded(ROWS)
    network.dense("h0")
    with np.errstate(over="ignore"):
        network.call("other", "exp", lambda x: np.exp(1e6 * np.abs(x)))
    (finding,) = found(network)
    assert finding.message.startswith("other 'exp' makes the first NaN or infinity, of inputs of")


def test_a_nan_that_is_made_between_layers():
    network = Recorded(ROWS)
    network.dense("h0")
    network.y = np.full_like(network.y, np.nan)
    network.dense("h1")
    (finding,) = found(network)
    assert finding.layer == "h1"
    assert "right before weights 'h1', outside of layers" in finding.message


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_nan_in_the_examples():
    network = Recorded(np.where(ROWS > 2, np.nan, ROWS))
    network.dense("h0")
    (finding,) = found(network)
    assert (finding.layer, finding.kind) == ("input", "input")


def test_a_nan_in_weights_that_no_example_reaches():
    network = Recorded(ROWS)
    network.call("other", "e", lambda x: x, broken="its weights hold NaN or infinity")
    (finding,) = found(network)
    assert (finding.layer, finding.kind) == ("e", "diverged")
