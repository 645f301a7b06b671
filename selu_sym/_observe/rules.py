"""All rules, in the order in which they are asked: what is found in a network's steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from selu_sym._observe.dropouts import of_all_dropped
from selu_sym._observe.findings import Finding, of_fixed_points, of_zeros
from selu_sym._observe.stacks import of_stacks
from selu_sym._observe.steps import Diverged, Step


@dataclass(frozen=True)
class Network:
    """What the rules look at."""

    steps: list[Step]
    diverged: Diverged | None = None


@dataclass(frozen=True)
class Rule:
    """A rule, by what it looks for."""

    about: str
    find: Callable[[Network], Iterable[Finding]]
    is_last: bool = False
    """Whether later rules are not asked if it finds something: they would find its consequences."""


def findings(network: Network) -> list[Finding]:
    """Return what is wrong with a network."""
    found: list[Finding] = []
    for rule in RULES:
        found += rule.find(network)
        if found and rule.is_last:
            break
    return list(dict.fromkeys(found))  # several layers may come after the same one


def _of_divergence(network: Network) -> Iterable[Finding]:
    """Name the layer that makes the first NaN or infinity."""
    broken = [step for step in network.steps if step.broken]
    if network.diverged is None:
        return [Finding(step.name, "diverged", f"{step.label}: {step.broken}") for step in broken]
    step, in_input = network.diverged
    if step.kind == "input":
        what = "the examples hold NaN or infinity: mend the data"
    elif step.broken:
        what = f"{step.label} makes the first NaN or infinity: {step.broken}"
    elif in_input or (step.input is not None and not step.input.finite):
        what = f"the first NaN or infinity is made right before {step.label}, outside of layers"
    else:
        size = f" of second moment {step.input.second:.3g}" if step.input is not None else ""
        what = f"{step.label} makes the first NaN or infinity, of inputs{size}"
    others = [one.label for one in broken if one is not step]
    also = f"; NaN or infinity is also in the weights of {', '.join(others)}" if others else ""
    return [Finding(step.name, "input" if step.kind == "input" else "diverged", what + also)]


RULES = (
    Rule("the first NaN or infinity", _of_divergence, is_last=True),
    Rule("examples of zeros", lambda n: of_zeros(n.steps), is_last=True),
    Rule("dropouts that drop all units", lambda n: of_all_dropped(n.steps), is_last=True),
    Rule("activations with a fixed point", lambda n: of_fixed_points(n.steps), is_last=True),
    Rule("stacks of any activation", lambda n: of_stacks(n.steps)),
)
