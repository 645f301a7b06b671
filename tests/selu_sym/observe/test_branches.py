"""Which steps the signal can go around."""

import numpy as np
import pytest

from selu_sym._observe.branches import branches, those_before
from selu_sym._observe.rules import Network as Seen
from selu_sym._observe.rules import findings
from selu_sym._observe.steps import Step
from tests.observed_networks import WORDS
from tests.observed_networks import Network as Recorded


def chain(kinds, source):
    """Return steps of some kinds, each made of the one before."""
    steps = []
    for kind in kinds:
        step = Step(kind, f"{kind}{len(steps)}", kind, WORDS, [source])
        steps.append(step)
        source = step
    return steps


def merged(kind, first, second):
    """Return the input, the steps of two branches of it, and those where they meet and after."""
    start = Step("input", "input", "input", WORDS)
    ways = [chain(kinds, start) for kinds in (first, second)]
    meet = Step(kind, "meet", "meet", WORDS, [(way or [start])[-1] for way in ways])
    after = chain(["weights", "activation"], meet)
    return [start, *ways[0], *ways[1], meet, *after], ways


BRANCH = ["weights", "activation", "weights"]


def test_a_branch_beside_a_skip_connection():
    steps, (branch, _) = merged("sum", BRANCH, [])
    assert branches(steps) == (frozenset(branch), frozenset())


def test_a_gate():
    steps, (trunk, gate) = merged("other", ["passthrough"], ["pooling", *BRANCH, "activation"])
    assert branches(steps) == (frozenset([*trunk, *gate]), frozenset([*trunk, *gate]))


def test_no_way_leads_around_two_branches_with_weights():
    for kind in ("sum", "other"):
        steps, _ = merged(kind, BRANCH, ["weights"])
        assert branches(steps) == (frozenset(), frozenset())


def test_a_concatenation_is_none():
    steps, _ = merged("join", BRANCH, [])
    assert branches(steps) == (frozenset(), frozenset())


def found_beside(kind, tau):
    """Return what is found in a block of two layers that is added, or multiplied by."""
    network = Recorded(np.random.default_rng(13).normal(size=(256, 64)))
    network.dense("h", units=64, tau=2.0)
    network.activation("a", "relu", lambda x: np.maximum(x, 0))
    kept = network.y
    network.dense("up", units=256, tau=tau)
    network.activation("b", "relu", lambda x: np.maximum(x, 0))
    network.dense("down", units=64, tau=1.0)
    meet = network.call(kind, "meet", lambda x: kept + x if kind == "sum" else kept * x)
    meet.sources.append(network.recorder.seen(kept).maker)
    network.finish()
    return [(one.layer, one.kind) for one in findings(Seen(network.recorder.steps))]


def test_small_weights_do_no_harm_beside_a_skip_connection():
    """Transformers begin with branches of weights of deviation 0.02."""
    assert found_beside("sum", 0.01) == []
    assert found_beside("other", 0.01) == []
    assert ("up", "weights") in found_beside("sum", 1e4)


def test_what_is_normalized_later():
    start = Step("input", "input", "input", WORDS)
    steps = chain(["weights", "activation", "normalization", "weights", "activation"], start)
    assert those_before([start, *steps], "normalization") == {start, *steps[:2]}


@pytest.mark.parametrize(("after", "wrong"), [("normalization", False), ("passthrough", True)])
def test_weights_far_off_do_no_harm_before_a_normalization(after, wrong):
    network = Recorded(np.random.default_rng(13).normal(size=(256, 64)))
    network.dense("h", tau=0.01)
    network.activation("a", "relu", lambda x: np.maximum(x, 0))
    network.call(after, "n", lambda x: x)
    network.dense("head", units=10)
    network.finish()
    assert bool(findings(Seen(network.recorder.steps))) == wrong
