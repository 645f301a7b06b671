"""What needs PyTorch is left out where it is not installed."""

import importlib.util

import pytest

HAS_TORCH = importlib.util.find_spec("torch") is not None

NEED_TORCH = [
    "selu_sym/torch/*.py",
    "tests/torch_tools.py",
    "tests/selu_sym/torch/peers/entries.py",
    "tests/typed_programs/of_torch.py",
    "notebooks/of_torch.py",
]

collect_ignore_glob = [] if HAS_TORCH else NEED_TORCH


def pytest_runtest_setup(item):
    """Skip a test that is marked."""
    if item.get_closest_marker("torch") and not HAS_TORCH:
        pytest.skip("PyTorch is not installed: make test-torch")
