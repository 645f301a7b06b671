"""The weight model of a Keras layer: what its initializers draw, and what it holds now."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from scipy.stats import truncnorm

from selu_sym._numeric.weights import Iid
from selu_sym._observe import steps

LAYERS = keras.layers

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
    (LAYERS.Conv1DTranspose, LAYERS.Conv2DTranspose, LAYERS.Conv3DTranspose): PLAIN,
    (LAYERS.SimpleRNN,): RECURRENT,
}
"""The layers that make net inputs, and the names of their kernels and of what draws them."""

TRUNCATED = float(truncnorm.var(-2, 2))
"""Variance of a standard normal number that is drawn again beyond two deviations."""

SURE = 5
"""Standard errors beyond which the mean of weights that are drawn is not 0."""


def kernels(layer: Any) -> dict[str, str]:
    """Return the kernels of a layer that makes net inputs, and their initializers; {} of others."""
    return next((names for kinds, names in KERNELS.items() if isinstance(layer, kinds)), {})


def drawn(layer: Any) -> Iid:
    """Return the model of what the initializers of a layer draw, or say why it is none."""
    if not kernels(layer):
        known = ", ".join(kind.__name__ for kinds in KERNELS for kind in kinds)
        raise ValueError(f"layer must be one of {known}; got {type(layer).__name__}")
    if not layer.built:
        raise ValueError(f"{layer.name} has no weights yet: build it, or call the model")
    return _model(layer, lambda values, attribute: _drawn(getattr(layer, attribute), values.shape))


def held(layer: Any) -> Iid:
    """Return the model of the weights as they are at the moment: means over the units."""
    return _model(layer, lambda values, _: float(np.mean(_numbers(values) ** 2)))


def initializer_name(layer: Any) -> str:
    """Return the initializer of the (first) kernel as Keras's layers take it, like he_normal."""
    name = _name(getattr(layer, next(iter(kernels(layer).values()))))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def share_inside(layer: Any, input_shape: tuple[int, ...]) -> float:
    """Return the share of a convolution's taps that lie within its input: the rest meet zeros.

    1 without padding, and for layers that are no convolution.
    """
    padding = getattr(layer, "padding", "valid")
    if padding not in ("same", "causal") or "Transpose" in type(layer).__name__:
        return 1.0
    sizes = input_shape[1:-1] if layer.data_format == "channels_last" else input_shape[2:]
    taps = []
    for size, kernel, stride, dilation in zip(
        sizes, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True
    ):
        outputs, reach = -(-size // stride), (kernel - 1) * dilation
        outside = max(0, (outputs - 1) * stride + reach + 1 - size)
        before = reach if padding == "causal" else outside // 2
        taps.append((size, kernel, stride, dilation, before, outputs))
    return steps.share_inside(taps)


def _model(layer: Any, variance: Callable[[Any, str], float]) -> Iid:
    """Return the model, given the variance of the weights of a kernel or bias.

    The kernels of a recurrent layer add up; of a separable one, they follow each other.
    """
    own = layer.cell if isinstance(layer, LAYERS.RNN) else layer
    taus = [
        _fan_in(layer, name, tuple(getattr(own, name).shape))
        * variance(getattr(own, name), attribute)
        for name, attribute in kernels(layer).items()
    ]
    tau = sum(taus) if own is not layer else math.prod(taus)
    return Iid(tau, 0.0 if own.bias is None else variance(own.bias, "bias_initializer"))


def _fan_in(layer: Any, name: str, shape: tuple[int, ...]) -> float:
    """Return how many products a unit sums, on average over a layer's units."""
    if "Transpose" in type(layer).__name__:  # the kernel holds outputs before inputs
        return float(math.prod(shape) / shape[-2] / math.prod(layer.strides))
    one_channel = name == "depthwise_kernel" or kernels(layer) is DEPTHWISE
    return float(math.prod(shape[: -2 if one_channel else -1]))


def _drawn(initializer: Any, shape: tuple[int, ...]) -> float:
    """Return the variance of a weight, or say that its mean is not 0."""
    kinds = keras.initializers
    rows, columns = math.prod(shape[:-1]), shape[-1]
    match initializer:
        case kinds.VarianceScaling(scale=scale, mode=mode) if _by_shape(initializer):
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
            return float(gain**2 * min(rows, columns) / (rows * columns))
    values = _numbers(initializer(shape, dtype="float32"))
    mean, error = values.mean(), values.std() / math.sqrt(values.size)
    if abs(mean) > SURE * error:
        what = "biases" if len(shape) == 1 else "weights"
        raise ValueError(
            f"{_name(initializer)} draws {what} of mean {mean:.3g}, which are no model of mean 0"
        )
    return float(np.mean(values**2))


def _name(initializer: Any) -> str:
    """Return the name of an initializer, or of a function in its place."""
    return str(getattr(initializer, "__name__", type(initializer).__name__))


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the numbers of inputs and outputs that Keras reads from a kernel's shape."""
    receptive = math.prod(shape[:-2])
    return receptive * shape[-2], receptive * shape[-1]


def _by_shape(initializer: Any) -> bool:
    """Say whether it tells inputs from outputs by the shape, and not by axes that it was given."""
    return getattr(initializer, "input_axes", None) is None


def _numbers(tensor: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor), np.float64)
