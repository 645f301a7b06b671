"""The report on what a network does with some examples, as text, as data and as a figure."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from selu_sym._observe.findings import Finding, findings
from selu_sym._observe.steps import Recorder, Step, Tensor
from selu_sym._propagation import gradient_gain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAND_DEVIATIONS = 2
"""Half the width of the band in the figure, in standard deviations."""

HORIZONTAL_NAMES = 8
"""The number of names up to which they fit side by side below the figure."""

Json: TypeAlias = "float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class ObservedActivation:
    """One activation of a network: the moments of its outputs, measured and predicted."""

    layer: str
    """The layer's name."""

    function: str
    """"SELU", or the name of another function."""

    mean: float
    """Mean of the outputs, over all units and examples."""

    variance: float
    """Variance of the outputs, over all units and examples."""

    fixed_point: tuple[float, float] | None
    """Mean and variance that a SELU keeps; None for other functions."""

    predicted: tuple[float, float] | None
    """Mean and variance that follow from the network's input, for wide layers; None after layers
    whose weights are not known."""

    deviation: tuple[float, float] | None
    """Standard deviations of mean and variance over random weights, in layers of this width; None
    where nothing is predicted."""

    saturated: float
    """Share of the outputs below 99 percent of the saturation value."""

    gradient: float
    """Squared norm of the gradient with respect to the outputs, divided by that at the last SELU;
    NaN if the backend does not compute it."""

    predicted_gradient: float
    """Prediction of the gradient by :func:`selu_sym.gradient_gain`, for layers in sequence."""


@dataclass(frozen=True, repr=False)
class Report:
    """What a network does with some examples, layer by layer, and what is wrong with it.

    ``print`` shows a table and the findings.
    """

    layers: tuple[ObservedActivation, ...]
    """The activations, in the order of their calls."""

    findings: tuple[Finding, ...]
    """What is wrong and what to write instead; empty if nothing is."""

    examples: int
    """The number of examples."""

    def __repr__(self) -> str:
        activations, found = (
            f"{len(many) or 'no'} {name}{'s' * (len(many) != 1)}"
            for many, name in ((self.layers, "activation"), (self.findings, "finding"))
        )
        title = f"Observed with {self.examples} examples: {activations}, {found}"
        if not any(layer.function == "SELU" for layer in self.layers):
            title += "\nNo SELU was seen. Functions that are called outside of layers cannot be."
        return "\n".join([title, *_table(self.layers), *_numbered(self.findings)])

    def to_dict(self) -> dict[str, Json]:
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

        The band is two standard deviations of layers of finite width to each side.

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
            band = BAND_DEVIATIONS * np.array([pair[index] for pair in deviations])
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
        panels[2].set_xticks(places, names, rotation=90 if len(names) > HORIZONTAL_NAMES else 0)
        panels[0].legend(frameon=False)
        return figure


def report(recorder: Recorder[Tensor], examples: int) -> Report:
    """Return the report on the steps of a recorder."""
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
    """Return the step of an activation as users see it, given the gradient at the last SELU."""
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
    """Return the findings as numbered lines."""
    return [f"{number}. {finding}" for number, finding in enumerate(found, 1)]


def _plain(value: str | float | tuple[float, float] | None) -> Json:
    """Return a value for JSON: None for what is not finite, a list for a tuple."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
