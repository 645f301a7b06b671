"""What holds for every list of functions to generate."""

from __future__ import annotations

from collections.abc import Iterable

from derivations.codegen.target import GeneratedFunction


def require_sound(functions: Iterable[GeneratedFunction]) -> None:
    """Require that functions name their arguments once, and that formulas use no other symbol."""
    for function in functions:
        assert len(set(function.arguments)) == len(function.arguments), function.name
        steps, known = function.steps(), set(function.arguments)
        for symbol, expression in steps.assignments:
            assert expression.free_symbols <= known, (function.name, symbol)
            known.add(symbol)
        for result in steps.results:
            assert result.free_symbols <= known, (function.name, result.free_symbols - known)
