"""The weight model of a Keras layer: of what its initializers draw, and of its weights now."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeAlias

import keras
import numpy as np
from scipy.stats import truncnorm

from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym._observe import padding as paddings
from selu_sym.keras._initializers import DeltaOrthogonal

Initializer: TypeAlias = "keras.initializers.Initializer | Callable[..., keras.KerasTensor]"

LAYERS = keras.layers

TRANSPOSED = (LAYERS.Conv1DTranspose, LAYERS.Conv2DTranspose, LAYERS.Conv3DTranspose)

PLAIN = {"kernel": "kernel_initializer"}
DEPTHWISE = {"kernel": "depthwise_initializer"}
SEPARABLE = {
    "depthwise_kernel": "depthwise_initializer",
    "pointwise_kernel": "pointwise_initializer",
}
RECURRENT = {**PLAIN, "recurrent_kernel": "recurrent_initializer"}

KERNELS: dict[tuple[type, ...], dict[str, str]] = {
    (LAYERS.DepthwiseConv1D, LAYERS.DepthwiseConv2D): DEPTHWISE,
    (LAYERS.SeparableConv1D, LAYERS.SeparableConv2D): SEPARABLE,
    (LAYERS.Dense, LAYERS.Conv1D, LAYERS.Conv2D, LAYERS.Conv3D): PLAIN,
    TRANSPOSED: PLAIN,
    (LAYERS.SimpleRNN,): RECURRENT,
}
"""The layers that make net inputs, with the names of their kernels and of their initializers."""

TRUNCATED = float(truncnorm.var(-2, 2))
"""Variance of a standard normal distribution that is truncated at two deviations."""

MOST_ERRORS = 5
"""Standard errors up to which the mean of drawn weights counts as 0."""


def kernels(layer: keras.layers.Layer) -> dict[str, str]:
    """Return names of the kernels of a layer that makes net inputs and of their initializers.

    For other layers it is empty.
    """
    return next((names for kinds, names in KERNELS.items() if isinstance(layer, kinds)), {})


def drawn(layer: keras.layers.Layer) -> Iid:
    """Return the model of what the initializers of a layer draw.

    Raise ValueError if there is none.
    """
    if not kernels(layer):
        known = ", ".join(kind.__name__ for kinds in KERNELS for kind in kinds)
        raise ValueError(f"layer must be one of {known}; got {type(layer).__name__}")
    if not layer.built:
        raise ValueError(f"{layer.name} has no weights yet: build it, or call the model")
    return _model(
        layer, lambda values, attribute: _variance(getattr(layer, attribute), values.shape)
    )


def held_tau(layer: keras.layers.Layer) -> float:
    """Return tau of the weights that a layer has now, by means over all of them."""
    return _model(layer, lambda values, _: float(np.mean(to_numpy(values) ** 2))).tau


def initializer_name(layer: keras.layers.Layer) -> str:
    """Return Keras's name of the initializer of the first kernel, like he_normal."""
    name = _name(getattr(layer, next(iter(kernels(layer).values()))))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def share_inside(layer: keras.layers.Layer, input_shape: tuple[int, ...]) -> float:
    """Return the share of a convolution's taps that lie within its input, and not on padding.

    It is 1 without padding, and for other layers. A transposed convolution has a border without
    padding, too.
    """
    padding, transposed = getattr(layer, "padding", ""), is_transposed(layer)
    if padding not in ("same", "causal") and not transposed:
        return 1.0
    shapes = input_shape, layer.compute_output_shape(input_shape)
    places = slice(1, -1) if layer.data_format == "channels_last" else slice(2, None)
    taps = []
    for size, outputs, kernel, stride, dilation in zip(
        *(shape[places] for shape in shapes),
        *(layer.kernel_size, layer.strides, layer.dilation_rate),
        strict=True,
    ):
        steps, limit = (size, outputs) if transposed else (outputs, size)
        reach = (kernel - 1) * dilation
        outside = max(0, (steps - 1) * stride + reach + 1 - limit)
        before = reach if padding == "causal" else outside // 2
        taps.append(paddings.Taps(size, kernel, stride, dilation, before, outputs, transposed))
    return paddings.share_inside(taps)


def outputs_by_inputs(layer: keras.layers.Layer, channels: int) -> float:
    """Return how many products an input takes part in, by how many a unit sums, on average.

    It is 1 for layers of several kernels.
    """
    if len(kernels(layer)) > 1:
        return 1.0
    ((name, _),) = kernels(layer).items()
    shape = tuple(getattr(layer, name).shape)
    strides = 1 if is_transposed(layer) else math.prod(getattr(layer, "strides", (1,)))
    return float(math.prod(shape) / channels / strides / _fan_in(layer, name, shape))


def is_transposed(layer: keras.layers.Layer) -> bool:
    """Return whether a layer is a transposed convolution."""
    return isinstance(layer, TRANSPOSED)


def tau_of_scale(layer: keras.layers.Layer) -> float:
    """Return the tau of what ``VarianceScaling(1)`` draws as the last kernel of a layer.

    Keras counts the outputs of a transposed convolution as its inputs, and the channels of a
    depthwise one.
    """
    last = list(kernels(layer))[-1]
    one = keras.initializers.VarianceScaling(1)
    taus = []
    for name, attribute in kernels(layer).items():
        shape = tuple(getattr(layer, name).shape)
        initializer = one if name == last else getattr(layer, attribute)
        taus.append(_fan_in(layer, name, shape) * _variance(initializer, shape))
    return math.prod(taus)


def _model(layer: keras.layers.Layer, variance: Callable[[keras.Variable, str], float]) -> Iid:
    """Return the weight model of a layer.

    The function returns the variance of the weights in a variable, which is a kernel or a bias,
    given the name of its initializer. The values of tau of the kernels are added for a recurrent
    layer, and multiplied for a separable one.
    """
    own = layer.cell if isinstance(layer, LAYERS.RNN) else layer
    taus = [
        _fan_in(layer, name, tuple(getattr(own, name).shape))
        * variance(getattr(own, name), attribute)
        for name, attribute in kernels(layer).items()
    ]
    tau = sum(taus) if own is not layer else math.prod(taus)
    return Iid(tau, 0.0 if own.bias is None else variance(own.bias, "bias_initializer"))


def _fan_in(layer: keras.layers.Layer, name: str, shape: tuple[int, ...]) -> float:
    """Return the number of products that a unit sums, on average over a layer's units."""
    if is_transposed(layer):  # the axis of outputs comes before that of inputs
        return float(math.prod(shape) / shape[-2] / math.prod(layer.strides))
    one_channel = name == "depthwise_kernel" or kernels(layer) is DEPTHWISE
    return float(math.prod(shape[: -2 if one_channel else -1]))


def _variance(initializer: Initializer, shape: tuple[int, ...]) -> float:
    """Return the variance of a weight that an initializer draws.

    Raise ValueError if the mean is not 0.
    """
    kinds = keras.initializers
    rows, columns = math.prod(shape[:-1]), shape[-1]
    match initializer:
        case kinds.VarianceScaling(scale=scale, mode=mode) if not _has_axes(initializer):
            inputs, outputs = (columns, columns) if len(shape) == 1 else _fans(shape)
            fans = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}
            return float(scale / fans[mode])
        case kinds.RandomNormal(mean=0, stddev=deviation):
            return float(deviation**2)
        case kinds.TruncatedNormal(mean=0, stddev=deviation):
            return float(TRUNCATED * deviation**2)
        case kinds.RandomUniform(minval=low, maxval=high) if low == -high:
            return float(high**2 / 3)
        case kinds.Orthogonal(gain=gain):
            kept = columns if isinstance(initializer, DeltaOrthogonal) else min(rows, columns)
            return float(gain**2 * kept / (rows * columns))
    values = to_numpy(initializer(shape, dtype="float32"))
    mean, error = values.mean(), values.std() / math.sqrt(values.size)
    if abs(mean) > MOST_ERRORS * error:
        what = "biases" if len(shape) == 1 else "weights"
        raise ValueError(
            f"{_name(initializer)} draws {what} of mean {mean:.3g}, a weight model needs mean 0"
        )
    return float(np.mean(values**2))


def _name(initializer: Initializer) -> str:
    """Return the name of an initializer, which may be a function."""
    return str(getattr(initializer, "__name__", type(initializer).__name__))


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the numbers of inputs and outputs that Keras takes from a kernel's shape."""
    receptive = math.prod(shape[:-2])
    return receptive * shape[-2], receptive * shape[-1]


def _has_axes(initializer: Initializer) -> bool:
    """Return whether an initializer was told which axes of a kernel are those of inputs."""
    return getattr(initializer, "input_axes", None) is not None


def to_numpy(tensor: keras.KerasTensor) -> FloatArray:
    """Return the numbers of a tensor of the backend in float64."""
    return np.asarray(keras.ops.convert_to_numpy(tensor), np.float64)
