"""The Keras layers on every backend, each in processes of its own."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BACKENDS = ["tensorflow", "jax", "numpy", pytest.param("torch", marks=pytest.mark.torch)]


def run(*module: str, **environment: str) -> str:
    """Return what a module prints in a fresh process, which must end well."""
    result = subprocess.run(
        [sys.executable, "-m", *module],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def keras_version() -> tuple[int, ...]:
    return tuple(int(part) for part in version("keras").split(".")[:2])


@pytest.mark.parametrize("backend", BACKENDS)
def test_contract_of_keras_holds_wherever_its_own_layers_hold_it(backend):
    table = run("tests.keras_contract", KERAS_BACKEND=backend)
    assert f"backend {backend}\n" in table
    counts = re.search(r"of (\d+): ours (\d+), Keras's (\d+), ours worse in (\d+)", table)
    total, ours, of_keras, worse = (int(count) for count in counts.groups())
    assert worse == 0, table
    assert total > ours >= of_keras, table
    if backend != "numpy" or keras_version() >= (3, 13):  # its own test could not run there
        assert of_keras > total / 2, table


@pytest.mark.parametrize("backend", BACKENDS)
def test_layers(backend):
    run("pytest", "tests/keras_any_backend.py", "-q", KERAS_BACKEND=backend)


def test_layers_in_float64_on_jax():
    environment = {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1"}
    output = run("pytest", "tests/keras_any_backend.py", "-q", "-k", "float64", **environment)
    assert "skipped" not in output


def test_other_backends_need_no_tensorflow():
    code = "import selu_sym.keras, sys; sys.exit('tensorflow' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "KERAS_BACKEND": "numpy"}, check=False
    )
    assert result.returncode == 0
