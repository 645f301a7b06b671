"""The report of what a network does with some examples."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from selu_sym._observe.findings import Finding, findings
from selu_sym._observe.steps import Recorder, Step
from selu_sym._propagation import gradient_gain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAND = 2
"""Deviations that are shown."""

MOST_NAMES = 8
"""Names that fit below a plot side by side."""


@dataclass(frozen=True)
class ObservedActivation:
    """What one activation of a network gives, and what it should give."""

    layer: str
    """The layer's name."""

    function: str
    """"SELU", or the name of another function."""

    mean: float
    """Mean of the outputs, over all units and examples."""

    variance: float
    """Variance of the outputs, over all units and examples."""

    fixed_point: tuple[float, float] | None
    """Mean and variance that a SELU promises to keep."""

    predicted: tuple[float, float] | None
    """Mean and variance that follow from the network's input, for wide layers; None where layers
    before could not be read."""

    deviation: tuple[float, float] | None
    """Standard deviations of mean and variance in layers of this width, over random weights."""

    saturated: float
    """Share of the outputs below 99 percent of the saturation value."""

    gradient: float
    """Squared norm of the gradient by the outputs, divided by that at the last SELU; NaN where the
    backend has none."""

    predicted_gradient: float
    """The same, as :func:`selu_sym.gradient_gain` predicts it for layers one after another."""


@dataclass(frozen=True, repr=False)
class Report:
    """What a network does with some examples, layer by layer, and what is wrong with it.

    ``print`` shows a table and the findings.
    """

    layers: tuple[ObservedActivation, ...]
    """The activations, in the order of their calls."""

    findings: tuple[Finding, ...]
    """What does not match, with what to write instead; empty for a sound network."""

    examples: int
    """The number of examples."""

    def __repr__(self) -> str:
        activations, found = (
            f"{len(many) or 'no'} {name}{'s' * (len(many) != 1)}"
            for many, name in ((self.layers, "activation"), (self.findings, "finding"))
        )
        title = f"Observed with {self.examples} examples: {activations}, {found}"
        if not any(layer.function == "SELU" for layer in self.layers):
            title += "\nNo SELU was seen: functions that are called outside of layers are not."
        return "\n".join([title, *_table(self.layers), *_numbered(self.findings)])

    def to_dict(self) -> dict[str, Any]:
        """Return the report as numbers, strings, lists and dictionaries, without NaN, for JSON."""
        return {
            "examples": self.examples,
            "layers": [
                {name: _plain(value) for name, value in vars(layer).items()}
                for layer in self.layers
            ],
            "findings": [asdict(finding) for finding in self.findings],
        }

    def plot(self) -> Figure:
        """Return a figure of mean, variance and gradient by layer, with predictions.

        The band is of two deviations for layers of finite width.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from matplotlib import figure as pictures  # noqa: PLC0415 - few need it

        figure = pictures.Figure(figsize=(8, 7), layout="constrained")
        panels = figure.subplots(3, 1, sharex=True)
        places = np.arange(len(self.layers))
        unknown = (math.nan, math.nan)
        predicted = [layer.predicted or unknown for layer in self.layers]
        deviations = [layer.deviation or unknown for layer in self.layers]
        for index, name in enumerate(("mean", "variance")):
            line = np.array([pair[index] for pair in predicted])
            band = BAND * np.array([pair[index] for pair in deviations])
            panels[index].fill_between(places, line - band, line + band, color="C1", alpha=0.25)
            panels[index].plot(places, line, color="C1", label="predicted")
            seen = [getattr(layer, name) for layer in self.layers]
            panels[index].plot(places, seen, "o", color="C0", label="seen")
            panels[index].set_ylabel(name)
        growth = [layer.predicted_gradient for layer in self.layers]
        panels[2].plot(places, growth, color="C1")
        panels[2].plot(places, [layer.gradient for layer in self.layers], "o", color="C0")
        panels[2].set(ylabel="gradient, squared norm", yscale="log", xlabel="activation")
        names = [layer.layer for layer in self.layers]
        panels[2].set_xticks(places, names, rotation=90 if len(names) > MOST_NAMES else 0)
        panels[0].legend(frameon=False)
        return figure


def report(recorder: Recorder, examples: int) -> Report:
    """Return the report on what has been recorded."""
    activations = recorder.activations()
    selus = [step for step in activations if step.kind == "selu"]
    last = selus[-1].gradient if selus else math.nan
    growth, growths = 1.0, {}
    for selu in reversed(selus):
        growths[selu] = growth
        growth *= math.nan if selu.p is None else float(gradient_gain(selu.p))
    return Report(
        tuple(_activation(step, last, growths.get(step, math.nan)) for step in activations),
        tuple(findings(recorder.steps)),
        examples,
    )


def _activation(step: Step, last: float, growth: float) -> ObservedActivation:
    p, predicted = step.p, step.predicted
    assert step.output is not None
    return ObservedActivation(
        layer=step.name,
        function=step.function,
        mean=step.output.mean,
        variance=step.output.variance,
        fixed_point=None if p is None else (p.mean, p.variance),
        predicted=None if predicted is None else predicted.moments,
        deviation=None if predicted is None else predicted.deviations,
        saturated=step.saturated,
        gradient=step.gradient / last if last > 0 else math.nan,
        predicted_gradient=growth,
    )


def _table(layers: tuple[ObservedActivation, ...]) -> list[str]:
    """Return the activations as a table."""
    width = max([len("layer"), *(len(layer.layer) for layer in layers)])
    lines = [
        f"{'layer':<{width}}  {'function':<8}  {'mean':>7} {'predicted':>15}"
        f"  {'variance':>8} {'predicted':>15}  {'saturated':>9}  {'gradient':>8} {'predicted':>9}"
    ]
    for layer in layers:
        mean, variance = (
            "-" if layer.predicted is None else f"{value:.3f} +- {deviation:.3f}"
            for value, deviation in zip(
                layer.predicted or (0.0, 0.0), layer.deviation or (0.0, 0.0), strict=True
            )
        )
        lines.append(
            f"{layer.layer:<{width}}  {layer.function:<8}  {layer.mean:7.3f} {mean:>15}"
            f"  {layer.variance:8.3f} {variance:>15}  {layer.saturated:9.1%}"
            f"  {layer.gradient:8.3g} {layer.predicted_gradient:9.3g}"
        )
    return lines


def _numbered(found: tuple[Finding, ...]) -> list[str]:
    return [f"{number}. {finding}" for number, finding in enumerate(found, 1)]


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN becomes None, a tuple a list."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
