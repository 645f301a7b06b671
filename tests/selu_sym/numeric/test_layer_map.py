import numpy as np
import pytest

from selu_sym import precise, selu_parameters, stability


def test_display():
    none = stability(selu_parameters(9.0, 1.0, weights="iid", missing="nan"))
    assert str(none) == "no fixed point"
    found = stability(selu_parameters(-0.1, 2.0, weights="normalized"))
    assert str(found) == "attracting (spectral radius 0.712)"


def random_targets(count: int) -> list[tuple]:
    random = np.random.default_rng(7)
    models = ("unit-sum", "iid", "normalized", (0.5, 1.5), (-1.0, 0.7), (2.0, 0.5))
    targets = []
    for i in range(count):
        variance = 10 ** random.uniform(-6, 4)
        mean = np.sqrt(variance) * random.normal() * 10 ** random.uniform(-3, 1.2)
        targets.append((mean, variance, models[i % len(models)]))
    return targets


def test_attracting_is_never_wrong():
    """Against balls, which decide it for every target; doubles may leave it open, rarely."""
    decided = {True: 0, False: 0, None: 0}
    for mean, variance, weights in random_targets(300):
        try:
            p = selu_parameters(mean, variance, weights=weights)
        except ValueError:
            continue
        found = stability(p).attracting
        decided[found] += 1
        truth = precise.stability(
            precise.selu_parameters(mean, variance, weights=weights, digits=5)
        )
        assert found in (truth.attracting, None), (mean, variance, weights)
        if found is None and abs(p.input_mean) < 25 * p.input_variance**0.5:
            assert abs(float(truth.spectral_radius) - 1) < 1e-5  # the rest is decided
    assert decided[True] > 100
    assert decided[False] > 40
    assert decided[None] < 10


@pytest.mark.parametrize("mean", [10.0, 20.0])
def test_what_doubles_cannot_decide_is_not_decided(mean):
    """The radius at mean 10 is 1 + 3e-27."""
    found = stability(selu_parameters(mean, 1.0, weights="unit-sum"))
    assert found.attracting is None
    assert str(found) == "not decided (spectral radius 1.000)"
    of_arrays = stability(selu_parameters([0.0, mean], 1.0, weights="unit-sum"))
    assert of_arrays.attracting.tolist() == [False, None]
    assert str(of_arrays) == "0 of 2 attracting, 1 not decided"


def test_what_is_far_from_1_is_decided():
    """20 deviations below zero, where scale is 1e45 and never seen; precise says 182.41."""
    found = stability(selu_parameters(-2.0, 0.01, weights="unit-sum"))
    assert found.attracting is False
    assert str(found) == "NOT attracting (spectral radius 182.415)"
