"""The weight model of Keras layers, against what they draw."""

import math

import keras
import numpy as np
import pytest
from keras.initializers import RandomNormal, VarianceScaling

import selu_sym.keras as sk
from selu_sym import Iid
from selu_sym.keras._weights import outputs_by_inputs, share_inside

L = keras.layers
IMAGE = (None, 12, 12, 64)

EXACT = {
    "Dense": (lambda: L.Dense(50), (None, 200), Iid(1.6)),  # 2 * 200 / 250
    "lecun": (lambda: dense(50, "lecun_normal"), (None, 200), Iid(1.0)),
    "orthogonal, to more": (lambda: dense(300, "orthogonal"), (None, 100), Iid(1 / 3)),
    "orthogonal, to fewer": (lambda: dense(100, "orthogonal"), (None, 300), Iid(1.0)),
    "delta, to more": (lambda: dense(300, sk.DeltaOrthogonal(1.2)), (None, 100), Iid(1.44)),
    "delta, of places": (
        lambda: L.Conv2D(32, 4, padding="same", kernel_initializer=sk.DeltaOrthogonal()),
        IMAGE,
        Iid(1.0),
    ),
    "normal": (lambda: dense(50, "random_normal"), (None, 200), Iid(200 * 0.05**2)),
    "uniform": (lambda: dense(50, "random_uniform"), (None, 200), Iid(200 * 0.05**2 / 3)),
    "fan_out": (lambda: dense(50, VarianceScaling(1, "fan_out")), (None, 200), Iid(4.0)),
    "bias": (
        lambda: L.Dense(900, bias_initializer=RandomNormal(stddev=0.5)),
        (None, 900),
        Iid(1.0, 0.25),
    ),
    "bias by its width": (
        lambda: L.Dense(500, bias_initializer="lecun_uniform"),
        (None, 500),
        Iid(1.0, 1 / 500),
    ),
    "Conv1D": (lambda: L.Conv1D(32, 5, kernel_initializer="he_normal"), (None, 40, 16), Iid(2.0)),
    "groups": (
        lambda: L.Conv2D(32, 3, groups=4, kernel_initializer="lecun_normal"),
        IMAGE,
        Iid(1.0),
    ),
    "Conv3D": (
        lambda: L.Conv3D(32, 3, kernel_initializer="lecun_uniform"),
        (None, 5, 5, 5, 16),
        Iid(1.0),
    ),
    "DepthwiseConv2D": (
        lambda: L.DepthwiseConv2D(3, depthwise_initializer="lecun_normal"),
        IMAGE,
        Iid(1 / 64),
    ),
    # glorot_uniform twice: 9 * 2 / (9 * (64 + 1)), and 64 * 2 / (64 + 64)
    "SeparableConv2D": (lambda: L.SeparableConv2D(64, 3), IMAGE, Iid(2 / 65)),
    # Keras takes the 32 outputs for inputs; a quarter of the taps meets a unit
    "Conv2DTranspose": (
        lambda: L.Conv2DTranspose(32, 4, strides=2, kernel_initializer="lecun_normal"),
        IMAGE,
        Iid(64 / 32 / 4),
    ),
}


def dense(units, initializer):
    return L.Dense(units, kernel_initializer=initializer)


@pytest.mark.parametrize(("make", "shape", "expected"), EXACT.values(), ids=EXACT)
def test_models_of_initializers(make, shape, expected):
    layer = make()
    layer.build(shape)
    model = sk.weights_of(layer)
    assert model.tau == pytest.approx(expected.tau, rel=1e-12)
    assert model.bias_variance == pytest.approx(expected.bias_variance, rel=1e-12)


@pytest.mark.parametrize(("make", "shape", "expected"), EXACT.values(), ids=EXACT)
def test_models_are_those_of_net_inputs(make, shape, expected):
    """Of inputs that are independent and normal; within five percent, and ten for few weights."""
    keras.utils.set_random_seed(13)
    layer = make()
    x = np.random.default_rng(0).normal(size=(256, *shape[1:])).astype("float32")
    z = keras.ops.convert_to_numpy(layer(x))
    if isinstance(layer, L.Conv2DTranspose):
        z = z[:, 4:-4, 4:-4]  # fewer inputs meet its border
    few = layer.count_params() < 10**4
    assert np.mean(z**2) == pytest.approx(
        expected.tau + expected.bias_variance, rel=0.1 if few else 0.05
    )


def test_both_kernels_of_a_recurrent_layer_count():
    layer = L.SimpleRNN(256, activation="linear", return_sequences=True)
    x = np.random.default_rng(0).normal(size=(64, 2, 256)).astype("float32")
    first, second = np.mean(keras.ops.convert_to_numpy(layer(x)) ** 2, axis=(0, 2))
    assert sk.weights_of(layer).tau == pytest.approx(2.0, rel=1e-12)
    assert first == pytest.approx(1.0, rel=0.1)
    assert second == pytest.approx(2.0, rel=0.1)  # of which 1 is that of the state


class Ternary(keras.initializers.Initializer):
    """An initializer that this package has not heard of."""

    def __call__(self, shape, dtype=None):
        drawn = np.random.default_rng(1).integers(-1, 2, shape) / np.sqrt(shape[0])
        return keras.ops.convert_to_tensor(drawn, dtype)


def test_unknown_initializers_are_measured():
    layer = L.Dense(400, kernel_initializer=Ternary())
    layer.build((None, 400))
    assert sk.weights_of(layer).tau == pytest.approx(2 / 3, rel=0.01)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (L.Dense(3, kernel_initializer="ones"), (None, 4), "Ones draws weights of mean 1"),
        (L.Dense(3, bias_initializer="ones"), (None, 4), "Ones draws biases of mean 1"),
        (L.Dense(3, kernel_initializer="zeros"), (None, 4), "tau must be positive, got 0.0"),
        (L.Dense(3), None, "has no weights yet: build it, or call the model"),
        (L.LSTM(3), (None, 4, 5), "layer must be one of .*Dense.*; got LSTM"),
    ],
)
def test_layers_without_a_model(layer, shape, message):
    if shape:
        layer.build(shape)
    with pytest.raises(ValueError, match=message):
        sk.weights_of(layer)


def test_the_model_that_an_activation_assumes():
    assert sk.weights_of(sk.SELU(weights="he_normal")) == Iid(2.0)
    assert sk.weights_of(sk.Transformed("tanh", weights=Iid(1.5, 0.25))) == Iid(1.5, 0.25)
    with pytest.raises(ValueError, match="weights must be independent"):
        sk.weights_of(sk.SELU(weights="unit-sum"))


@pytest.mark.parametrize("options", [{}, {"strides": 2}, {"dilation_rate": 2}], ids=str)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("size", "kernel"), [(5, 3), (12, 4), (9, 5)])
def test_share_of_taps_inside(options, padding, size, kernel):
    """A convolution of ones with ones counts its taps."""
    layer = L.Conv2D(1, kernel, padding=padding, kernel_initializer="ones", **options)
    ones = np.ones((1, size, size + 4, 1), "float32")
    counts = keras.ops.convert_to_numpy(layer(ones))
    assert share_inside(layer, ones.shape) == pytest.approx(counts.mean() / kernel**2)


def test_share_of_causal_taps_inside():
    layer = L.Conv1D(1, 4, padding="causal", kernel_initializer="ones")
    ones = np.ones((1, 9, 1), "float32")
    counts = keras.ops.convert_to_numpy(layer(ones))
    assert share_inside(layer, ones.shape) == pytest.approx(counts.mean() / 4)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (L.Dense(10, kernel_initializer="ones"), (6,)),
        (L.Conv2D(10, 3, 2, kernel_initializer="ones"), (64, 64, 6)),
        (L.DepthwiseConv2D(3, depth_multiplier=2, depthwise_initializer="ones"), (64, 64, 6)),
        (L.Conv2DTranspose(10, 4, 2, kernel_initializer="ones"), (64, 64, 6)),
    ],
    ids=["dense", "strided", "depthwise", "transposed"],
)
def test_products_of_inputs_by_those_of_units(layer, shape):
    """All weights are 1. Inputs and outputs take part in as many products together."""
    y = layer(np.ones((1, *shape), "float32"))
    inputs, outputs = math.prod(shape), math.prod(y.shape)
    expected = outputs / inputs
    assert outputs_by_inputs(layer, shape[-1]) == pytest.approx(expected, rel=0.1)
