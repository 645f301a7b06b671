"""The steps of a Keras model: while it is called, each call of a layer is recorded."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import keras
import numpy as np

from selu_sym._generated import numpy_kernels
from selu_sym._observe.steps import Kind, Recorder, Step, Words, probes
from selu_sym._parameters import SeluParameters, paper
from selu_sym.keras import _weights
from selu_sym.keras._layers import SELU, AlphaDropout
from selu_sym.keras._ops import BACKEND

NAMES: dict[Kind, tuple[str, ...]] = {
    "sum": ("Add", "Average", "Subtract"),
    "pooling": ("AveragePooling", "GlobalAveragePooling", "GlobalMaxPooling", "MaxPooling"),
    "normalization": (
        "BatchNormalization",
        "GroupNormalization",
        "LayerNormalization",
        "RMSNormalization",
        "UnitNormalization",
    ),
    "dropout": ("Dropout", "GaussianDropout", "SpatialDropout"),
    "alpha dropout": ("AlphaDropout",),
    "activation": (
        "Activation",
        "ELU",
        "Elu",
        "Gelu",
        "LeakyReLU",
        "LeakyRelu",
        "PReLU",
        "ReLU",
        "Relu",
        "Sigmoid",
        "Silu",
        "Softmax",
        "Softplus",
        "Tanh",
    ),
    "passthrough": (
        "ActivityRegularization",
        "Flatten",
        "GaussianNoise",
        "Identity",
        "Masking",
        "Normalization",
        "Permute",
        "RepeatVector",
        "Rescaling",
        "Reshape",
    ),
}
"""Names of Keras's layers and operations, without the number of their dimensions."""


def _without_dimensions(name: str) -> str:
    """Return the name of a layer without "2D" or the like at its end."""
    return re.sub(r"[1-3]D$", "", name)


KINDS: dict[type, Kind] = {
    getattr(keras.layers, layer): kind
    for kind, names in NAMES.items()
    for layer in dir(keras.layers)
    if _without_dimensions(layer) in names
}
"""Classes of layers. Those that users derive from them are of the same kind."""

WORDS = Words("standardize it, as with keras.layers.Normalization", "padding='valid'")

PROBE = (-2.0, -0.5, 0.0, 1.5)
"""A function is the paper's SELU if it has its values at these points."""

Tensor: TypeAlias = keras.KerasTensor
"""A tensor of the backend."""

Operation: TypeAlias = keras.Operation
"""A layer, or a function that is called in a Functional model."""


@dataclass
class _Call:
    """A call of a layer that has begun and not ended."""

    layer: Operation
    inputs: list[Tensor]
    steps_before: int
    weights: Step | None = None
    activation: Step | None = None
    probed: bool = False
    """Whether a recurrent layer has called its step once to learn the shapes of its outputs.

    It does so before its loop, on all backends but JAX.
    """


class _Tape(Protocol):
    """TensorFlow's gradient tape, by what is used of it."""

    def watch(self, tensor: Tensor) -> None: ...


class Watch:
    """Calls a model, and records the calls of its layers as steps."""

    def __init__(self) -> None:
        self.recorder: Recorder[Tensor] = Recorder(WORDS, _weights.to_numpy)
        self._calls: list[_Call] = []
        self._tape: _Tape | None = None

    def run(self, model: keras.Model, inputs: object) -> None:
        """Call the model as for predictions, and record its steps with moments and gradients."""
        stateful = [layer for layer in model._flatten_layers() if getattr(layer, "stateful", False)]
        states = _tensors([layer.states for layer in stateful if layer.states is not None])
        before = [(state, keras.ops.convert_to_numpy(state)) for state in states]
        try:
            self._run(model, inputs)
        finally:
            for state, value in before:
                state.assign(value)
        self.recorder.finish()

    def _run(self, model: keras.Model, inputs: object) -> None:
        """Call the model, and differentiate what it returns where the backend can."""
        if BACKEND == "tensorflow":
            import tensorflow as tf  # noqa: PLC0415 - on this backend alone

            with tf.GradientTape(watch_accessed_variables=False) as tape:
                self._tape = tape
                losses = self._called(model, inputs)
            if losses:
                self.recorder.differentiate(lambda outputs: tape.gradient(losses, outputs))
        elif BACKEND == "torch":
            import torch  # noqa: PLC0415 - on this backend alone

            with torch.enable_grad():
                losses = self._called(model, inputs)
                if losses:
                    self.recorder.differentiate(
                        lambda outputs: torch.autograd.grad(losses, outputs, allow_unused=True)
                    )
        else:
            self._called(model, inputs)

    def _called(self, model: keras.Model, inputs: object) -> list[Tensor]:
        """Call the model, and return a random linear function of each output."""
        with ExitStack() as stack:
            for layer, name, watched in self._replacements(model):
                stack.enter_context(_replaced(layer, name, watched))
            outputs = _tensors(model(inputs, training=False))
        random = probes()
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
    ) -> Iterator[tuple[Operation, str, Callable[..., object]]]:
        """Yield layers with names of their attributes and the functions that replace these.

        The cells of recurrent layers are called in loops. Of them, only the SELU is recorded.
        """
        layers = model._flatten_layers()
        recurrent = [layer for layer in layers if isinstance(layer, keras.layers.RNN)]
        inside = {id(part) for layer in recurrent for part in layer.cell._flatten_layers()}
        for layer in layers:
            in_cell = id(layer) in inside
            if not in_cell or isinstance(layer, SELU):
                yield layer, "call", self._watched(layer)
            if _has_function(layer) and (
                not in_cell or isinstance(layer, keras.layers.SimpleRNNCell)
            ):
                yield layer, "activation", self._watched_function(layer, layer.activation)
            for operation in getattr(layer, "operations", ()):
                if isinstance(operation, keras.Operation) and not isinstance(
                    operation, keras.layers.Layer
                ):
                    yield operation, "call", self._watched(operation)

    def _watched(self, layer: Operation) -> Callable[..., object]:
        """Return the layer's ``call`` in a form that records it."""
        original = layer.call

        @functools.wraps(original)
        def call(*args: object, **kwargs: object) -> object:
            inputs = _tensors((args, kwargs))
            if not all(map(_has_values, inputs)):
                return original(*args, **kwargs)
            if not self._calls:
                for tensor in inputs:
                    self.recorder.know(tensor, self.recorder.network_input)
            begun = _Call(layer, inputs, len(self.recorder.steps))
            self._calls.append(begun)
            try:
                output = original(*args, **kwargs)
            finally:
                self._calls.pop()
            for tensor in _tensors(output)[:1]:
                self._take(begun, tensor)
            return output

        return call

    def _watched_function(
        self, layer: keras.layers.Layer, function: Callable[..., object]
    ) -> Callable[..., object]:
        """Return a layer's activation function in a form that records it."""
        p = paper() if _is_paper_selu(function) else None
        name = getattr(function, "__name__", type(function).__name__) if p is None else "SELU"

        @functools.wraps(function)
        def activation(*args: object, **kwargs: object) -> object:
            y = function(*args, **kwargs)
            x = _tensors((args, kwargs))
            if len(x) == len(_tensors([y])) == 1 and keras.ops.is_tensor(y) and _has_values(y):
                self._activate(layer, name, p, x[0], y)
            return y

        return activation

    def _take(self, call: _Call, output: Tensor) -> None:
        """Record a call that has ended."""
        layer = call.layer
        if _weights.kernels(layer):
            if call.activation is not None:
                self.recorder.know(output, call.activation)
            else:
                step = _weights_step(layer, call.inputs[0], output)
                self.recorder.add(step, call.inputs, output)
        elif isinstance(layer, SELU):
            self._activate(layer, "SELU", layer.fixed_point, call.inputs[0], output)
        elif len(self.recorder.steps) > call.steps_before or not call.inputs:
            return  # the layers in it have been recorded
        elif _is_paper_selu(getattr(layer, "function", None)) or type(layer).__name__ == "Selu":
            self._activate(layer, "SELU", paper(), call.inputs[0], output)
        elif (kind := _kind(layer)) == "activation":
            self._activate(layer, type(layer).__name__, None, call.inputs[0], output)
        else:
            self.recorder.add(_step(kind, layer), call.inputs, output)

    def _activate(
        self,
        layer: Operation,
        function: str,
        p: SeluParameters[float] | None,
        x: Tensor,
        y: Tensor,
    ) -> None:
        """Record an activation, and before it the weights of the layer that it belongs to."""
        if self._tape is not None:
            self._tape.watch(y)
        elif BACKEND == "torch" and not y.requires_grad:
            y.requires_grad_()
        outer = self._calls[-1] if self._calls else None
        owned = outer is not None and bool(_weights.kernels(outer.layer))
        holder = outer.layer if outer is not None and owned else layer
        step = Step(
            "activation" if p is None else "selu",
            holder.name,
            f"{function} {'of ' if owned else ''}{holder.name!r}",
            WORDS,
            function=function,
            p=p,
        )
        if outer is not None and owned:
            in_loop = isinstance(holder, keras.layers.RNN) and not holder.unroll
            if in_loop and not outer.probed:
                outer.probed = True
                return
            if outer.weights is None:
                outer.weights = _weights_step(holder, outer.inputs[0], y)
                self.recorder.add(outer.weights, outer.inputs, x)
            outer.activation = step = outer.activation or step
        self.recorder.add(step, [x], y)


def _weights_step(layer: keras.layers.Layer, x: Tensor, y: Tensor) -> Step:
    """Return the step of a layer with weights that makes y from x."""
    step = _step("weights", layer)
    step.units = _units(layer, y)
    step.initializer = _weights.initializer_name(layer)
    step.inside = _weights.share_inside(layer, tuple(x.shape))
    try:
        step.model = _weights.drawn(layer)
        step.held = _weights.held(layer)
    except ValueError as error:
        step.flaw = str(error)
    return step


def _step(kind: Kind, layer: Operation) -> Step:
    """Return the step of a layer, without its weights and its function."""
    step = Step(kind, layer.name, f"{type(layer).__name__} {layer.name!r}", WORDS)
    if "dropout" in kind:
        step.rate = layer.rate
    if kind == "alpha dropout":
        own = layer.fixed_point if isinstance(layer, AlphaDropout) else None
        step.p = own if isinstance(own, SeluParameters) else paper()
    return step


def _kind(layer: Operation) -> Kind:
    """Return what a layer without weights does to the moments."""
    if isinstance(layer, AlphaDropout):
        return "alpha dropout" if isinstance(layer.fixed_point, SeluParameters) else "other"
    if isinstance(layer, keras.layers.Activation):
        return "passthrough"  # it is linear: any other function has been recorded by itself
    if isinstance(layer, keras.layers.Layer):
        return next((KINDS[c] for c in type(layer).__mro__ if c in KINDS), "other")
    name = type(layer).__name__
    return next((kind for kind, names in NAMES.items() if name in names), "other")


def _has_function(layer: Operation) -> bool:
    """Return whether a layer has an activation of its own that is a function and not a layer."""
    function = getattr(layer, "activation", keras.activations.linear)
    return (
        callable(function)
        and function is not keras.activations.linear
        and not isinstance(function, keras.layers.Layer)
        and "activation" in vars(layer)  # otherwise it is a method, or a property for a cell's
    )


def _units(layer: keras.layers.Layer, y: Tensor) -> int:
    """Return the width of a layer, for a convolution the number of channels."""
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return int(y.shape[1 if first else -1])


@contextmanager
def _replaced(layer: Operation, name: str, value: object) -> Iterator[None]:
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


def _is_paper_selu(function: object) -> bool:
    """Return whether a function has the values of the paper's SELU."""
    if not callable(function):
        return False
    probe = np.array(PROBE, "float32")
    expected = numpy_kernels.selu(probe, paper().scale, paper().saturation)
    try:
        values = _weights.to_numpy(function(keras.ops.convert_to_tensor(probe)))
    except Exception:  # the function may need other arguments
        return False
    return values.shape == expected.shape and bool(np.allclose(values, expected, rtol=1e-3))


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
