"""The examples that a Keras model is shown, in batches, of what users give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, cast

import keras
import numpy as np

from selu_sym._observe import examples

Arrays: TypeAlias = "np.ndarray | list[Arrays] | tuple[Arrays, ...] | dict[str, Arrays]"
"""The inputs of a model as arrays or tensors, in any nest that Keras takes."""

Data: TypeAlias = "Arrays | Iterable[Arrays]"
"""Inputs, or batches of inputs."""

WANTED = (
    "data must be an array of examples, a list or a dict of arrays for the inputs of the model, "
    "a tuple (x, y), or an iterable of such batches; got {}"
)


def batches(model: keras.Model, data: Data, count: int) -> examples.Batches[Arrays]:
    """Return batches of at most `count` examples in all.

    Of arrays, evenly spaced examples are taken. Of batches, the first ones are taken.
    """
    known = hasattr(data, "shape") or isinstance(data, Iterable | keras.utils.PyDataset)
    if not known or isinstance(data, str | bytes):
        raise ValueError(WANTED.format(type(data).__name__))
    is_nest = hasattr(data, "shape") or isinstance(data, list | tuple | dict)
    if is_nest and not _is_list_of_batches(model, data):
        arrays, pack = _parts(cast("Arrays", data))
        return examples.of_arrays(arrays, count, pack)
    return examples.of_batches(map(_parts, _batched(model, data)), count)


def _is_list_of_batches(model: keras.Model, data: object) -> bool:
    """Return whether a list holds batches and not the inputs of the model."""
    if not isinstance(data, list) or not data:
        return isinstance(data, list)
    if any(isinstance(part, tuple | list | dict) for part in data):
        return True
    inputs = getattr(model, "inputs", None)
    return inputs is not None and len(data) != len(inputs)


def _batched(model: keras.Model, data: object) -> Iterator[Arrays]:
    """Return an iterator of batches, also of a data set whose examples come one by one."""
    if isinstance(data, keras.utils.PyDataset):  # it can only be indexed
        return (data[index] for index in range(len(data)))
    inputs = getattr(model, "inputs", None)
    if hasattr(data, "element_spec") and inputs:
        specs = keras.tree.flatten(_inputs(data.element_spec))
        ranks = [spec.shape.rank for spec in specs]
        if ranks == [len(one.shape) - 1 for one in inputs]:
            data = data.batch(examples.FIRST)  # type: ignore[attr-defined]
    return iter(cast("Iterable[Arrays]", data))


def _parts(batch: Arrays) -> tuple[list[np.ndarray], Callable[[list[np.ndarray]], Arrays]]:
    """Return all arrays of a nest, as NumPy's, and the function that puts such arrays into one."""
    inputs = _inputs(batch)

    def pack(arrays: list[np.ndarray]) -> Arrays:
        nest: Arrays = keras.tree.pack_sequence_as(inputs, arrays)
        return nest

    return [keras.ops.convert_to_numpy(array) for array in keras.tree.flatten(inputs)], pack


def _inputs(batch: Arrays) -> Arrays:
    """Return the inputs in a batch, without labels and sample weights."""
    if isinstance(batch, tuple):
        return keras.utils.unpack_x_y_sample_weight(batch)[0]  # type: ignore[no-any-return]
    return batch
