"""Which activations there are, and how they are called.

An activation is a :class:`Source`: pieces that compute (f, f'), and where they end. Those of the
catalogue come from ``derivations.activations`` by way of the generated module.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from selu_sym._generated import activation_kernels
from selu_sym._numeric import validation
from selu_sym._numeric.validation import FloatArray

Parameters: TypeAlias = tuple[float, ...]

Evaluated: TypeAlias = tuple[FloatArray | float, FloatArray | float]
"""An activation and its derivative."""


@dataclass(frozen=True)
class Piece:
    """One expression of an activation, between two kinks."""

    low: float
    high: float
    evaluate: Callable[[FloatArray], Evaluated] | None
    """Returns (f, f'), None where both are 0."""

    polynomial: bool
    """Whether it has no scale of its own."""


@dataclass(frozen=True)
class Source:
    """An activation with its parameters, to be integrated."""

    name: str
    parameters: Parameters
    pieces: tuple[Piece, ...]
    width: float
    """The length over which it changes."""

    jumps: tuple[tuple[float, float], ...]
    """(place, height) of its jumps."""

    means: Callable[..., tuple[Any, ...]] | None = None
    """(M1, M2, Var f, S1, S2) of (m, v) by a closed form, None where the rule is used."""

    slopes: Callable[..., tuple[Any, ...]] | None = None
    """(R1, R2, Q) of (m, v) by a closed form."""

    ends: tuple[float, float, float, float] = (math.nan,) * 4
    """Limits of f(z) at both ends, then of f(z)/z; NaN where there is none or it is not known."""

    saturated: tuple[Source | None, Source | None] = (None, None)
    """f less its limit at minus and at plus infinity, where that is finite and not 0."""

    calculated: bool = False
    """Whether it is a function of the user's, of which no accuracy is known beforehand."""

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the activation of an array."""
        return self._pieced(x, 0)

    def derivative(self, x: FloatArray) -> FloatArray:
        """Return the derivative of an array."""
        return self._pieced(x, 1)

    def _pieced(self, x: FloatArray, which: int) -> FloatArray:
        result = np.zeros_like(x)
        for piece in self.pieces:
            if piece.evaluate is not None:
                inside = (x >= piece.low) & (x < piece.high) if len(self.pieces) > 1 else ...
                with np.errstate(all="ignore"):
                    result[inside] = piece.evaluate(x[inside])[which]
        return result


def names() -> list[str]:
    """Return the names of all activations, in alphabetical order."""
    return sorted(activation_kernels.CATALOGUE)


def _folded(name: str) -> str:
    """Return a name without what libraries write differently."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


ALIASES: dict[str, str] = {
    _folded(alias): name
    for name, entry in activation_kernels.CATALOGUE.items()
    for alias in (name, *entry["aliases"])  # type: ignore[misc]
}
"""Names by all of their names: case and underscores do not matter."""


def source(name: str, param: Any = None) -> Source:
    """Return an activation by its name, with its parameters, or say what is near."""
    known = ALIASES.get(_folded(name))
    if known is None:
        raise ValueError(_unknown(name))
    entry: Any = activation_kernels.CATALOGUE[known]
    return _made(known, _parameters(known, entry["parameters"], param))


@lru_cache(maxsize=128)
def _made(known: str, parameters: Parameters) -> Source:
    """Return an activation with parameters; it never changes, and is asked for again and again."""
    entry: Any = activation_kernels.CATALOGUE[known]
    width, *rest = np.atleast_1d(_call(known, "shape", *parameters)).tolist()
    kinks, heights = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    borders = [-math.inf, *kinks, math.inf]

    def pieces(suffix: str = "") -> tuple[Piece, ...]:
        return tuple(
            Piece(
                low,
                high,
                None
                if zero and not suffix
                else _With(getattr(activation_kernels, f"{known}_{i}{suffix}"), parameters),
                polynomial,
            )
            for i, (low, high, zero, polynomial) in enumerate(
                zip(borders[:-1], borders[1:], entry["zero"], entry["polynomial"], strict=True)
            )
        )

    jumps = tuple(zip(kinks, heights, strict=True)) if entry["jumps"] else ()
    with np.errstate(invalid="ignore"):
        limits = list(map(float, _call(known, "ends", *parameters)))
    ends = (limits[0], limits[1], limits[2], limits[3])
    closed = (f"{known}_means", f"{known}_slopes") if entry["closed"] else ()
    means, slopes = (
        (getattr(activation_kernels, function) for function in closed) if closed else (None, None)
    )
    saturated = [
        Source(known, parameters, pieces(f"_{side}"), width, ()) if entry_says else None
        for side, entry_says in zip(("low", "high"), entry["saturates"], strict=True)
    ]
    return Source(
        known, parameters, pieces(), width, jumps, means, slopes, ends, (saturated[0], saturated[1])
    )


def _call(name: str, what: str, *parameters: float) -> Any:
    return getattr(activation_kernels, f"{name}_{what}")(*parameters)


@dataclass(frozen=True)
class _With:
    """A generated function with its parameters; a lambda could not be pickled."""

    function: Callable[..., Any]
    parameters: Parameters

    def __call__(self, z: FloatArray) -> Any:
        return self.function(z, *self.parameters)


def _unknown(name: str) -> str:
    """Return what is wrong with a name, with names that are near."""
    near = difflib.get_close_matches(_folded(name), ALIASES, n=3, cutoff=0.5)
    advice = ", ".join(repr(found) for found in dict.fromkeys(ALIASES[alias] for alias in near))
    hint = f"did you mean {advice}?" if advice else "see selu_sym.list_activations()"
    return (
        f"activation must be a known name or a callable, got {name!r}: {hint} "
        "A function of NumPy arrays can be passed as it is"
    )


def _parameters(name: str, defaults: dict[str, float], param: Any) -> Parameters:
    """Return the parameters, those that are given first."""
    if param is None:
        return tuple(defaults.values())
    given: Sequence[Any] = param if isinstance(param, tuple | list) else (param,)
    if len(given) > len(defaults):
        takes = ", ".join(defaults) or "none"
        raise ValueError(f"param of {name!r} must be {takes}, got {param!r}")
    values = []
    for key, value in zip(defaults, given, strict=False):
        # all but the slope of a leaky ReLU scale something
        check = validation.finite if key == "slope" else validation.positive
        number = check(f"param ({key} of {name!r})", value)
        if not isinstance(number, float):
            raise ValueError(f"param must be a number, got an array of shape {number.shape}")
        values.append(number)
    return (*values, *list(defaults.values())[len(values) :])
