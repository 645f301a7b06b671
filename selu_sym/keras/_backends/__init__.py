"""What the layers call on each of Keras's backends: one module a backend, with the same functions.

``selu_sym.keras._ops`` imports the one of the backend that Keras runs on. Those of TensorFlow, JAX
and PyTorch call the functions of :mod:`selu_sym.tensorflow`, :mod:`selu_sym.jax` and
:mod:`selu_sym.torch`. The one of NumPy uses NumPy's own functions: those of ``keras.ops`` would
round float64 to float32 there.
"""

from __future__ import annotations

from typing import Protocol

import keras

from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors
from selu_sym._transformed import TransformedActivation


class Backend(Protocol):
    """The functions that each of the modules has, for the tensors of its backend."""

    def if_floating(self, x: keras.KerasTensor) -> keras.KerasTensor | None:
        """Return x as a tensor if it is of a floating-point dtype, and None if it is not."""

    def selu(
        self, x: keras.KerasTensor, p: SeluParameters[float] | SeluTensors[keras.KerasTensor]
    ) -> keras.KerasTensor:
        """Return the SELU of a tensor of a floating-point dtype."""

    def transformed(
        self, x: keras.KerasTensor, q: TransformedActivation[float]
    ) -> keras.KerasTensor:
        """Return an activation with scale and shift of a tensor of a floating-point dtype."""

    def alpha_dropout(
        self,
        x: keras.KerasTensor,
        rate: float,
        p: SeluParameters[float] | SeluTensors[keras.KerasTensor] | TransformedActivation[float],
        noise_shape: tuple[int | None, ...] | None,
        seeds: keras.random.SeedGenerator,
    ) -> keras.KerasTensor:
        """Return a floating-point tensor after alpha dropout, with a seed of a generator."""
