"""The examples that a Keras model is shown, in batches, of what users give."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TypeAlias, cast

import keras
import numpy as np

Arrays: TypeAlias = "np.ndarray | list[Arrays] | tuple[Arrays, ...] | dict[str, Arrays]"
"""The inputs of a model as arrays or tensors, in any nest that Keras takes."""

Data: TypeAlias = "Arrays | Iterable[Arrays]"
"""Inputs, or batches of inputs."""

Batches: TypeAlias = Generator[tuple[Arrays, int], "int | None", None]
"""Batches with their sizes; it takes how many examples the next ones may have."""

FIRST = 32
"""Number of examples in the first batch of arrays, which shows how much memory one takes."""

NO_EXAMPLES = "data must hold examples, got none"

WANTED = (
    "data must be an array of examples, a list or a dict of arrays for the inputs of the model, "
    "a tuple (x, y), or an iterable of such batches; got {}"
)


def batches(model: keras.Model, data: Data, count: int) -> Batches:
    """Yield batches of at most `count` examples in all.

    Of arrays, evenly spaced examples are taken: first a small batch, then as many as the caller
    sends. Of batches, the first ones are taken.
    """
    known = hasattr(data, "shape") or isinstance(data, Iterable | keras.utils.PyDataset)
    if not known or isinstance(data, str | bytes):
        raise ValueError(WANTED.format(type(data).__name__))
    is_nest = hasattr(data, "shape") or isinstance(data, list | tuple | dict)
    if is_nest and not _is_list_of_batches(model, data):
        yield from _of_arrays(_inputs(cast("Arrays", data)), count)
    else:
        yield from _of_batches(_batched(model, data), count)


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
            data = data.batch(FIRST)  # type: ignore[attr-defined]
    return iter(cast("Iterable[Arrays]", data))


def _of_arrays(inputs: Arrays, count: int) -> Batches:
    """Yield batches of arrays that hold all examples."""
    arrays = _arrays(inputs)
    if not arrays or not all(array.ndim for array in arrays) or not len(arrays[0]):
        raise ValueError(NO_EXAMPLES)
    if len({len(array) for array in arrays}) > 1:
        sizes = ", ".join(str(len(array)) for array in arrays)
        raise ValueError(
            f"inputs must have as many examples each, got {sizes}; pass batches of an iterator"
        )
    total = len(arrays[0])
    chosen = np.linspace(0, total - 1, min(total, count)).astype(np.int64)
    start, size = 0, FIRST
    while start < len(chosen):
        end = start + size
        if len(chosen) - end < 2:  # a batch of one has no statistics
            end = len(chosen)
        part = chosen[start:end]
        nest = keras.tree.pack_sequence_as(inputs, [array[part] for array in arrays])
        size = (yield nest, len(part)) or size
        start = end


def _of_batches(data: Iterable[Arrays], count: int) -> Batches:
    """Yield the first batches, the last one shortened, until one is of another shape."""
    missing, shapes = count, None
    for batch in data:
        inputs = _inputs(batch)
        arrays = _arrays(inputs)
        if not all(array.ndim for array in arrays):
            raise ValueError(
                "data must be an iterable of batches, got one of single numbers: pass the whole "
                "array, or batches of examples"
            )
        if not arrays or not len(arrays[0]):
            continue
        if shapes is not None and shapes != [array.shape[1:] for array in arrays]:
            break
        shapes = [array.shape[1:] for array in arrays]
        taken = [array[:missing] for array in arrays]
        yield keras.tree.pack_sequence_as(inputs, taken), len(taken[0])
        missing -= len(taken[0])
        if missing <= 0:
            break
    if missing == count:
        raise ValueError(NO_EXAMPLES)


def _arrays(inputs: Arrays) -> list[np.ndarray]:
    """Return all arrays of a nest, as NumPy's."""
    return [keras.ops.convert_to_numpy(array) for array in keras.tree.flatten(inputs)]


def _inputs(batch: Arrays) -> Arrays:
    """Return the inputs in a batch, without labels and sample weights."""
    if isinstance(batch, tuple):
        return keras.utils.unpack_x_y_sample_weight(batch)[0]  # type: ignore[no-any-return]
    return batch
