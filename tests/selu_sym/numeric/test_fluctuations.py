import numpy as np
import pytest

from selu_sym import for_depth, propagate, selu_parameters


def moments_and_growths(p, depth, width, networks, seed, sum_0=False):
    """Return (mean, variance) of the last layer, and the logarithms of a gradient's growths."""
    random = np.random.default_rng(seed)
    moments, growths = [], []
    for _ in range(networks):
        x = random.standard_normal(width)
        x = (x - x.mean()) / x.std() * np.sqrt(p.variance) + p.mean
        layers = []
        for _ in range(depth):
            weight = random.standard_normal((width, width)) / np.sqrt(width)
            if sum_0:
                weight -= weight.mean(1, keepdims=True)
                weight /= np.linalg.norm(weight, axis=1, keepdims=True)
            z = weight @ x
            below = np.exp(np.minimum(z, 0))
            layers.append((weight, p.scale * np.where(z > 0, 1, p.alpha * below)))
            x = p.scale * np.where(z > 0, z, p.alpha * (below - 1))
        moments.append((x.mean(), x.var()))
        gradient = random.standard_normal((width, 8))
        gradient /= np.linalg.norm(gradient, axis=0)
        for weight, slope in reversed(layers):
            gradient = weight.T @ (slope[:, None] * gradient)
        growths.append(np.log(np.sum(gradient**2, axis=0)))
    return np.array(moments), np.array(growths)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "depth", "width", "networks"),
    [
        (lambda: for_depth(32), 32, 64, 150),
        (lambda: selu_parameters(0.0, 1.0, weights="iid"), 20, 64, 200),
        (lambda: selu_parameters(-0.1, 2.0, weights="iid"), 20, 96, 120),
        (lambda: for_depth(120), 120, 48, 100),
    ],
    ids=["for_depth(32)", "(0, 1)", "(-0.1, 2)", "for_depth(120)"],
)
def test_growths_of_gradients_in_random_networks(make, depth, width, networks):
    """Eight gradients a network count as one and a half at least; 4 sigma of their deviation."""
    p = make()
    _, growths = moments_and_growths(p, depth, width, networks, seed=5)
    found = propagate(p, depth, width=width)
    deviation = found.gradient_growth_deviation[-1]
    sigma = 1 / np.sqrt(2 * 1.5 * networks)
    assert growths.std() == pytest.approx(deviation, rel=4 * sigma)
    # of a lognormal variable with the mean growth, up to the next order in 1/width
    median = np.log(found.gradient_growth[-1]) - deviation**2 / 2
    assert abs(growths.mean() - median) < 4 * deviation / np.sqrt(networks) + 0.3 * deviation**2


@pytest.mark.slow
def test_weights_of_the_sum_0():
    """Their layers pass on the empirical variance, and not the second moment."""
    p = selu_parameters(0.3, 1.5, weights="normalized")
    moments, growths = moments_and_growths(p, 10, 96, 250, seed=6, sum_0=True)
    found = propagate(p, 10, width=96)
    independent = propagate(selu_parameters(0.3, 1.5, weights="iid"), 10, width=96)
    sigma = 4 / np.sqrt(2 * 250)
    for values, name in zip(moments.T, ("mean_deviation", "variance_deviation"), strict=True):
        deviation = getattr(found, name)[-1]
        assert values.std() == pytest.approx(deviation, rel=sigma)
        assert abs(deviation / getattr(independent, name)[-1] - 1) > 0.02  # it is another law
    assert growths.std() == pytest.approx(found.gradient_growth_deviation[-1], rel=sigma)


def test_nothing_fluctuates_at_the_input_and_less_in_wider_layers():
    p = selu_parameters(0.0, 1.0, weights="iid")
    narrow, wide = (propagate(p, 30, width=width) for width in (50, 5_000))
    for name in ("mean_deviation", "variance_deviation", "gradient_growth_deviation"):
        assert getattr(narrow, name)[0] == 0
        assert (np.diff(getattr(narrow, name)) > 0).all()
        assert getattr(narrow, name) == pytest.approx(10 * getattr(wide, name), rel=1e-12)
