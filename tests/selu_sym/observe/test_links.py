"""Which activations are compared with each other."""

import pytest

import selu_sym
from selu_sym._observe.functions import named
from tests.observed_networks import found, stack


def test_gradients_of_what_others_take_too():
    """A step that two later ones take has the gradients of both."""
    network = stack("tanh", selu_sym.gain("tanh") ** 2, 8)
    steps = network.recorder.activations()
    for number, step in enumerate(steps):
        step.gradient = 2.0 ** (8 - number)
    head = network.dense("head", units=4)
    head.sources.append(steps[3])
    assert found(network) == []


@pytest.mark.parametrize(("function", "wrong"), [("global", False), ("", True)])
def test_after_a_global_pooling_moments_are_not_compared(function, wrong):
    """What it leaves depends on how much neighbouring numbers are alike."""
    network = stack("relu", 2.0, 2)
    network.call("pooling", "p", lambda x: x / 6, function=function)
    network.dense("h", tau=1.0)
    network.activation("a", "relu", named("relu").source)
    assert bool(found(network)) == wrong


def test_normalizations_separate_stacks():
    def normalize(network, number):
        network.call("normalization", f"n{number}", lambda x: x / x.std())

    assert found(stack("relu", 1.0, 14, between=normalize)) == []
