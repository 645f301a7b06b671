"""JAX's SELU: values in ulps, derivatives, dtypes, and every way to call it."""

import functools

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import selu_sym
import selu_sym.jax as sj
from tests.jax_tools import every_way, x64
from tests.ulps import exact_selu, half_precision_error, in_ulps, inputs

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
Q = selu_sym.shape_for_depth("silu", 48)
FIXED_POINTS = [
    selu_sym.selu_parameters(0.0, 1.0),
    P,
    selu_sym.selu_parameters(0.3, 0.7, weights="iid"),
]
HALF = [jnp.float16, jnp.bfloat16]
ALL = [*HALF, jnp.float32, jnp.float64]
SPECIAL = [-np.inf, -0.0, 0.0, np.inf, np.nan]

every_dtype = pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.__name__)
each_point = pytest.mark.parametrize("p", FIXED_POINTS, ids=lambda p: f"{p.mean},{p.variance}")


@pytest.fixture(autouse=True)
def float64():
    with x64():
        yield


def selu(x):
    return sj.selu(x, P)


def slope(x):
    return np.where(x > 0, P.scale, P.scale * P.alpha * np.exp(np.minimum(x, 0)))


def curvature(x):
    return np.where(x > 0, 0, slope(x))


def derivatives(function, x):
    """Return the first and the second derivative of a function of each element."""
    first = jax.grad(lambda x: function(x).sum())
    second = jax.grad(lambda x: first(x).sum())
    return tuple(np.asarray(f(x), np.float64) for f in (first, second))


@every_way
@each_point
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_error_in_ulps(dtype, p, way):
    x = inputs(dtype)
    y = way(lambda x: sj.selu(x, p))(jnp.asarray(x))
    errors = in_ulps(np.asarray(y), exact_selu(x, p, dtype), dtype)
    assert np.max(errors) <= 8  # the docstring says so
    assert np.mean(errors) < 1


@every_way
@each_point
@pytest.mark.parametrize("dtype", HALF, ids=lambda dtype: dtype.__name__)
def test_every_half_precision_number(dtype, p, way):
    x = jax.lax.bitcast_convert_type(jnp.arange(2**16, dtype=jnp.uint16), dtype)
    y = way(lambda x: sj.selu(x, p))(x)
    assert half_precision_error(np.asarray(x), np.asarray(y), p) <= 1


@every_way
@every_dtype
def test_special_values(dtype, way):
    x = jnp.array(SPECIAL, dtype)
    y = way(selu)(x)
    assert y.dtype == dtype
    saturation = float(np.asarray(P.saturation).astype(x.dtype))
    assert np.array_equal(y.astype(float), [saturation, 0, 0, np.inf, np.nan], equal_nan=True)
    assert np.array_equal(np.signbit(y.astype(float))[1:3], [True, False])


@every_way
@every_dtype
def test_derivatives_are_those_of_the_definition(dtype, way):
    x = jnp.asarray(inputs(jnp.dtype(dtype)))
    first, second = way(functools.partial(derivatives_of, selu))(x)
    wide = np.asarray(x, np.float64)
    roundoff = float(jnp.finfo(dtype).eps) * P.scale * P.alpha
    assert np.max(np.abs(np.asarray(first, np.float64) - slope(wide))) <= 8 * roundoff
    assert np.max(np.abs(np.asarray(second, np.float64) - curvature(wide))) <= 8 * roundoff


def derivatives_of(function, x):
    """Return the same as :func:`derivatives`, in code that JAX traces."""
    first = jax.grad(lambda x: function(x).sum())
    return first(x), jax.grad(lambda x: first(x).sum())(x)


@every_dtype
def test_derivatives_at_special_values(dtype):
    first, second = derivatives(selu, jnp.array(SPECIAL, dtype))
    scale, s = (float(np.asarray(v).astype(jnp.dtype(dtype))) for v in (P.scale, P.saturation))
    assert np.array_equal(first[:4], [0, -s, -s, scale])
    assert np.array_equal(second[:4], [0, -s, -s, 0])
    assert np.isnan(first[4])


@every_way
@each_point
@pytest.mark.parametrize("enabled", [True, False], ids=["x64", "x32"])
def test_the_derivative_far_left_is_within_roundoff_of_the_true_one(p, way, enabled):
    with x64(enabled):
        x = jnp.linspace(-30, -10, 20_001, dtype=jnp.float32)
        found = way(jax.vmap(jax.grad(lambda x: sj.selu(x, p))))(x)
    found = np.asarray(found, np.float64)
    exact = p.scale * p.alpha * np.exp(np.asarray(x, np.float64))
    assert np.max(abs(found - exact)) <= 8 * 2.0**-24 * p.scale * p.alpha
    assert np.max(exact[found == 0]) < 1.2e-7 * p.scale * p.alpha
    assert np.all(found[x > -15.9] > 0)


def test_the_naive_choice_has_the_fault_that_ours_is_free_of():
    def naive(x):
        return jnp.where(x > 0, x, jnp.exp(x) - 1)

    x = jnp.array([1000.0])
    assert np.isnan(derivatives(naive, x)[0]).all()
    assert np.array_equal(derivatives(selu, x), [[P.scale], [0]])


@pytest.mark.parametrize("at", [-3.0, -1e-3, 1e-3, 1e6])
def test_derivatives_of_every_order_and_mode_agree_with_differences(at):
    check_grads(selu, (jnp.array(at),), order=4, modes=("fwd",), eps=1e-4)
    check_grads(selu, (jnp.array(at),), order=2, modes=("fwd", "rev"), eps=1e-4)


def test_hessian_and_jacobians():
    x = jnp.array([-1.0, 0.5, -2.0])
    for jacobian in (jax.jacfwd, jax.jacrev):
        assert np.allclose(jacobian(selu)(x), np.diag(slope(x)), rtol=1e-14)
    hessian = jax.hessian(lambda x: (selu(x) ** 2).sum())(x)
    y = np.asarray(selu(x))
    assert np.allclose(hessian, np.diag(2 * slope(x) ** 2 + 2 * y * curvature(x)), rtol=1e-13)


def shaped(x):
    return sj.transformed(x, Q)


def value_and_slope(f, x):
    """Return both from the definition."""
    if f is selu:
        below = P.scale * P.alpha * np.expm1(np.minimum(x, 0))
        return np.where(x > 0, P.scale * x, below), slope(x)
    z = Q.input_scale * x + Q.input_shift
    logistic = 1 / (1 + np.exp(-z))
    derivative = Q.scale * Q.input_scale * logistic * (1 + z * (1 - logistic))
    return Q.scale * z * logistic + Q.shift, derivative


def sharded(f):
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("rows",))
    spec = jax.sharding.PartitionSpec("rows")
    shard_map = getattr(jax, "shard_map", None) or jax.experimental.shard_map.shard_map
    return shard_map(f, mesh=mesh, in_specs=spec, out_specs=spec)


PATHS = {
    "itself": lambda f: f,
    "vmap": jax.vmap,
    "vmap of vmap": lambda f: jax.vmap(jax.vmap(f), in_axes=1, out_axes=1),
    "checkpoint": jax.checkpoint,
    "cond": lambda f: lambda x: jax.lax.cond(x.sum() > -1e9, f, lambda x: x, x),
    "switch": lambda f: lambda x: jax.lax.switch(1, [lambda x: x, f], x),
    "scan": lambda f: lambda x: jax.lax.scan(lambda carry, row: (carry, f(row)), 0, x)[1],
    "fori_loop": lambda f: lambda x: jax.lax.fori_loop(0, 1, lambda _, v: f(v), x),
    "map": lambda f: lambda x: jax.lax.map(f, x),
    "shard_map": sharded,
    "jit in jit": lambda f: jax.jit(jax.jit(f)),
    "parameters as an argument": lambda f: (
        lambda x: jax.jit(sj.selu)(x, P) if f is selu else jax.jit(sj.transformed)(x, Q)
    ),
}


@every_way
@pytest.mark.parametrize("f", [selu, shaped])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
def test_paths(path, f, way):
    x = jnp.array([[-3.0, -1.0, -0.0, 0.5, 2.0], [-20.0, -0.1, 0.0, 1e-3, 30.0]])
    expected, derivative = value_and_slope(f, np.asarray(x))
    called = way(path(f))
    assert np.allclose(called(x), expected, rtol=1e-14, atol=0 if f is selu else 1e-14)
    _, pullback = jax.vjp(called, x)
    assert np.allclose(pullback(jnp.ones_like(x))[0], derivative, rtol=1e-13, atol=1e-15)
    _, tangent = jax.jvp(called, (x,), (jnp.ones_like(x),))
    assert np.allclose(tangent, derivative, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("f", [selu, shaped])
def test_an_exported_function_is_the_same(f):
    x = jnp.linspace(-3, 3, 12)
    exported = jax.export.export(jax.jit(f))(jax.ShapeDtypeStruct(x.shape, x.dtype))
    again = jax.export.deserialize(exported.serialize(vjp_order=1))
    assert np.array_equal(again.call(x), f(x))
    found = jax.grad(lambda x: again.call(x).sum())(x)
    assert np.allclose(found, value_and_slope(f, np.asarray(x))[1], rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "enabled"),
    [*((dtype, True) for dtype in [*ALL, "float8_e5m2"]), ("float16", False), ("float32", False)],
    ids=str,
)
def test_no_dtype_is_promoted_unasked(dtype, enabled):
    """What runs with JAX's strict promotion gives what it gives without."""
    arrays = selu_sym.selu_parameters([0.0, 0.1, -0.1], [1.0, 2.0, 0.5], weights="iid")

    def everything(x, trained):
        results = []
        for p in (None, P, arrays, trained):
            function = functools.partial(sj.selu, p=p)
            y, pullback = jax.vjp(function, x)
            _, second = jax.jvp(lambda x, f=function: jax.vjp(f, x)[1](x)[0], (x,), (x,))
            results += [y, *pullback(y), second]
        return results, jax.vjp(lambda p: sj.selu(x, p), trained)[1](x)[0]

    with x64(enabled):
        x = jnp.array([-2.0, 0.5, 3.0]).astype(jax.dtypes.canonicalize_dtype(dtype))
        trained = sj.selu_parameters(jnp.zeros(3), jnp.ones(3), weights="iid")
        expected = everything(x, trained)
        with jax.numpy_dtype_promotion("strict"):
            found = everything(x, trained)
        pairs = zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True)
        assert all(ours.dtype == y.dtype and np.array_equal(ours, y) for ours, y in pairs)


@pytest.mark.parametrize("symbols", ["b, 8", "b, s, 8", "b, s"], ids=str)
def test_sizes_that_are_symbols(symbols):
    shape = jax.export.symbolic_shape(symbols)
    function = jax.jit(lambda x: jax.vjp(selu, x)[1](x)[0] + selu(x))
    exported = jax.export.export(function)(jax.ShapeDtypeStruct(shape, jnp.float32))
    x = jax.random.normal(jax.random.key(3), (5,) * (len(shape) - 1) + (8,), jnp.float32)
    assert np.array_equal(exported.call(x), function(x))


def test_parameters_are_constants_for_a_compiled_function():
    traced = []

    @jax.jit
    def function(x, p):
        traced.append(p)
        return sj.selu(x, p)

    for p in (P, selu_sym.selu_parameters(-0.1, 2.0, weights="iid"), FIXED_POINTS[0]):
        assert np.allclose(function(jnp.array([2.0]), p), 2 * p.scale)
    assert len(traced) == 2  # once for equal parameters


def test_tracing_takes_no_memory():
    jax.make_jaxpr(lambda: sj.selu(jnp.ones(10**12)))()
    jax.eval_shape(jax.grad(lambda x: sj.selu(x).sum()), jax.ShapeDtypeStruct((10**12,), "float32"))


@every_way
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3, 4, 5, 6)], ids=str)
def test_any_shape(shape, way):
    assert way(sj.selu)(jnp.zeros(shape)).shape == shape


@every_way
@every_dtype
def test_it_agrees_with_the_built_in_function(dtype, way):
    x = jax.random.normal(jax.random.key(1), (1000,)).astype(dtype)
    mine, theirs = (way(f)(x) for f in (sj.selu, jax.nn.selu))
    eps = float(jnp.finfo(dtype).eps)
    assert mine.dtype == theirs.dtype
    assert np.allclose(mine.astype(float), theirs.astype(float), rtol=4 * eps, atol=4 * eps)


@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2"])
def test_eight_bits(name):
    x = jnp.array([-2.0, 0.5, 1.0]).astype(name)
    y = selu(x)
    assert y.dtype == name
    assert np.array_equal(y, selu(x.astype("float32")).astype(name))


def test_kinds_of_input():
    expected = selu(jnp.array([-1.0, 2.0]))
    for x in ([-1.0, 2.0], np.array([-1.0, 2.0]), (np.float64(-1), np.float64(2))):
        assert np.array_equal(selu(x), expected)
    assert selu(-1.0) == expected[0]


@every_way
def test_a_fixed_point_of_each_unit(way):
    p = selu_sym.selu_parameters([0.0, 0.1, -0.1], [1.0, 2.0, 0.5], weights="iid")
    x = jax.random.normal(jax.random.key(2), (4, 3))
    y, slopes = way(lambda x: (sj.selu(x, p), jax.grad(lambda x: sj.selu(x, p).sum())(x)))(x)
    for unit in range(3):
        one = selu_sym.selu_parameters(p.mean[unit], p.variance[unit], weights="iid")
        assert np.allclose(y[:, unit], sj.selu(x[:, unit], one), rtol=1e-14)
        expected = jax.vmap(jax.grad(lambda x, one=one: sj.selu(x, one)))(x[:, unit])
        assert np.allclose(slopes[:, unit], expected, rtol=1e-13)
    for wrong in (jnp.zeros((4, 2)), jnp.zeros(())):
        with pytest.raises(ValueError, match=r"p \(its arrays\) must broadcast to the shape of x"):
            sj.selu(wrong, p)
