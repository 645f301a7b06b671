"""What depends on Keras's backend: one module a backend, with the same names.

``selu_sym.keras._ops`` imports the one of the backend that Keras runs on. Those of TensorFlow, JAX
and PyTorch call the functions of :mod:`selu_sym.tensorflow`, :mod:`selu_sym.jax` and
:mod:`selu_sym.torch`. The one of NumPy uses NumPy's own functions: those of ``keras.ops`` would
round float64 to float32 there.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import ModuleType
from typing import Protocol

import keras

from selu_sym._numeric.weights import Weights
from selu_sym._parameters import SeluParameters
from selu_sym._tensors import SeluTensors
from selu_sym._transformed import TransformedActivation


def tensor_if_floating(x: keras.KerasTensor) -> keras.KerasTensor | None:
    """Return x as a tensor if it is of a floating-point dtype, and None if it is not."""
    floating = keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))
    return keras.ops.convert_to_tensor(x) if floating else None


class Tape(Protocol):
    """What tells how large gradients are that go back through tensors, and keeps none of them."""

    def through(self, tensor: keras.KerasTensor) -> keras.KerasTensor:
        """Return a tensor of the same values, to be used in place of a floating-point one."""

    def squared_norms(self, losses: list[keras.KerasTensor]) -> list[float]:
        """Return the squared norms of the gradients of the sum of losses, 0 where there is none.

        There is one for each call of ``through``, in their order.
        """


class Trained(Protocol):
    """What trains a fixed point: the functions of ``_trained``."""

    def trained_parameters(
        self, mean: keras.Variable, variance: keras.Variable, weights: Weights
    ) -> SeluTensors[keras.KerasTensor]:
        """Return the SELU of a fixed point that is variables, as tensors."""

    def clipped_variance(self, variance: keras.Variable) -> keras.KerasTensor:
        """Return a variance that the net input's follows from as float64 can hold it."""

    def solvable_mean(
        self, mean: keras.Variable, variance: keras.Variable, weights: Weights
    ) -> keras.KerasTensor:
        """Return the mean, moved to 0 as far as it must be for a SELU to exist."""


class Backend(Protocol):
    """What each of the modules has, for the tensors of its backend."""

    trained: Trained | None
    """What trains fixed points, where that is possible."""

    activation_modules: tuple[ModuleType, ...]
    """Modules of the backend's own activations, which code of users may call."""

    def recording(self) -> AbstractContextManager[Tape | None]:
        """Return a context whose calls can be differentiated, None on backends without that."""

    def unchanged_generator(self) -> AbstractContextManager[object]:
        """Return a context that restores the backend's global random generator at its end."""

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
