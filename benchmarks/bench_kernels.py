"""Kernels of infinitely wide networks beside published formulas and networks of finite width.

The peers are the formulas of ReLU and erf as R. Novak et al. give them (*Neural Tangents*, 2019,
arXiv 1912.02803, and J. Lee et al. 2019, arXiv 1902.06720), in NumPy, and the mean products of the
activations of random networks, which any activation has.
"""

from __future__ import annotations

import numpy as np
import pytest

import selu_sym
from selu_sym.kernels import NNGP, NTK

DEPTH = 16
WIDTH = 1024


@pytest.fixture
def rows(benchmark) -> np.ndarray:
    """Return a thousand inputs; for ``make test``, which only sees whether all runs, twenty."""
    return np.random.default_rng(0).normal(size=(1000 if benchmark.enabled else 20, 10))


def published(name: str, x: np.ndarray, depth: int) -> np.ndarray:
    """Return the tangent kernel of ReLU with tau = 2, or of erf with tau = 1, without biases."""
    tau = 2.0 if name == "relu" else 1.0
    sigma = tau * x @ x.T / x.shape[1]
    theta = sigma.copy()
    for layer in range(depth):
        v = np.diag(sigma)
        if name == "relu":
            root = np.sqrt(np.outer(v, v))
            rest = np.sqrt(np.maximum(root**2 - sigma**2, 0))
            angle = np.arctan2(rest, sigma)
            mean = (rest + (np.pi - angle) * sigma) / (2 * np.pi)
            slope = (np.pi - angle) / (2 * np.pi)
        else:
            product = np.outer(1 + 2 * v, 1 + 2 * v)
            mean = 2 / np.pi * np.arcsin(2 * sigma / np.sqrt(product))
            slope = 4 / np.pi / np.sqrt(product - 4 * sigma**2)
        factor = 1.0 if layer == depth - 1 else tau
        sigma = factor * mean
        theta = sigma + factor * slope * theta
    return theta


def kernel(name: str) -> NTK:
    """Return the same kernel of ours: sqrt(2) times the ReLU with tau = 1 is that with tau = 2."""
    if name == "selu":
        return NTK(selu_sym.selu_parameters(0.0, 1.0), DEPTH)
    if name == "relu":
        mean, variance = 1 / np.sqrt(np.pi), 1 - 1 / np.pi
        return NTK(selu_sym.standardize("relu", mean, variance), DEPTH)
    second = selu_sym.activation_moments("erf").second_moment
    p = selu_sym.standardize("erf", variance=second, weights=selu_sym.Iid(1 / second))
    return NTK(p, DEPTH, tau=1.0)


def random_products(x: np.ndarray, networks: int) -> np.ndarray:
    """Return the mean products of the activations of random SELU networks."""
    p = selu_sym.selu_parameters(0.0, 1.0)
    random = np.random.default_rng(1)
    total = np.zeros((len(x), len(x)))
    for _ in range(networks):
        h = x
        for _ in range(DEPTH):
            h = h @ random.standard_normal((h.shape[1], WIDTH)) / np.sqrt(h.shape[1])
            h = p.scale * np.where(h > 0, h, p.alpha * np.expm1(np.minimum(h, 0)))
        total += h @ h.T / WIDTH
    return total / networks


def test_the_peers_agree():
    x = np.random.default_rng(0).normal(size=(20, 10))
    for name in ("relu", "erf"):
        assert kernel(name)(x) == pytest.approx(published(name, x, DEPTH), rel=1e-7)


@pytest.mark.benchmark(group="the tangent kernel of 1,000 inputs through 16 layers")
@pytest.mark.parametrize("name", ["relu", "erf"])
def test_published(benchmark, name, rows):
    benchmark.extra_info |= {"label": f"the published formula of {name}", "peer": True}
    benchmark(published, name, rows, DEPTH)


@pytest.mark.benchmark(group="the tangent kernel of 1,000 inputs through 16 layers")
@pytest.mark.parametrize("name", ["relu", "erf", "selu"])
def test_kernel(benchmark, name, rows):
    benchmark.extra_info |= {"label": f"NTK of {name}"}
    benchmark(kernel(name), rows)


@pytest.mark.benchmark(group="the covariance of 1,000 inputs through 16 layers of SELU")
def test_random_networks(benchmark, rows):
    benchmark.extra_info |= {"label": "one random network of width 1,024", "peer": True}
    benchmark(random_products, rows, 1)


@pytest.mark.benchmark(group="the covariance of 1,000 inputs through 16 layers of SELU")
def test_covariance(benchmark, rows):
    benchmark.extra_info |= {"label": "NNGP of selu"}
    benchmark(NNGP(selu_sym.selu_parameters(0.0, 1.0), DEPTH), rows)
