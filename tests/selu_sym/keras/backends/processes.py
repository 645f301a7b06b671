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
    """Hold Keras's contract for layers against ours wherever its own layers hold it."""
    table = run("tests.selu_sym.keras.backends.contract", KERAS_BACKEND=backend)
    assert f"backend {backend}\n" in table
    counts = re.search(r"of (\d+): ours (\d+), Keras's (\d+), ours worse in (\d+)", table)
    total, ours, of_keras, worse = (int(count) for count in counts.groups())
    assert worse == 0, table
    assert total > ours >= of_keras, table
    if backend != "numpy" or keras_version() >= (3, 13):  # its own test could not run there
        assert of_keras > total / 2, table


def keras_version() -> tuple[int, ...]:
    return tuple(int(part) for part in version("keras").split(".")[:2])
