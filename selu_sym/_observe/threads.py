"""Observing where there are several threads: one observes at a time, and sees its own calls."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Result = TypeVar("Result")

ONE_AT_A_TIME = threading.RLock()
"""Held while a model is observed: what is replaced meanwhile is replaced for all threads."""


def in_this_thread(
    replacement: Callable[P, Result], original: Callable[P, Result]
) -> Callable[P, Result]:
    """Return a function that is the replacement in this thread, and the original in others."""
    owner = threading.get_ident()

    @functools.wraps(original)
    def call(*args: P.args, **named: P.kwargs) -> Result:
        function = replacement if threading.get_ident() == owner else original
        return function(*args, **named)

    return call
