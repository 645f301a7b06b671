"""Steps: what each layer of a network, of any framework, did with some examples.

A framework's observer calls the network, and has a :class:`Recorder` write down each call of a
layer as a :class:`Step`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

import numpy as np

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
    "passthrough",
    "other",
]
"""What a layer does to the moments of its input. A ``passthrough`` reshapes it or adds little."""

NOT_ORIGINS = ("passthrough", "dropout", "alpha dropout")
"""Steps that :meth:`Step.origin` skips. Dropout does nothing while a network is observed."""

NARROW_ROUNDING = 1e-2
"""Relative difference of equal numbers that are rounded to a narrow dtype."""

TINY_SECOND_MOMENT = 1e-30
"""Stands for the second moment of an example that is all zeros."""

SATURATED_SHARE = 0.99
"""Share of the saturation value beyond which a unit counts as saturated."""


class AnyTensor(Protocol):
    """A tensor of any framework."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> object: ...


Tensor = TypeVar("Tensor", bound=AnyTensor)


@dataclass(frozen=True)
class Moments:
    """Moments of a tensor over all its numbers, and over those of each example."""

    mean: float
    variance: float
    by_example: FloatArray
    """The second moment of each example."""

    @classmethod
    def of(cls, values: FloatArray) -> Moments:
        """Return the moments of an array whose first axis is that of examples."""
        with np.errstate(over="ignore", invalid="ignore"):  # of a network that has diverged
            second = np.mean(values.reshape(len(values), -1) ** 2, axis=1)
            return cls(float(values.mean()), float(values.var()), second)

    @property
    def second(self) -> float:
        """The second moment, E[x^2]."""
        return self.variance + self.mean**2

    @classmethod
    def together(cls, several: list[Moments]) -> Moments:
        """Return the moments over several tensors of one shape, made of the same examples."""
        if len(several) == 1:
            return several[0]
        mean = float(np.mean([moments.mean for moments in several]))
        second = float(np.mean([moments.second for moments in several]))
        return cls(
            mean, second - mean**2, np.mean([moments.by_example for moments in several], axis=0)
        )


@dataclass(frozen=True)
class Words:
    """How to do in a framework what findings advise."""

    standardize: str
    no_padding: str
    draw: str = ""
    """Draw other weights, in place of giving the SELU the weight model of those that it has."""


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
    """A layer and what it made of its input."""

    kind: Kind
    name: str
    label: str
    """The layer's class and name, by which findings call it."""

    words: Words

    sources: list[Step] = field(default_factory=list)
    """The steps that made its inputs; empty if they are not known."""

    input: Moments | None = None
    output: Moments | None = None
    function: str = ""
    """The name of an activation, SELU or another."""

    units: int = 1
    """The width of a layer with weights, of a convolution the number of channels."""

    p: SeluParameters[float] | None = None
    """The parameters of a SELU or of alpha dropout."""

    predicted: Prediction | None = None
    """The prediction for a SELU after layers whose weights are known."""

    saturated: float = 0.0
    """Share of a SELU's outputs that are close to the saturation value."""

    gradient: float = float("nan")
    """Squared norm of the gradient with respect to the output."""

    model: Iid | None = None
    """The model of what the weights are drawn from."""

    uncertainty: tuple[float, float] = (0.0, 0.0)
    """Standard errors of a model that is measured: the relative one of tau, and that of the
    variance of biases."""

    held: Iid | None = None
    """The model of the weights as they are now."""

    flaw: str = ""
    """Why the weights have no model."""

    initializer: str = ""
    inside: float = 1.0
    """Share of a kernel's taps within the input."""

    rate: float = 0.0
    """The rate of a dropout."""

    def is_changed_since(self, origin: Step) -> bool:
        """Return whether the steps in between changed the second moment of the origin's output."""
        if self.input is None or origin.output is None:
            return True
        return not math.isclose(self.input.second, origin.output.second, rel_tol=NARROW_ROUNDING)

    def origin(self) -> Step | None:
        """Return the nearest earlier step that changes moments, or None if it is not known."""
        step = self
        while len(step.sources) == 1:
            (step,) = step.sources
            if step.kind not in NOT_ORIGINS:
                return step
        return None


def predict(steps: list[Step]) -> None:
    """Set ``predicted`` of the SELUs.

    Each example has a second moment of its own at the input. The map of second moments takes it
    from SELU to SELU, for the weights that these assume. Layers of finite width deviate from that
    by the deviation of :func:`selu_sym.propagate` at the smallest width up to the SELU.
    """
    longest = sum(step.kind == "selu" for step in steps)

    @functools.cache
    def bands(p: SeluParameters[float], units: int) -> Propagation:
        return propagate(replace(p, weights=assumed(p)), longest, width=units)

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
        mean, variance = moment_map(
            0.0, np.maximum(second, TINY_SECOND_MOMENT), selu.p, weights=model
        )
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
    """Return the model of independent weights that a SELU assumes, or None if it assumes others."""
    weights = weight_models.checked(p.weights)
    fixed = weight_models.sums(weights)
    if fixed is None:
        return weight_models.independent(weights)
    return Iid(fixed[1]) if p.mean == 0 else None


class Recorder(Generic[Tensor]):
    """Collects steps in the order of calls. It knows tensors by their identity."""

    def __init__(self, words: Words, to_numpy: Callable[[Tensor], FloatArray]) -> None:
        self.to_numpy = to_numpy
        self.network_input = Step("input", "input", "the input", words)
        self.steps = [self.network_input]
        self.outputs: dict[Step, list[Tensor]] = {}
        self._moments: dict[Step, tuple[list[Moments], list[Moments]]] = {}
        self._makers: dict[int, Step] = {}
        # tensors are kept alive, so that no other one has the identity of one of them
        self._kept: list[tuple[Tensor, Step]] = []

    def add(self, step: Step, inputs: list[Tensor], output: Tensor) -> None:
        """Record a call of a step. The loop of a recurrent layer calls the same step again."""
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
            share = float(np.mean(values < SATURATED_SHARE * step.p.saturation))
            step.saturated += (share - step.saturated) / len(given)
        self.outputs[step].append(output)
        self.know(output, step)

    def know(self, tensor: Tensor, step: Step) -> None:
        """Remember which step made a tensor; the last one, if several handed it on."""
        self._makers[id(tensor)] = step
        self._kept.append((tensor, step))

    def _maker(self, tensor: Tensor) -> Step | None:
        """Return the step that made a tensor, or the one of another dtype that it was cast from."""
        maker = self._makers.get(id(tensor))
        if maker is not None:
            return maker
        for other, step in reversed(self._kept):
            if other.shape == tensor.shape and other.dtype != tensor.dtype:
                numbers = self.to_numpy(other), self.to_numpy(tensor)
                if np.allclose(
                    *numbers, rtol=NARROW_ROUNDING, atol=NARROW_ROUNDING, equal_nan=True
                ):
                    return step
        return None

    def activations(self) -> list[Step]:
        """Return the steps of activations."""
        return [step for step in self.steps if step.kind in ("selu", "activation")]

    def differentiate(
        self, gradients_of: Callable[[list[Tensor]], Iterable[Tensor | None]]
    ) -> None:
        """Set ``gradient`` of the activations, given a function that differentiates by tensors."""
        owners = [(step, y) for step in self.activations() for y in self.outputs[step]]
        gradients = gradients_of([y for _, y in owners]) if owners else []
        for step in self.activations():
            step.gradient = 0.0
        for (step, _), gradient in zip(owners, gradients, strict=True):
            if gradient is not None:
                step.gradient += float(np.sum(self.to_numpy(gradient) ** 2))

    def finish(self) -> None:
        """Set the moments of the steps, and their predictions."""
        for step, (taken, given) in self._moments.items():
            step.input = Moments.together(taken) if taken else None
            step.output = Moments.together(given)
        predict(self.steps)


def probes() -> np.random.Generator:
    """Return the generator of the random linear functions of outputs that are differentiated."""
    return np.random.default_rng(0)


class Taps(NamedTuple):
    """A convolution along one dimension."""

    size: int
    """The size of the input, without padding."""

    kernel: int
    stride: int
    dilation: int
    before: int
    """The number of zeros before the input."""

    outputs: int
    """The size of the output."""


def share_inside(dimensions: Iterable[Taps]) -> float:
    """Return the share of a kernel's taps that lie within its input, and not on padding."""
    shares = []
    for d in dimensions:
        places = np.arange(d.outputs)[:, None] * d.stride - d.before
        places = places + np.arange(d.kernel) * d.dilation
        shares.append(np.mean((places >= 0) & (places < d.size)))
    return float(np.prod(shares))
