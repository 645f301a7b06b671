"""Dropout in signal propagation."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

import selu_sym


def test_dropout_in_signal_propagation():
    p = selu_sym.selu_parameters(0.0, 1.0)
    a, _ = p.dropout_affine(0.1)
    assert selu_sym.gradient_gain(p, 0.1) == pytest.approx(
        0.9 * a**2 * selu_sym.gradient_gain(p), rel=1e-14
    )
    signal = selu_sym.propagate(p, 64, rate=0.1)
    assert signal.gradient_growth[-1] == pytest.approx(2.7e-6, rel=0.01)  # notebook 10 saw 3e-6
    assert signal.mean[-1] == pytest.approx(0, abs=1e-12)
    assert signal.variance[-1] == pytest.approx(1, rel=1e-12)
    q = selu_sym.for_depth(64, 0.1, rate=0.1)
    assert selu_sym.gradient_gain(q, 0.1) ** 64 == pytest.approx(0.1, rel=1e-9)


def test_the_relus_dropout_at_mean_0():
    """Without a shift, 1/sqrt(q ((1 - q) M1^2/Var + 1)): 0.841; AutoInit, without mean, 0.682."""
    q = selu_sym.standardize("relu", mean=math.sqrt(1 / math.pi), variance=1 - 1 / math.pi)
    assert q.shift == pytest.approx(0, abs=1e-12)
    a, _ = q.dropout_affine(0.5, value=0.0)
    variance = 1 - 1 / math.pi
    truth = math.sqrt(variance / (0.5 * (0.5 / math.pi + variance)))
    assert a == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize(
    "p", [selu_sym.selu_parameters(0.0, 1.0), selu_sym.balance("gelu")], ids=["selu", "gelu"]
)
def test_a_fixed_point_stays_with_dropout(p):
    signal = selu_sym.propagate(p, 1, rate=0.2)
    assert signal.mean[1] == pytest.approx(p.mean, abs=1e-13)
    assert signal.variance[1] == pytest.approx(p.variance, rel=1e-13)
    assert signal.gradient_growth[1] == pytest.approx(selu_sym.gradient_gain(p, 0.2), rel=1e-13)


def selu_and_slope(z):
    p = selu_sym.selu_parameters(0.0, 1.0)
    below = p.alpha * np.exp(np.minimum(z, 0))
    return p.scale * np.where(z > 0, z, below - p.alpha), p.scale * np.where(z > 0, 1, below)


def balanced_gelu_and_slope(z):
    q = selu_sym.balance("gelu")
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return q.scale * z * ndtr(z) + q.shift, q.scale * (ndtr(z) + z * density)


@pytest.mark.parametrize(
    ("p", "function", "value", "rate"),
    [
        (selu_sym.selu_parameters(0.0, 1.0), selu_and_slope, -1.7580993408473766, 0.1),
        (selu_sym.balance("gelu"), balanced_gelu_and_slope, -0.9095064009657, 0.3),
    ],
    ids=["selu", "gelu"],
)
def test_random_networks_with_dropout(p, function, value, rate):
    """600 networks of 6 layers of width 96, two inputs with masks of their own, within 4 sigma."""
    depth, width, networks = 6, 96, 600
    random = np.random.default_rng(11)
    a, b = p.dropout_affine(rate)
    x = random.standard_normal((networks, width, 2))
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True) * p.variance**0.5 + p.mean
    start = np.mean(x[..., 0] * x[..., 1], axis=1)
    layers = []
    for _ in range(depth):
        weight = random.standard_normal((networks, width, width)) / math.sqrt(width)
        y, slope = function(weight @ x)
        kept = random.random(y.shape) >= rate
        x = a * np.where(kept, y, value) + b
        layers.append((weight, (a * slope * kept)[..., :1]))
    gradient = random.standard_normal((networks, width, 1))
    before = np.sum(gradient**2, axis=(1, 2))
    for weight, slope in reversed(layers):
        gradient = weight.transpose(0, 2, 1) @ (slope * gradient)
    growths = np.log(np.sum(gradient**2, axis=(1, 2)) / before)
    found = selu_sym.propagate(
        p, depth, width=width, rate=rate, correlation=p.mean**2 / (p.variance + p.mean**2)
    )
    sigma = 4 / math.sqrt(2 * networks)
    for name, values in (
        ("mean_deviation", x[..., 0].mean(1)),
        ("variance_deviation", x[..., 0].var(1)),
        ("gradient_growth_deviation", growths),
    ):
        assert values.std() == pytest.approx(getattr(found, name)[-1], rel=sigma), name
    median = math.log(found.gradient_growth[-1]) - found.gradient_growth_deviation[-1] ** 2 / 2
    assert growths.mean() == pytest.approx(median, abs=4 * growths.std() / math.sqrt(networks))
    correlations = np.mean(x[..., 0] * x[..., 1], axis=1) / (p.variance + p.mean**2)
    error = 4 * correlations.std() / math.sqrt(networks) + 1 / width * abs(start.mean())
    assert correlations.mean() == pytest.approx(found.correlation[-1], abs=error)


def test_equal_inputs_part_by_their_masks():
    """One layer: E[y'^2] - (q a)^2 Var y - mu^2 is what two masks make of one input."""
    p, rate = selu_sym.selu_parameters(0.0, 1.0), 0.2
    a, _ = p.dropout_affine(rate)
    signal = selu_sym.propagate(p, 3, rate=rate, correlation=1.0)
    assert signal.decorrelation[1] == pytest.approx(1 - ((1 - rate) * a) ** 2, rel=1e-12)
    assert (np.diff(signal.correlation) < 0).all()
