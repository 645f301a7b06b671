"""Chooses, of the examples that a user gives, those to show to a network of any framework."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from typing_extensions import Self  # checkers bring it along

FIRST = 32
"""Number of examples in the first batch of arrays, which shows how much memory one takes."""

BATCH_BYTES = 2**26
"""How much memory the outputs of layers may take at a time, where the examples are arrays."""

NO_EXAMPLES = "data must hold examples, got none"

SINGLE_NUMBERS = (
    "data must be an iterable of batches, got one of single numbers: pass the whole array, or "
    "batches of examples"
)


class Examples(Protocol):
    """An array or tensor of any library whose first axis is that of examples."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: slice | npt.NDArray[np.int64], /) -> Self: ...


Array = TypeVar("Array", bound=Examples)
Inputs = TypeVar("Inputs")
"""What a network takes: a nest of arrays."""

Batches: TypeAlias = "Generator[tuple[Inputs, int], int | None, None]"
"""Batches with their sizes; a caller may send how many examples the next one may have."""


def of_arrays(
    arrays: list[Array], count: int, pack: Callable[[list[Array]], Inputs]
) -> Batches[Inputs]:
    """Yield at most `count` examples of a network's inputs, evenly spaced, in batches.

    Raise ValueError if there are none, or not as many of each input.
    """
    if not arrays or not all(array.shape for array in arrays) or not len(arrays[0]):
        raise ValueError(NO_EXAMPLES)
    if len({len(array) for array in arrays}) > 1:
        sizes = ", ".join(str(len(array)) for array in arrays)
        raise ValueError(
            f"inputs must have as many examples each, got {sizes}; pass batches in an iterator"
        )
    total = len(arrays[0])
    chosen = np.linspace(0, total - 1, min(total, count)).astype(np.int64)
    start, size = 0, FIRST
    while start < len(chosen):
        end = start + size
        if len(chosen) - end < 2:  # a batch of one has no statistics
            end = len(chosen)
        part = chosen[start:end]
        size = (yield pack([array[part] for array in arrays]), len(part)) or size
        start = end


def of_batches(
    batches: Iterable[tuple[list[Array], Callable[[list[Array]], Inputs]]], count: int
) -> Batches[Inputs]:
    """Yield the first examples of batches, at most `count`; the last batch is shortened.

    It ends before the first batch whose examples are of another shape. Raise ValueError if there
    are no examples.
    """
    missing, shapes = count, None
    for arrays, pack in batches:
        if not all(array.shape for array in arrays):
            raise ValueError(SINGLE_NUMBERS)
        if not arrays or not len(arrays[0]):
            continue
        if shapes is not None and shapes != [array.shape[1:] for array in arrays]:
            break
        shapes = [array.shape[1:] for array in arrays]
        taken = [array[:missing] for array in arrays]
        yield pack(taken), len(taken[0])
        missing -= len(taken[0])
        if missing <= 0:
            break
    if missing == count:
        raise ValueError(NO_EXAMPLES)


def with_bar(batches: Batches[Inputs]) -> Batches[Inputs]:
    """Yield the same batches, and show on a progress bar how many examples a caller is done with.

    It needs tqdm.
    """
    from tqdm import tqdm  # noqa: PLC0415 - only for a bar

    size = None
    with tqdm(unit=" examples") as bar:
        while True:
            try:
                inputs, count = batches.send(size)
            except StopIteration:
                return
            size = yield inputs, count
            bar.update(count)


def next_size(bytes_of_batch: int, count: int) -> int:
    """Return how many examples the next batch may have, given what a batch of `count` took."""
    return max(FIRST, BATCH_BYTES * count // max(bytes_of_batch, 1))


def probes() -> np.random.Generator:
    """Return the generator of the random linear functions of outputs that are differentiated."""
    return np.random.default_rng(0)
