"""The Keras layers on the JAX backend: the cases of ``cases/``; one is Keras's contract."""

import pytest

from tests.selu_sym.keras.backends.processes import run_cases

pytestmark = pytest.mark.slow


def test_cases():
    run_cases("jax")


def test_cases_in_float64():
    assert "skipped" not in run_cases("jax", "-k", "float64", JAX_ENABLE_X64="1")
