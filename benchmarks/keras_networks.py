"""Networks with the layers beside the same networks with Keras's own: seconds of an epoch.

``python -m benchmarks.keras_networks``. Both networks of a pair are made, trained and asked in
turn in the same rounds, with and without ``jit_compile``. Their data are the same.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import selu_sym.keras as sk

RATE = 0.1
BATCHES = 100
LENGTHS = range(20, 80)

OWN = (sk.SELU, lambda: sk.AlphaDropout(RATE))
PEER = (lambda: keras.layers.Activation("selu"), lambda: keras.layers.AlphaDropout(RATE))
"""What makes the activation and the dropout of a network."""

LAYERS = keras.layers
NORMAL = {"kernel_initializer": "lecun_normal"}


class Sequences(keras.utils.PyDataset):
    """A batch of 64 sequences of each length."""

    def __init__(self, lengths: Sequence[int]) -> None:
        super().__init__()
        random = np.random.default_rng(0)
        self.batches = [
            (random.normal(size=(64, n, 32)).astype("float32"), random.integers(0, 10, 64))
            for n in lengths
        ]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batches[index]


def images_or_rows(*shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a data set in batches of 128."""
    random = np.random.default_rng(0)
    x = random.normal(size=(128 * BATCHES, *shape)).astype("float32")
    return x, random.integers(0, 10, len(x))


def perceptron(selu: Callable, dropout: Callable) -> list[Any]:
    """Return the layers of a network of 8 x 256 units."""
    blocks = ([LAYERS.Dense(256, **NORMAL), selu(), dropout()] for _ in range(8))
    return [keras.Input((256,)), *itertools.chain(*blocks)]


def convolutions(selu: Callable, dropout: Callable) -> list[Any]:
    """Return the layers of a small network for images."""
    blocks = (
        [LAYERS.Conv2D(filters, 3, strides=2, padding="same", **NORMAL), selu(), dropout()]
        for filters in (16, 32, 64)
    )
    return [keras.Input((32, 32, 3)), *itertools.chain(*blocks), LAYERS.GlobalAveragePooling2D()]


def convolutions_in_time(selu: Callable, dropout: Callable) -> list[Any]:
    """Return the layers of a network for sequences of any length."""
    blocks = ([LAYERS.Conv1D(64, 3, padding="same", **NORMAL), selu(), dropout()] for _ in range(4))
    return [keras.Input((None, 32)), *itertools.chain(*blocks), LAYERS.GlobalAveragePooling1D()]


NETWORKS: dict[str, tuple[Callable[..., list[Any]], Callable[[bool], Any]]] = {
    "MLP": (perceptron, lambda _: images_or_rows(256)),
    "CNN": (convolutions, lambda _: images_or_rows(32, 32, 3)),
    # XLA compiles the whole network for each length, which takes seconds
    "sequences": (convolutions_in_time, lambda jit: Sequences(LENGTHS[:: 10 if jit else 1])),
}


def network(layers: Sequence[Any], jit_compile: bool) -> keras.Model:
    """Return a network of ten classes, ready to be trained."""
    model = keras.Sequential([*layers, LAYERS.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, jit_compile=jit_compile)
    return model


def no_dropout() -> Any:
    """Return a layer that does nothing, in the place of a dropout."""
    return LAYERS.Identity()


def compare(name: str, with_dropout: bool, jit_compile: bool, rounds: int) -> dict[str, float]:
    """Return the ratios of the seconds of the first epoch, later ones, and predictions."""
    layers, make_data = NETWORKS[name]
    data = make_data(jit_compile)
    x, rest = (data, {}) if name == "sequences" else (data[0], {"batch_size": 128})
    y = {} if name == "sequences" else {"y": data[1]}
    actions = {
        "first epoch": lambda model: model.fit(x, **y, **rest, shuffle=False, verbose=0),
        "fit": lambda model: model.fit(x, **y, **rest, shuffle=False, verbose=0),
        "predict": lambda model: (
            [model.predict_on_batch(b) for b, _ in x]
            if name == "sequences"
            else model.predict(x, **rest, verbose=0)
        ),
    }
    seconds: dict[str, list[list[float]]] = {action: [] for action in actions}
    pairs = [
        [
            network(layers(selu, dropout if with_dropout else no_dropout), jit_compile)
            for selu, dropout in (OWN, PEER)
        ]
        for _ in range(2)
    ]
    for pair in (pairs[0], pairs[1][::-1]):  # whoever is first pays for what both need
        took = [timed(actions["first epoch"], model) for model in pair]
        seconds["first epoch"].append(took if pair is pairs[0] else took[::-1])
    for model in pairs[0]:
        actions["predict"](model)
    for _ in range(rounds):
        for action in ("fit", "predict"):
            seconds[action].append([timed(actions[action], model) for model in pairs[0]])
    return {
        action: statistics.median(mine for mine, _ in values)
        / statistics.median(theirs for _, theirs in values)
        for action, values in seconds.items()
    }


def timed(action: Callable[[keras.Model], object], model: keras.Model) -> float:
    """Return the seconds that an action takes."""
    start = time.perf_counter()
    action(model)
    return time.perf_counter() - start


def print_ratios(rounds: int) -> None:
    """Print a line for each network."""
    for name, dropout, jit in itertools.product(NETWORKS, (False, True), (False, True)):
        ratios = compare(name, dropout, jit, rounds)
        what = f"{name}{', alpha dropout' * dropout}{', jit_compile' * jit}"
        times = ", ".join(f"{action} {ratio:.2f}" for action, ratio in ratios.items())
        print(f"{what:38} {times} times Keras's", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keras_networks")
    parser.add_argument("--rounds", type=int, default=9, help="epochs of each (default 9)")
    print_ratios(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
