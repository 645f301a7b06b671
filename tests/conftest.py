"""Fixtures for all tests."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported


@pytest.fixture
def compiled(request):
    """Have the TensorFlow ops compiled, or not, as the test's parameter says."""
    import selu_sym.tensorflow as st  # noqa: PLC0415 - not for tests that need no TensorFlow

    st.set_jit_compile(request.param)
    yield request.param
    st.set_jit_compile(None)
