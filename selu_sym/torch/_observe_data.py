"""The examples that a PyTorch model is shown, in batches, of what users give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias, cast

import numpy as np
import torch
from torch.utils.data import Dataset

Inputs: TypeAlias = "torch.Tensor | list[torch.Tensor] | dict[str, torch.Tensor]"
"""The inputs of a model: one, several in order, or several by their names."""

Batch: TypeAlias = (
    "torch.Tensor | np.ndarray | tuple[object, ...] | list[object] | dict[str, object]"
)
"""Examples, or a sequence of these and of their labels."""

FIRST = 32
"""Number of examples in the first batch of an array, which shows how much memory one takes."""

NO_EXAMPLES = "data must hold examples, got none"

WANTED = (
    "data must be a tensor or array of examples, a dict of them, a tuple (x, y) where x may be a "
    "list or a dict of inputs, a Dataset, or an iterable of such batches; got {}"
)


def batches(data: object, count: int) -> Iterator[tuple[Inputs, int]]:
    """Yield batches of at most `count` examples in all, and the number of examples in each.

    Of arrays, evenly spaced examples are taken, in two batches: a small one, and the rest, which
    the caller may split by sending how many examples a batch may have. Of batches, the first ones
    are taken.
    """
    given = data[0] if isinstance(data, tuple) and data else data
    if _is_array(given):
        yield from _of_arrays([given], count, "one")
    elif isinstance(given, Mapping):
        yield from _of_arrays(list(given.values()), count, list(given))
    elif isinstance(data, tuple) and isinstance(given, list) and all(map(_is_array, given)):
        yield from _of_arrays(given, count, "several")
    elif isinstance(given, Dataset) and not isinstance(given, torch.utils.data.IterableDataset):
        chosen = np.linspace(0, len(given) - 1, min(len(given), count)).astype(int)  # type: ignore[arg-type]
        examples = torch.utils.data.Subset(given, chosen.tolist())
        yield from _of_batches(torch.utils.data.DataLoader(examples, FIRST), count)
    elif isinstance(given, Iterable) and not isinstance(given, str | bytes):
        yield from _of_batches(given, count)
    else:
        raise ValueError(WANTED.format(type(given).__name__))


def _is_array(value: object) -> bool:
    return isinstance(value, torch.Tensor | np.ndarray)


def _of_arrays(
    arrays: list[object], count: int, names: str | list[str]
) -> Iterator[tuple[Inputs, int]]:
    """Yield batches of arrays that hold all examples."""
    if not arrays or not all(map(_is_array, arrays)):
        raise ValueError(WANTED.format(", ".join(type(array).__name__ for array in arrays)))
    tensors = [torch.as_tensor(array) for array in cast("list[torch.Tensor]", arrays)]
    if not tensors[0].dim() or not len(tensors[0]):
        raise ValueError(NO_EXAMPLES)
    if len({len(tensor) for tensor in tensors}) > 1:
        sizes = ", ".join(str(len(tensor)) for tensor in tensors)
        raise ValueError(f"inputs must have as many examples each, got {sizes}")
    total = len(tensors[0])
    chosen = torch.as_tensor(np.linspace(0, total - 1, min(total, count)).astype(np.int64))
    start, size = 0, FIRST
    while start < len(chosen):
        end = start + size
        if len(chosen) - end < 2:  # a batch of one has no statistics
            end = len(chosen)
        part = chosen[start:end]
        taken = [tensor[part.to(tensor.device)] for tensor in tensors]
        size = (yield _named(taken, names), len(part)) or size
        start = end


def _named(tensors: list[torch.Tensor], names: str | list[str]) -> Inputs:
    if isinstance(names, list):
        return dict(zip(names, tensors, strict=True))
    return tensors[0] if names == "one" else tensors


def _of_batches(data: Iterable[object], count: int) -> Iterator[tuple[Inputs, int]]:
    """Yield the first batches, the last one shortened."""
    missing, shapes = count, None
    for batch in data:
        inputs = _inputs(batch)
        parts = _parts(inputs)
        if not all(part.dim() for part in parts):
            raise ValueError(
                "data must be an iterable of batches, got one of single numbers: pass the whole "
                "array, or batches of examples"
            )
        if not parts or not len(parts[0]):
            continue
        if shapes is not None and shapes != [part.shape[1:] for part in parts]:
            break
        shapes = [part.shape[1:] for part in parts]
        taken = [part[:missing] for part in parts]
        if isinstance(inputs, dict):
            shortened: Inputs = dict(zip(inputs, taken, strict=True))
        else:
            shortened = taken if isinstance(inputs, list) else taken[0]
        yield shortened, len(taken[0])
        missing -= len(taken[0])
        if missing <= 0:
            break
    if missing == count:
        raise ValueError(NO_EXAMPLES)


def _inputs(batch: object) -> Inputs:
    """Return the inputs in a batch: of a tuple or a list, the first entry."""
    given = batch
    if isinstance(batch, tuple | list):
        if not len(batch):
            raise ValueError(NO_EXAMPLES)
        given = batch[0]
    if isinstance(given, Mapping):
        named = {str(name): value for name, value in given.items()}
        if all(map(_is_array, named.values())):
            return {name: torch.as_tensor(value) for name, value in named.items()}
    elif isinstance(given, tuple | list) and all(map(_is_array, given)):
        return [torch.as_tensor(part) for part in given]
    elif _is_array(given):
        return torch.as_tensor(given)
    raise ValueError(WANTED.format(f"a batch of {type(given).__name__}"))


def _parts(inputs: Inputs) -> list[torch.Tensor]:
    if isinstance(inputs, dict):
        return list(inputs.values())
    return inputs if isinstance(inputs, list) else [inputs]


def called(model: torch.nn.Module, inputs: Inputs) -> object:
    """Call a model: with a dict by names if its forward has them, else as it is."""
    if isinstance(inputs, list):
        return model(*inputs)
    if isinstance(inputs, dict) and _takes(model, list(inputs)):
        return model(**inputs)
    return model(inputs)


def _takes(model: torch.nn.Module, names: list[str]) -> bool:
    """Return whether the forward method of a model has parameters of these names."""
    import inspect  # noqa: PLC0415 - for dicts alone

    parameters = inspect.signature(model.forward).parameters
    takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    return takes_all or all(name in parameters for name in names)


def mapped(inputs: Inputs, function: object) -> Inputs:
    """Return inputs with a function applied to each tensor."""
    assert callable(function)
    if isinstance(inputs, dict):
        return {name: function(part) for name, part in inputs.items()}
    if isinstance(inputs, list):
        return [function(part) for part in inputs]
    one: torch.Tensor = function(inputs)
    return one
