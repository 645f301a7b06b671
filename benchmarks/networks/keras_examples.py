"""Networks in Keras as keras.io's examples and tutorials have them, and those of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from benchmarks.networks.case import Case
from benchmarks.networks.of_keras import RANDOM, images, is_observed, rows, words
from tests.selu_sym.keras import test_observe_findings as tested

L = keras.layers

Made = tuple[Any, Any]


def sequential(shape: tuple[int, ...], *layers: Any) -> keras.Model:
    """Return a network of layers one after the other."""
    return keras.Sequential([keras.Input(shape), *layers])


def dense(depth: int, activation: Any, initializer: str = "glorot_uniform", **options: Any) -> Any:
    """Return dense layers."""
    return [
        L.Dense(256, activation, kernel_initializer=initializer, **options) for _ in range(depth)
    ]


def digits() -> Made:
    """Return keras.io's first convolutional network."""
    layers = (
        *(L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(64, 3, activation="relu")),
        *(L.MaxPooling2D(), L.Flatten(), L.Dropout(0.5), L.Dense(10, "softmax")),
    )
    data = RANDOM.random((64, 28, 28, 1)).astype("float32")
    return sequential((28, 28, 1), *layers), data


def transformer() -> Made:
    """Return keras.io's classification of texts with a transformer."""
    inputs = keras.Input((32,), dtype="int32")
    x = L.Embedding(50, 32)(inputs)
    x = L.LayerNormalization()(x + L.Dropout(0.1)(L.MultiHeadAttention(2, 32)(x, x)))
    y = L.Dense(32)(L.Dense(32, "relu")(x))
    x = L.LayerNormalization()(x + L.Dropout(0.1)(y))
    x = L.Dropout(0.1)(L.GlobalAveragePooling1D()(x))
    x = L.Dropout(0.1)(L.Dense(20, "relu")(x))
    return keras.Model(inputs, L.Dense(2, "softmax")(x)), words()


def lstm() -> Made:
    """Return keras.io's bidirectional LSTM for reviews."""
    layers = (
        *(L.Embedding(50, 64), L.Bidirectional(L.LSTM(32, return_sequences=True))),
        *(L.Bidirectional(L.LSTM(32)), L.Dense(1, "sigmoid")),
    )
    inputs = keras.Input((32,), dtype="int32")
    x = inputs
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x), words()


def series() -> Made:
    """Return keras.io's classification of time series."""
    layers: list[Any] = []
    for _ in range(3):
        layers += [L.Conv1D(64, 3, padding="same"), L.BatchNormalization(), L.ReLU()]
    data = RANDOM.normal(size=(64, 50, 1)).astype("float32")
    return sequential((50, 1), *layers, L.GlobalAveragePooling1D(), L.Dense(2, "softmax")), data


def autoencoder() -> Made:
    """Return keras.io's autoencoder of convolutions."""
    layers = (
        *(L.Conv2D(32, 3, activation="relu", padding="same"), L.MaxPooling2D(2, padding="same")),
        *(L.Conv2D(32, 3, activation="relu", padding="same"), L.MaxPooling2D(2, padding="same")),
        L.Conv2DTranspose(32, 3, strides=2, activation="relu", padding="same"),
        L.Conv2DTranspose(32, 3, strides=2, activation="relu", padding="same"),
        L.Conv2D(1, 3, activation="sigmoid", padding="same"),
    )
    data = RANDOM.random((64, 28, 28, 1)).astype("float32")
    return sequential((28, 28, 1), *layers), data


def critic() -> Made:
    """Return keras.io's discriminator of a GAN."""
    layers: list[Any] = []
    for units in (64, 128, 128):
        layers += [L.Conv2D(units, 4, strides=2, padding="same"), L.LeakyReLU(0.2)]
    return sequential((64, 64, 3), *layers, L.Flatten(), L.Dropout(0.2), L.Dense(1)), images()


def mixer() -> Made:
    """Return a ConvMixer, as keras.io has it."""
    inputs = keras.Input((32, 32, 3))
    x = L.BatchNormalization()(L.Activation("gelu")(L.Conv2D(64, 2, 2)(inputs)))
    for _ in range(6):
        y = L.DepthwiseConv2D(5, padding="same")(x)
        x = L.Add()([L.BatchNormalization()(L.Activation("gelu")(y)), x])
        x = L.BatchNormalization()(L.Activation("gelu")(L.Conv2D(64, 1)(x)))
    return keras.Model(inputs, L.Dense(10)(L.GlobalAveragePooling2D()(x))), images(32)


def u_net() -> Made:
    """Return a small U-Net with normalizations."""

    def block(x: Any, units: int) -> Any:
        for _ in range(2):
            y = L.Conv2D(units, 3, padding="same", kernel_initializer="he_normal")(x)
            x = L.ReLU()(L.BatchNormalization()(y))
        return x

    inputs = keras.Input((32, 32, 3))
    x, kept = inputs, []
    for units in (16, 32):
        kept.append(block(x, units))
        x = L.MaxPooling2D()(kept[-1])
    x = block(x, 64)
    for units, skip in zip((32, 16), kept[::-1], strict=True):
        x = block(L.Concatenate()([L.UpSampling2D()(x), skip]), units)
    return keras.Model(inputs, L.Conv2D(3, 1)(x)), images(32)


def wide_and_deep() -> Made:
    """Return a network of two inputs that have names."""
    inputs = {name: keras.Input((16,), name=name) for name in ("wide", "deep")}
    x = inputs["deep"]
    for _ in range(3):
        x = L.BatchNormalization()(L.Dense(64, "relu")(x))
    model = keras.Model(inputs, L.Dense(1)(L.Concatenate()([x, inputs["wide"]])))
    return model, {name: rows(16) for name in inputs}


def siamese() -> Made:
    """Return a network whose two inputs take the same layers."""
    tower = sequential((64,), *dense(4, "relu", "he_normal"), L.Dense(32))
    inputs = [keras.Input((64,)), keras.Input((64,))]
    return keras.Model(inputs, L.Subtract()([tower(one) for one in inputs])), [rows(), rows()]


def frames() -> Made:
    """Return convolutions that each of several pictures takes."""
    tower = sequential((16, 16, 3), L.Conv2D(16, 3, activation="relu"), L.GlobalAveragePooling2D())
    model = sequential((5, 16, 16, 3), L.TimeDistributed(tower), L.GRU(16), L.Dense(3))
    return model, RANDOM.normal(size=(16, 5, 16, 16, 3)).astype("float32")


def residual(depth: int, factor: float) -> Made:
    """Return blocks of two layers that are added, without normalization."""
    x = inputs = keras.Input((64,))
    for _ in range(depth):
        y = L.Dense(256, "relu", kernel_initializer="he_normal")(x)
        x = L.Rescaling(factor)(L.Add()([x, L.Dense(64, kernel_initializer="lecun_normal")(y)]))
    return keras.Model(inputs, x), rows()


def raw_columns(normalized: bool) -> Made:
    """Return a network for a table of raw columns, whose units differ."""
    data = rows(16) * np.geomspace(1, 1e4, 16, dtype="float32") + 50
    first = [L.BatchNormalization()] if normalized else []
    return sequential((16,), *first, *dense(3, "relu", "he_normal"), L.Dense(1)), data


def reviews(selu: bool) -> Made:
    """Return Keras's example that compares ReLU and SELU on words of news."""
    data = (RANDOM.random((256, 1000)) < 0.06).astype("float32")
    layers: list[Any] = []
    for _ in range(6):
        if selu:
            layers += [*dense(1, "selu", "lecun_normal"), L.AlphaDropout(0.1)]
        else:
            layers += [*dense(1, "relu"), L.Dropout(0.5)]
    return sequential((1000,), *layers, L.Dense(46, "softmax")), data


def snn(depth: int, dropout: Callable[[], Any], initializer: str = "lecun_normal") -> Made:
    """Return the paper's network."""
    layers = [part for _ in range(depth) for part in (*dense(1, "selu", initializer), dropout())]
    return sequential((256,), *layers, L.Dense(10)), rows(256)


IO, OWN, SNN, TESTS = "keras.io", "tutorials", "the paper's SNN", "our tests"

SOUND: dict[tuple[str, str], Callable[[], Made]] = {
    ("digits", IO): digits,
    ("transformer for texts", IO): transformer,
    ("LSTM for reviews", IO): lstm,
    ("time series", IO): series,
    ("critic of a GAN", IO): critic,
    ("ConvMixer", IO): mixer,
    ("U-Net", OWN): u_net,
    ("wide and deep", OWN): wide_and_deep,
    ("siamese", OWN): siamese,
    ("frames in time", OWN): frames,
    ("raw columns, normalized", OWN): lambda: raw_columns(True),
    ("8 scaled residual blocks", OWN): lambda: residual(8, 0.5**0.5),
    ("14 ReLU layers, He's weights", OWN): lambda: (
        sequential((64,), *dense(14, "relu", "he_normal")),
        rows(),
    ),
    ("2 ReLU layers, Glorot's weights", OWN): lambda: (
        sequential((64,), *dense(2, "relu")),
        rows(),
    ),
    **{
        (f"{depth} layers, alpha dropout", SNN): lambda depth=depth: snn(
            depth, lambda: L.AlphaDropout(0.05)
        )
        for depth in (8, 16, 32)
    },
}

PLANTED: dict[tuple[str, str], tuple[str, tuple[str, ...], Callable[[], Made]]] = {
    ("14 ReLU layers", OWN): (
        "glorot_uniform before ReLU",
        ("weights",),
        lambda: (sequential((64,), *dense(14, "relu")), rows()),
    ),
    ("12 GELU layers", OWN): (
        "glorot_uniform before GELU",
        ("weights",),
        lambda: (sequential((64,), *dense(12, "gelu")), rows()),
    ),
    ("8 sigmoid layers", OWN): (
        "sigmoid",
        ("gradients",),
        lambda: (sequential((64,), *dense(8, "sigmoid")), rows()),
    ),
    ("8 residual blocks", OWN): (
        "sums that are not scaled",
        ("sum",),
        lambda: residual(8, 1.0),
    ),
    ("raw columns", OWN): ("raw input", ("input",), lambda: raw_columns(False)),
    ("8 layers", SNN): (
        "he_normal",
        ("weights",),
        lambda: snn(8, L.Identity, "he_normal"),
    ),
    ("8 layers, dropout", SNN): (
        "plain dropout",
        ("dropout",),
        lambda: snn(8, lambda: L.Dropout(0.1)),
    ),
    ("autoencoder", IO): (
        "glorot_uniform: transposed convolutions have a quarter of the weights' variance",
        ("weights",),
        autoencoder,
    ),
    ("news, SELU", IO): ("inputs of 0 and 1", ("input",), lambda: reviews(True)),
    ("news, ReLU", IO): (
        "glorot_uniform before ReLU, and dropout of a half",
        ("dropout", "weights"),
        lambda: reviews(False),
    ),
}

KINDS = {
    "he weights": "weights",
    "glorot of unequal widths": "weights",
    "orthogonal to more units": "weights",
    "depthwise": "weights",
    "recurrent": "weights",
    "random biases": "weights",
    "biases of one": "biases",
    "the published model": "weights",
    "raw input": "input",
    "padding": "padding",
    "ReLU between": "activation",
    "plain dropout": "dropout",
    "alpha dropout of the paper": "dropout",
    "two fixed points": "fixed point",
    "pooling": "pooling",
    "residual branches": "sum",
    "branches added by an operator": "sum",
    "small embeddings": "input",
    "no weights between": "activation",
    "normalized net input": "normalization",
    "dropout of rate 1": "dropout",
    "zeros": "input",
}
"""The kinds of what is planted in the tests' networks."""


def cases() -> Iterator[Case]:
    """Yield these networks, of which JAX has those that need no gradients."""
    return (case for case in _cases() if is_observed(case))


def _cases() -> Iterator[Case]:
    for name, (model, data, _) in tested.BROKEN.items():
        yield Case(
            f"SELU: {name}",
            TESTS,
            lambda model=model, data=data: (model(), data),
            name,
            (KINDS[name],),
        )
    for name, (model, data) in tested.SOUND.items():
        yield Case(f"SELU: {name}", TESTS, lambda model=model, data=data: (model(), data))
    for (name, source), make in SOUND.items():
        yield Case(name, source, make)
    for (name, source), (what, kinds, make) in PLANTED.items():
        yield Case(name, source, make, what, kinds)
