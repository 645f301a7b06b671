"""What the tests of JAX's functions share."""

from contextlib import AbstractContextManager

import jax
import pytest

every_way = pytest.mark.parametrize("way", [lambda f: f, jax.jit], ids=["eager", "jit"])
"""Run a test with a function as it is, and compiled."""


def x64(enabled: bool = True) -> AbstractContextManager:
    """Return a context in which JAX has float64, or not."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(enabled)
    return jax.experimental.enable_x64(enabled)  # before JAX 0.8
