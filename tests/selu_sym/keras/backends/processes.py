"""How the tests of one of Keras's backends run: in processes that have this backend."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[4]
HERE = "tests/selu_sym/keras/backends"
CASES = sorted(
    f"{HERE}/cases/{path.name}"
    for path in (ROOT / HERE / "cases").glob("*.py")
    if path.stem not in ("__init__", "common")
)


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


def run_cases(backend: str) -> None:
    """Run the cases of all subjects on a backend."""
    run("pytest", *CASES, "-q", "-p", "no:cacheprovider", KERAS_BACKEND=backend)


def compare_with_keras(backend: str) -> None:
    """Hold Keras's contract against our layers, and against Keras's own where ours break it."""
    table = run("tests.selu_sym.keras.backends.contract", KERAS_BACKEND=backend)
    assert f"backend {backend}\n" in table
    total, held, worse = map(
        int, re.search(r"of (\d+): held (\d+), worse than Keras's (\d+)", table).groups()
    )
    assert worse == 0, table
    assert held < total, table  # Keras's own break some, too: the comparison compares
    if backend != "numpy" or keras_version() >= (3, 13):  # the contract could not run there
        assert held > total / 2, table


def keras_version() -> tuple[int, ...]:
    return tuple(int(part) for part in version("keras").split(".")[:2])
