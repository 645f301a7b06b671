"""What the layers of a network did with some examples, whatever the framework: steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from selu_sym import _weights
from selu_sym._propagation import propagate
from selu_sym._selu import SeluParameters
from selu_sym._stability import moment_map
from selu_sym._validation import FloatArray
from selu_sym._weights import Iid

Kind = Literal[
    "input",
    "weights",
    "selu",
    "activation",
    "dropout",
    "alpha dropout",
    "sum",
    "pooling",
    "normalization",
    "pass",
    "other",
]
"""What a step is to the moments: those of ``pass`` are its input's."""

PASSED = ("pass", "dropout", "alpha dropout")
"""Steps that are looked through: dropouts are off while a network is observed."""

LEAST = 1e-30
"""Stands for the second moment of an example that is all zeros."""

SATURATED = 0.99
"""Share of the saturation value beyond which a unit counts as saturated."""


@dataclass(frozen=True)
class Moments:
    """Moments of a tensor over all its numbers, and over those of each example."""

    mean: float
    variance: float
    by_example: FloatArray
    """The second moment of each example."""

    @classmethod
    def of(cls, values: FloatArray) -> Moments:
        """Return the moments of numbers whose first axis is that of examples."""
        second = np.mean(values.reshape(len(values), -1) ** 2, axis=1)
        return cls(float(values.mean()), float(values.var()), second)

    @property
    def second(self) -> float:
        """The second moment."""
        return self.variance + self.mean**2


@dataclass(frozen=True)
class Prediction:
    """Moments of a SELU's output that follow from the network's input, by :func:`predict`."""

    moments: tuple[float, float]
    """Mean and variance."""

    deviations: tuple[float, float]
    """Their standard deviations in layers of finite width."""

    by_example: FloatArray
    """The second moment of each example."""

    depth: int
    """Number of SELUs from the input to here."""

    units: int
    """The smallest width up to here."""


@dataclass(eq=False)
class Step:
    """What a layer made of its input."""

    kind: Kind
    name: str
    label: str
    """Its class and its name, as findings call it."""

    sources: list[Step] = field(default_factory=list)
    """The steps that made its inputs; none if that is not known."""

    input: Moments | None = None
    output: Moments | None = None
    function: str = ""
    """Of an activation: SELU, or another name."""

    units: int = 1
    """Its width, of a convolution the number of channels."""

    p: SeluParameters[float] | None = None
    """Of a SELU and of alpha dropout."""

    predicted: Prediction | None = None
    """Of a SELU after layers that can be read."""

    saturated: float = 0.0
    """Share of a SELU's outputs next to the saturation value."""

    gradient: float = float("nan")
    """Squared norm of the gradient by its output, per example."""

    model: Iid | None = None
    """What the weights are drawn from."""

    held: Iid | None = None
    """The same of the weights as they are now."""

    flaw: str = ""
    """Why the weights have no model."""

    initializer: str = ""
    inside: float = 1.0
    """Share of a kernel's taps within the input."""

    rate: float = 0.0
    """Of a dropout."""

    def before(self) -> Iterator[Step]:
        """Yield the steps from the nearest source on, as long as there is one source."""
        step = self
        while len(step.sources) == 1:
            (step,) = step.sources
            yield step


def predict(steps: list[Step]) -> None:
    """Put into the SELUs what their outputs' moments should be.

    Each example has a second moment of its own at the input, which the map of second moments takes
    from SELU to SELU, for weights as these assume them. How far layers of finite width are from
    that is :func:`selu_sym.propagate`'s deviation, at the smallest width up to there.
    """
    for selu in steps:
        weights = next((step for step in selu.before() if step.kind == "weights"), None)
        if selu.p is None or weights is None or weights.input is None:
            continue
        model = assumed(selu.p)
        if selu.kind != "selu" or model is None:
            continue
        origin = next((s for s in weights.before() if s.kind not in PASSED), None)
        start = None if origin is None else origin.predicted
        second = weights.input.by_example if start is None else start.by_example
        units = selu.units if start is None else min(start.units, selu.units)
        depth = 1 if start is None else start.depth + 1
        if not np.all(np.isfinite(second)):
            continue
        mean, variance = moment_map(0.0, np.maximum(second, LEAST), selu.p, weights=model)
        outputs = np.asarray(variance + mean**2)
        average = float(np.mean(mean))
        wide = propagate(selu.p, depth, width=units)
        assert wide.mean_deviation is not None
        assert wide.variance_deviation is not None
        deviations = float(wide.mean_deviation[-1]), float(wide.variance_deviation[-1])
        selu.predicted = Prediction(
            (average, float(outputs.mean()) - average**2), deviations, outputs, depth, units
        )


def assumed(p: SeluParameters[float]) -> Iid | None:
    """Return the independent weights that a SELU assumes, None if it assumes others."""
    weights = _weights.checked(p.weights)
    fixed = _weights.sums(weights)
    if fixed is None:
        return _weights.independent(weights)
    return Iid(fixed[1]) if p.mean == 0 else None


class Recorder:
    """Collects steps in the order of calls, and knows tensors by their identity."""

    def __init__(self) -> None:
        self.network_input = Step("input", "input", "the input")
        self.steps = [self.network_input]
        self._tensors: dict[Step, tuple[list[Any], list[Any]]] = {}
        self._makers: dict[int, Step] = {}
        self._kept: list[tuple[Any, Step]] = []  # alive: an identity must not come again

    def add(self, step: Step, inputs: list[Any], output: Any) -> None:
        """Take a step, or one that came before again, as in the loop of a recurrent layer."""
        if step not in self._tensors:
            self.steps.append(step)
            self._tensors[step] = ([], [])
            makers = map(self._maker, inputs)
            step.sources = [maker for maker in makers if maker is not None]
        taken, given = self._tensors[step]
        taken += inputs[:1]
        given.append(output)
        self.know(output, step)

    def know(self, tensor: Any, step: Step) -> None:
        """Remember which step made a tensor; one that hands on its input made it, too."""
        self._makers[id(tensor)] = step
        self._kept.append((tensor, step))

    def _maker(self, tensor: Any) -> Step | None:
        """Return the step that made a tensor, or what it was cast from, between two precisions."""
        cast: Iterator[Step] = (
            step
            for other, step in reversed(self._kept)
            if other.shape == tensor.shape and other.dtype != tensor.dtype
        )
        return self._makers.get(id(tensor)) or next(cast, None)

    def outputs(self, step: Step) -> list[Any]:
        """Return the tensors that a step made."""
        return self._tensors[step][1]

    def measure(self, to_numpy: Callable[[Any], FloatArray]) -> None:
        """Put the moments into the steps."""
        for step, (taken, given) in self._tensors.items():
            if taken:
                step.input = Moments.of(_joined(taken, to_numpy))
            if given:
                values = _joined(given, to_numpy)
                step.output = Moments.of(values)
                if step.p is not None and step.kind == "selu":
                    step.saturated = float(np.mean(values < SATURATED * step.p.saturation))


def _joined(tensors: list[Any], to_numpy: Callable[[Any], FloatArray]) -> FloatArray:
    """Return tensors of a step, more than one of which are of one moment each, as an array."""
    arrays = [to_numpy(tensor) for tensor in tensors]
    return arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=1)
