"""Writing the module of a target, function by function."""

from __future__ import annotations

from collections.abc import Callable

from derivations.codegen.steps import with_float_constants
from derivations.codegen.target import Target


class GenerationError(ValueError):
    """A function cannot be written for a target; the message names both."""


def render(target: type[Target], progress: Callable[[str], None]) -> str:
    """Return the text of a target's module; ``progress`` is told the name of each function.

    Raise GenerationError if a function cannot be derived or printed, or if its code uses a name
    that the module does not import.
    """
    functions = []
    for function in target.functions:
        name = f"{target.module}.{function.name}"
        progress(name)
        try:
            steps = function.steps()
            if target.fold_constants:
                steps = with_float_constants(steps)
            functions.append(target.write_function(function, steps))
        except Exception as error:
            raise GenerationError(f"{name}, from {function.source}: {error}") from error
    return target.write_module(functions)
