"""Held weights decide: the model of a layer is that of what it has, exactly if it is as drawn."""

import numpy as np
import pytest

from selu_sym import Iid
from selu_sym._observe.held import read_weights
from selu_sym._observe.steps import Step
from tests.observed_networks import WORDS


def read(tau, biases=None, drawn=None, count=10_000):
    step = Step("weights", "h", "Dense 'h'", WORDS, initializer="lecun_normal")
    read_weights(step, tau, count, None if biases is None else np.asarray(biases), drawn)
    return step


@pytest.mark.parametrize(
    ("tau", "drawn", "model", "initializer"),
    [
        (1.01, Iid(1.0), Iid(1.0), "lecun_normal"),
        (1.2, Iid(1.0), Iid(1.0), "lecun_normal"),  # training may have moved them
        (1.69, Iid(1.0), Iid(1.69), ""),
        (1.0, Iid(0.5), Iid(1.0), ""),
        (0.33, None, Iid(0.33), ""),
    ],
)
def test_what_is_held_decides(tau, drawn, model, initializer):
    step = read(tau, drawn=drawn)
    assert (step.model, step.held, step.initializer) == (model, Iid(tau), initializer)


@pytest.mark.parametrize(
    ("biases", "mean", "variance"),
    [
        (np.full(64, 0.5), 0.5, 0.0),
        (np.zeros(64), 0.0, 0.0),
        (np.tile([0.3, -0.3], 32), 0.0, 0.09),
        (np.tile([1.3, 0.7], 32), 1.0, 0.09),
    ],
)
def test_biases_have_a_mean_and_a_variance(biases, mean, variance):
    step = read(1.0, biases)
    assert step.bias_mean == pytest.approx(mean)
    assert step.held.bias_variance == pytest.approx(variance)


@pytest.mark.parametrize(("tau", "biases"), [(np.nan, None), (np.inf, None), (1.0, [np.nan, 0.0])])
def test_broken_weights_have_no_model(tau, biases):
    step = read(tau, biases)
    assert step.model is None
    assert step.broken == "its weights hold NaN or infinity"


def test_weights_of_0():
    assert read(0.0).flaw == "all of its weights are 0"
