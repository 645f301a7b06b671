"""What is written on the command line, read as numbers and weight models."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from selu_sym._exact.numbers import exact
from selu_sym._numeric.weights import Iid, Weights, checked

Results: TypeAlias = dict[str, object]
"""What is printed, by its names in JSON."""


class Command(NamedTuple):
    """A subcommand."""

    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    find: Callable[[argparse.Namespace], tuple[Results, str]]
    """Returns what is printed as JSON, and as text."""


def double(name: str, text: str) -> float:
    """Return the double that is nearest to a number."""
    number = exact(name, text)
    try:
        nearest = float(number)
    except OverflowError:
        nearest = math.inf
    if math.isinf(nearest) or (nearest == 0 and number != 0):
        beyond = f"{name} {text} is beyond what a double can hold"
        raise ValueError(f"{beyond}; with --digits, mean and variance can be")
    return nearest


def optional_double(name: str, text: str | None) -> float | None:
    """Return the double, or None where nothing is written."""
    return None if text is None else double(name, text)


def positive_integer(name: str, text: str) -> int:
    """Return a positive integer, which may be written as any number: 48, 1e2."""
    try:
        number = exact(name, text)
    except ValueError:
        number = exact(name, 0)
    if number < 1 or number.denominator != 1:
        raise ValueError(f"{name} must be a positive integer, got {text!r}")
    return number.numerator


def weights(text: str) -> Weights:
    """Return the weight model that a text names, or raise ValueError if there is none."""
    try:
        return checked(_weights(text))
    except ValueError as error:
        raise ValueError(f"{error}; here a pair is written as in --weights 0.5,1.5") from None


def _weights(text: str) -> object:
    """Return the weight model that a text names, as Python code or without its brackets.

    Capitals do not matter in Iid, for the model "iid" is written without.
    """
    if call := re.fullmatch(r"\s*(?:selu_sym\.)?Iid\((.*)\)\s*", text, re.IGNORECASE):
        fields = ("tau", "bias_variance")
        parts = [part.rpartition("=") for part in call[1].split(",") if part.strip()]
        names = [name.strip() or field for field, (name, _, _) in zip(fields, parts, strict=False)]
        if len(parts) > len(fields) or not {*names} <= {*fields}:
            return text
        numbers = [double("weights", number.strip()) for _, _, number in parts]
        return Iid(**dict(zip(names, numbers, strict=True)))
    if "," not in text:
        return text
    return pair("weights", text)


def pair(name: str, text: str) -> tuple[float, ...]:
    """Return the numbers that commas divide, in brackets or without."""
    inside = re.fullmatch(r"\s*[(\[](.*)[)\]]\s*", text)
    return tuple(double(name, part.strip()) for part in (inside[1] if inside else text).split(","))
