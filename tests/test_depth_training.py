"""The activations, networks and trainings of notebook 15."""

import json

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from selu_sym import gradient_gain, propagate, selu_parameters
from tests.scripts import script

script("deep_training")  # which the others import
methods = script("depth_methods")
networks = script("depth_networks")
trainings = script("depth_training")


FUNCTIONS = {"gelu": lambda z: z * norm.cdf(z), "silu": lambda z: z * expit(z)}


def second_moment(q, variance):
    """Return that of scale * f + shift for a net input of a variance, by Gauss's rule."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    y = q.scale * FUNCTIONS[q.activation](np.sqrt(variance) * nodes) + q.shift
    return weights @ y**2 / np.sqrt(2 * np.pi)


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_a_gain_keeps_the_second_moment_and_has_no_shift(activation):
    q = methods.with_gain(activation)
    assert (q.input_scale, q.input_shift, q.shift) == (1, 0, 0)
    assert np.isclose(second_moment(q, 1.0), 1, rtol=1e-9)
    assert np.isclose(q.mean**2 + q.variance, 1, rtol=1e-12)


@pytest.mark.parametrize("name", ["balanced+ GELU", "balanced+ SiLU"])
def test_the_other_balanced_activation_keeps_both_and_repels(name):
    q = methods.METHODS[name](48)
    assert q.mean > 0
    assert np.isclose(gradient_gain(q), 1, rtol=1e-12)
    assert np.isclose(second_moment(q, 1.0), 1, rtol=1e-9)
    assert second_moment(q, 1.01) > 1.0105
    assert second_moment(q, 0.99) < 0.9895


def test_random_networks_do_what_is_predicted():
    shapes = [selu_parameters(0.0, 1.0, weights="iid"), methods.with_gain("relu")]
    drawn = [
        networks.random_signals(shapes, 6, 256, np.random.default_rng(seed)) for seed in range(8)
    ]
    for index, p in enumerate(shapes):
        law = propagate(p, 6, width=256, correlation=0.0)
        for quantity in ("mean", "variance"):
            seen = np.array([getattr(one, quantity)[index] for one in drawn])
            assert seen.shape == (8, 7)
            deviation = getattr(law, f"{quantity}_deviation")[1:] / np.sqrt(8)
            assert (abs(seen.mean(0) - getattr(law, quantity))[1:] < 4 * deviation).all()
        growth = np.array([one.growth[index] for one in drawn])
        assert np.allclose(growth[:, 0], 1)
        error = law.gradient_growth_deviation[1:] / np.sqrt(8)
        off = np.log(growth).mean(0)[1:] - np.log(law.gradient_growth[1:]) + 4 * error**2
        assert (abs(off) < 4 * error).all()
        alike = np.array([one.correlation[index] for one in drawn])
        assert np.allclose(alike[:, 0], 0, atol=1e-12)
        error = alike.std(0, ddof=1) / np.sqrt(8)
        assert (abs(alike.mean(0) - law.correlation)[1:] < 5 * error[1:]).all()


def test_the_rate_that_was_best_is_tried_again():
    results = {}
    wanted = trainings.wanted(results)
    first = next(wanted)
    assert str(first) == "digits | 48 | momentum | SELU (0, 1) | 0.0003 | 0"
    for rate, accuracy in ((1e-3, 0.9), (3e-3, 0.95), (3e-4, 0.8)):
        results[str(first._replace(rate=rate))] = accuracy
    assert trainings.best_rate(results, *first[:4]) == 3e-3
    again = [case for case in trainings.wanted(results) if case.seed and case[:4] == first[:4]]
    assert {(case.rate, case.seed) for case in again} == {(3e-3, 1), (3e-3, 2)}


def test_results_of_other_settings_are_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(trainings, "FILE", tmp_path / "results.json")
    assert trainings.load() == {}
    trainings.save({"a": 0.5})
    assert trainings.load() == {"a": 0.5}
    monkeypatch.setattr(trainings, "SETTINGS", {**trainings.SETTINGS, "epochs": 1})
    assert trainings.load() == {}
    assert json.loads(trainings.FILE.read_text())["accuracies"] == {"a": 0.5}
