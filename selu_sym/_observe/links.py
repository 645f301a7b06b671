"""Which activations of a network belong together: in stacks, and in chains."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from selu_sym._observe.steps import ACTIVATIONS, Step

BARRIERS = ("normalization", "other")
"""Steps after which second moments are not compared with those before, beside global poolings."""

GRADIENT_LINKS = ("weights", "normalization", "passthrough", "dropout", "alpha dropout", "padding")
"""Steps through which a chain of activations is followed for gradients."""


@dataclass(frozen=True)
class Link:
    """An activation in a stack, and the layer with weights before it, if there is one."""

    step: Step
    weights: Step | None

    @property
    def second(self) -> float:
        """The measured second moment of the outputs."""
        return self.step.output.second if self.step.output is not None else math.nan


def _regions(steps: list[Step]) -> dict[Step, frozenset[Step]]:
    """Return the barriers that each step comes after."""
    regions: dict[Step, frozenset[Step]] = {}
    for step in steps:
        before = frozenset[Step]().union(*(regions.get(source, ()) for source in step.sources))
        barrier = step.kind in BARRIERS or step.unknown_sources or step.function == "global"
        regions[step] = before | {step} if barrier else before
    return regions


def stacks_of(
    steps: list[Step], beside: frozenset[Step], gates: frozenset[Step]
) -> list[list[Link]]:
    """Return the stacks: activations of one function, without a barrier between them.

    Those beside skip connections are stacks of their own, and those within gates in none.
    """
    regions = _regions(steps)
    stacks: dict[tuple[frozenset[Step], str, bool], list[Link]] = {}
    for step in steps:
        if step.kind != "activation" or step in gates or step.is_mixed:
            continue
        if step.output is not None and step.output.finite:
            key = regions[step], step.function, step in beside
            stacks.setdefault(key, []).append(link_of(step))
    return list(stacks.values())


def link_of(step: Step) -> Link:
    """Return an activation with the layer right before it, if that one has weights."""
    origin = step.origin()
    return Link(step, origin if origin is not None and origin.kind == "weights" else None)


def chains_of(steps: list[Step]) -> list[list[Link]]:
    """Return the chains: activations that follow each other, and that nothing else takes.

    Otherwise gradients come from elsewhere, too.
    """
    taken = Counter(source for step in steps for source in step.sources)
    chain_of: dict[Step, list[Link]] = {}
    for step in steps:
        if step.kind not in ACTIVATIONS:
            continue
        earlier = next((one for one in step.line() if one.kind not in GRADIENT_LINKS), None)
        alone = all(taken[one] == 1 for one in (*step.between(), *([earlier] if earlier else [])))
        same = alone and earlier in chain_of and earlier is chain_of[earlier][-1].step
        chain = chain_of[earlier] if same and earlier is not None else []
        chain.append(link_of(step))
        chain_of[step] = chain
    return list({id(chain): chain for chain in chain_of.values()}.values())
