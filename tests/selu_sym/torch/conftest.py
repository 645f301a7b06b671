"""What tests of PyTorch's modules share."""

import pytest


@pytest.fixture
def own_generator():
    """Draw weights from one seed, and leave what other tests draw as it is."""
    import torch  # noqa: PLC0415 - tests that need it are skipped without it

    with torch.random.fork_rng():
        torch.manual_seed(13)
        yield
