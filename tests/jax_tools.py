"""What the tests of JAX's functions share."""

from contextlib import AbstractContextManager

import jax
import pytest

WAYS = {"eager": lambda f: f, "jit": jax.jit}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
"""Run a test with a function as it is, and compiled."""


def x64(enabled: bool = True) -> AbstractContextManager:
    """Return a context in which JAX has float64, or not."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(enabled)
    return jax.experimental.enable_x64(enabled)  # before JAX 0.8
