"""What the file of a certificate may hold, and how any other file is refused.

A file is bounded in size and structure before it is parsed, and validated by pydantic (strict,
with exact keys) before anything is computed with its numbers. What then remains to be checked is
whether its statements are true.

A number without quotes stands for a double, in the shortest digits that identify it. More digits
are refused, because they would not be checked.

The boxes of a search are one string for each piece of the domain, the tree of halves in preorder:
``m`` and ``v`` say which side is halved, the lower half comes first, and ``.`` is a box that is
not halved. So they cover the piece, each point once, whatever the string is.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    model_validator,
)

LARGEST_FILE = 2**23
"""Most bytes of a file. A box takes about one."""

MOST_ITEMS = 500
"""Brackets, commas and colons; those of an invariance are about 100."""

LONGEST_NUMBER = 32
"""Characters of a number that JSON has no quotes around: those of a double are 24."""

SMALLEST_EXPONENT = -324
"""Smallest power of ten of such a number, as of a double."""

MOST_DIGITS = 4300
"""Most digits of a numerator or a denominator: Python's own default limit for integers."""

DEEPEST = 4000
"""How often a box may have been halved."""

SHOWN = 40
"""Characters of a value that an error shows."""

EXTREMA = {
    "contraction": ["largest singular value"],
    "invariance": [
        "smallest new mean",
        "largest new mean",
        "smallest new variance",
        "largest new variance",
    ],
    "variance_decreases": ["largest change of the variance"],
    "variance_increases": ["smallest change of the variance"],
    "repulsion": ["largest 1 - trace + det"],
}
"""Names of the extrema that decide each claim, in their order."""

BASIN_PARAMETERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("relu", "gelu", "mish", "tanh"), ()),
    **{"leaky_relu": ("slope",), "prelu": ("slope",), "silu": ("k",), "softplus": ("k",)},
    **{"elu": ("alpha",), "celu": ("alpha",), "selu": ("alpha", "lamda")},
}
"""Activations whose basin can be proved, and their parameters; all but slopes are positive."""

MOST_CELLS = 20_000
"""Intervals that the proof of a basin may take."""

Side = list[Fraction]
"""Lower and upper end."""

End = TypeVar("End", Fraction, float | None)
"""An end of an interval, which may be open."""


class CertificateError(ValueError):
    """A file or text is not a certificate. The message names the field, its value and the rule."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field} {rule}, got {_short(value)}")


def _short(value: object) -> str:
    if isinstance(value, int | float | str | list | dict | bytes) and not isinstance(value, bool):
        try:
            text = repr(value[: SHOWN * 2]) if isinstance(value, str | bytes) else repr(value)
        except ValueError:  # an integer of too many digits
            return "an integer of thousands of digits"
    else:
        text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _rational(value: object) -> Fraction:
    if not isinstance(value, str):
        raise ValueError("must be a string of an exact number, such as '-1/10'")
    if len(value) > 2 * MOST_DIGITS + 2:
        raise ValueError(f"must have at most {MOST_DIGITS} digits on each side of the slash")
    if not (match := re.fullmatch(r"(-?[0-9]+)(?:/([0-9]+))?", value, re.ASCII)):
        raise ValueError("must be an integer or a quotient of integers, such as '-1/10'")
    if any(len(digits or "") > MOST_DIGITS for digits in match.groups()):
        raise ValueError(f"must have at most {MOST_DIGITS} digits on each side of the slash")
    numerator, denominator = int(match[1]), int(match[2] or 1)
    if denominator == 0:
        raise ValueError("must have a denominator that is not zero")
    return Fraction(numerator, denominator)


def _number(value: object) -> float:
    """Return a double, refusing digits beyond those that name it."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    if Decimal(value).adjusted() < SMALLEST_EXPONENT or not math.isfinite(float(value)):
        raise ValueError("must be a number that doubles have room for")
    number = float(value)
    if Decimal(value) != Decimal(repr(number)):
        raise ValueError(f"must have no other digits than the nearest double, {number!r}")
    return number


def _tolerance(value: object) -> float:
    number = _number(value)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def _ordered(ends: list[End]) -> list[End]:
    low, high = ends
    if low is not None and high is not None and low > high:
        raise ValueError("must be a lower and an upper end")
    return ends


def _positive(ends: Side) -> Side:
    if ends[0] <= 0:
        raise ValueError("must be positive")
    return ends


def _tree(text: str) -> str:
    if text.strip("mv.") or len(text) != sum(map(text.count, "mv.")):
        raise ValueError("must be the preorder of a tree, of the letters m, v and .")
    waiting = [0]  # depths of the boxes that are still to come
    for step in text:
        if not waiting:
            raise ValueError("must be one whole tree, and nothing after it")
        depth = waiting.pop()
        if step != ".":
            if depth == DEEPEST:
                raise ValueError(f"must halve no box more than {DEEPEST} times")
            waiting += (depth + 1, depth + 1)
    if waiting:
        raise ValueError("must be one whole tree: each m and each v is followed by two halves")
    return text


Rational = Annotated[Fraction, PlainValidator(_rational)]
Interval = Annotated[list[Rational], Field(min_length=2, max_length=2), AfterValidator(_ordered)]
PositiveInterval = Annotated[Interval, AfterValidator(_positive)]
Tree = Annotated[str, Field(min_length=1), AfterValidator(_tree)]
Number = Annotated[float, PlainValidator(_number)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LayerRanges(_Strict):
    """A box of layers."""

    mu: Interval
    omega: Interval
    nu: PositiveInterval
    tau: PositiveInterval


class FixedPointRanges(_Strict):
    """A box of fixed points."""

    mu: Interval
    nu: PositiveInterval


class LayerWitness(_Strict):
    """A layer."""

    mu: Rational
    omega: Rational
    nu: Rational
    tau: Rational


class FixedPointWitness(_Strict):
    """A fixed point."""

    mu: Rational
    nu: Rational


class ExtremumOfFile(_Strict):
    """A maximum or a minimum: its bounds, where one of them is reached, and the boxes."""

    name: str
    bounds: Annotated[
        list[Number | None], Field(min_length=2, max_length=2), AfterValidator(_ordered)
    ]
    trees: Annotated[list[Tree], Field(min_length=1, max_length=2)]
    witness: LayerWitness | FixedPointWitness | None

    @property
    def sign(self) -> int:
        """1 for a maximum, -1 for a minimum."""
        return 1 if self.name.startswith("largest") else -1

    @property
    def reached(self) -> float | None:
        """The bound that the witness reaches, times the sign."""
        value = self.bounds[0 if self.sign > 0 else 1]
        return None if value is None else self.sign * value

    @property
    def upper(self) -> float | None:
        """The bound that no layer exceeds, times the sign."""
        value = self.bounds[1 if self.sign > 0 else 0]
        return None if value is None else self.sign * value


class LayerExtremum(ExtremumOfFile):
    """An extremum of a claim about layers."""

    witness: LayerWitness | None


class FixedPointExtremum(ExtremumOfFile):
    """An extremum of a claim about fixed points."""

    witness: FixedPointWitness | None


class _File(_Strict):
    claim: str
    ranges: LayerRanges | FixedPointRanges
    extrema: Sequence[ExtremumOfFile]
    tolerance: Annotated[float, PlainValidator(_tolerance)] | None
    status: Literal["proved", "refuted", "undecided"]
    boxes: int

    @model_validator(mode="after")
    def _consistent(self) -> _File:
        """Raise ValueError if the file contradicts itself."""
        names = [x.name for x in self.extrema]
        if names != EXTREMA[self.claim]:
            raise ValueError(f"must have the extrema {EXTREMA[self.claim]} of {self.claim}")
        if self.boxes != sum(len(tree) for x in self.extrema for tree in x.trees):
            raise ValueError(f"must have as many boxes as the trees, not {self.boxes}")
        for x in self.extrema:
            if (x.reached is None) != (x.witness is None):
                raise ValueError(f"must have a witness of the {x.name} just where that is bounded")
            for name, value in x.witness or ():
                low, high = getattr(self.ranges, name)
                if not low <= value <= high:
                    raise ValueError(
                        f"must have a witness of the {x.name} with {name} in its range"
                    )
        return self


class LayerFile(_File):
    """What the file of a claim about layers says."""

    claim: Literal["contraction", "invariance", "variance_decreases", "variance_increases"]
    alpha: PositiveInterval
    scale: PositiveInterval
    ranges: LayerRanges
    extrema: Annotated[list[LayerExtremum], Field(max_length=4)]


class FixedPointFile(_File):
    """What the file of a claim about fixed points says. Each fixed point has its own SELU."""

    claim: Literal["repulsion"]
    ranges: FixedPointRanges
    extrema: Annotated[list[FixedPointExtremum], Field(max_length=4)]


class BasinFile(_Strict):
    """What the file of a basin says: where second moments come to the fixed one.

    Second moments are in units of ``second_moment``, and Q is the map of them from layer to layer.
    """

    claim: Literal["basin"]
    activation: str
    param: Annotated[list[Rational], Field(max_length=2)]
    numbers: Annotated[list[Rational], Field(min_length=4, max_length=4)]
    """Scale and shift of the input, then of the output."""

    weights: Annotated[list[Rational], Field(min_length=2, max_length=2)]
    """tau and the variance of the biases."""

    second_moment: Rational
    range: PositiveInterval
    near: Rational
    """The distance d: from 1 - d to 1 + d, abs(Q') is at most the slope."""

    slope: Number
    ratio: Number
    """In the rest of the range, abs(Q(q) - 1) is at most that times abs(q - 1)."""
    beyond: bool
    """Whether that holds above the range, too."""

    witness: Rational | None
    """Where a refuted claim fails: a second moment that moves away from 1."""

    status: Literal["proved", "refuted", "undecided"]
    cells: Annotated[int, Field(ge=0, le=MOST_CELLS)]

    @model_validator(mode="after")
    def _consistent(self) -> BasinFile:
        """Raise ValueError if the file contradicts itself."""
        names = BASIN_PARAMETERS.get(self.activation)
        if names is None:
            raise ValueError(f"must be of one of the activations {', '.join(BASIN_PARAMETERS)}")
        if len(self.param) != len(names):
            raise ValueError(f"must have the parameters ({', '.join(names)}) of {self.activation}")
        pairs = zip(names, self.param, strict=True)
        if any(value <= 0 for name, value in pairs if name != "slope"):
            raise ValueError("must have positive parameters")
        if min(self.second_moment, self.weights[0]) <= 0 or self.weights[1] < 0:
            raise ValueError("must have a positive second moment, tau > 0 and biases >= 0")
        if self.numbers[0] <= 0:
            raise ValueError("must have a positive scale of the input")
        low, high = self.range
        if not 0 < self.near < 1 or not low <= 1 - self.near or not 1 + self.near <= high:
            raise ValueError("must have a distance that lies in the range")
        if (self.witness is None) == (self.status == "refuted"):
            raise ValueError("must have a witness just where the claim is refuted")
        return self


File = LayerFile | FixedPointFile

_adapter: TypeAdapter[File] = TypeAdapter(
    Annotated[LayerFile | FixedPointFile, Field(discriminator="claim")]
)


def read(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file that is not too large, or raise CertificateError."""
    kind = os.stat(path)
    if not stat.S_ISREG(kind.st_mode):
        raise CertificateError("certificate", os.fspath(path), "must be a regular file")
    if kind.st_size > LARGEST_FILE:
        _too_large(kind.st_size)
    with Path(path).open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def parse(text: str | bytes) -> File:
    """Return what a certificate about extrema says, or raise CertificateError if it is none."""
    found = parse_any(text)
    if isinstance(found, BasinFile):
        raise CertificateError("claim", found.claim, f"must be one of {', '.join(EXTREMA)}")
    return found


def parse_any(text: str | bytes) -> File | BasinFile:
    """Return what a certificate says, or raise CertificateError if the text is none."""
    if len(text) > LARGEST_FILE:
        _too_large(len(text))
    try:
        raw = text.encode() if isinstance(text, str) else text
        text = raw.decode()
    except UnicodeError:
        raise CertificateError("certificate", text[:SHOWN], "must be UTF-8") from None
    items = sum(raw.count(mark) for mark in (b"[", b"{", b",", b":"))
    if items > MOST_ITEMS:
        raise CertificateError(
            "certificate", items, f"must have at most {MOST_ITEMS} brackets, commas and colons"
        )
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        rule = f"must be JSON ({error.msg} at character {error.pos})"
        raise CertificateError("certificate", text[:SHOWN], rule) from None
    except RecursionError:
        raise CertificateError("certificate", text[:SHOWN], "must not be nested deeply") from None
    if not isinstance(data, dict):
        raise CertificateError("certificate", data, "must be a JSON object")
    claim = data.get("claim")
    if not isinstance(claim, str) or claim not in (*EXTREMA, "basin"):
        raise CertificateError("claim", claim, f"must be one of {', '.join((*EXTREMA, 'basin'))}")
    try:
        if claim == "basin":
            return BasinFile.model_validate(data)
        return _adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # the discriminator, and the branches of unions, are no fields
        path = first["loc"] if claim == "basin" else first["loc"][1:]
        steps = [s for s in path if isinstance(s, int) or str(s) in _FIELDS]
        name = ".".join(map(str, steps)) or "certificate"
        if first["type"] == "extra_forbidden":
            name = ".".join(map(str, path))
        rule = _RULES.get(first["type"]) or re.sub(
            r"^(Value error, |\w+ should )(must )?", "must ", first["msg"]
        )
        raise CertificateError(_short_name(name), first["input"], rule) from None


_RULES = {"missing": "must be there", "extra_forbidden": "must not be there"}

_FIELDS = {
    name
    for model in (LayerFile, LayerExtremum, LayerRanges, BasinFile)
    for name in model.model_fields
}


def _short_name(name: str) -> str:
    return name if len(name) <= SHOWN else f"{name[:SHOWN]}…"


def _too_large(size: int) -> NoReturn:
    raise CertificateError("certificate", size, f"must have at most {LARGEST_FILE} bytes")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise CertificateError("certificate", twice, "must not have a key twice")
    return found


def _checked(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        rule = f"must have numbers of at most {LONGEST_NUMBER} characters"
        raise CertificateError("certificate", text, rule)
    return text


def _integer(text: str) -> int:
    return int(_checked(text))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(_checked(text))
    except InvalidOperation:  # an exponent of more than 18 digits
        rule = "must have numbers that doubles have room for"
        raise CertificateError("certificate", text, rule) from None


def _no_constant(name: str) -> NoReturn:
    raise CertificateError("certificate", name, "must have finite numbers")
