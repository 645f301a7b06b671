"""Fixed points where TensorFlow looks for NaN: the cases of ``cases/check_numerics.py``."""

import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases" / "check_numerics.py"


@pytest.mark.slow
def test_cases():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES)]
    result = subprocess.run(
        command, cwd=CASES.parents[4], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
