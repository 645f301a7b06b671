"""``selu-sym gain`` and ``selu-sym balance``: any activation, on the command line."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from selu_sym import _words
from selu_sym._activations import gain
from selu_sym._balance import balance
from selu_sym._exact.numbers import exact
from selu_sym._numeric.weights import Weights, in_words, plain
from selu_sym._transformed import stability_of

Results: TypeAlias = dict[str, object]
"""What is printed, by its names in JSON."""

COMMANDS = ("gain", "balance")

OPTIONS_WITH_VALUES = (
    *("--param", "--keeps", "--input-mean", "--input-variance"),
    *("--second-moment", "--basin"),
)


def run(command: str, arguments: Sequence[str], weights: Callable[[str], Weights]) -> int:
    """Print a gain, or scale and shift; return the exit status."""
    parser = _parser(command)
    options = parser.parse_args(arguments)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if command == "gain":
                results, text = _gain(options)
            else:
                results, text = _balance(options, weights(options.weights))
    except (ValueError, TypeError, ArithmeticError) as error:
        parser.error(str(error))
    for warning in caught:
        print(f"{parser.prog}: warning: {warning.message}", file=sys.stderr)
    print(json.dumps(results, default=plain, allow_nan=False) if options.json else text)
    return 0


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"selu-sym {command}", allow_abbrev=False)
    parser.add_argument("activation", help="its name: gelu, silu, relu, ...")
    parser.add_argument("--param", help="its parameter, as the slope of leaky_relu")
    if command == "gain":
        parser.description = "Print the factor that keeps a signal behind an activation."
        parser.add_argument(
            "--keeps",
            default="second_moment",
            help="second_moment (He's gain, the default), variance (standardized weights) or "
            "gradient",
        )
        parser.add_argument("--input-mean", default="0", help="mean of the net input (default 0)")
        parser.add_argument(
            "--input-variance", default="1", help="its variance, positive (default 1)"
        )
        parser.add_argument("--digits", type=int, help="proved decimal digits")
    else:
        parser.description = (
            "Print the scale and shift of an activation that keep both a second moment and that "
            "of gradients."
        )
        parser.add_argument(
            "--second-moment", default="1", help="second moment of the activations (default 1)"
        )
        parser.add_argument(
            "--basin", help="global: the smallest second moment to which all others come"
        )
        parser.add_argument("--weights", default="iid", help="an initializer, or Iid(TAU,BETA)")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def _gain(options: argparse.Namespace) -> tuple[Results, str]:
    """Return what is printed as JSON, and as text."""
    net_input = options.input_mean, options.input_variance
    if options.digits is None:
        param, mean, variance = (
            None if text is None else float(exact(name, text))
            for name, text in zip(
                ("--param", "--input-mean", "--input-variance"),
                (options.param, *net_input),
                strict=True,
            )
        )
        found: float | str = gain(
            options.activation,
            param,
            keeps=options.keeps,
            input_mean=mean or 0.0,
            input_variance=1.0 if variance is None else variance,
        )
        text = repr(found)
    else:
        from selu_sym import precise  # noqa: PLC0415 - mpmath and python-flint are needed only here

        found = text = str(
            precise.gain(
                options.activation,
                options.param,
                keeps=options.keeps,
                input_mean=options.input_mean,
                input_variance=options.input_variance,
                digits=options.digits,
            )
        )
    return {"activation": options.activation, "keeps": options.keeps, "gain": found}, text


def _balance(options: argparse.Namespace, weights: Weights) -> tuple[Results, str]:
    """Return what is printed as JSON, and as text."""
    param = None if options.param is None else float(exact("--param", options.param))
    total = float(Fraction(exact("--second-moment", options.second_moment)))
    q = balance(options.activation, total, basin=options.basin, weights=weights, param=param)
    stable = stability_of(q)
    low, high = stable.basin
    results: Results = {
        "activation": q.activation,
        "scale": q.scale,
        "shift": q.shift,
        "mean": q.mean,
        "variance": q.variance,
        "weights": q.weights,
        "attracting": stable.attracting,
        "second_moment_slope": stable.second_moment_slope,
        "basin": [low, None if high == float("inf") else high],
    }
    text = _words.table(
        {
            "activation": q.activation,
            "scale": q.scale,
            "shift": q.shift,
            "mean": q.mean,
            "variance": q.variance,
            "weights assumed": in_words(q.weights),
            "stability": stable,
            "basin": f"second moments from {low:.6g} to {high:.6g}",
        }
    )
    return results, text
