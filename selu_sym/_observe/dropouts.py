"""What dropouts do to second moments and gradients in training, and the rates that keep them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from selu_sym._observe.findings import ADVISED_GROWTH, TENFOLD, Finding
from selu_sym._observe.predictions import gain_of_dropout
from selu_sym._observe.steps import Step

RATES = 100
"""How many rates are tried to find the largest one that keeps gradients."""


def factor_of(dropouts: Iterable[Step]) -> float:
    """Return by how much plain dropouts multiply the second moment."""
    return math.prod(gain_of_dropout(step, step.rate) for step in dropouts)


def of_all_dropped(steps: list[Step]) -> Iterator[Finding]:
    """Find dropouts of rate 1."""
    for step in steps:
        if "dropout" in step.kind and step.rate >= 1:
            yield Finding(
                step.name,
                "dropout",
                f"{step.label} drops all units in training, so nothing is learned: use a rate "
                "below 1",
            )


def of_factors(dropouts: list[Step]) -> Finding:
    """Name dropouts that multiply the second moment."""
    rate = max(step.rate for step in dropouts)
    others = len(dropouts) - 1
    and_others = f" and {others} other{'s' * (others > 1)} multiply" if others else " multiplies"
    return Finding(
        dropouts[0].name,
        "dropout",
        f"{dropouts[0].label}{and_others} the second moment by "
        f"{factor_of(dropouts):.3g} in training: use a rate of "
        f"{1 - (TENFOLD / 2) ** (-1 / len(dropouts)):.2f} or less in place of {rate:g}",
    )


def lower_rate(dropouts: list[Step], change: float) -> float:
    """Return the rate up to which dropouts make no such change of gradients, 0 if others make it.

    The change is a logarithm.
    """
    if not dropouts or any(step.rate >= 1 for step in dropouts):
        return 0.0
    highest = max(step.rate for step in dropouts)
    rest = change - _log_gain(dropouts, highest)
    if abs(rest) > abs(change) / 2:
        return 0.0
    most = max(abs(rest), math.log(ADVISED_GROWTH))
    rates: list[float] = np.linspace(0.0, highest, RATES).tolist()
    return max(rate for rate in rates if abs(rest + _log_gain(dropouts, rate)) <= most)


def _log_gain(dropouts: list[Step], highest: float) -> float:
    """Return the logarithm of what dropouts multiply gradients by, at rates up to a highest one."""
    gains = (gain_of_dropout(step, min(step.rate, highest)) for step in dropouts)
    return sum(math.log(gain) for gain in gains)
