"""The Keras layers on the JAX backend: the cases of ``cases/``, and Keras's contract."""

import pytest

from tests.selu_sym.keras.backends.processes import CASES, compare_with_keras, run, run_cases

pytestmark = pytest.mark.slow


def test_cases():
    run_cases("jax")


def test_contract():
    compare_with_keras("jax")


def test_cases_in_float64():
    environment = {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1"}
    options = ("-q", "-p", "no:cacheprovider", "-k", "float64")
    assert "skipped" not in run("pytest", *CASES, *options, **environment)
