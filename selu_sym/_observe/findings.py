"""What is wrong in a network, and what to write instead: rules on its steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import INDEPENDENT, Iid
from selu_sym._observe.steps import Step, assumed
from selu_sym._selu import SeluParameters

SAME = 0.02
"""Relative difference up to which two fixed points, or sums of squared weights, are the same."""

STANDARD = 0.25
"""Relative difference up to which a second moment that is measured is the promised one: widths are
finite, and an input may have constant columns."""

BORDER = 0.05
"""Share of a kernel's taps that may meet the zeros of padding."""

SURE = 4
"""Deviations of layers of finite width beyond which a moment is not the predicted one."""


REASONS: dict[str, tuple[str, str]] = {
    "pooling": ("changes the moments", "use strides, or normalize after it"),
    "sum": ("adds branches", "scale the branches so that their squared factors sum to 1"),
}
"""What steps do that have no fixed point, and what to do instead."""


@dataclass(frozen=True)
class Finding:
    """Something that keeps a network from its fixed point."""

    layer: str
    """Name of the layer where it is to be mended."""

    kind: str
    """One of "weights", "padding", "input", "activation", "dropout", "pooling", "sum",
    "normalization", "fixed point" and "moments"."""

    message: str
    """What is wrong, and what to write instead."""

    def __str__(self) -> str:
        return self.message


def findings(steps: list[Step]) -> list[Finding]:
    """Return what is found, in the order of the steps; moments only where nothing explains them."""
    selus = [step for step in steps if step.kind == "selu"]
    rules = {"selu": _of_net_input, "dropout": _of_dropout, "alpha dropout": _of_dropout}
    all_found = [finding for step in steps for finding in rules.get(step.kind, _nothing)(step)]
    found = list(dict.fromkeys(all_found))  # a layer that several others see is named once
    return found or [finding for selu in selus for finding in _of_moments(selu)]


def _nothing(_: Step) -> Iterator[Finding]:
    return iter(())


def _of_net_input(selu: Step) -> Iterator[Finding]:
    """Look at the layer that makes a SELU's net input, and at what that is fed with."""
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
    elif selu.input is not None and not _close(selu.input.second, assumes, STANDARD):
        yield Finding(
            selu.name,
            "input",
            f"{selu.label} gets net inputs of the second moment {selu.input.second:.3g} from a "
            f"layer that cannot be read, it assumes {assumes:.3g}",
        )


def _of_weights(weights: Step, selu: Step) -> Iterator[Finding]:
    """Compare what is drawn with what the SELU assumes."""
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
    same, bias_difference = SAME + SURE * of_tau, abs(drawn.bias_variance - believed.bias_variance)
    if not any(_close(tau, believed.tau, same) for tau in (drawn.tau, drawn.tau * inside)):
        yield Finding(
            weights.name,
            "weights",
            f"{weights.label} has {f'{weights.initializer} weights'.lstrip()} "
            f"(tau = {drawn.tau:.3g}), "
            f"{_whose(selu, weights)} assumes tau = {believed.tau:.3g}: "
            f"use {_remedy(drawn, weights)}",
        )
    elif bias_difference > SAME * p.input_variance + SURE * of_bias:
        yield Finding(
            weights.name,
            "weights",
            f"{weights.label} has biases of variance {drawn.bias_variance:.3g}, "
            f"{_whose(selu, weights)} assumes {believed.bias_variance:.3g}: "
            f"use {_remedy(drawn, weights)}",
        )
    elif 1 - inside > BORDER and abs(believed.tau - drawn.tau) < abs(
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
    """Look at what a layer with weights is fed with: it must be of the SELU's fixed point."""
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
    elif given is None or _close(given.second, p.variance + p.mean**2, STANDARD):
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
    """Look at a SELU after a normalization, whose net input has mean 0 and variance 1."""
    p = _parameters(selu)
    if p.input_mean or not _close(p.input_variance, 1.0, SAME):
        yield Finding(
            selu.name,
            "normalization",
            f"{step.label} gives {selu.label} net inputs of mean 0 and variance 1, it assumes "
            f"{p.input_mean:.3g} and {p.input_variance:.3g}: leave the normalization out",
        )


def _of_two_selus(before: Step, selu: Step) -> Iterator[Finding]:
    first, second = _parameters(before), _parameters(selu)
    if not (
        _close(first.variance, second.variance, SAME)
        and abs(first.mean - second.mean) <= SAME * math.sqrt(second.variance)
    ):
        yield Finding(
            selu.name,
            "fixed point",
            f"{before.label} keeps mean {first.mean:.3g} and variance {first.variance:.3g}, "
            f"{selu.label} {second.mean:.3g} and {second.variance:.3g}: give both the same",
        )


def _of_dropout(step: Step) -> Iterator[Finding]:
    """After a SELU, dropout must be alpha dropout with its saturation value."""
    origin = step.origin()
    if origin is None or origin.kind != "selu" or step.rate == 0:
        return
    p = _parameters(origin)
    if step.p is not None and _close(-step.p.saturation, -p.saturation, SAME):
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
    """Compare the moments with those predicted from the input, where the width gives a band."""
    if selu.output is None or selu.predicted is None:
        return
    weights = selu.origin()
    reason = ""
    if weights is not None and weights.held is not None and weights.model is not None:
        now, once = weights.held, weights.model
        if not _close(now.tau, once.tau, 4 * SAME):
            reason = f"; the weights of {weights.label} have tau = {now.tau:.3g} now"
    all_seen = selu.output.mean, selu.output.variance
    for name, seen, predicted, deviation in zip(
        ("mean", "variance"),
        all_seen,
        selu.predicted.moments,
        selu.predicted.deviations,
        strict=True,
    ):
        if not abs(seen - predicted) <= SURE * deviation:
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
    """Say whether the ratio of two numbers is 1 to within a tolerance, in either direction."""
    return target / (1 + tolerance) <= value <= target * (1 + tolerance)


def _whose(selu: Step, weights: Step) -> str:
    return "its SELU" if selu.name == weights.name else f"its {selu.label}"


def _remedy(model: Iid, weights: Step) -> str:
    """Return what to write so that a SELU assumes the model."""
    named = INDEPENDENT.get(weights.initializer)
    known = named is not None and _close(model.tau, named.tau, 1e-9) and not model.bias_variance
    return f"weights={repr(weights.initializer) if known else _rounded(model)}{weights.words.draw}"


def _rounded(model: Iid) -> str:
    numbers = [f"{model.tau:.4g}"] + [f"{model.bias_variance:.4g}"] * bool(model.bias_variance)
    return f"Iid({', '.join(numbers)})"
