"""Functions whose calls ``observe`` sees as those of modules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeAlias

from torch import Tensor

P = ParamSpec("P")

Watcher: TypeAlias = Callable[
    [Callable[..., Tensor], tuple[object, ...], dict[str, object]], Tensor
]
"""What calls a function in place of its caller."""

_watcher: Watcher | None = None


def observable(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Return a function that a watcher, where there is one, calls."""

    @functools.wraps(function)
    def call(*args: P.args, **named: P.kwargs) -> Tensor:
        if _watcher is None:
            return function(*args, **named)
        return _watcher(function, args, named)

    return call


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Have a watcher call the functions."""
    global _watcher  # noqa: PLW0603 - threads beside it are not supported
    before, _watcher = _watcher, watcher
    try:
        yield
    finally:
        _watcher = before
