"""What needs PyTorch is left out where it is not installed."""

import importlib.util

import pytest

HAS_TORCH = importlib.util.find_spec("torch") is not None

NEED_TORCH = [
    "selu_sym/torch/*.py",
    "selu_sym/_generated/torch_kernels.py",
    "selu_sym/keras/_backends/torch.py",
    "tests/torch_tools.py",
    "tests/selu_sym/torch/peers/entries.py",
    "benchmarks/networks/*torch*.py",
    "notebooks/torch_network.py",
]

USERS = ["tests/typed_programs/*.py"]
"""Programs that tests run, or have checked, some of which are wrong."""

collect_ignore_glob = USERS if HAS_TORCH else USERS + NEED_TORCH


def pytest_runtest_setup(item):
    """Skip a test that is marked."""
    if item.get_closest_marker("torch") and not HAS_TORCH:
        pytest.skip("PyTorch is not installed: make test-torch")
