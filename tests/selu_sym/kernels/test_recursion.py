"""The recursion over layers: derivatives, blocks, equal inputs, inputs of 0, and its limit."""

import math

import numpy as np
import pytest

import selu_sym
from selu_sym._numeric import catalogue
from selu_sym.kernels import _recursion
from selu_sym.kernels._networks import layer_of
from selu_sym.kernels._pairs import Layer

X = np.random.default_rng(5).normal(size=(7, 3))
RELU = Layer(catalogue.source("relu"))


def matrix(layer, weights, depth, x=X, y=None, *, tangent=False):
    given = _recursion.inputs(x, y)
    return _recursion.kernel(given, layer, weights, depth, tangent=tangent, gradient=False)[0]


def test_the_arc_cosine_recursion():
    """Cho and Saul's composition, written with J_1 and J_0, and the tangent kernel's from it."""
    weights, depth = selu_sym.Iid(2.0, 0.3), 3
    sigma = 2.0 * X @ X.T / 3 + 0.3
    theta_kernel = sigma.copy()
    for layer in range(depth):
        root = np.sqrt(np.outer(np.diag(sigma), np.diag(sigma)))
        angle = np.arccos(np.clip(sigma / root, -1, 1))
        np.fill_diagonal(angle, 0.0)
        mean = root * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
        slope = (np.pi - angle) / (2 * np.pi)
        last = layer == depth - 1
        sigma = mean if last else 2.0 * mean + 0.3
        theta_kernel = sigma + (1 if last else 2.0) * slope * theta_kernel
    assert matrix(RELU, weights, depth) == pytest.approx(sigma, rel=1e-12)
    assert matrix(RELU, weights, depth, tangent=True) == pytest.approx(theta_kernel, rel=1e-12)


def test_a_linear_network_is_its_input_s_covariance():
    """Of depth L, with tau = 1 and no biases: Sigma = x y/d, and Theta = (L + 1) Sigma."""
    linear = Layer(catalogue.source("linear"))
    gram = X @ X.T / 3
    assert matrix(linear, selu_sym.Iid(), 5) == pytest.approx(gram, abs=1e-13)
    assert matrix(linear, selu_sym.Iid(), 5, tangent=True) == pytest.approx(6 * gram, abs=1e-12)


@pytest.mark.parametrize("tangent", [False, True])
def test_blocks_change_nothing(monkeypatch, tangent):
    layer, weights = layer_of(selu_sym.selu_parameters(0.0, 1.0)), selu_sym.Iid(1.2, 0.1)
    whole = matrix(layer, weights, 4, tangent=tangent)
    assert (whole == whole.T).all()
    assert matrix(layer, weights, 4, y=X.copy(), tangent=tangent) == pytest.approx(whole, rel=1e-12)
    monkeypatch.setattr(_recursion, "BLOCK_PAIRS", 10)
    assert matrix(layer, weights, 4, tangent=tangent) == pytest.approx(whole, rel=1e-14)


def test_equal_inputs_stay_equal():
    """Without being told so, the rounding of their covariance would be seen in the 8th digit."""
    x = np.vstack([X, X[2:4]])
    for y in (None, X[3:4].copy()):
        found = matrix(RELU, selu_sym.Iid(2.0), 6, x, y, tangent=True)
        row = found[3] if y is None else found[:, 0]
        assert row[3] == row[8]
    squares = np.einsum("ij,ij->i", x, x) / 3
    expected = _recursion.diagonal(squares, RELU, selu_sym.Iid(2.0), 6, True)
    found = matrix(RELU, selu_sym.Iid(2.0), 6, x, tangent=True)
    assert np.diag(found) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(("name", "at_0"), [("selu", 0.0), ("softplus", math.log(2))])
def test_an_input_of_0_has_the_activation_of_0(name, at_0):
    """Without biases its net inputs are 0, and nothing depends on those of the other input."""
    layer, x = Layer(catalogue.source(name)), np.vstack([X, np.zeros(3)])
    variances = np.einsum("ij,ij->i", X, X) / 3
    means = selu_sym.activation_moments(name, 0.0, variances).mean
    for tangent in (False, True):
        found = matrix(layer, selu_sym.Iid(), 1, x, tangent=tangent)
        assert found[-1] == pytest.approx(at_0 * np.append(means, at_0), abs=1e-12)
        assert np.isfinite(matrix(layer, selu_sym.Iid(), 3, x, tangent=tangent)).all()


ACTIVATIONS = {
    "selu": selu_sym.selu_parameters(0.0, 1.0),
    "tanh": selu_sym.balance("tanh"),
    "gelu": selu_sym.balance("gelu"),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("tangent", [False, True])
def test_the_limit_is_that_of_many_layers(name, tangent):
    """With biases the gain at the fixed point is below 1, and all comes to one number."""
    layer, weights = layer_of(ACTIVATIONS[name]), selu_sym.Iid(0.8, 0.2)
    squares = np.einsum("ij,ij->i", X, X) / 3
    found = _recursion.limit(squares, layer, weights, tangent=tangent)
    deep = matrix(layer, weights, 300, tangent=tangent)
    assert np.diag(deep) == pytest.approx(np.full(7, found.equal), rel=1e-9)
    assert deep[0, 1] == pytest.approx(found.different, rel=1e-9)


def test_the_limit_where_inputs_part():
    """Above a gain of 1, different inputs come to one correlation below 1."""
    layer, weights = layer_of(selu_sym.selu_parameters(0.0, 1.0)), selu_sym.Iid()
    squares = np.einsum("ij,ij->i", X, X) / 3
    found = _recursion.limit(squares, layer, weights, tangent=False)
    deep = matrix(layer, weights, 1000)
    assert found.equal == pytest.approx(1.0, rel=1e-12)
    assert deep[0, 1] == pytest.approx(found.different, abs=1e-9)
    with pytest.raises(ValueError, match="the gradient gain is"):
        _recursion.limit(squares, layer, weights, tangent=True)


@pytest.mark.parametrize(
    ("name", "weights", "tangent"),
    [
        ("selu", selu_sym.Iid(0.8, 0.2), True),
        ("selu", selu_sym.Iid(0.8, 0.2), False),
        ("selu", selu_sym.Iid(1.0, 0.01), False),
    ],
)
def test_derivatives_of_the_limit(name, weights, tangent):
    layer, squares, h = layer_of(ACTIVATIONS[name]), np.array([1.0]), 1e-4

    def at(tau, beta):
        return _recursion.limit(squares, layer, selu_sym.Iid(tau, beta), tangent=tangent)

    tau, beta = weights.tau, weights.bias_variance
    found = at(tau, beta)
    for number, (up, down) in enumerate(
        ((at(tau + h, beta), at(tau - h, beta)), (at(tau, beta + h), at(tau, beta - h)))
    ):
        assert found.equal_by[number] == pytest.approx((up.equal - down.equal) / (2 * h), rel=1e-5)
        expected = (up.different - down.different) / (2 * h)
        assert found.different_by[number] == pytest.approx(expected, rel=1e-5)


def test_no_limit():
    with pytest.raises(ValueError, match="no common fixed point"):
        _recursion.limit(np.array([1.0, 2.0]), RELU, selu_sym.Iid(2.0), tangent=False)
    with pytest.raises(ValueError, match="no common fixed point"):
        _recursion.limit(np.array([1.0]), RELU, selu_sym.Iid(3.0), tangent=False)
    jumps = Layer(catalogue.source("hard_shrink"))
    with pytest.raises(ValueError, match="jump"):
        _recursion.limit(np.array([1.0]), jumps, selu_sym.Iid(), tangent=False)


def test_a_jump_has_a_covariance_and_no_tangent_kernel():
    jumps = Layer(catalogue.source("threshold", 0.5))
    x = np.array([[1.0], [1.0], [-1.0]])
    found = matrix(jumps, selu_sym.Iid(), 1, x)
    second = selu_sym.activation_moments("threshold", param=0.5).second_moment
    assert found == pytest.approx(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]]) * second, abs=1e-10)
    with pytest.raises(ValueError, match="jump"):
        matrix(jumps, selu_sym.Iid(), 1, x, tangent=True)
    assert math.isfinite(second)
