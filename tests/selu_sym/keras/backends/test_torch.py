"""The Keras layers on the PyTorch backend: the cases of ``cases/``; one is Keras's contract."""

import pytest

from tests.selu_sym.keras.backends.processes import run_cases

pytestmark = [pytest.mark.slow, pytest.mark.torch]


def test_cases():
    run_cases("torch")
