"""``selu-sym``, or ``python -m selu_sym``: the SELU of a fixed point, on the command line."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from selu_sym import (
    NoFixedPointError,
    SeluParameters,
    __version__,
    _gain_command,
    _words,
    gradient_gain,
    selu_parameters,
    stability,
)
from selu_sym._exact.numbers import exact, positive
from selu_sym._numeric.signals import in_words as gain_in_words
from selu_sym._numeric.weights import Iid, Weights, checked, in_words, plain

VALUED = ("--mean", "--variance", "--weights", "--digits", "--plot", *_gain_command.VALUED)
"""The options that a value follows."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print alpha, scale and the saturation value of the fixed point asked for.

    After the word "gain" or "balance", what is asked for of an activation.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in _gain_command.COMMANDS:
        return _gain_command.main(given[0], list(_joined(given[1:])), _weights)
    parser = _parser()
    options = parser.parse_args(list(_joined(given)))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            target = _target(options)
            if options.digits is None:
                results, words = _in_doubles(*target)
            else:
                results, words = _in_digits(*target, options.digits)
        if options.plot is not None:
            _plot(*target[:2], results["weights"], options.plot)
        text = (
            json.dumps(results, default=plain, allow_nan=False)
            if options.json
            else _table(results, words)
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
        "For any activation: selu-sym gain --help, selu-sym balance --help.",
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
    parser.add_argument("--digits", type=int, help="decimal digits (default: those of a double)")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the SELU and the densities that it maps"
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
        value = next(words, None) if word in VALUED else None
        yield word if value is None else f"{word}={value}"


def _target(options: argparse.Namespace) -> tuple[str, str, Weights | None]:
    """Return mean, variance and weights, checked in the same way for doubles and for digits."""
    exact("mean", options.mean)
    positive("variance", options.variance)
    return options.mean, options.variance, _weights(options.weights)


def _weights(weights: Any) -> Weights | None:
    """Return a weight model from its text."""
    if weights is not None and (independent := re.fullmatch(r"Iid\((.*)\)", weights)):
        weights = Iid(*(_double("weights", part) for part in independent[1].split(",", 1)))
    elif weights is not None and "," in weights:
        weights = tuple(_double("weights", part) for part in weights.split(","))
    try:
        return None if weights is None else checked(weights)
    except ValueError as error:
        raise ValueError(f"{error}; here a pair is written as in --weights 0.5,1.5") from None


def _double(name: str, text: str) -> float:
    """Return the double that is nearest to a number."""
    number = exact(name, text)
    try:
        double = float(number)
    except OverflowError:
        double = math.inf
    if math.isinf(double) or (double == 0 and number != 0):
        beyond = f"{name} {text} is beyond what a double can hold"
        raise ValueError(f"{beyond}; with --digits, mean and variance can be")
    return double


def _solved(mean: str, variance: str, weights: Weights | None) -> SeluParameters[float]:
    """Return the parameters in doubles."""
    target = _double("mean", mean), _double("variance", variance)
    return selu_parameters(*target, weights=weights)


def _in_doubles(mean: str, variance: str, weights: Weights | None) -> tuple[dict[str, Any], str]:
    """Return what is printed, and the stability in words."""
    found = _solved(mean, variance, weights)
    stable = stability(found)
    words = str(stable)
    if stable.attracting is None:
        words += " in double precision; try --digits 20"
    radius, gain = stable.spectral_radius, gradient_gain(found)
    results: dict[str, Any] = {
        "alpha": found.alpha,
        "scale": found.scale,
        "saturation": found.saturation,
        "mean": found.mean,
        "variance": found.variance,
        "weights": found.weights,
        "attracting": stable.attracting,
        "spectral_radius": None if math.isnan(radius) else radius,
        "gradient_gain": None if math.isnan(gain) else gain,
    }
    return results, words


def _in_digits(
    mean: str, variance: str, weights: Weights | None, digits: int
) -> tuple[dict[str, Any], str]:
    """Return the same with numbers as strings, for JSON has only doubles."""
    from selu_sym import precise  # noqa: PLC0415 - mpmath and python-flint are needed only here

    found = precise.selu_parameters(mean, variance, weights=weights, digits=digits)
    results: dict[str, Any] = {
        "alpha": precise.decimal(found.alpha, digits),
        "scale": precise.decimal(found.scale, digits),
        "saturation": precise.decimal(found.saturation, digits),
        "mean": mean,
        "variance": variance,
        "weights": found.weights,
        "attracting": None,
        "spectral_radius": None,
        "gradient_gain": None,
    }
    try:
        gain = precise.gradient_gain(mean, variance, weights=found.weights, digits=digits)
        results["gradient_gain"] = precise.decimal(gain, digits)
        stable = precise.stability(mean, variance, weights=found.weights, digits=digits)
    except ArithmeticError as error:  # the parameters need fewer bits
        return results, f"not decided: {error}"
    results["attracting"] = stable.attracting
    results["spectral_radius"] = precise.decimal(stable.spectral_radius, digits)
    return results, str(stable)


def _table(results: dict[str, Any], stability_in_words: str) -> str:
    gain = results["gradient_gain"]
    return _words.table(
        {
            "alpha": results["alpha"],
            "scale (lambda)": results["scale"],
            "saturation": results["saturation"],
            "mean": results["mean"],
            "variance": results["variance"],
            "weights assumed": in_words(results["weights"]),
            "stability": stability_in_words,
            "gradients": "not found" if gain is None else gain_in_words(float(gain)),
        }
    )


def _plot(mean: str, variance: str, weights: Weights, path: Path) -> None:
    """Write a picture, in the format that the file's name ends in."""
    from selu_sym import _picture  # noqa: PLC0415 - matplotlib is needed only here

    _picture.of(_solved(mean, variance, weights)).savefig(path)


def _for_this_command(message: object) -> str:
    """Return what an error or a warning says, in the words of the command line."""
    text = str(message).replace("selu_sym.precise", "--digits 20")
    return re.sub("weights='([a-z-]+)'", r"--weights \1", text)


if __name__ == "__main__":
    sys.exit(main())
