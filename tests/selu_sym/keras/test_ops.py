"""The choice of the backend, and what its modules have in common."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import selu_sym.keras._backends as backends

ROOT = Path(__file__).parents[3]
NAMES = {
    *("if_floating", "selu", "alpha_dropout", "transformed", "trained"),
    *("activation_modules", "recording", "unchanged_generator"),
}


def output(code: str, backend: str) -> str:
    """Return what a new interpreter prints, with Keras on a backend."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


MODULES = sorted(Path(backends.__file__).parent.glob("[a-z]*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_each_backend_has_the_names(path):
    """Read as text, for each of them imports its framework."""
    defined = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets}
    public = {name for name in defined if name[0] not in "_A"}
    protocol = {*vars(backends.Backend), *backends.Backend.__annotations__}
    assert public == NAMES == {name for name in protocol if name[0] != "_"}


def test_other_backends_need_no_tensorflow():
    code = "import selu_sym.keras, sys; print('tensorflow' in sys.modules)"
    assert output(code, "numpy") == "False"


def test_a_backend_that_is_not_there():
    code = """
import keras
keras.backend.backend = lambda: "openvino"
try:
    import selu_sym.keras
except ImportError as error:
    print(error)
"""
    assert output(code, "numpy") == (
        "selu_sym.keras needs one of Keras's backends tensorflow, jax, torch and numpy, "
        "this is openvino"
    )
