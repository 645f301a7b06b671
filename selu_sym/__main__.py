"""``selu-sym``, or ``python -m selu_sym``: the SELU of a fixed point, on the command line."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from selu_sym import (
    NoFixedPointError,
    SeluParameters,
    __version__,
    _words,
    gradient_gain,
    selu_parameters,
    stability,
)
from selu_sym._commands.run import COMMANDS, OPTIONS_WITH_VALUES, run
from selu_sym._commands.words import double, positive_integer, weights
from selu_sym._exact.numbers import exact, positive
from selu_sym._numeric.signals import in_words as gain_in_words
from selu_sym._numeric.weights import Weights, checked, in_words, plain

WITH_VALUES = {"--mean", "--variance", "--weights", "--digits", "--plot", *OPTIONS_WITH_VALUES}
"""Options that are followed by a value."""

CLOSED_PIPE = 141
"""The exit status of a program whose output nobody reads: 128 and the signal's number."""

Printed: TypeAlias = float | str
"""A double, or a number with all of its digits as text: numbers in JSON are doubles."""


class Target(NamedTuple):
    """The fixed point that is asked for: numbers as they were written, but checked."""

    mean: str
    variance: str
    weights: Weights | None


class Results(NamedTuple):
    """What is printed, by its names in JSON."""

    alpha: Printed
    scale: Printed
    saturation: Printed
    mean: Printed
    variance: Printed
    weights: Weights
    attracting: bool | None
    spectral_radius: Printed | None
    gradient_gain: Printed | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print alpha, scale and the saturation value of a fixed point; return the exit status.

    After the word "gain", "balance" or "shape", print what is asked for of any activation.
    """
    try:
        try:
            return _run(sys.argv[1:] if arguments is None else arguments)
        finally:
            sys.stdout.flush()  # also of what argparse printed before it left
    except BrokenPipeError:  # as of `selu-sym | head -1`
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):  # Python flushes both when it ends
            os.dup2(nowhere, stream.fileno())
        return CLOSED_PIPE


def _run(arguments: Sequence[str]) -> int:
    words = list(_joined(arguments))
    if words and words[0] in COMMANDS:
        return run(words[0], words[1:])
    parser = _parser()
    options = parser.parse_args(words)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            target = _target(options)
            if options.digits is None:
                results, stable = _in_doubles(target)
            else:
                results, stable = _in_digits(target, positive_integer("digits", options.digits))
        if options.plot is not None:
            _plot(target._replace(weights=results.weights), options.plot)
        text = (
            json.dumps(results._asdict(), default=plain, allow_nan=False)
            if options.json
            else _table(results, stable)
        )
    except NoFixedPointError as error:
        print(f"{parser.prog}: {_for_this_command(error)}", file=sys.stderr)
        return 1
    except (ValueError, ArithmeticError, ImportError, OSError) as error:
        parser.error(_for_this_command(error))
    for warning in caught:
        print(f"{parser.prog}: warning: {_for_this_command(warning.message)}", file=sys.stderr)
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="selu-sym",
        description="Print the SELU that keeps a mean and a variance fixed.",
        epilog="Numbers are decimal numbers or fractions: -0.1, -1e-1 and -1/10 are the same. "
        "For any activation: selu-sym gain --help, selu-sym balance --help, "
        "selu-sym shape --help.",
        allow_abbrev=False,
    )
    parser.add_argument("--mean", default="0", help="mean of the activations (default 0)")
    parser.add_argument("--variance", default="1", help="their variance, positive (default 1)")
    parser.add_argument(
        "--weights",
        help="an initializer: iid, he_normal, torch, ...; Iid(TAU,BETA): independent weights and "
        "biases; normalized, unit-sum, or OMEGA,TAU: two numbers with a comma (default iid where "
        "the mean is 0, elsewhere unit-sum with a warning)",
    )
    parser.add_argument("--digits", help="decimal digits (default: those of a double)")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw the SELU and the densities that it maps, as FILE.png, FILE.svg, FILE.pdf, ...",
    )
    parser.add_argument("--version", action="version", version=f"selu-sym {__version__}")
    return parser


def _joined(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments, with the value of an option in the same word: ``--mean=-1e-1``.

    By itself, argparse takes every word that begins with a dash for an option, unless it is a
    plain negative number.
    """
    words = iter(arguments)
    for word in words:
        value = next(words, None) if word in WITH_VALUES else None
        yield word if value is None else f"{word}={value}"


def _target(options: argparse.Namespace) -> Target:
    """Return mean, variance and weights, checked in the same way for doubles and for digits."""
    exact("mean", options.mean)
    positive("variance", options.variance)
    model = None if options.weights is None else weights(options.weights)
    return Target(options.mean, options.variance, model)


def _solved(target: Target) -> SeluParameters[float]:
    """Return the parameters in doubles."""
    mean, variance = double("mean", target.mean), double("variance", target.variance)
    return selu_parameters(mean, variance, weights=target.weights)


def _in_doubles(target: Target) -> tuple[Results, str]:
    """Return the results in doubles, and the stability in words."""
    found = _solved(target)
    stable = stability(found)
    words = str(stable)
    if stable.attracting is None:
        words += " in double precision; try --digits 20"
    radius, gain = stable.spectral_radius, gradient_gain(found)
    return Results(
        alpha=found.alpha,
        scale=found.scale,
        saturation=found.saturation,
        mean=found.mean,
        variance=found.variance,
        weights=checked(found.weights),
        attracting=stable.attracting,
        spectral_radius=None if math.isnan(radius) else radius,
        gradient_gain=None if math.isnan(gain) else float(gain),
    ), words


def _in_digits(target: Target, digits: int) -> tuple[Results, str]:
    """Return the results with so many digits, and the stability in words."""
    from selu_sym import precise  # noqa: PLC0415 - mpmath and python-flint are needed only here
    from selu_sym._exact.decimals import decimal  # noqa: PLC0415

    found = precise.selu_parameters(
        target.mean, target.variance, weights=target.weights, digits=digits
    )
    results = Results(
        alpha=decimal(found.alpha, digits),
        scale=decimal(found.scale, digits),
        saturation=decimal(found.saturation, digits),
        mean=target.mean,
        variance=target.variance,
        weights=found.weights,
        attracting=None,
        spectral_radius=None,
        gradient_gain=None,
    )
    try:
        gain = precise.gradient_gain(found)
        results = results._replace(gradient_gain=decimal(gain, digits))
        stable = precise.stability(found)
    except ArithmeticError as error:  # the parameters need fewer bits
        return results, f"not decided: {error}"
    radius = decimal(stable.spectral_radius, digits)
    return results._replace(attracting=stable.attracting, spectral_radius=radius), str(stable)


def _table(results: Results, stable: str) -> str:
    gain = results.gradient_gain
    return _words.table(
        {
            "alpha": results.alpha,
            "scale (lambda)": results.scale,
            "saturation": results.saturation,
            "mean": results.mean,
            "variance": results.variance,
            "weights assumed": in_words(results.weights),
            "stability": stable,
            "gradients": "not found" if gain is None else gain_in_words(float(gain)),
        }
    )


def _plot(target: Target, path: Path) -> None:
    """Write a picture, in the format that the file's name ends in."""
    from selu_sym import _picture  # noqa: PLC0415 - matplotlib is needed only here

    if not path.suffix:
        raise ValueError(
            f"--plot takes its format from the file's ending, such as {path}.png, {path}.svg or "
            f"{path}.pdf; got {str(path)!r}"
        )
    picture = _picture.draw(_solved(target))
    try:
        picture.savefig(path)
    except OSError as error:
        raise ValueError(
            f"cannot write {str(path)!r}: {error.strerror}; name a file in a folder that exists "
            "and that you may write to"
        ) from None


def _for_this_command(message: object) -> str:
    """Return the text of an error or a warning, in the words of the command line."""
    text = str(message).replace("selu_sym.precise", "--digits 20")
    return re.sub("weights='([a-z-]+)'", r"--weights \1", text)


if __name__ == "__main__":
    sys.exit(main())
