"""The report on what a network does with some examples, as text, as data and as a figure."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

from selu_sym._observe import figure, table
from selu_sym._observe.findings import Finding
from selu_sym._observe.predictions import gain, predict
from selu_sym._observe.rules import Network, findings
from selu_sym._observe.steps import ACTIVATIONS, Recorder, Step, Tensor
from selu_sym._observe.table import ObservedActivation

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

Json: TypeAlias = "float | str | list[Json] | dict[str, Json] | None"


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

    not_seen: tuple[str, ...] = ()
    """What makes activations that could not be seen, and why."""

    def __repr__(self) -> str:
        activations, how_many = (
            f"{len(many) or 'no'} {name}{'s' * (len(many) != 1)}"
            for many, name in ((self.layers, "activation"), (self.findings, "finding"))
        )
        title = f"Observed with {self.examples} examples: {activations}, {how_many}"
        lines = [title]
        if not self.layers and not self.not_seen:
            lines.append("No activation was seen.")
        lines += [f"Not seen: {what}" for what in self.not_seen]
        rows = table.table(self.layers, {finding.layer for finding in self.findings})
        found = [f"{number}. {finding}" for number, finding in enumerate(self.findings, 1)]
        parts = (found, rows) if len(self.layers) > table.MOST_LINES else (rows, found)
        return "\n".join([*lines, *parts[0], *parts[1]])

    def to_frame(self) -> DataFrame:
        """Return the activations as a table of pandas, a row each.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas  # noqa: PLC0415 - few need it
        except ImportError as error:
            raise ImportError("Report.to_frame needs pandas: pip install pandas") from error
        rows = []
        for layer in self.layers:
            row = {name: value for name, value in vars(layer).items() if name in PLAIN}
            for name in ("fixed_point", "predicted", "deviation"):
                pair = getattr(layer, name) or (math.nan, math.nan)
                row |= {f"{name}_mean": pair[0], f"{name}_variance": pair[1]}
            rows.append(row)
        return pandas.DataFrame(rows)

    def to_dict(self) -> dict[str, Json]:
        """Return the report as numbers, strings, lists and dictionaries, without NaN, for JSON."""
        return {
            "examples": self.examples,
            "layers": [
                {name: _plain(value) for name, value in vars(layer).items()}
                for layer in self.layers
            ],
            "findings": [asdict(finding) for finding in self.findings],
            "not_seen": list(self.not_seen),
        }

    def plot(self) -> Figure:
        """Return a figure of mean, variance and gradient by layer, with predictions.

        The band is two standard deviations of layers of finite width to each side.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        return figure.drawn(self.layers)


PLAIN = (
    *("layer", "function", "calls", "mean", "variance", "saturated", "gradient"),
    "predicted_gradient",
)
"""What an observed activation has that is one number or one word."""


def report(recorder: Recorder[Tensor], examples: int) -> Report:
    """Return the report on the steps of a recorder."""
    recorder.finish()
    predict(recorder.steps)
    activations = [step for step in recorder.activations() if step.output is not None]
    references = [step for step in activations if step.kind == "selu"] or activations
    last = references[-1].gradient if references else math.nan
    growths = _growths(references[-1]) if references else {}
    return Report(
        tuple(_activation(step, last, growths.get(step, math.nan)) for step in activations),
        tuple(findings(Network(recorder.steps, recorder.diverged))),
        examples,
        tuple(recorder.not_seen),
    )


def _growths(step: Step) -> dict[Step, float]:
    """Return the predicted gradients of an activation and of those before it in sequence.

    They are products of the gains of the later activations, and of the dropouts between.
    """
    growth, growths = 1.0, {step: 1.0}
    while True:
        growth *= gain(step)
        before = (one for one in step.line() if one.kind in ACTIVATIONS)
        earlier = next(before, None)
        if earlier is None or earlier in growths:
            return growths
        growths[earlier], step = growth, earlier


def _activation(step: Step, last: float, growth: float) -> ObservedActivation:
    """Return the step of an activation as users see it, given the gradient at the last one."""
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
        calls=step.calls,
    )


def _plain(value: str | float | tuple[float, float] | None) -> Json:
    """Return a value for JSON: None for what is not finite, a list for a tuple."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
