"""Which activations there are, and how they are called.

An activation is a :class:`Source`: pieces that compute (f, f'), and where they end. Those of the
catalogue come from ``derivations.activations`` by way of the generated module.
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TypeAlias, cast

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric import validation
from selu_sym._numeric.validation import FloatArray, Values

Parameters: TypeAlias = tuple[float, ...]

Param: TypeAlias = float | tuple[float, ...] | None
"""What users give for the parameters: the first ones, or none."""

Kernel: TypeAlias = Callable[..., tuple[Values, ...]]
"""A generated function."""

Evaluated: TypeAlias = tuple[Values, Values]
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

    means: Kernel | None = None
    """(M1, M2, Var f, S1, S2) of (m, v) by a closed form, None where the rule is used."""

    slopes: Kernel | None = None
    """(R1, R2, Q) of (m, v) by a closed form."""

    ends: tuple[float, float, float, float] = (math.nan,) * 4
    """Limits of f(z) at both ends, then of f(z)/z; NaN where there is none or it is not known."""

    saturated: tuple[Source | None, Source | None] = (None, None)
    """f less its limit at minus and at plus infinity, where that is finite and not 0."""

    calculated: bool = False
    """Whether it is a function of the user's, of which no accuracy is known beforehand."""

    @property
    def oscillates(self) -> bool:
        """Whether it is bounded and has no limit at either end, as sine and cosine."""
        left, right, *of_quotient = self.ends
        return math.isnan(left) and math.isnan(right) and not any(of_quotient)

    def with_input(self, s: float, t: float) -> Source:
        """Return f(s x + t) as a function of x, for s > 0."""

        def inner(piece: Piece) -> Piece:
            evaluate = piece.evaluate
            low, high = (piece.low - t) / s, (piece.high - t) / s
            inside = None if evaluate is None else _OfInput(evaluate, s, t)
            return Piece(low, high, inside, piece.polynomial)

        def of_limit(source: Source | None) -> Source | None:
            return None if source is None else source.with_input(s, t)

        left, right, left_slope, right_slope = self.ends
        return replace(
            self,
            pieces=tuple(map(inner, self.pieces)),
            width=self.width / s,
            jumps=tuple(((place - t) / s, height) for place, height in self.jumps),
            means=None,
            slopes=None,
            ends=(left, right, s * left_slope, s * right_slope),
            saturated=(of_limit(self.saturated[0]), of_limit(self.saturated[1])),
        )

    def kinks(self) -> list[float]:
        """Return by how much the derivative jumps at each border of pieces."""

        def slope(piece: Piece, place: float) -> float:
            if piece.evaluate is None:
                return 0.0
            return float(np.broadcast_to(piece.evaluate(np.array([place]))[1], 1)[0])

        places = (piece.low for piece in self.pieces[1:])
        sides = zip(self.pieces, self.pieces[1:], places, strict=False)
        return [slope(right, place) - slope(left, place) for left, right, place in sides]

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
    return sorted(generated.activation_kernels.PARAMETERS)


def _folded(name: str) -> str:
    """Return a name without what libraries write differently."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


@cache
def aliases() -> dict[str, str]:
    """Return the names by all of their names: case and underscores do not matter."""
    return {
        _folded(alias): name
        for name, others in generated.activation_kernels.ALIASES.items()
        for alias in (name, *others)
    }


def source(name: str, param: Param = None) -> Source:
    """Return an activation by its name, with its parameters.

    Raise ValueError for an unknown name, with names that are near.
    """
    known = aliases().get(_folded(name))
    if known is None:
        raise ValueError(_unknown(name))
    defaults = generated.activation_kernels.PARAMETERS[known]
    return _made(known, _parameters(known, defaults, param))


@lru_cache(maxsize=128)
def _made(known: str, parameters: Parameters) -> Source:
    """Return an activation with all of its parameters."""
    width, *rest = np.ravel(np.array(_kernel(known, "shape")(*parameters), dtype=float)).tolist()
    kinks, heights = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    with np.errstate(invalid="ignore"):
        left, right, left_slope, right_slope = map(float, _kernel(known, "ends")(*parameters))
    closed = generated.activation_kernels.CLOSED[known]
    low, high = (
        Source(known, parameters, _pieces(known, parameters, kinks, f"_{side}"), width, ())
        if saturates
        else None
        for side, saturates in zip(
            ("low", "high"), generated.activation_kernels.SATURATES[known], strict=True
        )
    )
    return Source(
        known,
        parameters,
        _pieces(known, parameters, kinks),
        width,
        tuple(zip(kinks, heights, strict=True))
        if generated.activation_kernels.JUMPS[known]
        else (),
        _kernel(known, "means") if closed else None,
        _kernel(known, "slopes") if closed else None,
        (left, right, left_slope, right_slope),
        (low, high),
    )


def _pieces(
    name: str, parameters: Parameters, kinks: Sequence[float], suffix: str = ""
) -> tuple[Piece, ...]:
    """Return the pieces between the kinks; with a suffix, those less a limit."""
    borders = itertools.pairwise((-math.inf, *kinks, math.inf))
    return tuple(
        Piece(
            low,
            high,
            None if zero and not suffix else _With(_kernel(name, f"{i}{suffix}"), parameters),
            polynomial,
        )
        for i, ((low, high), zero, polynomial) in enumerate(
            zip(
                borders,
                generated.activation_kernels.ZERO[name],
                generated.activation_kernels.POLYNOMIAL[name],
                strict=True,
            )
        )
    )


def _kernel(name: str, what: str) -> Kernel:
    """Return a generated function of an activation."""
    return cast("Kernel", getattr(generated.activation_kernels, f"{name}_{what}"))


@dataclass(frozen=True)
class _With:
    """A generated function with its parameters; a lambda could not be pickled."""

    function: Kernel
    parameters: Parameters

    def __call__(self, z: FloatArray) -> Evaluated:
        f, slope = self.function(z, *self.parameters)
        return f, slope


@dataclass(frozen=True)
class _OfInput:
    """What computes (f, f') of s x + t; a function inside another could not be pickled."""

    evaluate: Callable[[FloatArray], Evaluated]
    s: float
    t: float

    def __call__(self, x: FloatArray) -> Evaluated:
        value, slope = self.evaluate(self.s * x + self.t)
        return value, self.s * slope


def _unknown(name: str) -> str:
    """Return the message about an unknown name, with names that are near."""
    near = difflib.get_close_matches(_folded(name), aliases(), n=3, cutoff=0.5)
    advice = ", ".join(repr(found) for found in dict.fromkeys(aliases()[alias] for alias in near))
    hint = f"did you mean {advice}?" if advice else "see selu_sym.list_activations()."
    return (
        f"activation must be a known name or a callable, got {name!r}: {hint} "
        "A function of NumPy arrays can be passed as it is"
    )


def _parameters(name: str, defaults: dict[str, float], param: Param) -> Parameters:
    """Return the parameters, those that are given first."""
    if param is None:
        return tuple(defaults.values())
    given: Sequence[float] = param if isinstance(param, tuple | list) else (param,)
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
