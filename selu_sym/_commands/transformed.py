"""``selu-sym balance`` and ``selu-sym shape``: scale and shift of an activation."""

from __future__ import annotations

import argparse
import math
from typing import cast

from selu_sym import _words
from selu_sym._balance import balance
from selu_sym._commands.words import (
    Command,
    Results,
    double,
    optional_double,
    pair,
    positive_integer,
    weights,
)
from selu_sym._shaping import shape_for_depth
from selu_sym._tensors.transformed import plain
from selu_sym._transformed import TransformedActivation, gain_of, stability_of


def _add_balance_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--second-moment", default="1", help="second moment of the activations (default 1)"
    )
    parser.add_argument(
        "--basin", help="global: the smallest second moment to which all others come"
    )
    _add_weights(parser)


def _find_balance(options: argparse.Namespace) -> tuple[Results, str]:
    return _told(
        balance(
            options.activation,
            double("--second-moment", options.second_moment),
            basin=options.basin,
            weights=weights(options.weights),
            param=optional_double("--param", options.param),
        )
    )


def _add_shape_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("depth", help="number of layers")
    parser.add_argument(
        "--conditions", default="attracting", help="attracting (the default), dks or tat"
    )
    parser.add_argument(
        "--correlation",
        default="0.8",
        help="correlation that the network makes of 0 (attracting, and tat of leaky_relu; "
        "default 0.8)",
    )
    parser.add_argument("--slope", help="slope of the map of second moments, in place of the least")
    parser.add_argument(
        "--basin",
        default="global",
        help="LOW,HIGH: the second moments that must come to 1 (default global: all)",
    )
    parser.add_argument(
        "--network-slope", default="1.5", help="slope of the network's map (dks; default 1.5)"
    )
    parser.add_argument(
        "--curvature", default="0.3", help="curvature of the network's map (tat; default 0.3)"
    )
    _add_weights(parser)


def _find_shape(options: argparse.Namespace) -> tuple[Results, str]:
    basin = options.basin
    return _told(
        shape_for_depth(
            options.activation,
            positive_integer("depth", options.depth),
            conditions=options.conditions,
            correlation=double("--correlation", options.correlation),
            slope=optional_double("--slope", options.slope),
            basin=_basin(basin) if "," in basin else basin,
            network_slope=double("--network-slope", options.network_slope),
            curvature=double("--curvature", options.curvature),
            weights=weights(options.weights),
            param=optional_double("--param", options.param),
        )
    )


def _basin(text: str) -> tuple[float, float]:
    """Return the ends; shape_for_depth checks that there are two."""
    return cast("tuple[float, float]", pair("--basin", text))


def _add_weights(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", default="iid", help="an initializer, or Iid(TAU,BETA)")


def _told(q: TransformedActivation[float]) -> tuple[Results, str]:
    """Return what is printed as JSON, and as text."""
    stable = stability_of(q)
    low, high = stable.basin
    results: Results = {
        **plain(q),
        "gradient_gain": float(gain_of(q)),
        "attracting": stable.attracting,
        "second_moment_slope": stable.second_moment_slope,
        "basin": [low, None if math.isinf(high) else high],
    }
    more = {"basin": f"second moments from {low:.6g} to {high:.6g}"}
    if q.param:
        more["param"] = ", ".join(map(repr, q.param))
    return results, f"{q}\n{_words.table(more)}"


BALANCE = Command(
    "Print the scale and shift of an activation that keep both a second moment and that of "
    "gradients.",
    _add_balance_arguments,
    _find_balance,
)

SHAPE = Command(
    "Print the scale and shift of an activation, and of its input, that are made for a network "
    "of a depth.",
    _add_shape_arguments,
    _find_shape,
)
