"""JAX's activations with scale and shift: values and derivatives, dtypes, arguments."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import selu_sym
import selu_sym.jax as sj
from selu_sym._tensors.transformed import folded
from selu_sym.jax._transformed import FUNCTIONS
from tests.jax_tools import x64
from tests.transformed import CASES, LARGE, SHAPED, SOME, Case, slopes, values

Q = selu_sym.shape_for_depth("gelu", 48)


@pytest.fixture(autouse=True)
def float64():
    with x64():
        yield


def both(case: Case, x):
    y, pullback = jax.vjp(lambda x: sj.transformed(x, case.q), x)
    return y, pullback(jnp.ones_like(y))[0]


def step_by_step(cases, x):
    """Return values and derivatives, operation by operation: to compile each takes its time."""
    with jax.disable_jit():
        return [both(case, x) for case in cases]


def require_exact(cases, found, roundoff):
    """Hold them to the exact ones; 1 + tanh cancels most, in the slope of gelu_tanh."""
    for case, (y, slope) in zip(cases, found, strict=True):
        exact, size = values(case)
        assert np.max(np.abs(np.asarray(y) - exact) / size) <= 8 * roundoff, case
        limit = 256 * roundoff
        assert np.allclose(slope[:-1], slopes(case), rtol=limit, atol=limit), case


def test_values_and_derivatives_in_double_precision():
    require_exact(SHAPED, step_by_step(SHAPED, jnp.asarray(SOME)), 2.0**-52)


def test_values_and_derivatives_in_single_precision_and_far_out():
    x = jnp.asarray(np.concatenate([SOME, LARGE]), jnp.float32)
    found = [[np.asarray(array) for array in pair] for pair in step_by_step(SHAPED, x)]
    assert np.isfinite(found).all()
    near = [[array[: len(SOME)] for array in pair] for pair in found]
    require_exact(SHAPED, near, 2.0**-23)


@pytest.mark.slow
def test_compiled():
    compiled = jax.jit(lambda x: [both(case, x) for case in SHAPED])
    require_exact(SHAPED, compiled(jnp.asarray(SOME, jnp.float32)), 2.0**-23)


@pytest.mark.parametrize(
    "dtype", [jnp.float16, jnp.bfloat16, jnp.float8_e5m2], ids=lambda dtype: dtype.__name__
)
def test_narrow_dtypes_are_rounded_once(dtype):
    x = jnp.asarray(SOME, dtype)
    eps = float(jnp.finfo(dtype).eps)
    with jax.disable_jit(), jax.numpy_dtype_promotion("strict"):
        for case in SHAPED:
            y, wide = (sj.transformed(z, case.q) for z in (x, x.astype(jnp.float32)))
            assert y.dtype == dtype
            rounded = wide.astype(dtype).astype(float)
            assert np.allclose(y.astype(float), rounded, rtol=eps, atol=1e-6), case


def test_each_function_is_reached():
    assert {folded(case.q).function for case in CASES} == set(FUNCTIONS)


def test_eagerly_and_as_an_argument():
    x = np.linspace(-3, 3, 25)
    assert np.allclose(sj.transformed(x, Q), Q(x), rtol=1e-13, atol=1e-14)
    assert np.allclose(jax.jit(sj.transformed)(x, Q), Q(x), rtol=1e-13, atol=1e-14)


def test_what_is_refused():
    with pytest.raises(TypeError, match="x must be of a floating-point dtype, got int"):
        sj.transformed([1, 2], Q)
    with pytest.raises(TypeError, match="q must be a TransformedActivation"):
        sj.transformed([1.0], "gelu")
