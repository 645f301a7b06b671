"""What the cases share."""

import os

import keras
import numpy as np
import pytest

import selu_sym

BACKEND = keras.backend.backend()
TARGET = {"mean": -0.1, "variance": 2.0}
P = selu_sym.selu_parameters(**TARGET, weights="iid")
STEEP = P.scale * P.alpha

X64 = BACKEND != "jax" or os.environ.get("JAX_ENABLE_X64") == "1"
needs_float64 = pytest.mark.skipif(not X64, reason="JAX has float64 only where it is enabled")
FLOAT64 = pytest.param("float64", marks=needs_float64)

differentiates = pytest.mark.skipif(BACKEND == "numpy", reason="NumPy has no gradients")

KERAS = tuple(int(part) for part in keras.__version__.split(".")[:2])
needs_masks = pytest.mark.skipif(
    BACKEND == "numpy" and KERAS < (3, 14), reason="Keras before 3.14 ignores masks on NumPy"
)


def to_numpy(x) -> np.ndarray:
    return keras.ops.convert_to_numpy(x)


def to_float64(x) -> np.ndarray:
    return to_numpy(x).astype("float64")


def gradient(function, x: np.ndarray) -> np.ndarray:
    """Return the derivative of a sum of a function's values, by the backend's own means."""
    if BACKEND == "jax":
        import jax  # noqa: PLC0415 - of this backend only

        return np.asarray(jax.grad(lambda z: function(z).sum())(x))
    if BACKEND == "torch":
        import torch  # noqa: PLC0415

        z = torch.tensor(x, requires_grad=True)
        function(z).sum().backward()
        return z.grad.numpy()
    import tensorflow as tf  # noqa: PLC0415

    z = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = function(z)
    return tape.gradient(y, z).numpy()
