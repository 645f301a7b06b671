"""scikit-learn's contract, its estimators, and networks of finite width."""

import math
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC

import selu_sym
from selu_sym.kernels import NNGP, NTK

X = np.random.default_rng(5).normal(size=(6, 3))
X[1] = X[0]
SELU = selu_sym.selu_parameters(0.0, 1.0)
WITH_BIASES = selu_sym.selu_parameters(0.0, 1.0, weights=selu_sym.Iid(1.0, 0.1))
KERNELS = [NNGP(WITH_BIASES, 2), NTK(WITH_BIASES, 2), NTK(selu_sym.balance("relu"), 3, tau=1.5)]
ACTIVATIONS = {
    "selu": WITH_BIASES,
    "relu": selu_sym.balance("relu", weights=selu_sym.Iid(1.0, 0.1)),
    "tanh": selu_sym.balance("tanh", weights=selu_sym.Iid(1.0, 0.1)),
    "gelu": selu_sym.balance("gelu", weights=selu_sym.Iid(1.0, 0.1)),
    "shaped": selu_sym.shape_for_depth("relu", 10, weights=selu_sym.Iid(0.9, 0.1)),
}


@pytest.fixture(params=KERNELS, ids=["nngp", "ntk", "ntk of relu"])
def kernel(request) -> Kernel:
    return request.param


def test_contract(kernel):
    assert not kernel.is_stationary()
    assert kernel.requires_vector_input
    K = kernel(X)
    assert K.shape == (6, 6)
    assert np.diag(K) == pytest.approx(kernel.diag(X), rel=1e-11)
    assert kernel(X, X) == pytest.approx(K, rel=1e-11)
    assert kernel(X, X[:2]) == pytest.approx(K[:, :2], rel=1e-11)
    assert np.linalg.eigvalsh(K).min() > -1e-10
    assert kernel(X.tolist()) == pytest.approx(K)


def test_hyperparameters(kernel):
    free = [name for name in ("bias_variance", "tau") if getattr(kernel, name)]
    assert [known.name for known in kernel.hyperparameters if not known.fixed] == free
    assert np.exp(kernel.theta) == pytest.approx([getattr(kernel, name) for name in free])
    assert np.exp(kernel.bounds) == pytest.approx(np.array([[1e-5, 1e5]] * len(free)))
    changed = kernel.clone_with_theta(kernel.theta + 0.1)
    assert changed.tau == pytest.approx(kernel.tau * math.exp(0.1))
    assert kernel.theta != pytest.approx(changed.theta)
    fixed = type(kernel)(kernel.p, 2, tau_bounds="fixed", bias_variance_bounds="fixed")
    assert fixed.theta.size == 0
    K, gradient = fixed(X, eval_gradient=True)
    assert gradient.shape == (*K.shape, 0)


def test_clones_and_copies(kernel):
    for copy in (clone(kernel), pickle.loads(pickle.dumps(kernel))):
        assert copy == kernel
        assert copy(X) == pytest.approx(kernel(X), rel=1e-15)
    assert repr(kernel).startswith(f"{type(kernel).__name__}(")
    assert clone(kernel).set_params(tau=2.0).tau == 2.0


@pytest.mark.parametrize("make", [NNGP, NTK])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradients_are_derivatives_by_theta(make, name):
    kernel, h = make(ACTIVATIONS[name], 2), 1e-3
    _, gradient = kernel(X, eval_gradient=True)
    for number in range(2):
        step = np.eye(2)[number] * h
        ends = [kernel.clone_with_theta(kernel.theta + k * step)(X) for k in (1, -1, 2, -2)]
        expected = (8 * (ends[0] - ends[1]) - (ends[2] - ends[3])) / (12 * h)
        # a kink changes with the 3/2th power of a distance: nothing here is so near
        assert gradient[..., number] == pytest.approx(expected, abs=1e-7 * np.abs(expected).max())


def test_sums_and_products_of_kernels():
    kernel = ConstantKernel(2.0) * NNGP(WITH_BIASES, 2) + WhiteKernel(0.1)
    expected = 2 * NNGP(WITH_BIASES, 2)(X) + 0.1 * np.eye(6)
    assert kernel(X) == pytest.approx(expected)
    assert kernel(X, eval_gradient=True)[1].shape == (6, 6, 4)


def test_regression_improves_the_likelihood():
    x = np.linspace(-1, 1, 20)[:, None]
    y = np.sin(3 * x[:, 0])
    kernel = NNGP(ACTIVATIONS["gelu"], 2)
    fixed = GaussianProcessRegressor(kernel, alpha=1e-4, optimizer=None).fit(x, y)
    fitted = GaussianProcessRegressor(kernel, alpha=1e-4).fit(x, y)
    assert fitted.log_marginal_likelihood_value_ > fixed.log_marginal_likelihood_value_ + 1
    mean, deviation = fitted.predict(x[:5] + 0.03, return_std=True)
    assert mean == pytest.approx(np.sin(3 * (x[:5, 0] + 0.03)), abs=0.05)
    assert (deviation > 0).all()


@pytest.mark.parametrize("make", [NNGP, NTK])
def test_estimators(make):
    x, y = load_iris(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    kernel = make(WITH_BIASES, 3)
    train, test = np.arange(0, 150, 2), np.arange(1, 150, 2)
    machine = SVC(kernel=kernel).fit(x[train], y[train])
    assert machine.score(x[test], y[test]) > 0.9
    ridge = KernelRidge(alpha=0.1, kernel=kernel).fit(x[train], y[train])
    assert ridge.score(x[test], y[test]) > 0.9
    binary = train[y[train] < 2]
    process = GaussianProcessClassifier(kernel, optimizer=None).fit(x[binary], y[binary])
    assert process.score(x[test[y[test] < 2]], y[test[y[test] < 2]]) > 0.95


def test_infinite_depth():
    kernel = NNGP(WITH_BIASES, math.inf, tau=0.8)
    K, gradient = kernel(X, eval_gradient=True)
    assert np.ptp(K) == 0
    assert kernel.diag(X) == pytest.approx(np.diag(K))
    step = kernel.clone_with_theta(kernel.theta + np.array([1e-5, 0.0]))
    assert (step(X) - K) / 1e-5 == pytest.approx(gradient[..., 0], rel=1e-3)
    parted = NNGP(SELU, math.inf)(X)
    assert parted[0, 1] == parted[0, 0] == pytest.approx(1.0)
    assert parted[0, 2] == pytest.approx(0.0, abs=1e-12)  # the activations have the mean 0


def test_large_rows_have_finite_kernels():
    large = np.array([[1.0, 2.0], [1e75, 0.5]])
    for p in (ACTIVATIONS["relu"], ACTIVATIONS["gelu"]):
        assert np.isfinite(NTK(p, 2)(large)).all()


def test_errors():
    for depth in (0, -1, 1.5, True, math.nan, "3"):
        with pytest.raises(ValueError, match="depth must be"):
            NNGP(SELU, depth)
    with pytest.raises(TypeError, match="p must be what selu_parameters"):
        NTK("selu", 2)
    with pytest.raises(ValueError, match="single target"):
        NTK(selu_sym.selu_parameters([0.0, 0.1], 1.0, weights="iid"), 2)
    with pytest.raises(ValueError, match="independent"):
        NTK(selu_sym.selu_parameters(0.0, 1.0, weights="normalized"), 2)
    with pytest.raises(ValueError, match="weight model"):
        NTK(selu_sym.match_moments(0.0, 1.0, 0.0, 1.0), 2)
    with pytest.raises(ValueError, match="tau must be positive"):
        NTK(SELU, 2, tau=0.0)
    for bad in ([1.0], [[math.nan]], np.ones((2, 0))):
        with pytest.raises(ValueError, match="X must be"):
            NNGP(SELU, 2)(bad)
    for p in ACTIVATIONS.values():  # their squares are infinite, or their products are
        for large in (1e76, 1e200):
            too_large = np.array([[1.0, 2.0], [large, 0.5]])
            for use in (NNGP(p, 2), NTK(p, 2).diag, lambda rows, p=p: NNGP(p, 2)(X[:, :2], rows)):
                with pytest.raises(ValueError, match=r"[XY] must have rows.* in row 1: scale [XY]"):
                    use(too_large)
    with pytest.raises(ValueError, match="Y must have 3 columns"):
        NNGP(SELU, 2)(X, X[:, :2])
    with pytest.raises(ValueError, match="eval_gradient"):
        NNGP(SELU, 2)(X, X, eval_gradient=True)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("p", [SELU, selu_sym.balance("silu")], ids=["selu", "silu"])
def test_wide_networks_have_these_covariances(depth, p):
    """Within four standard errors, over the outputs of networks of the width 4,096.

    A readout of its own for each of many outputs: given the last layer, their covariance is the
    mean product of its activations.
    """
    width, networks = 4096, 6
    random = np.random.default_rng(1)
    x = X[[0, 2, 3, 4]]
    f = p if callable(p) else lambda z: np.where(z > 0, z, p.alpha * np.expm1(np.minimum(z, 0)))
    scale = 1.0 if callable(p) else p.scale
    products = []
    for _ in range(networks):
        h, fan_in = x, 3
        for _ in range(depth):
            weights = random.standard_normal((fan_in, width), dtype=np.float32) / fan_in**0.5
            h, fan_in = scale * f(h @ weights), width
        products.append(h @ h.T / width)
    mean, deviation = np.mean(products, axis=0), np.std(products, axis=0, ddof=1)
    # the deviation of six networks is known to a third only: that of a mean over units bounds it
    error = np.maximum(deviation, 1 / width**0.5) / networks**0.5
    assert (np.abs(mean - NNGP(p, depth)(x)) < 4 * error + 8 * depth / width).all()


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 3])
def test_tangent_kernel_is_that_of_gradients(depth):
    """JAX's gradients of networks of the width 512, with weights sqrt(tau/n) w: their products."""
    jax = pytest.importorskip("jax")
    width, networks, tau, beta = 512, 8, 1.2, 0.1
    x = jax.numpy.asarray(X[[0, 2, 3, 4]])

    def output(parameters, row):
        h = row
        *hidden, readout = parameters
        for weights, biases in hidden:
            z = h @ weights * (tau / h.shape[-1]) ** 0.5 + biases * beta**0.5
            h = jax.nn.selu(z)
        return (h @ readout) / h.shape[-1] ** 0.5

    def products(key):
        keys = jax.random.split(key, 2 * depth + 1)
        sizes = [3, *[width] * depth]
        parameters = [
            (
                jax.random.normal(keys[2 * i], (sizes[i], sizes[i + 1])),
                jax.random.normal(keys[2 * i + 1], (sizes[i + 1],)),
            )
            for i in range(depth)
        ]
        parameters.append(jax.random.normal(keys[-1], (width,)))
        gradients = jax.vmap(jax.grad(output), (None, 0))(parameters, x)
        flat = [leaf.reshape(len(x), -1) for leaf in jax.tree.leaves(gradients)]
        return sum(part @ part.T for part in flat)

    found = np.array([products(key) for key in jax.random.split(jax.random.key(3), networks)])
    error = found.std(axis=0, ddof=1) / networks**0.5
    expected = NTK(SELU, depth, tau=tau, bias_variance=beta)(np.asarray(x, dtype=float))
    gap = np.abs(found.mean(axis=0) - expected)
    assert (gap < 4 * error + 6 * depth / width * np.abs(expected)).all()
