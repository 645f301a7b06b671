"""The rules that find what keeps activations from their fixed points, and what to write instead."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import INDEPENDENT, Iid
from selu_sym._observe.predictions import assumed, gain_of_dropout
from selu_sym._observe.steps import NOT_ORIGINS, FixedPoint, Step
from selu_sym._parameters import paper
from selu_sym._selu import SeluParameters
from selu_sym._stability import dropped_value

PARAMETER_TOLERANCE = 0.02
"""Relative difference up to which two fixed points, or two values of tau, count as equal."""

MOMENT_TOLERANCE = 0.25
"""Relative difference up to which a measured second moment counts as the expected one. Widths are
finite, and an input may have constant columns."""

PADDING_TOLERANCE = 0.05
"""Share of a kernel's taps that may lie on the zeros of padding."""

BIAS_TOLERANCE = 0.05
"""Mean of the biases, in deviations of the net input, up to which it counts as 0."""

MOST_DEVIATIONS = 4
"""Deviations of layers of finite width up to which a moment counts as the predicted one."""

TENFOLD = 10.0
"""The change of a second moment, of activations or of gradients, that counts over a network."""

ADVISED_GROWTH = 3.0
"""The growth of gradients over a network that is advised in place of a tenfold one."""

REASONS: dict[str, tuple[str, str]] = {
    "pooling": ("changes the moments", "use strides, or normalize after it"),
    "global pooling": ("changes the moments", "normalize after it"),
    "sum": ("adds branches", "scale the branches so that their squared factors sum to 1"),
    "padding": ("adds zeros", "leave it out, or normalize after it"),
}
"""Why steps of a kind change the second moment, and what to do instead."""


@dataclass(frozen=True)
class Finding:
    """Something that keeps a network from training well."""

    layer: str
    """Name of the layer to change."""

    kind: str
    """One of "diverged", "weights", "biases", "padding", "input", "activation", "dropout",
    "pooling", "sum", "normalization", "fixed point", "moments", "gradients" and "saturated"."""

    message: str
    """What is wrong, and what to write instead."""

    def __str__(self) -> str:
        return self.message


def _of_net_input(selu: Step) -> Iterator[Finding]:
    """Check the layer that makes a SELU's net input, and the input of that layer."""
    step, p = selu.origin(), _parameters(selu)
    assumes = p.input_variance + p.input_mean**2
    if step is not None and step.kind == "weights":
        yield from _of_weights(step, selu)
        yield from _of_source(step, selu)
    elif step is not None and step.kind == "normalization":
        yield from _of_normalization(step, selu)
    elif selu.input is not None and selu.input.second == 0:
        yield from _of_zeros(selu)
    elif step is not None and step.kind in ("sum", "pooling"):
        yield from _of_measured(step, selu)
    elif step is not None and step.kind in ("activation", "selu"):
        yield Finding(
            selu.name,
            step.kind if step.kind != "selu" else "activation",
            f"{step.label} stands between the weights and {selu.label}: the {_word(selu)}'s net "
            "input must come from a layer with weights",
        )
    elif selu.input is not None and not _close(selu.input.second, assumes, MOMENT_TOLERANCE):
        factor = assumes / selu.input.second
        yield Finding(
            selu.name,
            "input",
            f"{selu.label} gets net inputs of the second moment {selu.input.second:.3g} from a "
            f"layer whose weights are not known, it assumes {assumes:.3g}: multiply them by "
            f"{math.sqrt(factor):.4g}, or draw weights of {factor:.4g} times the variance",
        )


def _of_zeros(selu: Step) -> Iterator[Finding]:
    """Name the layer that makes the zeros which are the net input of a SELU."""
    makers = (one for one in selu.line() if one.output is not None and one.kind not in NOT_ORIGINS)
    maker = selu
    for one in itertools.takewhile(lambda one: one.output and one.output.second == 0, makers):
        maker = one
    made = "" if maker is selu else f", which {maker.label} makes"
    yield Finding(
        maker.name,
        maker.kind if maker.kind in ("weights", "pooling", "sum") else "activation",
        f"{selu.label} gets zeros only{made}: {maker.flaw or f'normalize before {maker.label}'}",
    )


def _of_measured(step: Step, selu: Step) -> Iterator[Finding]:
    """Check a SELU right after a sum or a pooling: the moments of its net input decide."""
    p, given = _parameters(selu), selu.input
    if given is None or _is_net_input(given.mean, given.second, p):
        return
    factor = math.sqrt((p.input_variance + p.input_mean**2) / given.second)
    instead = "normalize between them"
    if step.kind == "sum" and abs(given.mean * factor - p.input_mean) < MOMENT_TOLERANCE:
        instead = f"multiply the sum by {factor:.3g}"
    yield Finding(
        selu.name,
        step.kind,
        f"{step.label} gives {selu.label} net inputs of mean {given.mean:.3g} and second moment "
        f"{given.second:.3g}, it assumes {p.input_mean:.3g} and "
        f"{p.input_variance + p.input_mean**2:.3g}: {instead}",
    )


def _is_net_input(mean: float, second: float, p: FixedPoint) -> bool:
    """Return whether measured moments are those of the net input that a fixed point assumes."""
    assumes = p.input_variance + p.input_mean**2
    near = abs(mean - p.input_mean) < MOMENT_TOLERANCE * math.sqrt(p.input_variance)
    return near and _close(second, assumes, MOMENT_TOLERANCE)


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
            f"those of {weights.label} are drawn independently: "
            f"use {_remedy(drawn, weights, selu)}",
        )
        return
    of_tau, of_bias = weights.uncertainty
    tolerance = PARAMETER_TOLERANCE + MOST_DEVIATIONS * of_tau
    bias_difference = abs(drawn.bias_variance - believed.bias_variance)
    bias_tolerance = PARAMETER_TOLERANCE * p.input_variance + MOST_DEVIATIONS * of_bias
    taus = (drawn.tau, (weights.held or drawn).tau)
    if not any(_close(tau * part, believed.tau, tolerance) for tau in taus for part in (1, inside)):
        yield Finding(
            weights.name,
            "weights",
            f"{weights.label} has {f'{weights.initializer} weights'.lstrip()} "
            f"(tau = {drawn.tau:.3g}), "
            f"{_whose(selu, weights)} assumes tau = {believed.tau:.3g}: "
            f"use {_remedy(drawn, weights, selu, believed)}",
        )
    elif abs(weights.bias_mean) > BIAS_TOLERANCE * math.sqrt(p.input_variance):
        yield Finding(
            weights.name,
            "biases",
            f"{weights.label} has biases of mean {weights.bias_mean:.3g}, {_whose(selu, weights)} "
            f"assumes 0: {weights.words.zero_biases}",
        )
    elif bias_difference > bias_tolerance:
        yield Finding(
            weights.name,
            "weights",
            f"{weights.label} has biases of variance {drawn.bias_variance:.3g}, "
            f"{_whose(selu, weights)} assumes {believed.bias_variance:.3g}: "
            f"use {_remedy(drawn, weights, selu, believed)}",
        )
    elif 1 - inside > PADDING_TOLERANCE and abs(believed.tau - drawn.tau) < abs(
        believed.tau - drawn.tau * inside
    ):
        effective = Iid(believed.tau * inside, believed.bias_variance)
        words = weights.words
        instead = f"{words.no_padding}, or " if words.no_padding else ""
        yield Finding(
            weights.name,
            "padding",
            f"{weights.label} {words.border.format(share=1 - inside)}: "
            f"use {instead}weights={model_code(effective)} for {_whose(selu, weights)}",
        )


def _of_source(weights: Step, selu: Step) -> Iterator[Finding]:
    """Check the input of a layer with weights, which must have the SELU's fixed point."""
    p, given = _parameters(selu), weights.input
    origin = weights.origin() or weights
    if origin.kind == "selu" and not weights.is_changed_since(origin):
        yield from _of_two_selus(origin, selu)
    elif origin.kind == "activation":
        transformed = selu.words.transformed.format(q="q")
        new = "SELU" if isinstance(p, SeluParameters) else transformed
        yield Finding(
            origin.name,
            "activation",
            f"{origin.label} stands between layers with {_word(selu)}s and does not keep their "
            f"fixed point: use {new} there, too",
        )
    elif given is None or _close(given.second, p.variance + p.mean**2, MOMENT_TOLERANCE):
        return
    elif _close(given.second * _kept(weights), p.variance + p.mean**2, MOMENT_TOLERANCE):
        return  # a dropout does it, in training mode: it has a finding of its own
    elif origin.kind == "input":
        yield Finding(
            "input",
            "input",
            f"the input of {weights.label} has mean {given.mean:.3g} and variance "
            f"{given.variance:.3g}, the fixed point {p.mean:.3g} and {p.variance:.3g}: "
            f"{standardize(origin, p)}",
        )
    else:
        reason = "global pooling" if origin.function == "global" else origin.kind
        what, instead = REASONS.get(reason, ("", "normalize it"))
        kind = origin.kind if origin.kind in REASONS else "input"
        yield Finding(
            weights.name if origin.kind == "selu" else origin.name,
            kind,
            f"{f'{origin.label} {what}: ' if what else ''}{weights.label} gets the second moment "
            f"{given.second:.3g}, the fixed point has {p.variance + p.mean**2:.3g}: {instead}",
        )


def standardize(origin: Step, p: FixedPoint | None = None) -> str:
    """Return what to do with an input so that it has the moments of a fixed point, or (0, 1)."""
    if origin.is_constant:
        return "show examples that differ, these are all the same"
    parts = [origin.words.standardize]
    if p is not None and p.variance != 1:
        parts.append(f"multiply it by {math.sqrt(p.variance):.4g}")
    if p is not None and p.mean:
        parts.append(f"add {p.mean:.4g}")
    if origin.constant_columns:
        parts.insert(0, f"leave out its {origin.constant_columns} constant columns")
    return ", then ".join(parts)


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
    value = dropped_value(p)
    if step.p is not None and math.isclose(
        dropped_value(step.p), value, rel_tol=PARAMETER_TOLERANCE, abs_tol=PARAMETER_TOLERANCE
    ):
        return
    if step.p is None:
        keeper = "the SELU" if isinstance(p, SeluParameters) else origin.label
        problem = f"moves the moments that {keeper} keeps"
    else:
        problem = f"drops units to {dropped_value(step.p):.3g}, {origin.label} saturates at "
        problem += f"{value:.3g}"
    yield Finding(
        step.name,
        "dropout",
        f"{step.label} {problem}: use {_alpha_dropout(step.rate, origin)}",
    )


def _of_early_dropout(selu: Step) -> Iterator[Finding]:
    """Check dropouts that raise the second moment of a SELU's net input in training."""
    between = _dropouts(selu)
    weights = selu.origin()
    for step in between:
        yield Finding(
            step.name,
            "dropout",
            f"{step.label} multiplies the second moment of the net input of {selu.label} by "
            f"{gain_of_dropout(step, step.rate):.3g} in training: put "
            f"{_alpha_dropout(step.rate, selu)} after {selu.label} instead",
        )
    if weights is None or weights.kind != "weights" or between:
        return
    origin = weights.origin()
    is_fed = origin is not None and origin.kind in ("input", "normalization")
    for step in _dropouts(weights) if is_fed else []:
        yield Finding(
            step.name,
            "dropout",
            f"{step.label} multiplies the second moment of the input of {weights.label} by "
            f"{gain_of_dropout(step, step.rate):.3g} in training: use "
            f"{_alpha_dropout(step.rate, selu)}",
        )


def _dropouts(step: Step) -> list[Step]:
    """Return the plain dropouts right before a step."""
    found = []
    for earlier in step.line():
        if earlier.kind not in ("passthrough", "dropout", "alpha dropout"):
            break
        if earlier.kind == "dropout" and earlier.rate > 0:
            found.append(earlier)
    return found


def _kept(step: Step) -> float:
    """Return the share that the plain dropouts right before a step keep."""
    return math.prod(1 - dropout.rate for dropout in _dropouts(step))


def _alpha_dropout(rate: float, selu: Step) -> str:
    """Return Python code of the alpha dropout that keeps the fixed point of an activation."""
    p = _parameters(selu)
    if not isinstance(p, SeluParameters):
        return f"AlphaDropout({rate:g}, fixed_point=q) with the q of {selu.label}"
    point = "" if (p.mean, p.variance) == (0, 1) else f", mean={p.mean:g}, variance={p.variance:g}"
    model = weight_models.checked(p.weights)
    known = model == "iid" or (not point and assumed(p) == Iid())
    point += "" if known else f", weights={model!r}"
    return f"AlphaDropout({rate:g}{point})"


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


def _parameters(selu: Step) -> FixedPoint:
    assert selu.p is not None
    return selu.p


def _close(value: float, target: float, tolerance: float) -> bool:
    """Return whether the ratio of two positive numbers is 1 within a relative tolerance."""
    return target / (1 + tolerance) <= value <= target * (1 + tolerance)


def _whose(selu: Step, weights: Step) -> str:
    """Return the words for the SELU after some weights, which may be of the same layer."""
    return f"its {_word(selu)}" if selu.name == weights.name else f"its {selu.label}"


def _word(selu: Step) -> str:
    """Return the word for an activation with a fixed point: SELU, or its function."""
    return "SELU" if isinstance(selu.p, SeluParameters) else selu.function


def _remedy(model: Iid, weights: Step, selu: Step, believed: Iid | None = None) -> str:
    """Return what to write so that a SELU assumes the model of some weights, or these are its."""
    named = INDEPENDENT.get(weights.initializer)
    known = named is not None and _close(model.tau, named.tau, 1e-9) and not model.bias_variance
    new = repr(weights.initializer) if known else model_code(model)
    if believed is None and "{" in weights.words.draw:
        return f"weights={new}"
    if selu.p is paper():  # that of the framework's own SELU
        new += weights.words.of_selu
    drawn = weights.words.draw
    if believed is not None and "{" in drawn:
        names = {1.0: "'lecun_normal'", 2.0: "'he_normal'"}
        scale = believed.tau / weights.tau_of_scale
        scaling = weights.words.initializer.format(tau=f"{scale:.4g}")
        drawn = drawn.format(initializer=names.get(scale, scaling))
    return f"weights={new}{drawn}"


def model_code(model: Iid) -> str:
    """Return Python code of a model, to four digits."""
    numbers = [f"{model.tau:.4g}"] + [f"{model.bias_variance:.4g}"] * bool(model.bias_variance)
    return f"Iid({', '.join(numbers)})"


def of_zeros(steps: list[Step]) -> Iterator[Finding]:
    """Find examples that are all zeros, in a network whose layers take them as they are."""
    given = steps[0].output
    takers = [step.label for step in steps if step.kind != "other" and steps[0] in step.sources]
    if given is not None and given.second == 0 and takers:
        yield Finding(
            "input",
            "input",
            f"the input of {takers[0]} is all zeros: show examples as in training",
        )


OF_FIXED_POINTS: dict[str, tuple[Callable[[Step], Iterator[Finding]], ...]] = {
    "selu": (_of_net_input, _of_early_dropout),
    "dropout": (_of_dropout,),
    "alpha dropout": (_of_dropout,),
}
"""The rules for layers of each kind."""


def of_fixed_points(steps: list[Step]) -> list[Finding]:
    """Return what keeps activations from their fixed points, in the order of the steps.

    Measured moments are compared with the predicted ones only where the layers give no reason.
    """
    rules = [(step, rule) for step in steps for rule in OF_FIXED_POINTS.get(step.kind, ())]
    found = [one for step, rule in rules for one in rule(step)]
    selus = [step for step in steps if step.kind == "selu"]
    return found or [one for selu in selus for one in _of_moments(selu)]
