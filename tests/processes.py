"""Tests that run in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

ALONE = ("-q", "-o", "addopts=--strict-config --strict-markers", "-p", "no:cacheprovider")
"""Options of pytest without its plugins, which take longer to import than most tests to run."""


def run(*module: str, **environment: str) -> str:
    """Return what a module prints in a fresh process, which must end well."""
    result = subprocess.run(
        [sys.executable, "-m", *module],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            **os.environ,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
        },
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
