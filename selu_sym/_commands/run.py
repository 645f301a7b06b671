"""Run a subcommand: read its words, print what it finds as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Sequence

from selu_sym._commands import gain, transformed
from selu_sym._numeric.weights import plain

COMMANDS = {"gain": gain.GAIN, "balance": transformed.BALANCE, "shape": transformed.SHAPE}
"""The subcommands by their names."""

OPTIONS_WITH_VALUES = (
    *("--param", "--keeps", "--input-mean", "--input-variance"),
    *("--second-moment", "--basin"),
    *("--conditions", "--correlation", "--slope", "--network-slope", "--curvature"),
)


def run(name: str, arguments: Sequence[str]) -> int:
    """Print what a subcommand finds, and return the exit status."""
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"selu-sym {name}", description=command.description, allow_abbrev=False
    )
    parser.add_argument("activation", help="its name: gelu, silu, relu, ...")
    command.add_arguments(parser)
    parser.add_argument("--param", help="its parameter, as the slope of leaky_relu")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    options = parser.parse_args(arguments)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            results, text = command.find(options)
    except (ValueError, TypeError, ArithmeticError) as error:
        parser.error(str(error))
    for warning in caught:
        print(f"{parser.prog}: warning: {warning.message}", file=sys.stderr)
    print(json.dumps(results, default=plain, allow_nan=False) if options.json else text)
    return 0
