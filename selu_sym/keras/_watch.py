"""The steps of a Keras model: while it is called, each call of a layer is recorded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import keras
import numpy as np

from selu_sym._observe.functions import recognized, sample_step
from selu_sym._observe.moments import Moments
from selu_sym._observe.steps import (
    SATURATED_SHARE,
    FixedPoint,
    Kind,
    Recorder,
    Seen,
    Step,
    fixed_point,
)
from selu_sym._observe.threads import in_this_thread
from selu_sym._parameters import paper
from selu_sym._selu import SeluParameters
from selu_sym.keras import _watch_kinds as kinds
from selu_sym.keras import _weights
from selu_sym.keras._backends import Tape
from selu_sym.keras._ops import backend
from selu_sym.keras._watch_kinds import WORDS, Operation, Tensor


@dataclass
class _Call:
    """A call of a layer that has begun and not ended."""

    layer: Operation
    inputs: list[Tensor]
    recorded_before: int
    weights: Step | None = None
    activation: Step | None = None
    probed: bool = False
    """Whether a recurrent layer has called its step once to learn the shapes of its outputs.

    It does so before its loop, on all backends but JAX.
    """


class Watch:
    """Calls a model, and records the calls of its layers as steps."""

    def __init__(self, training: bool = False) -> None:
        self.recorder: Recorder[Tensor] = Recorder(WORDS, _weights.to_numpy, _measure)
        self.bytes = 0
        """How much memory the outputs of the steps took in the last batch."""

        self.computed: set[int] = set()
        """Layers whose weights are computed from others, by identity."""

        self._training = training
        self._several = True
        self._calls: list[_Call] = []
        self._in_function = False
        self._recorded = 0
        self._names: dict[str, int] = {}
        self._tape: Tape | None = None
        self._marked: list[Step] = []

    def run(self, model: keras.Model, inputs: object, random: np.random.Generator) -> None:
        """Call the model with a batch, and record its steps with moments and gradients."""
        self._several = keras.tree.flatten(inputs)[0].shape[0] != 1
        self.bytes, self._calls, self._in_function, self._marked = 0, [], False, []
        with backend.recording() as tape:
            self._tape = tape
            losses = self._called(model, inputs, random)
        self._tape = None
        if tape is not None and losses and self._marked:
            self.recorder.forget()  # gradients need no more of the tensors than the tape keeps
            for step, norm in zip(self._marked, tape.squared_norms(losses), strict=True):
                self.recorder.add_gradient(step, norm)
        self.recorder.end_batch()

    def _called(
        self, model: keras.Model, inputs: object, random: np.random.Generator
    ) -> list[Tensor]:
        """Call the model, and return a random linear function of each output."""
        with ExitStack() as stack:
            for owner, name, watched in self._replacements(model):
                here = in_this_thread(watched, getattr(owner, name))
                stack.enter_context(_replaced(owner, name, here))
            for tensor in _tensors(inputs):
                self.recorder.know_input(tensor)
            outputs = _tensors(model(inputs, training=self._training))
        return [
            keras.ops.sum(
                keras.ops.cast(output, "float32")
                * keras.ops.convert_to_tensor(random.standard_normal(output.shape), "float32")
            )
            for output in outputs
            if keras.backend.is_float_dtype(keras.backend.standardize_dtype(output.dtype))
        ]

    def _replacements(
        self, model: keras.Model
    ) -> Iterator[tuple[object, str, Callable[..., object]]]:
        """Yield layers and modules with names of their attributes, and what replaces these.

        The cells of recurrent layers are called in loops. Of them, only the SELU is recorded.
        """
        layers = model._flatten_layers()
        recurrent = [layer for layer in layers if isinstance(layer, keras.layers.RNN)]
        inside = {id(part) for layer in recurrent for part in layer.cell._flatten_layers()}
        for layer in layers:
            in_cell = id(layer) in inside
            if not in_cell or fixed_point(layer) is not None:
                yield layer, "call", self._watched(layer)
            if kinds.has_function(layer) and (
                not in_cell or isinstance(layer, keras.layers.SimpleRNNCell)
            ):
                yield layer, "activation", self._watched_function(layer, layer.activation)
            for operation in getattr(layer, "operations", ()):
                if isinstance(operation, keras.Operation) and not isinstance(
                    operation, keras.layers.Layer
                ):
                    yield operation, "call", self._watched(operation)
        for module, name in kinds.activation_functions():
            yield module, name, self._watched_code(name, getattr(module, name))

    def _watched(self, layer: Operation) -> Callable[..., object]:
        """Return the layer's ``call`` in a form that records it."""
        original = layer.call
        normalizes = isinstance(layer, keras.layers.BatchNormalization)

        @functools.wraps(original)
        def call(*args: object, **kwargs: object) -> object:
            inputs = _tensors((args, kwargs))
            if not all(map(_has_values, inputs)):
                self._not_seen(layer, "which is compiled")
                return original(*args, **kwargs)
            if not self._calls:
                for tensor in inputs:
                    self.recorder.know_input(tensor)
            begun = _Call(layer, inputs, self._recorded)
            if normalizes and self._several:
                # statistics that it has learned are not yet right before training
                kwargs["training"] = True
            self._calls.append(begun)
            try:
                output = original(*args, **kwargs)
            finally:
                self._calls.pop()
            for tensor in _tensors(output)[:1]:
                if not self.recorder.skips(inputs, tensor):
                    output = _with(output, tensor, self._take(begun, tensor))
            return output

        return call

    def _not_seen(self, layer: Operation, why: str) -> None:
        """Remember a layer whose activations are not seen."""
        words = f"{type(layer).__name__} {layer.name!r}, {why}"
        if words not in self.recorder.not_seen:
            self.recorder.not_seen.append(words)

    def _watched_function(
        self, layer: keras.layers.Layer, function: Callable[..., object]
    ) -> Callable[..., object]:
        """Return a layer's activation function in a form that records it."""
        p = paper() if kinds.is_paper_selu(function) else None
        name = getattr(function, "__name__", type(function).__name__) if p is None else "SELU"

        @functools.wraps(function)
        def activation(*args: object, **kwargs: object) -> object:
            y = self._silently(function, args, kwargs)
            x = _tensors((args, kwargs))
            if len(x) == len(_tensors([y])) == 1 and keras.ops.is_tensor(y) and _has_values(y):
                y = self._activate(layer, name, p, x[0], y)
            return y

        return activation

    def _watched_code(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        """Return an activation that code of users' own may call in a form that records it."""

        @functools.wraps(function)
        def activation(*args: object, **kwargs: object) -> object:
            if self._in_function or not self._calls or self._is_known(self._calls[-1].layer):
                return function(*args, **kwargs)
            y = self._silently(function, args, kwargs)
            x = _tensors((args, kwargs))
            if len(x) == 1 and keras.ops.is_tensor(y) and _has_values(y):
                p = paper() if name == "selu" else None
                function_name = name if p is None else "SELU"
                y = self._activate(self._calls[-1].layer, function_name, p, x[0], y, in_code=True)
            return y

        return activation

    def _silently(
        self, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> object:
        """Call a function whose own calls of activations are not recorded."""
        before, self._in_function = self._in_function, True
        try:
            return function(*args, **kwargs)
        finally:
            self._in_function = before

    @staticmethod
    def _is_known(layer: Operation) -> bool:
        """Return whether a layer is one step, whatever functions it calls."""
        known = kinds.kind_of(layer) not in ("other", "passthrough")
        timed = isinstance(layer, keras.layers.TimeDistributed)
        return bool(_weights.kernels(layer)) or bool(kinds.within(layer)) or known or timed

    def _take(self, call: _Call, output: Tensor) -> Tensor:
        """Record a call that has ended, and return its output."""
        layer = call.layer
        self._name_unseen(layer)
        if _weights.kernels(layer):
            if call.activation is not None:
                self.recorder.know(output, call.activation)
            else:
                self._add_weights(layer, call, output)
            return output
        p = fixed_point(layer)
        kind = kinds.kind_of(layer)
        if kind == "selu" and p is not None:
            return self._activate(layer, _name_of(p), p, call.inputs[0], output)
        if self._recorded > call.recorded_before or not call.inputs:
            return output  # the layers in it have been recorded
        if kinds.is_paper_selu(getattr(layer, "function", None)) or type(layer).__name__ == "Selu":
            return self._activate(layer, "SELU", paper(), call.inputs[0], output)
        if kind == "activation":
            return self._activate(layer, type(layer).__name__, None, call.inputs[0], output)
        if isinstance(layer, keras.layers.TimeDistributed):
            self._not_seen(layer, "which computes activations within")
        makers = [id(self.recorder.seen(tensor).maker) for tensor in call.inputs]
        step = self.recorder.step((id(layer), *makers), lambda: kinds.plain_step(kind, layer))
        self._add(step, call.inputs, output)
        return output

    def _name_unseen(self, layer: Operation) -> None:
        """Remember what a layer computes unseen, and weights that are not read."""
        if any(kinds.within(call.layer) for call in self._calls):
            return  # the layer around it is named
        inner = kinds.within(layer)
        if inner:
            self._not_seen(layer, f"which computes {inner} within, and whose weights are not read")
        elif kinds.has_unread_weights(layer):
            self._not_seen(layer, "whose weights are not read")

    def _add_weights(self, layer: keras.layers.Layer, call: _Call, output: Tensor) -> Step:
        """Record a call of a layer with weights, by its output before the activation."""
        seen = [self.recorder.seen(tensor) for tensor in call.inputs]
        step = self.recorder.step(
            (id(layer), "weights"), lambda: kinds.weights_step(layer, call.inputs[0], output), seen
        )
        if id(layer) in self.computed:
            step.words = replace(step.words, draw="", scaled="")
        self._add(step, call.inputs, output, seen)
        return step

    def _add(
        self, step: Step, inputs: list[Tensor], output: Tensor, seen: list[Seen] | None = None
    ) -> Moments:
        self._recorded += 1
        self.bytes += int(np.prod(output.shape)) * 4
        return self.recorder.add(step, inputs, output, seen)

    def _activate(
        self,
        layer: Operation,
        function: str,
        p: FixedPoint | None,
        x: Tensor,
        y: Tensor,
        *,
        in_code: bool = False,
    ) -> Tensor:
        """Record an activation, and before it the weights of the layer that it belongs to.

        Return its output, to be used in place of y.
        """
        if self.recorder.skips([x], y):
            return y
        outer = self._calls[-1] if self._calls else None
        owned = outer is not None and bool(_weights.kernels(outer.layer))
        holder = outer.layer if outer is not None and owned else layer
        if outer is not None and owned:
            in_loop = isinstance(holder, keras.layers.RNN) and not holder.unroll
            if in_loop and not outer.probed:
                outer.probed = True
                return y
            if outer.weights is None:
                outer.weights = self._add_weights(holder, outer, x)
        before = outer.weights if outer is not None and owned else self.recorder.seen(x).maker
        key = (id(holder), function, "activation", id(before))

        def make() -> Step:
            name = holder.name
            if in_code:
                name = f"{name}.{function}"
                self._names[name] = self._names.get(name, 0) + 1
                name += f"_{self._names[name]}" if self._names[name] > 1 else ""
            label = f"{function} {'of ' if owned else ''}{name!r}"
            kind: Kind = "activation" if p is None else "selu"
            kind = "other" if function in kinds.MIXING else kind
            step = Step(kind, name, label, WORDS)
            step.function, step.p, step.param = function, p, kinds.parameter_of(layer)
            return step

        step = self.recorder.step(key, make)
        if outer is not None and owned:
            outer.activation = step
        floating = keras.backend.is_float_dtype(keras.backend.standardize_dtype(y.dtype))
        if self._tape is not None and floating and step.kind != "other":
            y = self._tape.through(y)
            self._marked.append(step)
        given = self._add(step, [x], y)
        values = keras.ops.convert_to_numpy(y)
        if isinstance(p, SeluParameters):
            limit = SATURATED_SHARE * p.saturation
            self.recorder.saturation(step, int(np.count_nonzero(values < limit)), values.size)
        elif given.finite:
            seen, made = _sample(keras.ops.convert_to_numpy(x)), _sample(values)
            if step.known is None and seen.shape == made.shape:
                step.known = recognized(function, seen, made, step.param)
            if step.known is not None:
                self.recorder.saturation(step, step.known.flat_count(seen), len(seen))
        return y


def _name_of(p: FixedPoint) -> str:
    """Return the name of an activation with a fixed point."""
    return "SELU" if isinstance(p, SeluParameters) else str(p.activation)


def _measure(tensor: Tensor) -> Moments:
    """Return the moments of a tensor, without a copy in float64."""
    return Moments.of(np.asarray(keras.ops.convert_to_numpy(tensor)))


def _sample(values: np.ndarray) -> np.ndarray:
    """Return some of an array's numbers, evenly spaced."""
    flat = values.reshape(-1)
    return np.asarray(flat[:: sample_step(len(flat))], np.float64)


@contextmanager
def _replaced(layer: object, name: str, value: object) -> Iterator[None]:
    """Replace an attribute in such a way that Keras does not track it, and restore it."""
    own = vars(layer)
    missing = object()
    before = own.get(name, missing)
    object.__setattr__(layer, name, value)
    try:
        yield
    finally:
        if before is missing:
            object.__delattr__(layer, name)
        else:
            object.__setattr__(layer, name, before)


def _with(nest: object, tensor: Tensor, other: Tensor) -> object:
    """Return a nest with another tensor in place of one."""
    return keras.tree.map_structure(lambda part: other if part is tensor else part, nest)


def _tensors(nest: object) -> list[Tensor]:
    """Return the tensors in a nest that hold numbers and have at least one dimension."""
    tensors = [part for part in keras.tree.flatten(nest) if keras.ops.is_tensor(part)]
    return [tensor for tensor in tensors if len(tensor.shape) and _is_numeric(tensor)]


def _is_numeric(tensor: Tensor) -> bool:
    """Return whether a tensor holds no strings."""
    return str(keras.backend.standardize_dtype(tensor.dtype)) != "string"


def _has_values(tensor: Tensor) -> bool:
    """Return whether a tensor has values, unlike a symbol in a graph or a tracer."""
    return not type(tensor).__name__.endswith(("KerasTensor", "SymbolicTensor", "Tracer"))
