"""The rules that find what is wrong in a network, from its steps, and what to write instead."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import INDEPENDENT, Iid
from selu_sym._observe.steps import Step, assumed
from selu_sym._selu import SeluParameters

PARAMETER_TOLERANCE = 0.02
"""Relative difference up to which two fixed points, or two values of tau, count as equal."""

MOMENT_TOLERANCE = 0.25
"""Relative difference up to which a measured second moment counts as the expected one. Widths are
finite, and an input may have constant columns."""

PADDING_TOLERANCE = 0.05
"""Share of a kernel's taps that may lie on the zeros of padding."""

MOST_DEVIATIONS = 4
"""Deviations of layers of finite width up to which a moment counts as the predicted one."""

REASONS: dict[str, tuple[str, str]] = {
    "pooling": ("changes the moments", "use strides, or normalize after it"),
    "sum": ("adds branches", "scale the branches so that their squared factors sum to 1"),
}
"""Why steps of a kind change the second moment, and what to do instead."""


@dataclass(frozen=True)
class Finding:
    """Something that keeps a network from its fixed point."""

    layer: str
    """Name of the layer to change."""

    kind: str
    """One of "weights", "padding", "input", "activation", "dropout", "pooling", "sum",
    "normalization", "fixed point" and "moments"."""

    message: str
    """What is wrong, and what to write instead."""

    def __str__(self) -> str:
        return self.message


def findings(steps: list[Step]) -> list[Finding]:
    """Return what is wrong, in the order of the steps.

    Measured moments are compared with the predicted ones only where the layers give no reason.
    """
    rules = {"selu": _of_net_input, "dropout": _of_dropout, "alpha dropout": _of_dropout}
    of_layers = [
        finding for step in steps if step.kind in rules for finding in rules[step.kind](step)
    ]
    found = list(dict.fromkeys(of_layers))  # several layers may come after the same one
    selus = [step for step in steps if step.kind == "selu"]
    return found or [finding for selu in selus for finding in _of_moments(selu)]


def _of_net_input(selu: Step) -> Iterator[Finding]:
    """Check the layer that makes a SELU's net input, and the input of that layer."""
    step, p = selu.origin(), _parameters(selu)
    assumes = p.input_variance + p.input_mean**2
    if step is not None and step.kind == "weights":
        yield from _of_weights(step, selu)
        yield from _of_source(step, selu)
    elif step is not None and step.kind == "normalization":
        yield from _of_normalization(step, selu)
    elif step is not None and step.kind in ("sum", "pooling", "activation", "selu"):
        yield Finding(
            selu.name,
            step.kind if step.kind != "selu" else "activation",
            f"{step.label} stands between the weights and {selu.label}: the SELU's net input "
            "must come from a layer with weights",
        )
    elif selu.input is not None and not _close(selu.input.second, assumes, MOMENT_TOLERANCE):
        yield Finding(
            selu.name,
            "input",
            f"{selu.label} gets net inputs of the second moment {selu.input.second:.3g} from a "
            f"layer whose weights are not known, it assumes {assumes:.3g}",
        )


def _of_weights(weights: Step, selu: Step) -> Iterator[Finding]:
    """Compare the weights that are drawn with those that the SELU assumes."""
    p = _parameters(selu)
    if weights.model is None:
        if weights.flaw:
            yield Finding(weights.name, "weights", f"{weights.label}: {weights.flaw}")
        return
    drawn, inside = weights.model, weights.inside
    believed = assumed(p)
    if believed is None:
        yield Finding(
            selu.name,
            "weights",
            f"{selu.label} assumes weights of the model {p.weights!r}, whose sums are fixed; "
            f"those of {weights.label} are drawn independently: use {_remedy(drawn, weights)}",
        )
        return
    of_tau, of_bias = weights.uncertainty
    tolerance = PARAMETER_TOLERANCE + MOST_DEVIATIONS * of_tau
    bias_difference = abs(drawn.bias_variance - believed.bias_variance)
    bias_tolerance = PARAMETER_TOLERANCE * p.input_variance + MOST_DEVIATIONS * of_bias
    if not any(_close(tau, believed.tau, tolerance) for tau in (drawn.tau, drawn.tau * inside)):
        yield Finding(
            weights.name,
            "weights",
            f"{weights.label} has {f'{weights.initializer} weights'.lstrip()} "
            f"(tau = {drawn.tau:.3g}), "
            f"{_whose(selu, weights)} assumes tau = {believed.tau:.3g}: "
            f"use {_remedy(drawn, weights)}",
        )
    elif bias_difference > bias_tolerance:
        yield Finding(
            weights.name,
            "weights",
            f"{weights.label} has biases of variance {drawn.bias_variance:.3g}, "
            f"{_whose(selu, weights)} assumes {believed.bias_variance:.3g}: "
            f"use {_remedy(drawn, weights)}",
        )
    elif 1 - inside > PADDING_TOLERANCE and abs(believed.tau - drawn.tau) < abs(
        believed.tau - drawn.tau * inside
    ):
        effective = Iid(believed.tau * inside, believed.bias_variance)
        yield Finding(
            weights.name,
            "padding",
            f"{weights.label} pads with zeros, and so loses {1 - inside:.0%} of tau at the border: "
            f"use {selu.words.no_padding}, or weights={_rounded(effective)} for "
            f"{_whose(selu, weights)}",
        )


def _of_source(weights: Step, selu: Step) -> Iterator[Finding]:
    """Check the input of a layer with weights, which must have the SELU's fixed point."""
    p, given = _parameters(selu), weights.input
    origin = weights.origin() or weights
    if origin.kind == "selu" and not weights.is_changed_since(origin):
        yield from _of_two_selus(origin, selu)
    elif origin.kind == "activation":
        yield Finding(
            origin.name,
            "activation",
            f"{origin.label} stands between layers with SELUs and does not keep their fixed "
            "point: use SELU there, too",
        )
    elif given is None or _close(given.second, p.variance + p.mean**2, MOMENT_TOLERANCE):
        return
    elif origin.kind == "input":
        yield Finding(
            "input",
            "input",
            f"the input of {weights.label} has mean {given.mean:.3g} and variance "
            f"{given.variance:.3g}, the fixed point {p.mean:.3g} and {p.variance:.3g}: "
            f"{selu.words.standardize}",
        )
    else:
        what, instead = REASONS.get(origin.kind, ("", "normalize it"))
        kind = origin.kind if origin.kind in REASONS else "input"
        yield Finding(
            weights.name if origin.kind == "selu" else origin.name,
            kind,
            f"{f'{origin.label} {what}: ' if what else ''}{weights.label} gets the second moment "
            f"{given.second:.3g}, the fixed point has {p.variance + p.mean**2:.3g}: {instead}",
        )


def _of_normalization(step: Step, selu: Step) -> Iterator[Finding]:
    """Check a SELU after a normalization, whose net input has mean 0 and variance 1."""
    p = _parameters(selu)
    if p.input_mean or not _close(p.input_variance, 1.0, PARAMETER_TOLERANCE):
        yield Finding(
            selu.name,
            "normalization",
            f"{step.label} gives {selu.label} net inputs of mean 0 and variance 1, it assumes "
            f"{p.input_mean:.3g} and {p.input_variance:.3g}: leave the normalization out",
        )


def _of_two_selus(before: Step, selu: Step) -> Iterator[Finding]:
    """Compare the fixed points of two SELUs one after the other."""
    first, second = _parameters(before), _parameters(selu)
    difference = abs(first.mean - second.mean) / math.sqrt(second.variance)
    if difference > PARAMETER_TOLERANCE or not _close(
        first.variance, second.variance, PARAMETER_TOLERANCE
    ):
        yield Finding(
            selu.name,
            "fixed point",
            f"{before.label} keeps mean {first.mean:.3g} and variance {first.variance:.3g}, "
            f"{selu.label} {second.mean:.3g} and {second.variance:.3g}: give both the same",
        )


def _of_dropout(step: Step) -> Iterator[Finding]:
    """Check a dropout after a SELU: it must be alpha dropout with the same saturation value."""
    origin = step.origin()
    if origin is None or origin.kind != "selu" or step.rate == 0:
        return
    p = _parameters(origin)
    if step.p is not None and _close(-step.p.saturation, -p.saturation, PARAMETER_TOLERANCE):
        return
    if step.p is None:
        problem = "moves the moments that the SELU keeps"
    else:
        problem = f"drops units to {step.p.saturation:.3g}, {origin.label} saturates at "
        problem += f"{p.saturation:.3g}"
    point = "" if (p.mean, p.variance) == (0, 1) else f", mean={p.mean:g}, variance={p.variance:g}"
    model = weight_models.checked(p.weights)
    known = model == "iid" or (not point and assumed(p) == Iid())
    point += "" if known else f", weights={model!r}"
    yield Finding(
        step.name,
        "dropout",
        f"{step.label} {problem}: use AlphaDropout({step.rate:g}{point})",
    )


def _of_moments(selu: Step) -> Iterator[Finding]:
    """Compare the measured moments with those that are predicted from the network's input."""
    if selu.output is None or selu.predicted is None:
        return
    weights = selu.origin()
    reason = ""
    if weights is not None and weights.held is not None and weights.model is not None:
        now, once = weights.held, weights.model
        if not _close(now.tau, once.tau, 4 * PARAMETER_TOLERANCE):
            reason = f"; the weights of {weights.label} have tau = {now.tau:.3g} now"
    all_seen = selu.output.mean, selu.output.variance
    for name, seen, predicted, deviation in zip(
        ("mean", "variance"),
        all_seen,
        selu.predicted.moments,
        selu.predicted.deviations,
        strict=True,
    ):
        if not abs(seen - predicted) <= MOST_DEVIATIONS * deviation:
            yield Finding(
                selu.name,
                "moments",
                f"{selu.label} has {name} {seen:.3g}, predicted {predicted:.3g} "
                f"+- {deviation:.2g}{reason}",
            )


def _parameters(selu: Step) -> SeluParameters[float]:
    assert selu.p is not None
    return selu.p


def _close(value: float, target: float, tolerance: float) -> bool:
    """Return whether the ratio of two positive numbers is 1 within a relative tolerance."""
    return target / (1 + tolerance) <= value <= target * (1 + tolerance)


def _whose(selu: Step, weights: Step) -> str:
    """Return the words for the SELU after some weights, which may be of the same layer."""
    return "its SELU" if selu.name == weights.name else f"its {selu.label}"


def _remedy(model: Iid, weights: Step) -> str:
    """Return what to write so that a SELU assumes the model of some weights."""
    named = INDEPENDENT.get(weights.initializer)
    known = named is not None and _close(model.tau, named.tau, 1e-9) and not model.bias_variance
    return f"weights={repr(weights.initializer) if known else _rounded(model)}{weights.words.draw}"


def _rounded(model: Iid) -> str:
    """Return Python code of a model, to four digits."""
    numbers = [f"{model.tau:.4g}"] + [f"{model.bias_variance:.4g}"] * bool(model.bias_variance)
    return f"Iid({', '.join(numbers)})"
