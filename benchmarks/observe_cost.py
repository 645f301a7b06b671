"""What `observe` costs: its time and memory beside forward and backward of the same examples.

``python -m benchmarks.observe_cost`` prints a line for each network in Keras on TensorFlow and in
PyTorch. Both are measured in turn in the same rounds, on the same batches, eagerly. The time is
that of the processor. The memory is the peak of one batch over what is held before, each from a
process of its own (Linux).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

DEPTH, WIDTH, SMALL = 8, {"dense layers": 1024, "convolutions": 64, "residual, normalized": 64}, 4
SIZES = {"dense layers": (8, 128), "convolutions": (8, 32), "residual, normalized": (8, 32)}
"""How many batches there are, and how many examples in each."""


class Pair(NamedTuple):
    """What is compared."""

    observe: Callable[[list[np.ndarray]], object]
    step: Callable[[list[np.ndarray]], object]


def batches(name: str, width: int) -> list[np.ndarray]:
    """Return the batches for a network, with images of 32 pixels a side."""
    number, examples = SIZES[name]
    shape = (width,) if name == "dense layers" else (32, 32, 3)
    random = np.random.default_rng(0)
    return [random.normal(size=(examples, *shape)).astype("float32") for _ in range(number)]


def of_keras(name: str, width: int) -> Pair:
    """Return what is done with a network in Keras on TensorFlow."""
    import keras  # noqa: PLC0415 - each process imports one framework
    import tensorflow as tf  # noqa: PLC0415

    import selu_sym.keras as sk  # noqa: PLC0415

    layers = keras.layers
    normal = {"kernel_initializer": "he_normal"}
    x = inputs = keras.Input((width,) if name == "dense layers" else (32, 32, 3))
    for number in range(DEPTH):
        if name == "dense layers":
            x = layers.Dense(width, "relu", **normal)(x)
        elif name == "convolutions" or not number:
            x = layers.Conv2D(width, 3, padding="same", activation="relu", **normal)(x)
        else:
            y = layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same")(x))
            x = layers.ReLU()(layers.Add()([x, y]))
    model = keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))

    def step(data: list[np.ndarray]) -> None:
        for batch in data:
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(batch, training=True))
            tape.gradient(loss, model.trainable_variables)

    return Pair(lambda data: sk.observe(model, iter(data)), step)


def of_torch(name: str, width: int) -> Pair:
    """Return what is done with a network in PyTorch."""
    import torch  # noqa: PLC0415 - it may be missing
    from torch import nn  # noqa: PLC0415

    import selu_sym.torch as st  # noqa: PLC0415

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(width, width, 3, 1, 1), nn.BatchNorm2d(width)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(x + self.norm(self.conv(x)))

    layers: list[nn.Module] = []
    for number in range(DEPTH):
        if name == "dense layers":
            layers += [nn.Linear(width, width), nn.ReLU()]
        elif name == "convolutions" or not number:
            layers += [nn.Conv2d(width if number else 3, width, 3, 1, 1), nn.ReLU()]
        else:
            layers.append(Block())
    outputs = width if name == "dense layers" else 32 * 32 * width
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(outputs, 10))
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)

    def tensors(data: list[np.ndarray]) -> Iterator[torch.Tensor]:
        return (torch.tensor(x if x.ndim == 2 else x.transpose(0, 3, 1, 2)) for x in data)

    def step(data: list[np.ndarray]) -> None:
        for batch in tensors(data):
            torch.autograd.grad(model(batch).sum(), list(model.parameters()))

    return Pair(lambda data: st.observe(model, ((x,) for x in tensors(data))), step)


FRAMEWORKS: dict[str, Callable[[str, int], Pair]] = {"Keras": of_keras, "PyTorch": of_torch}


def ratio_of_times(pair: Pair, data: list[np.ndarray], rounds: int) -> float:
    """Return by how much longer the processor works on observing than on steps."""
    for action in pair:
        action(data)
    ratios = []
    for _ in range(rounds):
        seconds = []
        for action in pair:
            start = time.process_time()
            action(data)
            seconds.append(time.process_time() - start)
        ratios.append(seconds[0] / seconds[1])
    return statistics.median(ratios)


def peak(framework: str, name: str, what: str) -> float:
    """Return by how many megabytes an action on one batch raises the peak of memory."""
    make = FRAMEWORKS[framework]
    getattr(make(name, SMALL), what)(batches(name, SMALL)[:1])  # what a process makes once
    action, data = getattr(make(name, WIDTH[name]), what), batches(name, WIDTH[name])[:1]
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = _resident("VmRSS")
    action(data)
    return (_resident("VmHWM") - before) / 1e3


def _resident(field: str) -> int:
    """Return a line of Linux's account of this process's memory, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def print_costs(framework: str, rounds: int) -> None:
    """Print a line for each network of a framework."""
    for name in SIZES:
        ratio = ratio_of_times(
            FRAMEWORKS[framework](name, WIDTH[name]), batches(name, WIDTH[name]), rounds
        )
        peaks = [
            float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            for command in (
                [sys.executable, "-m", "benchmarks.observe_cost", "--peak", framework, name, what]
                for what in Pair._fields
            )
        ]
        print(
            f"{framework:8} {name:22} time {ratio:.2f} times forward and backward, memory "
            f"{peaks[0]:.0f} MB, {peaks[0] / peaks[1]:.2f} times a step's",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.observe_cost")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default 5)")
    parser.add_argument("--peak", nargs=3, metavar=("FRAMEWORK", "NETWORK", "WHAT"))
    options = parser.parse_args()
    if options.peak:
        print(peak(*options.peak))
        return
    for framework in FRAMEWORKS:
        if framework == "PyTorch" and find_spec("torch") is None:
            print("PyTorch is missing")
            continue
        print_costs(framework, options.rounds)


if __name__ == "__main__":
    main()
