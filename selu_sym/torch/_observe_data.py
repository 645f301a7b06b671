"""The examples that a PyTorch model is shown, in batches, of what users give."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from typing import TypeAlias, cast

import numpy as np
import torch
from torch.utils.data import Dataset

from selu_sym._observe import examples

Inputs: TypeAlias = "torch.Tensor | list[torch.Tensor] | dict[str, torch.Tensor]"
"""The inputs of a model: one, several in order, or several by their names."""

Batch: TypeAlias = (
    "torch.Tensor | np.ndarray | tuple[object, ...] | list[object] | dict[str, object]"
)
"""Examples, or a sequence of these and of their labels."""

WANTED = (
    "data must be a tensor or array of examples, a dict of them, a tuple (x, y) where x may be a "
    "list or a dict of inputs, a Dataset, or an iterable of such batches; got {}"
)


def batches(data: object, count: int) -> examples.Batches[Inputs]:
    """Return batches of at most `count` examples in all.

    Of arrays and of a Dataset, evenly spaced examples are taken. Of batches, the first ones are
    taken.
    """
    given = data[0] if isinstance(data, tuple) and data else data
    several = isinstance(data, tuple) and isinstance(given, list | tuple)
    if _is_array(given) or isinstance(given, Mapping) or several:
        arrays, pack = _parts(given)
        return examples.of_arrays(arrays, count, pack)
    if isinstance(given, Dataset) and not isinstance(given, torch.utils.data.IterableDataset):
        total = len(cast("Sized", given))
        chosen = np.linspace(0, total - 1, min(total, count)).astype(int).tolist()
        given = torch.utils.data.DataLoader(torch.utils.data.Subset(given, chosen), examples.FIRST)
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise ValueError(WANTED.format(type(given).__name__))
    return examples.of_batches((_parts(_first(batch)) for batch in given), count)


def _first(batch: object) -> object:
    """Return the inputs in a batch: of a tuple or a list, the first entry."""
    if isinstance(batch, tuple | list):
        if not len(batch):
            raise ValueError(examples.NO_EXAMPLES)
        return batch[0]
    return batch


def _is_array(value: object) -> bool:
    return isinstance(value, torch.Tensor | np.ndarray)


def _parts(
    given: object,
) -> tuple[list[torch.Tensor], Callable[[list[torch.Tensor]], Inputs]]:
    """Return all tensors of inputs, and the function that puts such tensors into inputs."""
    if isinstance(given, Mapping):
        names = [str(name) for name in given]
        values = list(given.values())
        if all(map(_is_array, values)):
            return _tensors(values), lambda parts: dict(zip(names, parts, strict=True))
    elif isinstance(given, tuple | list):
        if given and all(map(_is_array, given)):
            return _tensors(given), list
    elif _is_array(given) or isinstance(given, int | float):
        return _tensors([given]), lambda parts: parts[0]
    raise ValueError(WANTED.format(f"a batch of {type(given).__name__}"))


def _tensors(values: Sequence[object]) -> list[torch.Tensor]:
    return [torch.as_tensor(value) for value in values]


def called(model: torch.nn.Module, inputs: Inputs) -> object:
    """Call a model: with a dict by names if its forward has them, else as it is."""
    if isinstance(inputs, list):
        return model(*inputs)
    if isinstance(inputs, dict) and _takes(model, list(inputs)):
        return model(**inputs)
    return model(inputs)


def _takes(model: torch.nn.Module, names: list[str]) -> bool:
    """Return whether the forward method of a model has parameters of these names."""
    parameters = inspect.signature(model.forward).parameters
    takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    return takes_all or all(name in parameters for name in names)


def mapped(inputs: Inputs, function: Callable[[torch.Tensor], torch.Tensor]) -> Inputs:
    """Return inputs with a function applied to each tensor."""
    if isinstance(inputs, dict):
        return {name: function(part) for name, part in inputs.items()}
    if isinstance(inputs, list):
        return [function(part) for part in inputs]
    return function(inputs)
