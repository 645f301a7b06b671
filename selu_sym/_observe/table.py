"""The table of a report: its activations, a line for each, blocks that repeat folded."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LINES = 30
"""The number of activations up to which each has a line."""

EDGE = 2
"""The number of activations that are shown at both ends of a folded run."""


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
    """Of a SELU, the share of the outputs below 99 percent of the saturation value. Of another
    function, the share of the net inputs at which its slope is less than a hundredth of the
    largest one; it is estimated from 4096 of them."""

    gradient: float
    """Squared norm of the gradient with respect to the outputs, divided by that at the last SELU,
    or at the last activation where there is no SELU; NaN if the backend does not compute it."""

    predicted_gradient: float
    """Prediction of the gradient by the product of gradient gains, for layers in sequence."""

    calls: int = 1
    """How often the layer was called with one batch."""

    @property
    def second_moment(self) -> float:
        """Second moment of the outputs, E[x^2]."""
        return self.variance + self.mean**2


def table(layers: Sequence[ObservedActivation], named: set[str]) -> list[str]:
    """Return the activations as lines; of long runs the ends and the layers that are named."""
    width = max([len("layer"), *(len(_name(layer)) for layer in layers)])
    of_function = max([len("function"), *(len(layer.function) for layer in layers)])
    lines = [
        f"{'layer':<{width}}  {'function':<{of_function}}  {'mean':>7} {'predicted':>15}"
        f"  {'variance':>8} {'predicted':>15}  {'saturated':>9}  {'gradient':>8} {'predicted':>9}"
    ]
    for is_folded, group in itertools.groupby(
        zip(layers, _folded(layers, named), strict=True), lambda pair: pair[1]
    ):
        run = [layer for layer, _ in group]
        if is_folded:
            lines.append(_summary(run))
        else:
            lines += [_line(layer, width, of_function) for layer in run]
    return lines


def _name(layer: ObservedActivation) -> str:
    """Return a layer's name, with the number of its calls."""
    return layer.layer if layer.calls == 1 else f"{layer.layer} (x{layer.calls})"


def _line(layer: ObservedActivation, width: int, of_function: int) -> str:
    mean, variance = (
        "-" if layer.predicted is None else f"{value:.3f} +- {deviation:.3f}"
        for value, deviation in zip(
            layer.predicted or (0.0, 0.0), layer.deviation or (0.0, 0.0), strict=True
        )
    )
    return (
        f"{_name(layer):<{width}}  {layer.function:<{of_function}}  {_number(layer.mean):>7}"
        f" {mean:>15}  {_number(layer.variance):>8} {variance:>15}  {layer.saturated:9.1%}"
        f"  {layer.gradient:8.3g} {layer.predicted_gradient:9.3g}"
    )


def _number(value: float) -> str:
    """Return a number with three decimals, or as a power where these say nothing."""
    return f"{value:.3f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.1e}"


def _folded(layers: Sequence[ObservedActivation], named: set[str]) -> list[bool]:
    """Return whether each activation is left out: one of a long run, and not named."""
    if len(layers) <= MOST_LINES:
        return [False] * len(layers)
    hidden: list[bool] = []
    runs = itertools.groupby(layers, lambda layer: (layer.function, _pattern(layer.layer)[:1]))
    for _, group in runs:
        run = list(group)
        last = len(run) - EDGE
        hidden += [
            EDGE <= index < last and layer.layer not in named for index, layer in enumerate(run)
        ]
    if hidden.count(False) <= MOST_LINES:
        return hidden
    kept = {0, 1, len(layers) - 2, len(layers) - 1}
    return [i not in kept and layer.layer not in named for i, layer in enumerate(layers)]


def _pattern(name: str) -> str:
    """Return a name without its numbers."""
    return re.sub(r"[0-9]+", "#", name)


def _summary(run: list[ObservedActivation]) -> str:
    """Return the line for activations that are folded."""
    seconds = [layer.mean**2 + layer.variance for layer in run]
    functions = ", ".join(dict.fromkeys(layer.function for layer in run))
    return (
        f"... {len(run)} more ({functions}): second moments {min(seconds):.3g} to "
        f"{max(seconds):.3g}"
    )
