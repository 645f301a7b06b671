"""The picture of a report: what was seen of each activation, with bands of what was predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from selu_sym._observe.table import ObservedActivation

BAND_DEVIATIONS = 2
"""Half the width of the band, in standard deviations."""

HORIZONTAL_NAMES = 8
"""The number of names up to which they fit side by side below the figure."""

MOST_NAMES = 40
"""The number of names up to which all are shown."""


def drawn(layers: Sequence[ObservedActivation]) -> Figure:
    """Return a figure of mean, variance and gradient by layer.

    Raise ImportError if matplotlib is not installed.
    """
    from matplotlib import figure as pictures  # noqa: PLC0415 - few need it

    figure = pictures.Figure(figsize=(8, 7), layout="constrained")
    panels = figure.subplots(3, 1, sharex=True)
    places = np.arange(len(layers))
    unknown = (math.nan, math.nan)
    predicted = [layer.predicted or unknown for layer in layers]
    deviations = [layer.deviation or unknown for layer in layers]
    for index, name in enumerate(("mean", "variance")):
        line = np.array([pair[index] for pair in predicted])
        band = BAND_DEVIATIONS * np.array([pair[index] for pair in deviations])
        panels[index].fill_between(places, line - band, line + band, color="C1", alpha=0.25)
        panels[index].plot(places, line, color="C1", label="predicted")
        seen = [getattr(layer, name) for layer in layers]
        panels[index].plot(places, seen, "o", color="C0", label="seen")
        panels[index].set_ylabel(name)
    growth = [layer.predicted_gradient for layer in layers]
    panels[2].plot(places, growth, color="C1")
    panels[2].plot(places, [layer.gradient for layer in layers], "o", color="C0")
    panels[2].set(ylabel="gradient, squared norm", yscale="log", xlabel="activation")
    step = -(-max(len(layers), 1) // MOST_NAMES)
    names = [layer.layer for layer in layers][::step]
    rotation = 90 if len(names) > HORIZONTAL_NAMES else 0
    panels[2].set_xticks(places[::step], names, rotation=rotation)
    panels[0].legend(frameon=False)
    return figure
