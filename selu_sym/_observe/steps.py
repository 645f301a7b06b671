"""Steps: what each layer of a network, of any framework, did with some examples.

A framework's observer calls the network, and has a :class:`Recorder` write down each call of a
layer as a :class:`Step`.
"""

from __future__ import annotations

import itertools
import math
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np

from selu_sym._numeric.catalogue import Param
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym._observe.functions import Function
from selu_sym._observe.moments import Moments
from selu_sym._selu import SeluParameters
from selu_sym._transformed import TransformedActivation

Kind = Literal[
    "input",
    "weights",
    "selu",
    "activation",
    "dropout",
    "alpha dropout",
    "sum",
    "pooling",
    "padding",
    "normalization",
    "join",
    "passthrough",
    "other",
]
"""What a layer does to the moments of its input. A ``passthrough`` reshapes it or adds little, a
``join`` puts several side by side, and ``selu`` is every activation that has a fixed point."""

NOT_ORIGINS = ("passthrough", "dropout", "alpha dropout")
"""Steps that :meth:`Step.origin` skips."""

ACTIVATIONS = ("selu", "activation")
"""Steps that compute an activation."""

NARROW_ROUNDING = 1e-2
"""Relative difference of equal numbers that are rounded to a narrow dtype."""

SATURATED_SHARE = 0.99
"""Share of the saturation value beyond which a unit of a SELU counts as saturated."""

FixedPoint: TypeAlias = "SeluParameters[float] | TransformedActivation[float]"
"""An activation with a fixed point."""


def fixed_point(layer: object) -> FixedPoint | None:
    """Return the fixed point of a layer of this package, None of others."""
    p = getattr(layer, "fixed_point", None)
    return p if isinstance(p, SeluParameters | TransformedActivation) else None


class AnyTensor(Protocol):
    """A tensor of any framework."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> object: ...


Tensor = TypeVar("Tensor", bound=AnyTensor)


@dataclass(frozen=True)
class Words:
    """How to do in a framework what findings advise."""

    standardize: str
    no_padding: str
    """Lose nothing at the border; empty if a layer cannot."""

    draw: str = ""
    """Draw other weights, in place of giving the SELU the weight model of those that it has."""

    of_selu: str = ""
    """Whose argument the weight model is, where the framework's own SELU has none."""

    initializer: str = ""
    """What draws weights of a given tau, in ``draw``."""

    he: str = "weights of variance 2/n, n inputs a unit"
    """Draw He's weights."""

    scaled: str = "weights of variance {tau}/n, n inputs a unit"
    """Draw weights of a given tau."""

    transformed: str = "{q}"
    """Use an activation with scale and shift."""

    zero_biases: str = "set its biases to 0"

    scaled_outputs: str = "{factor} times the outputs of these layers"
    """Scale layers whose weights cannot be drawn, because they are computed from others."""

    border: str = "pads with zeros, and so loses {share:.0%} of tau at the border"
    """What happens at the border of a convolution."""


@dataclass(frozen=True)
class Prediction:
    """Moments of an activation's output that follow from the network's input, by ``predict``."""

    moments: tuple[float, float]
    """Mean and variance."""

    deviations: tuple[float, float]
    """Their standard deviations in layers of finite width."""

    by_example: FloatArray
    """The second moment of each example."""

    depth: int
    """Number of activations from the input to here."""

    units: int
    """The smallest width up to here."""

    gain: float = math.nan
    """By how much the second moment of the gradient is multiplied, going back through it."""

    second_deviation: float = 0.0
    """Standard deviation of the second moment."""

    log_gain_variance: float = 0.0
    """Of an activation with a fixed point: variance of the logarithm of its gain, in layers of
    finite width."""


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

    unknown_sources: bool = False
    """Whether something made of the examples came in that no known step made."""

    mixes_calls: bool = False
    """Whether it is not known which of its calls come after others, and which beside them."""

    input: Moments | None = None
    output: Moments | None = None
    calls: int = 1
    """How often it was called with one batch."""

    function: str = ""
    """The name of an activation, SELU or another."""

    param: Param = None
    """The parameter that an activation says it has."""

    known: Function | None = None
    """The activation, if its means can be computed."""

    units: int = 1
    """The width of a layer with weights, of a convolution the number of channels."""

    p: FixedPoint | None = None
    """The fixed point of an activation or of alpha dropout."""

    predicted: Prediction | None = None
    """The prediction for an activation after layers whose weights are known."""

    saturated: float = 0.0
    """Share of a SELU's outputs that are close to the saturation value; of other activations, of
    net inputs where they are flat."""

    gradient: float = float("nan")
    """Squared norm of the gradient with respect to the output."""

    model: Iid | None = None
    """The model of the weights: as they are now, if these are not what was drawn."""

    uncertainty: tuple[float, float] = (0.0, 0.0)
    """Standard errors of a model that is measured: the relative one of tau, and that of the
    variance of biases."""

    held: Iid | None = None
    """The model of the weights as they are now."""

    outputs_by_inputs: float = 1.0
    """How many products of weights an input takes part in, by how many a unit sums."""

    bias_mean: float = 0.0
    """The mean of the biases, where it differs from 0 by more than chance makes it."""

    flaw: str = ""
    """Why the weights have no model."""

    broken: str = ""
    """Which of the weights are NaN or infinite."""

    initializer: str = ""
    inside: float = 1.0
    """Share of a kernel's taps within the input."""

    tau_of_scale: float = 1.0
    """The tau of what an initializer of scale 1 draws, in the words of the framework."""

    rate: float = 0.0
    """The rate of a dropout."""

    constant_columns: int = 0
    """Of the network's input: how many numbers are the same in all of several examples."""

    is_constant: bool = False
    """Of the network's input: whether all of its numbers are."""

    def is_changed_since(self, origin: Step) -> bool:
        """Return whether the steps in between changed the second moment of the origin's output."""
        if self.input is None or origin.output is None:
            return True
        return not math.isclose(self.input.second, origin.output.second, rel_tol=NARROW_ROUNDING)

    @property
    def drops(self) -> bool:
        """Whether it is a dropout that changed its input, as in training."""
        if "dropout" not in self.kind or self.input is None or self.output is None:
            return False
        return not np.array_equal(self.input.by_example, self.output.by_example)

    def origin(self) -> Step | None:
        """Return the nearest earlier step that changes moments, or None if it is not known."""
        return next((step for step in self.line() if step.kind not in NOT_ORIGINS), None)

    def line(self) -> Iterable[Step]:
        """Yield the earlier steps, the nearest first, as long as each has a single input."""
        step = self
        while len(step.sources) == 1:
            (step,) = step.sources
            yield step

    @property
    def is_mixed(self) -> bool:
        """Whether it is an activation after a layer whose calls are not told apart."""
        return any(one.mixes_calls for one in self.between())

    def between(self) -> Iterator[Step]:
        """Yield the earlier steps up to an activation, as long as each has a single input."""
        return itertools.takewhile(lambda one: one.kind not in ACTIVATIONS, self.line())


class Seen(NamedTuple):
    """What is known of a tensor."""

    maker: Step | None
    moments: Moments | None


class Diverged(NamedTuple):
    """The first call whose output had a NaN or an infinity."""

    step: Step
    in_input: bool
    """Whether its input had one already, made by something that was not seen."""


class Recorder(Generic[Tensor]):
    """Collects steps in the order of calls. It knows tensors by identity and version.

    A step may be called again: with the next batch, or several times with one. A layer that is
    called on what it made itself is a step of its own each time, a layer of the network's depth.
    """

    def __init__(
        self,
        words: Words,
        to_numpy: Callable[[Tensor], FloatArray],
        measure: Callable[[Tensor], Moments] | None = None,
        version: Callable[[Tensor], int] = lambda tensor: 0,
    ) -> None:
        self.words = words
        self.to_numpy = to_numpy
        self._measure = measure or (lambda tensor: Moments.of(to_numpy(tensor)))
        self._version = version
        self.network_input = Step("input", "input", "the input", words)
        self.steps = [self.network_input]
        self.not_seen: list[str] = []
        """What makes activations that are not seen, and why."""

        self.diverged: Diverged | None = None
        self._batches: dict[Step, list[list[tuple[Moments | None, Moments]]]] = {}
        self._saturated: dict[Step, tuple[int, int]] = {}
        self._by_key: dict[tuple[Hashable, int], Step] = {}
        self._turns: dict[Step, tuple[Hashable, int]] = {}
        self._makers: dict[tuple[int, int], Seen] = {}
        self._known: list[tuple[weakref.ref[Tensor], Step]] = []
        self._latest: deque[Tensor] = deque(maxlen=2)  # which may be cast before the next call
        self._extremes: list[tuple[FloatArray, FloatArray]] = []

    def step(self, key: Hashable, make: Callable[[], Step], seen: Iterable[Seen] = ()) -> Step:
        """Return the step of a key, which is made at its first call.

        It is another one if what is `seen` of the call's inputs was made by the step itself.
        """
        turn = key, self._turn(key, seen)
        if turn not in self._by_key:
            self._by_key[turn] = make()
            self._turns[self._by_key[turn]] = turn
        return self._by_key[turn]

    def _turn(self, key: Hashable, seen: Iterable[Seen]) -> int:
        """Return how many steps of a key lie one after the other before a call."""
        first = self._by_key.get((key, 0))
        if first is None or not self._batches.get(first, [[]])[-1]:
            return 0  # this is the first call with this batch
        turn, known = 0, set[Step]()
        ahead = [one.maker for one in seen if one.maker is not None]
        while ahead:
            step = ahead.pop()
            if step in known:
                continue
            known.add(step)
            owner, before = self._turns.get(step, (None, 0))
            if owner == key:
                turn = max(turn, before + 1)
            else:
                ahead += step.sources
        return turn

    def add(
        self, step: Step, inputs: list[Tensor], output: Tensor, before: list[Seen] | None = None
    ) -> Moments:
        """Record a call of a step, and return the moments of its output.

        A call that may change its inputs must be told what was known of them before.
        """
        seen = [self.seen(tensor) for tensor in inputs] if before is None else before
        if step not in self._batches:
            self.steps.append(step)
            self._batches[step] = [[]]
            makers = [one.maker for one in seen if one.maker is not None]
            step.sources = list(dict.fromkeys(makers))
            step.unknown_sources = any(one.maker is None for one in seen)
        elif step.kind == "weights" and self._batches[step][-1] and seen[0].maker is None:
            # nobody knows whether this call comes after the others or beside them
            if not step.mixes_calls:
                self.not_seen.append(f"how the calls of {step.label} follow each other")
            step.sources, step.unknown_sources, step.mixes_calls = [], True, True
        taken = self._moments(seen[0], inputs[0]) if seen else None
        given = self._measure(output)
        self._batches[step][-1].append((taken, given))
        if self.diverged is None and not given.finite:
            self.diverged = Diverged(
                step, not all(one.moments.finite for one in seen if one.moments)
            )
        self.know(output, step, given)
        return given

    def skips(self, inputs: list[Tensor], output: Tensor, before: list[Seen] | None = None) -> bool:
        """Return whether a call has no examples, as of an expert that no token comes to.

        There is nothing to record. What it makes counts as its input.
        """
        if all(tensor.shape[0] for tensor in (*inputs[:1], output) if len(tensor.shape)):
            return False
        seen = [self.seen(tensor) for tensor in inputs] if before is None else before
        maker = next((one.maker for one in seen if one.maker is not None), None)
        if maker is not None:
            self.know(output, maker)
        return True

    def _moments(self, seen: Seen, tensor: Tensor) -> Moments:
        return seen.moments or self._measure(tensor)

    def know(self, tensor: Tensor, step: Step, moments: Moments | None = None) -> None:
        """Remember which step made a tensor; the last one, if several handed it on.

        It is not kept alive for long: when it goes, another one may have its identity.
        """
        key = id(tensor), self._version(tensor)
        self._makers[key] = Seen(step, moments)
        gone = weakref.ref(tensor, lambda _: self._makers.pop(key, None))
        self._known.append((gone, step))
        self._latest.append(tensor)

    def know_input(self, tensor: Tensor) -> None:
        """Remember that a tensor is one of the examples."""
        known = self._makers.get((id(tensor), self._version(tensor)))
        if known is not None:
            return
        moments = self._measure(tensor)
        self.know(tensor, self.network_input, moments)
        if self.diverged is None and not moments.finite:
            self.diverged = Diverged(self.network_input, in_input=False)
        if self.network_input not in self._batches:
            self._batches[self.network_input] = [[]]
        self._batches[self.network_input][-1].append((None, moments))
        rows = self.to_numpy(tensor).reshape(tensor.shape[0], -1)
        self._extremes.append((rows.min(axis=0), rows.max(axis=0)))

    def seen(self, tensor: Tensor) -> Seen:
        """Return what is known of a tensor, or of the one of another dtype it was cast from."""
        known = self._makers.get((id(tensor), self._version(tensor)))
        if known is not None:
            return known
        for alive, step in reversed(self._known):
            other = alive()
            if other is None:
                continue
            if other.shape == tensor.shape and other.dtype != tensor.dtype:
                numbers = self.to_numpy(other), self.to_numpy(tensor)
                if np.allclose(
                    *numbers, rtol=NARROW_ROUNDING, atol=NARROW_ROUNDING, equal_nan=True
                ):
                    return Seen(step, None)
        return Seen(None, None)

    def saturation(self, step: Step, saturated: int, units: int) -> None:
        """Count the units of an activation that are saturated."""
        before, total = self._saturated.get(step, (0, 0))
        self._saturated[step] = before + saturated, total + units
        step.saturated = (before + saturated) / max(total + units, 1)

    def activations(self) -> list[Step]:
        """Return the steps of activations."""
        return [step for step in self.steps if step.kind in ACTIVATIONS]

    def add_gradient(self, step: Step, squared_norm: float) -> None:
        """Add the squared norm of a gradient, if it is that of one layer."""
        if not step.is_mixed:
            step.gradient = squared_norm + (0.0 if math.isnan(step.gradient) else step.gradient)

    def forget(self) -> None:
        """Forget the tensors of a batch."""
        self._makers.clear()
        self._known.clear()
        self._latest.clear()

    def end_batch(self) -> None:
        """Forget the tensors of a batch, and expect those of another one."""
        self.forget()
        for batches in self._batches.values():
            batches.append([])

    def finish(self) -> None:
        """Set the moments of the steps."""
        for step, batches in self._batches.items():
            called = [batch for batch in batches if batch]
            step.calls = max(map(len, called))
            taken = [[one for one, _ in batch if one is not None] for batch in called]
            step.input = _over(batch for batch in taken if batch)
            step.output = _over([given for _, given in batch] for batch in called)
        if self._extremes and len({low.shape for low, _ in self._extremes}) == 1:
            low = np.min([low for low, _ in self._extremes], axis=0)
            high = np.max([high for _, high in self._extremes], axis=0)
            given = self.network_input.output
            if given is not None and len(given.by_example) > 1:
                self.network_input.constant_columns = int(np.sum(low == high))
                self.network_input.is_constant = bool(np.all(low == high))


def _over(batches: Iterable[list[Moments]]) -> Moments | None:
    """Return the moments over all calls and batches."""
    each = [Moments.together(batch) for batch in batches]
    return Moments.joined(each) if each else None
