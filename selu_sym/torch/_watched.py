"""Functions whose calls ``observe`` sees as those of modules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeAlias

from torch import Tensor

from selu_sym._observe.threads import in_this_thread

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


def _called(
    function: Callable[..., Tensor], args: tuple[object, ...], named: dict[str, object]
) -> Tensor:
    return function(*args, **named)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Have a watcher call the functions that this thread calls."""
    global _watcher  # noqa: PLW0603 - one observes at a time
    before, _watcher = _watcher, in_this_thread(watcher, _called)
    try:
        yield
    finally:
        _watcher = before
