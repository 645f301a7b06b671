"""Activations and alpha dropout of the tensors of the backend that Keras runs on."""

from __future__ import annotations

import importlib
from typing import cast

import keras

from selu_sym.keras._backends import Backend, Trained

BACKEND = keras.backend.backend()

try:
    backend = cast("Backend", importlib.import_module(f"selu_sym.keras._backends.{BACKEND}"))
except ModuleNotFoundError as error:
    if error.name != f"selu_sym.keras._backends.{BACKEND}":
        raise
    raise ImportError(
        "selu_sym.keras needs one of Keras's backends tensorflow, jax, torch and numpy, "
        f"this is {BACKEND}"
    ) from None

selu = backend.selu
transformed = backend.transformed
alpha_dropout = backend.alpha_dropout


def trained() -> Trained:
    """Return what trains fixed points. Raise ValueError on a backend that has nothing for it."""
    if backend.trained is None:
        raise ValueError(f"train_fixed_point needs Keras's TensorFlow backend, this is {BACKEND}")
    return backend.trained


def floating(x: keras.KerasTensor, dtype: str) -> keras.KerasTensor:
    """Return x if it is of a floating-point dtype, and integers and booleans in the one given."""
    tensor = backend.if_floating(x)
    if tensor is not None:
        return tensor
    if not keras.backend.is_float_dtype(dtype):
        raise TypeError(f"dtype must be a floating-point one or a policy with one, got {dtype}")
    name = keras.backend.standardize_dtype(x.dtype)
    if keras.backend.is_int_dtype(name) or name == "bool":
        return keras.ops.cast(x, dtype)
    raise TypeError(f"x must be of a floating-point, integer or bool dtype, got {name}")
