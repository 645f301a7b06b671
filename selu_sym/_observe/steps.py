"""What the layers of a network did with some examples, whatever the framework: steps."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym._propagation import Propagation, propagate
from selu_sym._selu import SeluParameters
from selu_sym._stability import moment_map

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

ROUNDED = 1e-2
"""Relative difference up to which numbers may differ by the rounding of a narrow dtype."""

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
        with np.errstate(over="ignore", invalid="ignore"):  # of a network that has diverged
            second = np.mean(values.reshape(len(values), -1) ** 2, axis=1)
            return cls(float(values.mean()), float(values.var()), second)

    @property
    def second(self) -> float:
        """The second moment."""
        return self.variance + self.mean**2

    @classmethod
    def together(cls, several: list[Moments]) -> Moments:
        """Return the moments over several tensors of one size, of the same examples."""
        if len(several) == 1:
            return several[0]
        mean = float(np.mean([moments.mean for moments in several]))
        second = float(np.mean([moments.second for moments in several]))
        return cls(
            mean, second - mean**2, np.mean([moments.by_example for moments in several], axis=0)
        )


@dataclass(frozen=True)
class Words:
    """What a framework calls what its users are advised to do."""

    standardize: str
    no_padding: str
    draw: str = ""
    """Another way than to tell a SELU of the weights."""


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

    words: Words

    sources: list[Step] = field(default_factory=list)
    """The steps that made its inputs; none if that is not known."""

    input: Moments | None = None
    output: Moments | None = None
    function: str = ""
    """Of an activation: SELU, or another name."""

    units: int = 1
    """The width of a layer with weights, of a convolution the number of channels."""

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

    uncertainty: tuple[float, float] = (0.0, 0.0)
    """Standard errors where it is measured: of tau, relatively, and of the biases' variance."""

    held: Iid | None = None
    """The same of the weights as they are now."""

    flaw: str = ""
    """Why the weights have no model."""

    initializer: str = ""
    inside: float = 1.0
    """Share of a kernel's taps within the input."""

    rate: float = 0.0
    """Of a dropout."""

    def is_changed_since(self, origin: Step) -> bool:
        """Say whether the steps between have changed the second moment of what an origin gave."""
        if self.input is None or origin.output is None:
            return True
        return not math.isclose(self.input.second, origin.output.second, rel_tol=ROUNDED)

    def origin(self) -> Step | None:
        """Return the nearest step before that is no mere passage, if it is known."""
        step = self
        while len(step.sources) == 1:
            (step,) = step.sources
            if step.kind not in PASSED:
                return step
        return None


def predict(steps: list[Step]) -> None:
    """Put into the SELUs what their outputs' moments should be.

    Each example has a second moment of its own at the input, which the map of second moments takes
    from SELU to SELU, for weights as these assume them. How far layers of finite width are from
    that is :func:`selu_sym.propagate`'s deviation, at the smallest width up to there.
    """
    longest = sum(step.kind == "selu" for step in steps)

    @functools.cache
    def bands(p: SeluParameters[float], units: int) -> Propagation:
        return propagate(p, longest, width=units)

    for selu in steps:
        weights = selu.origin()
        if weights is None or weights.kind != "weights" or weights.input is None:
            continue
        model = None if selu.p is None else assumed(selu.p)
        if selu.p is None or selu.kind != "selu" or model is None:
            continue
        origin = weights.origin()
        start = None if origin is None or weights.is_changed_since(origin) else origin.predicted
        second = weights.input.by_example if start is None else start.by_example
        units = weights.units if start is None else min(start.units, weights.units)
        depth = 1 if start is None else start.depth + 1
        if not np.all(np.isfinite(second)):
            continue
        mean, variance = moment_map(0.0, np.maximum(second, LEAST), selu.p, weights=model)
        outputs = np.asarray(variance + mean**2)
        average = float(np.mean(mean))
        band = bands(selu.p, units)
        assert band.mean_deviation is not None
        assert band.variance_deviation is not None
        deviations = float(band.mean_deviation[depth]), float(band.variance_deviation[depth])
        selu.predicted = Prediction(
            (average, float(outputs.mean()) - average**2), deviations, outputs, depth, units
        )


def assumed(p: SeluParameters[float]) -> Iid | None:
    """Return the independent weights that a SELU assumes, None if it assumes others."""
    weights = weight_models.checked(p.weights)
    fixed = weight_models.sums(weights)
    if fixed is None:
        return weight_models.independent(weights)
    return Iid(fixed[1]) if p.mean == 0 else None


class Recorder:
    """Collects steps in the order of calls, and knows tensors by their identity."""

    def __init__(self, words: Words, to_numpy: Callable[[Any], FloatArray]) -> None:
        self.to_numpy = to_numpy
        self.network_input = Step("input", "input", "the input", words)
        self.steps = [self.network_input]
        self.outputs: dict[Step, list[Any]] = {}
        self._moments: dict[Step, tuple[list[Moments], list[Moments]]] = {}
        self._makers: dict[int, Step] = {}
        self._kept: list[tuple[Any, Step]] = []  # alive: an identity must not come again

    def add(self, step: Step, inputs: list[Any], output: Any) -> None:
        """Take a step, or one that came before again, as in the loop of a recurrent layer."""
        if step not in self.outputs:
            self.steps.append(step)
            self.outputs[step], self._moments[step] = [], ([], [])
            makers = map(self._maker, inputs)
            step.sources = [maker for maker in makers if maker is not None]
        taken, given = self._moments[step]
        taken += [Moments.of(self.to_numpy(tensor)) for tensor in inputs[:1]]
        values = self.to_numpy(output)
        given.append(Moments.of(values))
        if step.kind == "selu" and step.p is not None:
            share = float(np.mean(values < SATURATED * step.p.saturation))
            step.saturated += (share - step.saturated) / len(given)
        self.outputs[step].append(output)
        self.know(output, step)

    def know(self, tensor: Any, step: Step) -> None:
        """Remember which step made a tensor; one that hands on its input made it, too."""
        self._makers[id(tensor)] = step
        self._kept.append((tensor, step))

    def _maker(self, tensor: Any) -> Step | None:
        """Return the step that made a tensor, or what it was cast from, between two precisions."""
        maker: Step | None = self._makers.get(id(tensor))
        if maker is not None:
            return maker
        step: Step
        for other, step in reversed(self._kept):
            if other.shape == tensor.shape and other.dtype != tensor.dtype:
                numbers = self.to_numpy(other), self.to_numpy(tensor)
                if np.allclose(*numbers, rtol=ROUNDED, atol=ROUNDED, equal_nan=True):
                    return step
        return None

    def activations(self) -> list[Step]:
        """Return the steps of activations."""
        return [step for step in self.steps if step.kind in ("selu", "activation")]

    def differentiate(
        self, gradients_by: Callable[[list[Any]], Iterable[Any]], losses: list[Any]
    ) -> None:
        """Put the squared norms of the gradients by the activations into the steps."""
        if not losses:
            return
        owners = [(step, y) for step in self.activations() for y in self.outputs[step]]
        gradients = gradients_by([y for _, y in owners]) if owners else []
        for step in self.activations():
            step.gradient = 0.0
        for (step, _), gradient in zip(owners, gradients, strict=True):
            if gradient is not None:
                step.gradient += float(np.sum(self.to_numpy(gradient) ** 2))

    def finish(self) -> None:
        """Put the moments, and what is predicted of them, into the steps."""
        for step, (taken, given) in self._moments.items():
            step.input = Moments.together(taken) if taken else None
            step.output = Moments.together(given)
        predict(self.steps)


def probes() -> np.random.Generator:
    """Return what draws the random linear functions of outputs, which are differentiated."""
    return np.random.default_rng(0)


def evenly_spaced(total: int, count: int) -> npt.NDArray[np.int64]:
    """Return the places of at most so many examples of a total."""
    return np.linspace(0, total - 1, min(total, count)).astype(np.int64)


def share_inside(taps: Iterable[tuple[int, int, int, int, int, int]]) -> float:
    """Return the share of a kernel's taps that lie within its input: the rest meet zeros.

    For each dimension: the size of the input, the kernel's size, stride and dilation, the zeros
    before, and the size of the output.
    """
    shares = []
    for size, kernel, stride, dilation, before, outputs in taps:
        places = np.arange(outputs)[:, None] * stride - before + np.arange(kernel) * dilation
        shares.append(np.mean((places >= 0) & (places < size)))
    return float(np.prod(shares))
