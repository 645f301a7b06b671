"""The rules for stacks of layers with any activation: what the signal becomes over the network."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from selu_sym._observe.branches import branches, those_before
from selu_sym._observe.dropouts import factor_of, lower_rate, of_factors
from selu_sym._observe.findings import (
    MOST_DEVIATIONS,
    TENFOLD,
    Finding,
    standardize,
)
from selu_sym._observe.links import Link, chains_of, link_of, stacks_of
from selu_sym._observe.predictions import gain
from selu_sym._observe.remedies import for_depth, remedy
from selu_sym._observe.steps import ACTIVATIONS, Step
from selu_sym._selu import SeluParameters

LAYER_FACTOR = 10.0
"""By how much weights may miss their activation's gain in one layer."""

DEAD = 0.99
"""Share of units at which an activation is flat, from which on no gradient passes."""

RAW = 100.0
"""Second moment of an input from which on it counts as raw numbers; so does its inverse."""


def of_stacks(steps: list[Step]) -> list[Finding]:
    """Return what is wrong with activations in sequence, in the order of the steps."""
    beside, gates = branches(steps)
    normalized, inner = (those_before(steps, kind) for kind in ("normalization", "weights"))
    found = [one for step in steps for one in _of_dead(step)]
    if found:
        return found  # what comes after dead units gets numbers of no meaning
    stacks = stacks_of(steps, beside, gates)
    layers = {link.step: max(1, len(stack) - 1) for stack in stacks for link in stack}
    for step in steps:
        if step not in normalized:
            may_be_small = step in beside or step not in inner
            found += _of_misfit(step, layers.get(step, 1), may_be_small=may_be_small)
    blamed = {finding.layer for finding in found}
    in_trunk = False
    for stack in sorted(stacks, key=lambda stack: stack[0].step in beside):
        if in_trunk and stack[0].step in beside:
            break  # its branches follow the trunk
        of_stack = [*_of_second_moments(stack), *_of_dropouts(stack)]
        if of_stack:
            in_trunk = True
            found += of_stack
            blamed |= {name for link in stack for name in _names(link)}
    for whole in chains_of(steps):
        chain = whole
        if len(whole) > 1 and whole[-1].step not in inner:
            last, one_before = (link.step.function for link in whole[:-3:-1])
            # an output like a sigmoid's is met by its loss
            chain = whole if last == one_before else whole[:-1]
        if chain[-1].step not in beside and not blamed & {
            name for link in chain for name in _names(link)
        }:
            found += _of_gradients(chain)
    return found or list(_of_raw_input(steps))


def _names(link: Link) -> list[str]:
    return [link.step.name, *([link.weights.name] if link.weights else [])]


def _of_second_moments(stack: list[Link]) -> Iterator[Finding]:
    """Find a tenfold change of the second moment, and what makes it."""
    first = stack[0].second
    if len(stack) == 1 or not first > 0:
        return
    changes = [_log(link.second / first) for link in stack]
    worst = max(range(len(stack)), key=lambda index: abs(changes[index]))
    change, part = changes[worst], stack[: worst + 1]
    if not _is_large(change, part):
        return
    causes: dict[str, float] = {}
    to_blame: dict[str, Step] = {}
    for before, link in pairwise(part):
        for cause, step, factor in _factors(before, link):
            causes[cause] = causes.get(cause, 0.0) + factor
            to_blame.setdefault(cause, step)
    cause = max(causes, key=lambda one: causes[one] * math.copysign(1, change))
    layers = len(part) - 1
    factor = math.exp(change / layers)
    last = part[-1]
    happens = (
        f"the second moment {_times(factor)} each layer, from {first:.3g} to {last.second:.2g} "
        f"over these {layers + 1} ({part[0].step.name!r} to {last.step.name!r})"
    )
    gradients = _fall(part)
    if gradients is not None:
        happens += f"; {gradients}"
    blamed = to_blame[cause]
    if cause == "dropout":
        yield of_factors(_dropouts(stack))
    elif cause == "weights":
        yield Finding(
            blamed.name,
            "weights",
            f"{_function(last.step)} after {_drawn(part[1:])}: {happens}; "
            f"{remedy(part[1:], layers)}",
        )
    else:
        instead = {
            "sum": f"multiply each sum by {1 / math.sqrt(max(factor, 1 / factor)):.3g}",
            "pooling": "use strides, or normalize after it",
            "padding": "leave it out, or normalize after it",
        }.get(cause, "normalize after it")
        yield Finding(
            blamed.name,
            cause if cause in ("sum", "pooling", "padding") else "moments",
            f"{blamed.label} and others like it stand between {_function(last.step)} layers: "
            f"{happens}; {instead}",
        )


def _factors(before: Link, link: Link) -> Iterator[tuple[str, Step, float]]:
    """Yield causes of the change between two activations, where, and its logarithm."""
    weights = link.weights
    if weights is None or weights.input is None or not weights.input.second > 0:
        origin = link.step.origin()
        where = origin if origin is not None else link.step
        yield where.kind, where, _log(link.second / before.second)
        return
    yield "weights", weights, _log(link.second / weights.input.second)
    origin = weights.origin()
    where = weights if origin is None or origin.kind in ACTIVATIONS else origin
    dropped = next((one for one in weights.between() if one.kind == "dropout" and one.drops), None)
    if where is weights and dropped is not None:
        where = dropped
    cause = "between" if where is weights else where.kind
    yield cause, where, _log(weights.input.second / before.second)


def _of_dropouts(stack: list[Link]) -> Iterator[Finding]:
    """Find dropouts whose factors make a tenfold change in training."""
    dropouts = _dropouts(stack)
    if factor_of(dropouts) >= TENFOLD:
        yield of_factors(dropouts)


def _dropouts(stack: list[Link]) -> list[Step]:
    """Return the dropouts in a stack."""
    steps = (
        step
        for link in stack[1:]
        for one in (link.step, link.weights)
        if one is not None
        for step in one.line()
        if step.kind == "dropout"
    )
    return list(dict.fromkeys(steps))


def _of_gradients(chain: list[Link]) -> Iterator[Finding]:
    """Find a tenfold change of gradients going back."""
    words = _fall(chain)
    if words is None:
        return
    layers, last = len(chain) - 1, chain[-1]
    dropouts = [one for link in chain[1:] for one in link.step.between() if one.drops]
    rates = {one.rate for one in dropouts}
    is_even = not rates or (len(rates) == 1 and len(dropouts) == layers)
    if isinstance(last.step.p, SeluParameters) and is_even:
        advice = for_depth(last.step, last.step.p, layers + 1, max(rates, default=0.0))
    elif rate := lower_rate(dropouts, _log(chain[0].step.gradient / last.step.gradient)):
        advice = f"use dropout of a rate of {rate:.2g} or less in place of {max(rates):g}"
    elif last.step.p is not None:
        advice = for_depth(last.step, last.step.p, layers + 1)
    elif _is_normalized(chain):
        advice = "add skip connections, or use fewer layers"
    else:
        advice = remedy(chain[1:], layers)
    after = f" after {_drawn(chain[1:])}" if last.weights is not None else ""
    yield Finding(
        chain[0].step.name,
        "gradients",
        f"{layers + 1} layers of {_function(last.step)}{after}: {words}; {advice}",
    )


def _is_normalized(chain: list[Link]) -> bool:
    """Return whether a normalization stands between two activations of a chain."""
    between = (step for link in chain[1:] for step in link.step.between())
    return any(step.kind == "normalization" for step in between)


def _fall(chain: list[Link]) -> str | None:
    """Return the words for a tenfold change of gradients over a chain, None if there is none."""
    first, last = chain[0].step.gradient, chain[-1].step.gradient
    if _is_normalized(chain):  # what counts there is the gradient by the logarithm of the scale
        first, last = first * chain[0].second, last * chain[-1].second
    if len(chain) == 1 or not last > 0 or math.isnan(first):
        return None
    change = _log(first / last)
    if not (_is_predicted(change, chain) or _is_large(change, chain)):
        return None
    verb = "fall" if change < 0 else "grow"
    factor = float(f"{first / last:.2g}")
    return f"squared gradients {verb} to {factor:g} times from the last layer to the first"


def _of_dead(step: Step) -> Iterator[Finding]:
    """Find an activation that is flat for nearly all net inputs."""
    if step.kind == "activation" and step.saturated > DEAD and step.input is not None:
        yield Finding(
            step.name,
            "saturated",
            f"{step.label} is flat for {step.saturated:.1%} of its net inputs (mean "
            f"{step.input.mean:.3g}, variance {step.input.variance:.3g}), so no gradient passes: "
            "normalize before it",
        )


def _of_misfit(step: Step, layers: int, may_be_small: bool) -> Iterator[Finding]:
    """Find weights that miss the gain of their activation tenfold in one layer.

    They must miss it both ways: the n in a variance of 2/n may be that of inputs, which keeps the
    signal, or that of outputs, which keeps gradients. Beside a skip connection, and where the
    network ends, they may be small. So they may before an activation like a sigmoid, whose second
    moment hardly depends on them: gradients tell there.
    """
    link = link_of(step)
    if step.kind != "activation" or step.known is None or link.weights is None:
        return
    weights = link.weights
    if weights.held is None or weights.input is None or not weights.input.second > 0:
        return
    nominal = weights.held.tau * step.known.at(1.0)[1]
    backward = nominal * weights.outputs_by_inputs
    v = weights.held.tau * weights.inside * weights.input.second + weights.held.bias_variance
    factor = step.known.at(v)[1] / weights.input.second
    misses = max(nominal, backward, factor) < 1 / LAYER_FACTOR and not may_be_small
    what = f"multiply the second moment by {factor:.3g} in one layer of {_function(step)}"
    if min(nominal, backward) > LAYER_FACTOR:
        misses = True
        if factor < LAYER_FACTOR:  # the activation is bounded
            what = f"make net inputs of the second moment {v:.3g} for {_function(step)}"
    if misses:
        yield Finding(
            weights.name,
            "weights",
            f"{weights.label} has weights of tau = {weights.held.tau:.3g}, which {what}: "
            f"{remedy([link], layers)}",
        )


def _of_raw_input(steps: list[Step]) -> Iterator[Finding]:
    """Find raw numbers as the input of a network without a normalization before its weights."""
    given = steps[0].output
    fed = [step for step in steps if step.kind == "weights" and _is_fed(step)]
    if not fed or given is None or not given.second > 0 or 1 / RAW <= given.second <= RAW:
        return
    if any(step.kind == "activation" for step in steps):
        yield Finding(
            "input",
            "input",
            f"the input of {fed[0].label} has mean {given.mean:.3g} and variance "
            f"{given.variance:.3g}: {standardize(steps[0])}",
        )


def _is_fed(step: Step) -> bool:
    origin = step.origin()
    return origin is not None and origin.kind == "input" and not step.is_changed_since(origin)


def _drawn(part: list[Link]) -> str:
    """Return the words for the weights of layers."""
    steps = [link.weights for link in part if link.weights is not None]
    names = list(dict.fromkeys(step.initializer for step in steps))
    taus = [step.model.tau for step in steps if step.model is not None]
    name = f"{names[0]} weights" if len(names) == 1 and names[0] else "weights"
    if not taus:
        return name
    low, high = f"{min(taus):.2g}", f"{max(taus):.2g}"
    return f"{name} (tau = {low})" if low == high else f"{name} (tau = {low} to {high})"


def _function(step: Step) -> str:
    """Return the name of an activation's function."""
    return step.function or step.label


def _times(factor: float) -> str:
    """Return the words for a change by a factor."""
    words = {0.5: "halves", 2.0: "doubles"}
    for number, word in words.items():
        if abs(math.log(factor / number)) < 0.1:
            return word
    return f"is multiplied by {factor:.2g}"


def _is_large(change: float, part: list[Link]) -> bool:
    """Return whether the logarithm of a change is more than tenfold, and no chance."""
    deviation = _log_deviation(part)
    return abs(change) > max(math.log(TENFOLD) + deviation, MOST_DEVIATIONS * deviation)


def _is_predicted(change: float, chain: list[Link]) -> bool:
    """Return whether a change of gradients is tenfold, and that of wide layers is, too."""
    predicted, tenfold = math.prod(gain(link.step) for link in chain[1:]), math.log(TENFOLD)
    grows = change > tenfold and predicted > TENFOLD
    return grows or (change < -tenfold and predicted < 1 / TENFOLD)


def _log_deviation(part: list[Link]) -> float:
    """Return the deviation of the logarithm of a change over layers of finite width."""
    total = 0.0
    for link in part[1:]:
        if link.step.predicted is not None:
            total += link.step.predicted.log_gain_variance
        weights = link.weights or _before_normalization(link.step)
        if weights is None or weights.held is None or link.step.known is None:
            continue
        v = weights.held.tau * (weights.input.second if weights.input else 1.0)
        _, second, _, fourth = link.step.known.powers(1.0 if link.weights is None else v)
        if second > 0:
            total += max(fourth / second**2 - 1, 0.0) / weights.units
    return math.sqrt(total)


def _before_normalization(step: Step) -> Step | None:
    """Return the layer with weights whose outputs are normalized for an activation."""
    return next((one for one in step.between() if one.kind == "weights"), None)


def _log(ratio: float) -> float:
    """Return a logarithm; of 0 that of the smallest number."""
    return math.log(max(ratio, 1e-300)) if math.isfinite(ratio) else math.log(1e300)
