"""Which steps lie beside a skip connection, or make a gate: the signal does not depend on them."""

from __future__ import annotations

from typing import NamedTuple

from selu_sym._observe.steps import Kind, Step


class Branches(NamedTuple):
    """Steps that the signal can go around."""

    beside: frozenset[Step]
    """Those of branches that are added to what they come from, or multiplied with it."""

    gates: frozenset[Step]
    """Those of branches that are multiplied."""


def branches(steps: list[Step]) -> Branches:
    """Return the steps of branches for which there is a way around without weights.

    Sets of steps are integers, with a bit for each step.
    """
    bits = {step: 1 << place for place, step in enumerate(steps)}
    weights = sum(bit for step, bit in bits.items() if step.kind == "weights")
    ancestors: dict[Step, int] = {}
    beside = gates = 0
    for step in steps:
        ways = [ancestors.get(source, 0) for source in step.sources]
        if len(ways) > 1 and step.kind in ("sum", "other"):
            shared = ways[0]
            for way in ways:
                shared &= way
            own = [way & ~shared for way in ways]
            if not all(way & weights for way in own):
                branch = 0
                for way in own:
                    branch |= way
                beside |= branch
                gates |= branch if step.kind == "other" else 0
        ancestors[step] = bits.get(step, 0)
        for way in ways:
            ancestors[step] |= way
    return Branches(
        frozenset(step for step, bit in bits.items() if bit & beside),
        frozenset(step for step, bit in bits.items() if bit & gates),
    )


def those_before(steps: list[Step], kind: Kind) -> set[Step]:
    """Return the steps whose outputs, or what is made of them, a step of a kind takes later."""
    found: set[Step] = set()
    for step in reversed(steps):
        if step.kind == kind or step in found:
            found.update(step.sources)
    return found
