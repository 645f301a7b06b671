"""The Keras layers on the TensorFlow backend: the cases of ``cases/``, and Keras's contract."""

import pytest

from tests.selu_sym.keras.backends.processes import compare_with_keras, run_cases

pytestmark = pytest.mark.slow


def test_cases():
    run_cases("tensorflow")


def test_contract():
    compare_with_keras("tensorflow")
