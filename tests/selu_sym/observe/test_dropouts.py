"""What dropouts do in training: they are named, with a rate that keeps signal and gradients."""

import math
import re

import numpy as np
import pytest

import selu_sym
from selu_sym._observe.dropouts import factor_of, lower_rate, of_factors
from selu_sym._observe.functions import named
from selu_sym._observe.rules import Network as Whole
from selu_sym._observe.rules import findings
from selu_sym._observe.steps import Step
from tests.observed_networks import PAPER, WORDS, Network, selu

ROWS = np.random.default_rng(13).normal(size=(256, 64))


def dropouts(rates, kind="dropout", p=None):
    return [Step(kind, f"d{n}", f"Dropout 'd{n}'", WORDS, rate=r, p=p) for n, r in enumerate(rates)]


def test_factors_of_the_second_moment():
    several = dropouts([0.5, 0.2])
    assert factor_of(several) == pytest.approx(2.5)
    message = of_factors(several).message
    assert message.startswith("Dropout 'd0' and 1 other multiply the second moment by 2.5 in")
    rate = float(re.search(r"use a rate of ([\d.]+) or less in place of 0.5", message)[1])
    assert (1 - rate) ** -2 == pytest.approx(5, rel=0.05)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "Dropout 'd0' multiplies the"), (3, "Dropout 'd0' and 2 others multiply the")],
)
def test_the_others_are_counted(number, words):
    assert of_factors(dropouts([0.5] * number)).message.startswith(words)


@pytest.mark.parametrize(
    "p", [None, PAPER, selu_sym.balance("tanh")], ids=["plain", "SELU", "tanh"]
)
def test_the_rate_that_keeps_gradients(p):
    def gain(rate):
        a = 1 / (1 - rate) if p is None else p.dropout_affine(rate)[0]
        return 10 * math.log((1 - rate) * a**2)

    several = dropouts([0.3] * 10, "dropout" if p is None else "alpha dropout", p)
    rate = lower_rate(several, gain(0.3))
    assert 0 < rate < 0.3
    assert abs(gain(rate)) <= math.log(3) < abs(gain(rate + 0.004))


@pytest.mark.parametrize("change", [3.0, 50.0, -3.0])
def test_what_others_make_asks_for_no_other_rate(change):
    """Plain dropouts of 0.1 multiply by 1.1 each."""
    assert lower_rate(dropouts([0.1] * 10), change) == 0
    assert lower_rate([], change) == lower_rate(dropouts([1.0]), change) == 0


def test_a_stack_whose_second_moments_dropouts_multiply():
    """It is named once, also where the moments that are seen grow tenfold."""
    random = np.random.default_rng(3)
    network = Network(ROWS)
    for number in range(6):
        network.dense(f"h{number}", tau=2.0)
        network.activation(f"a{number}", "relu", named("relu").source)
        drop = network.call(
            *("dropout", f"d{number}"),
            lambda x: x * (random.random(x.shape) < 0.5) / 0.5,
            rate=0.5,
        )
    network.finish()
    assert drop.drops
    (finding,) = findings(Whole(network.recorder.steps))
    assert (finding.layer, finding.kind) == ("d0", "dropout")


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("p", [PAPER, selu_sym.balance("tanh")], ids=["SELU", "tanh"])
def test_gradients_that_alpha_dropouts_make(p, every):
    """They fall by q a^2 with each."""
    random = np.random.default_rng(3)
    a, b = p.dropout_affine(0.3)
    value = p.saturation if p is PAPER else p.dropped_value

    def drop(x):
        return a * np.where(random.random(x.shape) < 0.7, x, value) + b

    network, depth = Network(ROWS), 12 * every
    for number in range(depth):
        network.dense(f"h{number}", units=256)
        forward = selu if p is PAPER else p
        step = network.call("selu", f"a{number}", forward, function="f", p=p)
        step.gradient = (0.7 * a**2) ** ((depth - number) // every)
        if number % every == 0:
            network.call("alpha dropout", f"d{number}", drop, rate=0.3, p=p)
    network.finish()
    (finding,) = findings(Whole(network.recorder.steps))
    assert (finding.layer, finding.kind) == ("a0", "gradients")
    if p is PAPER and every == 1:
        assert finding.message.endswith("selu_sym.for_depth(12, growth=3, rate=0.3)")
        return
    rate, instead = re.search(
        r"use dropout of a rate of (.*) or less in (.*)", finding.message
    ).groups()
    assert instead == "place of 0.3"
    kept = p.dropout_affine(float(rate))[0] ** 2 * (1 - float(rate))
    drops = len(range(0, depth - 1, every))
    assert 0.3 < kept**drops < 0.5


@pytest.mark.parametrize("kind", ["dropout", "alpha dropout"])
def test_a_rate_of_1_comes_before_all_that_it_makes(kind):
    network = Network(ROWS)
    network.dense("h")
    network.call(kind, "d", lambda x: 0 * x, rate=1.0, p=PAPER if kind != "dropout" else None)
    network.selu("s")
    network.finish()
    (finding,) = findings(Whole(network.recorder.steps))
    assert finding.message == (
        f"{kind} 'd' drops all units in training, so nothing is learned: use a rate below 1"
    )
