"""Tests that run in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

ALONE = ("-q", "-o", "addopts=--strict-config --strict-markers", "-p", "no:cacheprovider")
"""Options of pytest without its plugins, which take longer to import than most tests to run."""


def run(*arguments: str, cwd: Path = ROOT, code: int = 0, **environment: str) -> str:
    """Return what a fresh Python prints, which must end with an exit code."""
    result = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={
            **os.environ,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
        },
    )
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout
