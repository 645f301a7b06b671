"""Fixed points as JAX arrays: values, derivatives, every way to compute them, and training one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import selu_sym
import selu_sym.jax as sj
from selu_sym._tensors import SeluTensors
from tests import jax_tools
from tests.differences import derivatives_by_differences
from tests.jax_tools import WAYS, every_way

MODELS = ["iid", "unit-sum", "normalized", "he_normal", (0.3, 2.0), selu_sym.Iid(1.5, 0.25)]
every_precision = pytest.mark.parametrize("x64", [True, False], ids=["x64", "x32"], indirect=True)
ONE_BY_ANY_WAY = [
    pytest.param(weights, x64, way, id=f"{weights}-{'x64' if x64 else 'x32'}-{name}")
    for weights in MODELS
    for x64 in (True, False)
    for name, way in WAYS.items()
    if (x64 and name == "jit") or weights == (0.3, 2.0)
]
THREE = [case for case in ONE_BY_ANY_WAY if case.values[0] in ("iid", "unit-sum", (0.3, 2.0))]
"""All models of weights, which change the moments of the net input and no more, compiled for
float64, and for one of them every way."""


@pytest.fixture
def x64(request):
    enabled = getattr(request, "param", True)
    with jax_tools.x64(enabled):
        yield enabled


def random_targets(weights, n=300):
    """Return targets that have solutions, within 8 deviations of zero, as float32 has them."""
    random = np.random.default_rng(1)
    variance = (10 ** random.uniform(-3, 3, n)).astype(np.float32).astype(np.float64)
    mean = random.normal(size=n) * np.sqrt(variance)
    mean = mean.astype(np.float32).astype(np.float64)
    p = selu_sym.selu_parameters(mean, variance, weights=weights, missing="nan")
    inside = np.isfinite(p.alpha) & (abs(p.input_mean) <= 8 * np.sqrt(p.input_variance))
    return mean[inside], variance[inside]


@pytest.mark.parametrize(("weights", "x64", "way"), ONE_BY_ANY_WAY, indirect=["x64"])
def test_values(weights, x64, way):
    mean, variance = random_targets(weights)
    p = selu_sym.selu_parameters(mean, variance, weights=weights)
    found = way(lambda m, v: tuple(sj.selu_parameters(m, v, weights=weights)))(mean, variance)
    assert len(mean) > 100
    most = 1e-13 if x64 else 1e-6
    for ours, exact, condition in zip(found, p, p.condition_numbers(), strict=True):
        assert ours.dtype == ("float64" if x64 else "float32")
        assert np.max(abs(ours / exact - 1) / np.maximum(condition, 1)) < most


def derivatives(mean, variance, weights):
    """Return the first and the second derivatives of alpha and scale, by mean and variance."""

    def function(inputs):
        return jnp.stack(tuple(sj.selu_parameters(*inputs, weights=weights)))

    inputs = jnp.stack([mean, variance])
    return jax.jacobian(function)(inputs), jax.hessian(function)(inputs)


@pytest.mark.slow
@pytest.mark.parametrize(("weights", "x64", "way"), THREE, indirect=["x64"])
def test_derivatives_are_those_of_differences_of_forty_digits(weights, x64, way):
    at = (-0.125, 2.0)
    expected = derivatives_by_differences(weights, *map(str, at))
    found = way(lambda m, v: derivatives(m, v, weights))(*map(jnp.array, at))
    tolerances = (1e-12, 1e-10) if x64 else (1e-5, 1e-4)
    for ours, exact, most in zip(found, expected, tolerances, strict=True):
        scale = np.max(abs(exact), axis=tuple(range(1, exact.ndim)), keepdims=True)
        assert np.max(abs(ours - exact) / scale) < most


@pytest.mark.slow
def test_gradients_over_many_targets(x64):
    mean, variance = random_targets("unit-sum")
    p = selu_sym.selu_parameters(mean, variance, weights="unit-sum")
    exact, well = p.gradient(), p.condition_numbers()[0] < 100
    assert np.sum(well) > 100

    def function(mean, variance):
        return jnp.stack(tuple(sj.selu_parameters(mean, variance, weights="unit-sum")))

    for mode in (jax.jacfwd, jax.jacrev):
        found = jax.vmap(mode(function, argnums=(0, 1)))(mean, variance)
        assert np.allclose(np.stack(found, -1)[well], exact[well], rtol=1e-9, atol=0)


def test_dtypes_and_broadcasting(x64):
    p = sj.selu_parameters(np.zeros((2, 1)), jnp.ones(3), weights="iid")
    assert p.alpha.shape == p.mean.shape == (2, 3)
    assert p.scale.dtype == "float64"
    single = sj.selu_parameters(jnp.float32(-0.1), 2.0, weights="iid")
    assert single.alpha.dtype == single.mean.dtype == "float32"
    exact = selu_sym.selu_parameters(float(np.float32(-0.1)), 2.0, weights="iid")
    assert single.alpha == np.float32(exact.alpha)
    half = sj.selu_parameters(jnp.bfloat16(0), 1.0, weights="iid")
    assert half.alpha.dtype == "bfloat16"
    assert sj.selu_parameters(0, 1, weights="iid").alpha.dtype == "float64"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "weights", "x64"),
    [("float16", "iid", True), ("bfloat16", (0.3, 2.0), False)],
    indirect=["x64"],
)
def test_no_dtype_is_promoted_unasked(dtype, weights, x64):
    """What runs with JAX's strict promotion gives what it gives without."""

    def everything(mean):
        function = lambda m: sj.selu_parameters(m, 2.0, weights=weights).alpha  # noqa: E731
        return *sj.selu_parameters(mean, 2.0, weights=weights), jax.grad(function)(mean)

    mean = jnp.asarray(0.125, dtype)
    expected = everything(mean)
    with jax.numpy_dtype_promotion("strict"):
        found = everything(mean)
    assert all(value.dtype == dtype for value in found)
    assert found == expected


@every_precision
@pytest.mark.parametrize(
    ("mean", "variance", "error", "message"),
    [
        (5.0, 1.0, selu_sym.NoFixedPointError, "no SELU with alpha > 0"),
        (0.0, -1.0, ValueError, "a variance from 1e-8 to 1e8"),
        (0.0, 1e9, ValueError, "a variance from 1e-8 to 1e8"),
        (np.nan, 1.0, ValueError, "a variance from 1e-8 to 1e8"),
    ],
    ids=str,
)
def test_bad_targets(mean, variance, error, message, x64):
    def alpha(mean):
        return sj.selu_parameters(mean, variance, weights="iid").alpha

    with pytest.raises(error, match=message):
        alpha(mean)
    with pytest.raises(error, match=message):
        jax.grad(alpha)(mean)
    assert np.isnan(jax.jit(alpha)(mean))


def test_weights_are_checked():
    with pytest.raises(ValueError, match="weights must be"):
        sj.selu_parameters(0.0, 1.0, weights="unknown")


@every_way
def test_the_selu_of_arrays_has_gradients_by_its_parameters(x64, way):
    x = np.linspace(-4, 4, 82).reshape(41, 2)
    key, h = jax.random.key(3), 1e-6

    def loss(mean, variance, x):
        p = sj.selu_parameters(mean, variance, weights="iid")
        return jnp.sin(sj.alpha_dropout(key, sj.selu(x, p), 0.3, p)).sum()

    def exact(mean, variance, x):
        """Return the loss in NumPy, with the mask of the function."""
        p = selu_sym.selu_parameters(mean, variance, weights="iid")
        value = p.scale * np.where(x > 0, x, p.alpha * np.expm1(np.minimum(x, 0)))
        a, b = p.dropout_affine(0.3)
        dropped = np.asarray(sj.alpha_dropout(key, np.ones_like(x), 0.3, p)) < 0
        return np.sum(np.sin(np.where(dropped, a * p.saturation + b, a * value + b)))

    value, slopes = way(jax.value_and_grad(loss, argnums=(0, 1, 2)))(-0.1, 2.0, x)
    assert float(value) == pytest.approx(exact(-0.1, 2.0, x), rel=1e-12)
    by_mean = (exact(-0.1 + h, 2.0, x) - exact(-0.1 - h, 2.0, x)) / (2 * h)
    by_variance = (exact(-0.1, 2.0 + h, x) - exact(-0.1, 2.0 - h, x)) / (2 * h)
    assert slopes[:2] == pytest.approx([by_mean, by_variance], rel=1e-7)
    for place in ((7, 0), (7, 1), (30, 0), (30, 1)):
        moved = x.copy()
        moved[place] += h
        change = (exact(-0.1, 2.0, moved) - exact(-0.1, 2.0, x)) / h
        assert float(slopes[2][place]) == pytest.approx(change, rel=1e-4, abs=1e-5)


def test_derivatives_by_the_parameters_are_finite_at_infinities():
    p = sj.selu_parameters(-0.1, 2.0, weights="iid")

    def total(scale):
        of_scale = SeluTensors(p.alpha, scale, p.mean, p.variance)
        return sj.selu(jnp.array([-jnp.inf, 0.0]), of_scale).sum()

    assert np.isfinite(jax.grad(total)(p.scale))


def test_they_are_a_pytree():
    p = sj.selu_parameters(-0.1, 2.0, weights="iid")
    doubled = jax.tree.map(lambda x: 2 * x, p)
    assert doubled.alpha == 2 * p.alpha
    assert jax.jit(sj.selu)(jnp.array([2.0]), p) == sj.selu(jnp.array([2.0]), p)
    batch = jax.vmap(lambda v: sj.selu_parameters(-0.1, v, weights="iid"))(jnp.array([1.0, 2.0]))
    assert batch.alpha.shape == (2,)
    assert float(p.saturation) == pytest.approx(-float(p.alpha) * float(p.scale))


@pytest.mark.slow
def test_a_fixed_point_whose_optimum_is_known_is_found(x64):
    """The SELU is to be the one for (-0.1, 2.0), and its fixed point starts at (0, 1)."""
    x = np.random.default_rng(0).normal(0, 1.5, 2000)
    goal = sj.selu(x, selu_sym.selu_parameters(-0.1, 2.0, weights="iid"))

    @jax.jit
    @jax.value_and_grad
    def loss(target):
        return jnp.mean((sj.selu(x, sj.selu_parameters(*target, weights="iid")) - goal) ** 2)

    target, square = jnp.array([0.0, 1.0]), jnp.zeros(2)
    for _ in range(400):
        value, gradient = loss(target)
        square += gradient**2
        target -= 0.3 * gradient / jnp.sqrt(square)
    assert value < 1e-8
    assert target == pytest.approx([-0.1, 2.0], abs=1e-2)
