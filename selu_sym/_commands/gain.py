"""``selu-sym gain``: the factor that keeps a signal behind an activation."""

from __future__ import annotations

import argparse

from selu_sym._activations import gain
from selu_sym._commands.words import Command, Results, double, optional_double, positive_integer


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keeps",
        default="second_moment",
        help="second_moment (He's gain, the default), variance (standardized weights) or gradient",
    )
    parser.add_argument("--input-mean", default="0", help="mean of the net input (default 0)")
    parser.add_argument("--input-variance", default="1", help="its variance, positive (default 1)")
    parser.add_argument("--digits", help="proved decimal digits")


def _find(options: argparse.Namespace) -> tuple[Results, str]:
    found: float | str
    if options.digits is None:
        found = gain(
            options.activation,
            optional_double("--param", options.param),
            keeps=options.keeps,
            input_mean=double("--input-mean", options.input_mean),
            input_variance=double("--input-variance", options.input_variance),
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
                digits=positive_integer("digits", options.digits),
            )
        )
    return {"activation": options.activation, "keeps": options.keeps, "gain": found}, text


GAIN = Command("Print the factor that keeps a signal behind an activation.", _add_arguments, _find)
