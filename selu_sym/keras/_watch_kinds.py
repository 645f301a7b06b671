"""What Keras's layers and operations do to moments, and what layers say of their weights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import TypeAlias

import keras
import numpy as np

from selu_sym._generated import numpy_kernels
from selu_sym._numeric.catalogue import Param
from selu_sym._observe import functions
from selu_sym._observe.held import read_weights
from selu_sym._observe.steps import Kind, Step, Words, fixed_point
from selu_sym._parameters import paper
from selu_sym.keras import _weights
from selu_sym.keras._ops import backend

NAMES: dict[Kind, tuple[str, ...]] = {
    "sum": ("Add", "Average", "Subtract"),
    "pooling": ("AveragePooling", "GlobalAveragePooling", "GlobalMaxPooling", "MaxPooling"),
    "padding": ("ZeroPadding",),
    "join": ("Concatenate",),
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

MIXING = ("softmax", "log_softmax", "sparsemax", "glu", "sparse_plus")
"""Functions that are called activations, and that make each number of several."""

NO_ACTIVATIONS = (*MIXING, "linear", "threshold", "erf", "sin", "cos", "gaussian")
"""Names of functions that are activations elsewhere, or no activations."""

ATTENTION = ("MultiHeadAttention", "GroupedQueryAttention")
"""Layers that compute a softmax of products of their inputs."""


def without_dimensions(name: str) -> str:
    """Return the name of a layer without "2D" or the like at its end."""
    return re.sub(r"[1-3]D$", "", name)


KINDS: dict[type, Kind] = {
    getattr(keras.layers, layer): kind
    for kind, names in NAMES.items()
    for layer in dir(keras.layers)
    if without_dimensions(layer) in names
}
"""Classes of layers. Those that users derive from them are of the same kind."""

WORDS = Words(
    "standardize it, as with keras.layers.Normalization",
    "padding='valid'",
    ", or kernel_initializer={initializer}",
    initializer="keras.initializers.VarianceScaling({tau})",
    he="kernel_initializer='he_uniform'",
    scaled="kernel_initializer=keras.initializers.VarianceScaling({tau})",
    transformed="selu_sym.keras.Transformed({q})",
    zero_biases="use bias_initializer='zeros'",
)

PROBE = (-2.0, -0.5, 0.0, 1.5)
"""A function is the paper's SELU if it has its values at these points."""

Tensor: TypeAlias = keras.KerasTensor
"""A tensor of the backend."""

Operation: TypeAlias = keras.Operation
"""A layer, or a function that is called in a Functional model."""


def activation_functions() -> Iterator[tuple[ModuleType, str]]:
    """Yield modules and names of activations in them that code of users' own may call."""
    for module in (keras.ops, keras.activations, *backend.activation_modules):
        for name in dir(module):
            known = name == name.lower() and functions.named(name) is not None
            if known and name not in NO_ACTIVATIONS and callable(getattr(module, name)):
                yield module, name


def kind_of(layer: Operation) -> Kind:
    """Return what a layer without weights does to the moments."""
    if fixed_point(layer) is not None:
        return "alpha dropout" if hasattr(layer, "rate") else "selu"
    if isinstance(layer, keras.layers.Activation):
        return "passthrough"  # it is linear: any other function has been recorded by itself
    if isinstance(layer, keras.layers.Softmax):
        return "other"
    if isinstance(layer, keras.layers.Layer):
        known = next((KINDS[c] for c in type(layer).__mro__ if c in KINDS), None)
        if known is None and not layer.weights and functions.named(type(layer).__name__):
            return "activation"
        return known or "other"
    name = type(layer).__name__
    return next((kind for kind, names in NAMES.items() if name in names), "other")


def within(layer: Operation) -> str:
    """Return what a layer computes where no step can be seen; empty if all is seen."""
    if any(part.__name__ in ATTENTION for part in type(layer).__mro__):
        return "softmax"
    if not isinstance(layer, keras.layers.RNN) or _weights.kernels(layer):
        return ""
    cells = getattr(layer.cell, "cells", [layer.cell])
    found = [
        getattr(cell, name)
        for cell in cells
        for name in ("recurrent_activation", "activation")
        if callable(getattr(cell, name, None))
    ]
    names = [str(getattr(one, "__name__", type(one).__name__)) for one in found]
    return " and ".join(dict.fromkeys(names)) or "activations"


def has_unread_weights(layer: Operation) -> bool:
    """Return whether a layer has matrices of weights of its own that are not read."""
    if _weights.kernels(layer) or isinstance(layer, keras.layers.Embedding):
        return False
    if not isinstance(layer, keras.layers.Layer) or kind_of(layer) != "other":
        return False
    parts = layer._flatten_layers(include_self=False)
    of_parts = {id(value) for part in parts for value in part.weights}
    own = (value for value in layer.weights if id(value) not in of_parts)
    return any(len(value.shape) > 1 for value in own)


def parameter_of(layer: Operation) -> Param:
    """Return the parameter of an activation layer, None if it has its usual one."""
    for name in ("negative_slope", "alpha"):
        value = getattr(layer, name, None)
        if isinstance(value, int | float) and (value or name == "alpha"):
            return float(value)
    return None


def weights_step(layer: keras.layers.Layer, x: Tensor, y: Tensor) -> Step:
    """Return the step of a layer with weights that makes y from x."""
    step = plain_step("weights", layer)
    step.units = _channels(layer, y)
    step.initializer = _weights.initializer_name(layer)
    step.inside = _weights.share_inside(layer, tuple(x.shape))
    step.outputs_by_inputs = _weights.outputs_by_inputs(layer, _channels(layer, x))
    step.words = words_of(layer)
    own = layer.cell if isinstance(layer, keras.layers.RNN) else layer
    values = [_weights.to_numpy(getattr(own, name)) for name in _weights.kernels(layer)]
    biases = None if own.bias is None else _weights.to_numpy(own.bias)
    if not all(bool(np.all(np.isfinite(part))) for part in (*values, biases) if part is not None):
        step.broken = "its weights hold NaN or infinity"
        return step
    if all(part.std() == 0 for part in values):
        step.flaw = f"all of its weights are {values[0].flat[0]:g}"
        return step
    try:
        if not isinstance(layer, keras.layers.RNN):
            step.tau_of_scale = _weights.tau_of_scale(layer)
        drawn = _weights.drawn(layer)
    except ValueError:  # of a mean that is not 0; what is held tells more
        drawn = None
    tau = _weights.held_tau(layer)
    read_weights(step, tau, sum(part.size for part in values), biases, drawn)
    return step


def words_of(layer: keras.layers.Layer) -> Words:
    """Return the words for a layer with weights."""
    if isinstance(layer, keras.layers.RNN):
        sums = "kernels whose values of tau add up to {tau}, as with selu_sym.keras.weights_of"
        return replace(WORDS, draw="", he=sums.format(tau=2), scaled=sums)
    words = WORDS
    if _weights.is_transposed(layer):
        border = "sums fewer products at the border, and so loses {share:.0%} of tau"
        words = replace(WORDS, no_padding="", border=border)
    *_, name = _weights.kernels(layer).values()
    if name == "kernel_initializer":
        return words
    draw, he, scaled = (
        text.replace("kernel_initializer", name) for text in (words.draw, words.he, words.scaled)
    )
    return replace(words, draw=draw, he=he, scaled=scaled)


def plain_step(kind: Kind, layer: Operation) -> Step:
    """Return the step of a layer, without its weights and its function."""
    step = Step(kind, layer.name, f"{type(layer).__name__} {layer.name!r}", WORDS)
    if "dropout" in kind:
        step.rate = layer.rate
    if kind == "alpha dropout":
        step.p = fixed_point(layer) or paper()
    if kind == "pooling" and "Global" in type(layer).__name__:
        step.function = "global"
    if isinstance(layer, keras.layers.Layer) and kind in ("other", "normalization"):
        held = [_weights.to_numpy(value) for value in layer.weights]
        if not all(bool(np.all(np.isfinite(part))) for part in held):
            step.broken = "its weights hold NaN or infinity"
    return step


def _channels(layer: keras.layers.Layer, tensor: Tensor) -> int:
    """Return the width of what a layer takes or makes, for a convolution the number of channels."""
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return int(tensor.shape[1 if first else -1])


def has_function(layer: Operation) -> bool:
    """Return whether a layer has an activation of its own that is a function and not a layer."""
    function = getattr(layer, "activation", keras.activations.linear)
    return (
        callable(function)
        and function is not keras.activations.linear
        and not isinstance(function, keras.layers.Layer)
        and "activation" in vars(layer)  # otherwise it is a method, or a property for a cell's
    )


def is_paper_selu(function: object) -> bool:
    """Return whether a function has the values of the paper's SELU."""
    if not callable(function):
        return False
    probe = np.array(PROBE, "float32")
    p = paper()
    expected = numpy_kernels.selu(probe, p.scale, p.saturation)
    try:
        values = _weights.to_numpy(function(keras.ops.convert_to_tensor(probe)))
    except Exception:  # the function may need other arguments
        return False
    return values.shape == expected.shape and bool(np.allclose(values, expected, rtol=1e-3))
