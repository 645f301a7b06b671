"""What all tests of the TensorFlow ops share."""

import pytest


@pytest.fixture(autouse=True)
def _no_global_seed():
    """Forget the seed of an earlier test, by which each new graph draws the same numbers."""
    import tensorflow as tf  # noqa: PLC0415 - not when the tests are collected

    tf.random.set_seed(None)
