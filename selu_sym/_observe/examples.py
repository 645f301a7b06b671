"""Chooses, of the examples that a user gives, those to show to a network of any framework."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from typing_extensions import Self  # checkers bring it along

NO_EXAMPLES = "data must hold examples, got none"


class Examples(Protocol):
    """An array or tensor of any library whose first axis is that of examples."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: slice | npt.NDArray[np.int64], /) -> Self: ...


Array = TypeVar("Array", bound=Examples)


def evenly_spaced(inputs: list[Array], count: int) -> list[Array]:
    """Return at most `count` examples of a network's inputs, evenly spaced.

    Raise ValueError if there are none.
    """
    total = len(inputs[0])
    if not total:
        raise ValueError(NO_EXAMPLES)
    chosen = np.linspace(0, total - 1, min(total, count)).astype(np.int64)
    return [array[chosen] for array in inputs]


def first(
    batches: Iterable[list[Array]], count: int, concatenate: Callable[[list[Array]], Array]
) -> list[Array]:
    """Return the first examples of batches, at most `count`, each batch a list of inputs.

    It ends before the first batch whose examples are of another shape. Raise ValueError if there
    are no examples.
    """
    taken: list[list[Array]] = []
    missing = count
    for batch in batches:
        if taken and any(
            array.shape[1:] != other.shape[1:] for array, other in zip(batch, taken[0], strict=True)
        ):
            break
        taken.append([array[:missing] for array in batch])
        missing -= len(batch[0])
        if missing <= 0:
            break
    if missing == count:
        raise ValueError(NO_EXAMPLES)
    return [concatenate(list(arrays)) for arrays in zip(*taken, strict=True)]
