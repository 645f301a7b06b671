"""JAX's alpha dropout: moments, masks, keys, gradients, dtypes, every way to call it, errors."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2

import selu_sym
import selu_sym.jax as sj
from tests.jax_tools import every_way, x64

ROOT = Path(__file__).parents[3]
P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
FIXED_POINTS = {
    "0,1": selu_sym.selu_parameters(0.0, 1.0),
    "-0.1,2": P,
    "0.3,0.7": selu_sym.selu_parameters(0.3, 0.7, weights="iid"),
}
ALL = [jnp.float16, jnp.bfloat16, jnp.float32]
MANY = 10**7
IMPLEMENTATIONS = ["threefry2x32", "rbg", "unsafe_rbg"]
KEY = jax.random.key(7)


def positive(shape, dtype=jnp.float32):
    """Return activations that are far from the value of dropped units."""
    return 1 + jax.random.uniform(jax.random.key(5), shape).astype(dtype)


def is_dropped(y) -> np.ndarray:
    return np.asarray(y.astype(jnp.float32)) < 0


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("p", FIXED_POINTS.values(), ids=FIXED_POINTS.keys())
def test_mean_and_variance_hold(p, dtype, rate):
    """Within five standard errors on ten million values, with the SELU before."""
    noise = jax.random.normal(jax.random.key(2017), (MANY,))
    x = (p.input_mean + p.input_variance**0.5 * noise).astype(dtype)
    y = sj.alpha_dropout(KEY, sj.selu(x, p), rate, p)
    assert y.dtype == dtype
    centred = np.asarray(y).astype(np.float64) - p.mean
    squares = centred**2
    variance_error = np.sqrt((np.mean(squares**2) - p.variance**2) / MANY)
    assert abs(np.mean(centred)) < 5 * np.sqrt(p.variance / MANY)
    assert abs(np.mean(squares) - p.variance) < 5 * variance_error


@pytest.mark.parametrize("rate", [1e-6, 0.05, 0.2, 1 / 3, 0.5, 0.999])
def test_dropped_fraction(rate):
    dropped = np.mean(is_dropped(sj.alpha_dropout(KEY, positive([MANY]), rate, P)))
    assert abs(dropped - rate) < 5 * np.sqrt(rate * (1 - rate) / MANY)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation of two equal arrays of zero mean, in standard errors."""
    return np.sum(x * y) / np.sqrt(np.sum(x**2) * np.sum(y**2)) * np.sqrt(x.size)


@pytest.mark.parametrize("rate", [0.05, 0.5])
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_the_mask_is_independent_along_each_axis(implementation, rate):
    key = jax.random.key(11, impl=implementation)
    mask = is_dropped(sj.alpha_dropout(key, positive((64, 128, 125)), rate, P)) - rate
    for axis, size in enumerate(mask.shape):
        moved = np.moveaxis(mask, axis, 0)
        for lag in (1, 2, 3, 4, 8, 16, 32):
            assert abs(correlation(moved[lag:], moved[:-lag])) < 5
        # as many are dropped in each slice as chance allows: a chi-squared test
        slices = moved.reshape(size, -1)
        statistic = np.sum(slices.sum(axis=1) ** 2) / (rate * (1 - rate) * slices.shape[1])
        assert 1e-6 < chi2.sf(statistic, size) < 1 - 1e-6


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_masks_of_other_keys_are_independent(implementation):
    x = positive([1000, 1000])
    key = jax.random.key(11, impl=implementation)
    others = [*jax.random.split(key, 3), jax.random.fold_in(key, 1)]
    others += [jax.random.key(seed, impl=implementation) for seed in (0, 12)]
    mask, *masks = (is_dropped(sj.alpha_dropout(k, x, 0.5, P)) - 0.5 for k in (key, *others))
    for other in masks:
        for shift in (0, 1, -1, 1000):
            assert abs(correlation(mask, np.roll(other.ravel(), shift).reshape(mask.shape))) < 5


@every_way
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_units_are_dropped_or_transformed(rate, way):
    x = positive([200, 300])
    y = np.asarray(way(lambda k, x: sj.alpha_dropout(k, x, rate, P))(KEY, x))
    a, b = P.dropout_affine(rate)
    dropped = is_dropped(y)
    assert 0 < dropped.mean() < 1
    assert y[~dropped] == pytest.approx(a * np.asarray(x)[~dropped] + b, rel=1e-6)
    assert y[dropped] == pytest.approx(a * P.saturation + b, rel=1e-6)


def test_float64():
    with x64():
        x = positive([200, 300], jnp.float64)
        y = np.unique(np.where(x > 1.5, sj.alpha_dropout(KEY, 0 * x + 0.7, 0.5, P), 0.0))
        a, b = P.dropout_affine(0.5)
        assert y == pytest.approx(sorted([a * P.saturation + b, 0, a * 0.7 + b]), rel=1e-14)


def scanned(key, x):
    keys = jax.random.split(key, len(x))
    step = lambda carry, item: (carry, sj.alpha_dropout(*item, 0.5, P))  # noqa: E731
    return jax.lax.scan(step, 0, (keys, x))[1]


def mapped(key, x):
    keys = jax.random.split(key, len(x))
    return jax.vmap(lambda k, x: sj.alpha_dropout(k, x, 0.5, P))(keys, x)


@every_way
def test_each_example_has_its_own_key_under_vmap_and_scan(way):
    x = positive([6, 500])
    keys = jax.random.split(KEY, 6)
    expected = [sj.alpha_dropout(k, row, 0.5, P) for k, row in zip(keys, x, strict=True)]
    for function in (mapped, scanned):
        assert np.allclose(way(function)(KEY, x), np.stack(expected), rtol=1e-6)


def test_the_mask_depends_on_the_key_and_the_shape_alone():
    masks = [
        is_dropped(way(lambda k, x, p=p: sj.alpha_dropout(k, 100 * x, 0.3, p))(KEY, x))
        for way in (lambda f: f, jax.jit)
        for p in FIXED_POINTS.values()
        for x in (positive([40, 50], dtype) for dtype in ALL)
    ]
    assert all(np.array_equal(mask, masks[0]) for mask in masks)
    old = jax.random.PRNGKey(7)  # of no type of its own
    assert np.array_equal(is_dropped(sj.alpha_dropout(old, positive([40, 50]), 0.3)), masks[0])


@pytest.mark.slow
def test_sharded_arrays_have_the_mask_of_the_whole():
    """On four devices, in a process of its own."""
    code = """
import jax, numpy as np, selu_sym.jax as sj
from jax.sharding import NamedSharding, PartitionSpec
x, key = jax.random.uniform(jax.random.key(1), (64, 48)), jax.random.key(2)
whole = sj.alpha_dropout(key, sj.selu(x), 0.5)
assert len(jax.devices()) == 4
mesh = jax.make_mesh((2, 2), ("a", "b"))
split = jax.device_put(x, NamedSharding(mesh, PartitionSpec("a", "b")))
y = jax.jit(lambda k, x: sj.alpha_dropout(k, sj.selu(x), 0.5))(key, split)
assert y.sharding.spec == PartitionSpec("a", "b"), y.sharding
assert np.allclose(y, whole, rtol=1e-6)
"""
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **flags},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@every_way
@pytest.mark.parametrize(
    ("noise_shape", "shared"),
    [
        ((None, 1, None), 1),
        ((4, 1, 6), 1),
        ([1, 5, 6], 0),
        ((1, None, None), 0),
        ((5, 6), 0),
        (np.array([4, 5, 1]), 2),
    ],
    ids=str,
)
def test_noise_shape(noise_shape, shared, way):
    x = positive([4, 5, 6])
    y = way(lambda k, x: sj.alpha_dropout(k, x, 0.5, P, noise_shape=noise_shape))(KEY, x)
    dropped = is_dropped(y)
    assert y.shape == x.shape
    assert np.array_equal(dropped.any(axis=shared), dropped.all(axis=shared))
    assert 0 < dropped.mean() < 1


@pytest.mark.parametrize(
    ("symbols", "noise_shape"),
    [
        ("b, 8", None),
        ("b, s", None),
        ("b, 8", (None, 1)),
        ("b, 8", (1, 8)),
        ("b, 8", lambda x: (x.shape[0], 1)),
        ("8, b", lambda x: (x.shape[1],)),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_sizes_that_are_symbols(symbols, noise_shape):
    """The mask of an exported function is that of the function itself."""

    @jax.jit
    def function(x):
        mask = noise_shape(x) if callable(noise_shape) else noise_shape
        dropout = lambda x: sj.alpha_dropout(KEY, x, 0.5, P, noise_shape=mask)  # noqa: E731
        y, pullback = jax.vjp(dropout, x)
        return y, *pullback(x)

    symbolic = jax.ShapeDtypeStruct(jax.export.symbolic_shape(symbols), jnp.float32)
    exported = jax.export.export(function)(symbolic)
    x = positive([8, 8])
    again = jax.export.deserialize(exported.serialize()).call(x)
    assert all(map(np.array_equal, again, function(x)))


def test_a_mask_that_fits_no_symbol():
    symbolic = jax.ShapeDtypeStruct(jax.export.symbolic_shape("b, 8"), jnp.float32)
    function = jax.jit(lambda x: sj.alpha_dropout(KEY, x, 0.5, noise_shape=(3, 8)))
    with pytest.raises(ValueError, match=r"noise_shape must broadcast to .*, \(b, 8\)"):
        jax.export.export(function)(symbolic)


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "enabled"), [("bfloat16", True), ("float32", False)])
def test_no_dtype_is_promoted_unasked(dtype, enabled):
    """What runs with JAX's strict promotion gives what it gives without."""
    arrays = selu_sym.selu_parameters([0.0, 0.1, -0.1], [1.0, 2.0, 0.5], weights="iid")

    def everything(x, rate, trained):
        results = []
        for p, of in ((P, 0.3), (P, rate), (arrays, 0.3), (trained, rate)):
            dropout = lambda x, p=p, of=of: sj.alpha_dropout(KEY, x, of, p)  # noqa: E731
            y, pullback = jax.vjp(dropout, x)
            results += [y, *pullback(y)]
        return results

    with x64(enabled):
        x = positive([400, 3], dtype)
        rate = np.float16(0.3)
        trained = sj.selu_parameters(jnp.zeros(3), jnp.ones(3), weights="iid")
        expected = jax.jit(everything)(x, rate, trained)
        with jax.numpy_dtype_promotion("strict"):
            found = jax.jit(everything)(x, rate, trained)
        pairs = zip(found, expected, strict=True)
        assert all(ours.dtype == y.dtype and np.array_equal(ours, y) for ours, y in pairs)


@every_way
@pytest.mark.parametrize("wrap", [lambda f: f, jax.checkpoint], ids=["itself", "checkpoint"])
def test_derivatives_are_the_factor_of_the_kept_units(wrap, way):
    x = positive([30, 40])
    dropout = wrap(lambda x: sj.alpha_dropout(KEY, x, 0.4, P))
    a, _ = P.dropout_affine(0.4)
    slope = np.where(is_dropped(dropout(x)), 0.0, a)
    gradient = jax.grad(lambda x: (dropout(x) ** 2).sum())
    y, tangent = way(lambda x: jax.jvp(dropout, (x,), (jnp.ones_like(x),)))(x)
    assert tangent == pytest.approx(slope, rel=1e-6)
    assert way(gradient)(x) == pytest.approx(2 * np.asarray(y) * slope, rel=1e-5)
    second = way(jax.grad(lambda x: gradient(x).sum()))(x)
    assert second == pytest.approx(2 * slope**2, rel=1e-5)


@every_way
def test_values_that_are_not_finite_stay_where_they_are(way):
    x = jnp.concatenate([jnp.full(500, jnp.nan), jnp.full(500, jnp.inf), jnp.ones(500)])
    y, pullback = jax.vjp(way(lambda x: sj.alpha_dropout(KEY, x, 0.5, P)), x)
    dropped = is_dropped(sj.alpha_dropout(KEY, jnp.ones(1500), 0.5, P))
    assert np.array_equal(np.isnan(y[:500]), ~dropped[:500])
    assert np.array_equal(np.isinf(y[500:1000]), ~dropped[500:1000])
    assert np.isfinite(y[1000:]).all()
    assert np.isfinite(pullback(jnp.ones_like(x))[0]).all()


@every_way
@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.__name__)
def test_rate_zero_returns_the_input(dtype, way):
    x = positive([3, 4], dtype)
    assert np.array_equal(way(lambda k, x: sj.alpha_dropout(k, x, 0, P))(KEY, x), x)
    assert sj.alpha_dropout(KEY, x, 0.0) is x
    assert np.array_equal(jax.grad(lambda x: sj.alpha_dropout(KEY, x, 0).sum())(x), 0 * x + 1)
    tiny = sj.alpha_dropout(KEY, x, 1e-12)
    assert np.allclose(tiny.astype(float), x.astype(float), rtol=1e-2)


@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.__name__)
def test_a_rate_that_is_traced(dtype):
    x = positive([100, 400], dtype)
    function = jax.jit(lambda k, x, rate: sj.alpha_dropout(k, x, rate, P))
    for rate in (0.25, 0.5):
        expected = np.asarray(sj.alpha_dropout(KEY, x, rate, P), np.float64)
        eps = float(jnp.finfo(dtype).eps)
        assert np.asarray(function(KEY, x, rate), np.float64) == pytest.approx(
            expected, rel=4 * eps
        )
    assert np.allclose(function(KEY, x, 0.0).astype(float), x.astype(float))
    assert is_dropped(function(KEY, x, 1 - 2**-24)).all()
    # an array that is not traced is computed step by step, where a compiler may fuse a x + b
    eager = np.asarray(sj.alpha_dropout(KEY, x, jnp.array(0.25), P), np.float64)
    assert eager == pytest.approx(np.asarray(function(KEY, x, 0.25), np.float64), rel=4 * eps)


@pytest.mark.parametrize("name", ["relu", "linear"])
def test_the_fixed_point_of_another_activation(name):
    """Its dropped units become its limit to the left, and 0 where it has none."""
    q = selu_sym.standardize(name, -0.2, 2.0)
    dropped_value = q.scale * 0.0 + q.shift if name == "relu" else 0.0
    a, b = q.dropout_affine(0.5)
    x = positive([200, 300])
    traced = jax.jit(sj.alpha_dropout)  # the rate, too
    for y in (sj.alpha_dropout(KEY, x, 0.5, q), traced(KEY, x, 0.5, q)):
        kept = np.isclose(y, a * x + b, rtol=1e-6)
        assert 0.49 < kept.mean() < 0.51
        assert np.asarray(y)[~kept] == pytest.approx(a * dropped_value + b, rel=1e-6)
    with pytest.raises(ValueError, match="p must hold numbers, got arrays"):
        sj.alpha_dropout(KEY, x, 0.5, selu_sym.standardize("relu", [0.0, 0.1]))


@every_way
def test_a_fixed_point_of_each_unit(way):
    p = selu_sym.selu_parameters([0.0, 0.1, -0.1], [1.0, 2.0, 0.5], weights="iid")
    x = positive([400, 3])
    y = way(lambda k, x: sj.alpha_dropout(k, x, 0.5, p))(KEY, x)
    a, b = p.dropout_affine(0.5)
    expected = np.where(is_dropped(y), a * p.saturation + b, a * np.asarray(x) + b)
    assert np.allclose(y, expected, rtol=1e-5)
    assert 0.4 < is_dropped(y).mean() < 0.6
    with pytest.raises(ValueError, match=r"p \(its arrays\) must broadcast to the shape of x"):
        sj.alpha_dropout(KEY, positive([4, 2]), 0.5, p)


def test_too_many_units_for_the_mask():
    x = jax.ShapeDtypeStruct((2**17, 2**16), jnp.float16)
    with pytest.raises(ValueError, match=r"a mask can have at most 2\*\*32 elements"):
        jax.eval_shape(lambda x: sj.alpha_dropout(KEY, x, 0.5), x)
    most = jax.ShapeDtypeStruct((2**16, 2**16), jnp.float16)
    assert jax.eval_shape(lambda x: sj.alpha_dropout(KEY, x, 0.5), most).shape == most.shape
