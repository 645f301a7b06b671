"""What observing a Keras model must leave as it was: variables, metrics and global generators."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
from keras.src.backend.common import global_state  # no public function tells whether there is one

from selu_sym._observe.held import SETTLED
from selu_sym.keras._ops import backend


@contextmanager
def unchanged(model: keras.Model) -> Iterator[None]:
    """Restore variables and global generators afterwards, to the bit, also after a failure.

    Variables are those of layers, states of recurrent layers, seed generators and metrics.
    """
    before = [(variable, keras.ops.copy(variable.value)) for variable in _variables(model)]
    generator = global_state.get_global_attribute("global_seed_generator")
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the global one
    with backend.unchanged_generator():
        try:
            yield
        finally:
            for variable, value in before:
                variable.assign(value)
            global_state.set_global_attribute("global_seed_generator", generator)
            random.setstate(of_python)
            np.random.set_state(of_numpy)  # noqa: NPY002


def settle(model: keras.Model) -> list[keras.layers.Layer]:
    """Divide weights by their spectral norm, and return the layers whose weights these are.

    Keras does so in the first steps of training, and not before. :func:`unchanged` restores them.
    """
    layers = _spectral(model)
    for layer in layers:
        kernel = keras.ops.copy(layer.kernel.value)
        for _ in range(SETTLED):
            vector, normalized = layer.normalized_weights()
            layer.vector_u.assign(vector)
        layer.kernel.assign(normalized if keras.ops.any(kernel != 0) else kernel)
    return [layer.layer for layer in layers]


def _spectral(model: keras.Model) -> list[keras.layers.Layer]:
    kind = keras.layers.SpectralNormalization
    return [layer for layer in model._flatten_layers() if isinstance(layer, kind)]


def _variables(model: keras.Model) -> Iterator[keras.Variable]:
    """Yield what a call of a model may change, each variable once."""
    trained = {id(variable) for variable in model.trainable_variables}
    trained -= {id(layer.kernel) for layer in _spectral(model)}
    layers = model._flatten_layers()
    stateful = [layer for layer in layers if getattr(layer, "stateful", False)]
    states = [layer.states for layer in stateful if getattr(layer, "states", None) is not None]
    generator = global_state.get_global_attribute("global_seed_generator")
    found = [
        *model.variables,
        *(one for layer in layers for one in layer.metrics_variables),
        *(one for metric in model.metrics for one in metric.variables),
        *keras.tree.flatten(states),
        *([] if generator is None else [generator.state]),
    ]
    for variable in {id(one): one for one in found if isinstance(one, keras.Variable)}.values():
        dtype = keras.backend.standardize_dtype(variable.dtype)
        if id(variable) not in trained and dtype != "string":
            yield variable
