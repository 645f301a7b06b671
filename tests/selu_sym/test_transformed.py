"""Scale and shift: fixed points, both roots, basins, and what other functions make of them."""

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest

import selu_sym


@pytest.mark.parametrize("weights", ["iid", "unit-sum", (0.5, 1.5)])
@pytest.mark.filterwarnings("ignore:the fixed point")
def test_the_jacobian_is_that_of_the_moment_map(weights):
    q = selu_sym.standardize("gelu", 0.2, 1.3, weights=weights)
    found = selu_sym.jacobian(0.2, 1.3, q, weights=weights)
    step = 1e-6
    for column, (d_mean, d_variance) in enumerate(((step, 0), (0, step))):
        above, below = (
            np.array(
                selu_sym.moment_map(0.2 + s * d_mean, 1.3 + s * d_variance, q, weights=weights)
            )
            for s in (1, -1)
        )
        np.testing.assert_allclose(found[:, column], (above - below) / (2 * step), atol=1e-8)


def test_the_selu_is_a_case_of_it():
    """At (0, 1) the SELU needs no scale and no shift, and propagates alike."""
    p, q = selu_sym.selu_parameters(0.0, 1.0), selu_sym.standardize("selu")
    assert (q.scale, q.shift) == pytest.approx((1, 0), abs=1e-14)
    assert selu_sym.gradient_gain(q) == pytest.approx(selu_sym.gradient_gain(p), rel=1e-13)
    c = np.array([-1.0, -0.3, 0.5, 1.0])
    np.testing.assert_allclose(
        selu_sym.correlation_map(c, q), selu_sym.correlation_map(c, p), atol=1e-12
    )
    signals = [selu_sym.propagate(x, 20, variance=0.7, width=64, correlation=0.4) for x in (p, q)]
    for name, first in vars(signals[0]).items():
        second = getattr(signals[1], name)
        np.testing.assert_allclose(first, second, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("value", [None, 0.0, 1.5])
@pytest.mark.parametrize("name", ["relu", "tanh", "leaky_relu"])
@pytest.mark.filterwarnings("ignore:the fixed point")
def test_dropout_keeps_mean_and_variance(name, value):
    q = selu_sym.standardize(name, 0.2, 1.5) if name != "relu" else selu_sym.balance(name)
    a, b = q.dropout_affine(0.3, value)
    dropped = {"relu": q.shift, "tanh": q.shift - q.scale, "leaky_relu": 0.0}[name]
    dropped = dropped if value is None else value
    kept = a * q.mean + b
    mean = 0.7 * kept + 0.3 * (a * dropped + b)
    second = 0.7 * (a**2 * q.variance + kept**2) + 0.3 * (a * dropped + b) ** 2
    assert mean == pytest.approx(q.mean, abs=1e-13)
    assert second - mean**2 == pytest.approx(q.variance, rel=1e-13)


def test_it_computes_its_activation():
    q = selu_sym.balance("relu")
    x = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(q(x), q.scale * np.maximum(x, 0) + q.shift)
    assert q(1.0) == pytest.approx(q.scale + q.shift)
    samples = np.random.default_rng(0).standard_normal(200_000)
    assert np.mean(q(samples) ** 2) == pytest.approx(1, abs=5 / math.sqrt(200_000) * 2)
    assert str(q).startswith("activation      relu")


def test_it_can_be_pickled():
    q = selu_sym.balance("gelu")
    again = pickle.loads(pickle.dumps(q))
    assert (again.scale, again.activation) == (q.scale, q.activation)
    assert again(0.5) == q(0.5)


def test_a_signal_that_leaves_is_said():
    """The second moment of squares grows doubly exponentially above its fixed point."""
    q = selu_sym.balance("squared_relu")
    with pytest.warns(UserWarning, match=r"leaves what .* in layer \d+ of 40"):
        signal = selu_sym.propagate(q, 40, variance=9.0)
    assert 1 < len(signal.mean) < 41


def test_import_loads_no_activations():
    code = "import sys, selu_sym; print('selu_sym._generated.activation_kernels' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_fluctuations_are_those_of_random_networks():
    """400 networks: a deviation is known to 1/sqrt(800); four sigma, and first order in 1/width."""
    q, width, depth, networks = selu_sym.balance("gelu"), 64, 6, 400
    random = np.random.default_rng(0)
    growths, means = [], []
    for _ in range(networks):
        x = random.standard_normal(width)
        x = (x - x.mean()) / x.std() * np.sqrt(q.variance) + q.mean
        layers = []
        for _ in range(depth):
            weight = random.standard_normal((width, width)) / np.sqrt(width)
            z = weight @ x
            layers.append((weight, q.scale * q.source.derivative(z)))
            x = q(z)
        means.append(x.mean())
        gradient = random.standard_normal(width)
        gradient /= np.linalg.norm(gradient)
        for weight, slope in reversed(layers):
            gradient = weight.T @ (slope * gradient)
        growths.append(np.log(gradient @ gradient))
    signal = selu_sym.propagate(q, depth, width=width)
    error = 4 / np.sqrt(2 * networks)
    assert np.std(growths) == pytest.approx(signal.gradient_growth_deviation[-1], rel=error)
    assert np.std(means) == pytest.approx(signal.mean_deviation[-1], rel=error)
