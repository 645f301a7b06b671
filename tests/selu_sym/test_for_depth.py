import numpy as np
import pytest

from selu_sym import Iid, _for_depth, for_depth, gradient_gain, selu_parameters


@pytest.mark.parametrize("weights", ["iid", "he_uniform", Iid(0.5625)], ids=str)
@pytest.mark.parametrize(
    ("depth", "growth", "mean"), [(1, 1.01, 0.0), (64, 10.0, 0.0), (64, 2.0, 0.1), (20, 10.0, -0.1)]
)
def test_for_depth_keeps_the_growth_and_no_larger_variance_does(depth, growth, mean, weights):
    p = for_depth(depth, growth, mean, weights)
    assert gradient_gain(p) ** depth == pytest.approx(growth, rel=1e-9)
    assert p.mean == mean
    larger = selu_parameters(mean, p.variance * np.geomspace(1.001, 1e6, 100), weights=weights)
    assert (gradient_gain(larger) ** depth > growth).all()


@pytest.mark.parametrize("mean", [-1.0, -0.1, 0.0, 0.1, 1.0])
@pytest.mark.parametrize("weights", ["iid", Iid(0.5, 0.1)], ids=str)
def test_gain_increases_with_the_variance(mean, weights):
    p = selu_parameters(mean, _for_depth.VARIANCES, weights=weights, missing="nan")
    gains = gradient_gain(p)
    assert (np.diff(gains[np.isfinite(gains)]) > 0).all()


@pytest.mark.parametrize(
    ("depth", "growth", "mean"), [(64, 1.01, 1.58), (200, 1.01, 0.84), (3, 1 + 1e-7, 0.5)]
)
def test_next_to_the_border_of_existence(depth, growth, mean):
    """Where the SELU is nearly a ReLU, all of the gains up to the growth are within a step."""
    p = for_depth(depth, growth, mean)
    assert gradient_gain(p) ** depth == pytest.approx(growth, rel=1e-9)
    assert p.alpha < 0.1


def test_finds_what_exists_next_to_the_border():
    """With independent weights a SELU of mean > 0 exists where variance > (pi - 1) mean^2."""
    random = np.random.default_rng(6)
    for _ in range(25):
        mean, share = random.uniform(0.05, 3), 10 ** random.uniform(-5, -1)
        weights = ("iid", "he_normal", "torch")[random.integers(3)]
        variance = (np.pi - 1) * mean**2 * (1 + share)
        depth = int(random.integers(1, 300))
        growth = gradient_gain(selu_parameters(mean, variance, weights=weights)) ** depth
        p = for_depth(depth, growth, mean, weights)
        assert gradient_gain(p) ** depth == pytest.approx(growth, rel=1e-9)
        assert p.variance == pytest.approx(variance, rel=1e-4)


def test_gains_that_first_decrease():
    """For weights of a given sum the least gain is in between, and its neighbourhood is found."""
    variances = np.geomspace(5, 100, 20_001)
    gains = gradient_gain(selu_parameters(2.0, variances, weights="normalized", missing="nan"))
    least = np.nanmin(gains)
    assert np.nanargmin(gains) > np.flatnonzero(np.isfinite(gains))[0]
    p = for_depth(1, least * (1 + 1e-7), 2.0, "normalized")
    assert p.variance == pytest.approx(variances[np.nanargmin(gains)], rel=2e-3)
    with pytest.raises(ValueError, match="growth must be such that"):
        for_depth(1, least * (1 - 1e-7), 2.0, "normalized")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: for_depth(10, growth=1.0), "growth must be such that"),
        (lambda: for_depth(10, growth=0.0), "growth must be positive"),
        (lambda: for_depth(10, mean=1e9), "no SELU has a fixed point of mean"),
        (
            lambda: for_depth(1, 1.7, mean=-5, weights=(0.5, 1.0)),
            "no variance is the largest one .* up to the variance 1.5577",
        ),
        (lambda: for_depth(1, 1e300), r"up to the variance 1e\+08, where the gain is 1552.65"),
        (lambda: for_depth(1, 1e-300), "fixed points of mean 0.0 with weights 'iid', 1 and 1552.6"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
