"""Trains plain deep networks on scikit-learn's data, and keeps the results in a file.

A network is what all hidden layers share: an activation, the gain of the weights, depth and width.
What a seed gives, the split of the data, the normal numbers of the weights and the order of the
examples, is the same for each network, so that results of one seed can be compared as pairs.

On images, each hidden layer is a convolution of 3 x 3 pixels. Images have no border: beyond each
side they go on at the other one, so that each pixel has as many inputs as each other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split

from selu_sym import SeluParameters, TransformedActivation
from selu_sym.jax import selu, transformed

__all__ = ["DATA", "Network", "activation_of", "resume", "train", "write"]

Activation = Callable[[jax.Array], jax.Array]

SPECIAL = {
    "linear": jax.nn.identity,
    "gelu": partial(jax.nn.gelu, approximate=False),
    "softsign": jax.nn.soft_sign,
}
"""Functions that JAX has under another name, or with another default."""

OPTIMIZERS = {"momentum": partial(optimizers.momentum, mass=0.9), "adam": optimizers.adam}
"""Optimizers of a learning rate. Momentum is plain stochastic gradient descent with it."""

BATCH = 64
DATA = 64, 10
"""How many features the digits have, and how many classes."""

SETS = {
    "digits": load_digits,
    "digits as images": load_digits,
    "breast cancer": load_breast_cancer,
    "wine": load_wine,
}
"""Data to train on, by name."""

IMAGES = {"digits as images": (8, 8, 1)}
"""Shape of the examples that are images: height, width and channels."""

TAPS = tuple((row, column) for row in (-1, 0, 1) for column in (-1, 0, 1))
"""Where the inputs of a convolution lie, from its output."""


@dataclass(frozen=True)
class Network:
    """A plain network: each layer is y = activation(W x + bias), the last one is linear.

    Weights are normal with the mean 0 and the variance gain²/n for n inputs, biases 0. The width is
    the number of units of a layer, or of channels.
    """

    activation: Activation
    gain: float = 1.0
    depth: int = 48
    width: int = 128
    second_moment: float = 1.0
    """The second moment to which the inputs are scaled."""


@cache
def activation_of(q: TransformedActivation | SeluParameters | str) -> Activation:
    """Return an activation as a function of JAX arrays, by its name or with its numbers."""
    if isinstance(q, SeluParameters):
        return partial(selu, p=q)
    if isinstance(q, TransformedActivation):
        return partial(transformed, q=q)
    return SPECIAL[q] if q in SPECIAL else getattr(jax.nn, q)


def train(
    network: Network,
    rate: float,
    seed: int,
    optimizer: str = "momentum",
    epochs: int = 15,
    data: str = "digits",
) -> float:
    """Train a network, and return the share of right answers on examples that it has not seen.

    Where the training diverges, that is the share of the first class, about 0.1 for the digits.
    """
    x, other_x, y, other_y = examples(data, network.second_moment, seed)
    random = np.random.default_rng(seed)
    layers = _draw(random, network, (*x.shape[1:], int(y.max()) + 1))
    order = np.concatenate([random.permutation(len(x)) for _ in range(epochs)])
    batches = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH)
    trained = _fit(network.activation, optimizer, layers, jnp.float32(rate), x[batches], y[batches])
    answers = jnp.argmax(_outputs(network.activation, trained, other_x), axis=1)
    return float(np.mean(np.asarray(answers) == other_y))


def resume(
    path: Path, settings: Mapping[str, object], cases: Mapping[str, Callable[[], object]]
) -> dict[str, object]:
    """Return the result of each case, from a file or, where it lacks one, by computing it.

    The file is written after each case. Results of other settings are dropped.
    """
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    results = kept.get("results", {}) if kept.get("settings") == settings else {}
    results = {name: results[name] for name in cases if name in results}
    for name, compute in cases.items():
        if name not in results:
            results[name] = compute()
            write(path, {"settings": settings, "results": results})
    return results


def write(path: Path, kept: Mapping[str, object]) -> None:
    """Write a file at once, so that it is whole whenever this is stopped."""
    partly = path.with_suffix(".part")
    partly.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    partly.replace(path)


Layers = tuple[jax.Array, ...]
"""First weights and biases, those of all layers between, and the last ones."""


def _draw(random: np.random.Generator, network: Network, data: tuple[int, ...] = DATA) -> Layers:
    """Return weights and biases for inputs of a shape, and a number of classes at its end."""
    *places, features, classes = data
    taps = len(TAPS) if places else 1
    shapes: list[tuple[int, ...]] = [(taps * features, network.width)]
    shapes.append((network.depth - 1, taps * network.width, network.width))
    shapes.append((math.prod(places) * network.width, classes))
    gains = (network.gain, network.gain, 1.0)
    layers = []
    for shape, gain in zip(shapes, gains, strict=True):
        weights = gain / np.sqrt(shape[-2]) * random.standard_normal(shape)
        layers += [jnp.float32(weights), jnp.zeros((*shape[:-2], shape[-1]), jnp.float32)]
    return tuple(layers)


@cache
def examples(data: str, second_moment: float, seed: int) -> tuple[np.ndarray, ...]:
    """Return training and other examples, standardized, and the labels of both."""
    features, labels = SETS[data](return_X_y=True)
    x, other_x, y, other_y = train_test_split(
        features, labels, test_size=0.25, random_state=seed, stratify=labels
    )
    mean, deviation = x.mean(axis=0), np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)
    x, other_x = ((part - mean) / deviation for part in (x, other_x))
    factor = np.sqrt(second_moment / np.mean(x**2))
    shape = (-1, *IMAGES.get(data, x.shape[1:]))
    return (
        np.float32(factor * x).reshape(shape),
        np.float32(factor * other_x).reshape(shape),
        y,
        other_y,
    )


def _outputs(activation: Activation, layers: Layers, x: jax.Array) -> jax.Array:
    first, first_bias, weights, biases, last, last_bias = layers

    def layer(x, own):
        inputs = _neighbours(x) if x.ndim == 4 else x
        return activation(inputs @ own[0] + own[1]), None

    x, _ = layer(x, (first, first_bias))
    hidden, _ = jax.lax.scan(layer, x, (weights, biases))
    return hidden.reshape(len(x), -1) @ last + last_bias


def _neighbours(images: jax.Array) -> jax.Array:
    """Return, for each pixel, the channels of all pixels that a convolution reads there."""
    return jnp.concatenate([jnp.roll(images, tap, axis=(1, 2)) for tap in TAPS], axis=-1)


@partial(jax.jit, static_argnums=(0, 1))
def _fit(activation, optimizer, layers, rate, examples, labels):
    """Return the layers after one step for each batch."""
    initial, update, current = OPTIMIZERS[optimizer](rate)

    def loss(layers, x, y):
        logarithms = jax.nn.log_softmax(_outputs(activation, layers, x))
        return -jnp.mean(jnp.take_along_axis(logarithms, y[:, None], axis=1))

    def step(state, batch):
        number, x, y = batch
        return update(number, jax.grad(loss)(current(state), x, y), state), None

    numbers = jnp.arange(len(examples))
    state, _ = jax.lax.scan(step, initial(layers), (numbers, examples, labels))
    return current(state)
