"""What all tests of the Keras layers share."""

import pytest

from tests import keras_networks


@pytest.fixture(autouse=True)
def _own_seeds():
    """Draw the same weights in a test, whatever tests have run before."""
    keras_networks.SEEDS.begin()
