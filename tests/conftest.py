"""Fixtures for all tests."""

import importlib.util
import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported


def pytest_runtest_setup(item):
    if item.get_closest_marker("torch") and importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed: make test-torch")


@pytest.fixture
def compiled(request):
    """Have the TensorFlow ops compiled, or not, as the test's parameter says."""
    import selu_sym.tensorflow as st  # noqa: PLC0415 - not for tests that need no TensorFlow

    st.set_jit_compile(request.param)
    yield request.param
    st.set_jit_compile(None)
