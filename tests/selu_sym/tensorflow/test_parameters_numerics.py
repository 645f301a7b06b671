"""Fixed points where TensorFlow looks for NaN: the cases of ``cases/check_numerics.py``."""

from pathlib import Path

import pytest

from tests.processes import ALONE, run

CASES = Path(__file__).parent / "cases" / "check_numerics.py"


@pytest.mark.slow
def test_cases():
    run("-m", "pytest", str(CASES), *ALONE)
