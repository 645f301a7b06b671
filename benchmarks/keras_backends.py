"""The Keras layers on one backend beside Keras's own, which call the framework's functions.

``KERAS_BACKEND=torch python -m benchmarks.keras_backends``, or ``jax``. Each line is a ratio of two
layers that are called in turn in the same rounds, eagerly and, on JAX, under ``jit``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import selu_sym
import selu_sym.keras as sk

BACKEND = keras.backend.backend()
RATE = 0.2
Q = selu_sym.balance("gelu")
SHAPES = [(10_000, 1_000), (256, 1024), (32, 128)]
PAIRS = {
    "SELU": (sk.SELU(), keras.layers.Activation("selu")),
    "Transformed": (
        sk.Transformed(Q),
        keras.layers.Activation(lambda x: Q.scale * keras.ops.gelu(x, approximate=False) + Q.shift),
    ),
    "AlphaDropout": (sk.AlphaDropout(RATE), keras.layers.AlphaDropout(RATE)),
}


def calls(layer: Any) -> dict[str, Callable[[Any], Any]]:
    """Return the ways to call a layer in training."""

    def eager(x: Any) -> Any:
        return layer(x, training=True) if "dropout" in layer.name else layer(x)

    if BACKEND != "jax":
        return {"eager": eager}
    import jax  # noqa: PLC0415 - on this backend alone

    variables = [variable.value for variable in layer.non_trainable_variables]

    @jax.jit
    def stateless(x: Any) -> Any:
        options = {"training": True} if "dropout" in layer.name else {}
        return layer.stateless_call([], variables, x, **options)[0]

    return {"eager": eager, "jit": stateless}


def seconds(function: Callable[[Any], Any], x: Any) -> float:
    """Return the seconds of a call."""
    start = time.perf_counter()
    y = function(x)
    if BACKEND == "jax":
        y.block_until_ready()
    return time.perf_counter() - start


def ratio(mine: Callable[[Any], Any], theirs: Callable[[Any], Any], x: Any, rounds: int) -> float:
    """Return the ratio of the median seconds of two functions, which take turns."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, of_function in zip((mine, theirs), took, strict=True):
            seconds(function, x)
            of_function.extend(seconds(function, x) for _ in range(3))
    return statistics.median(took[0]) / statistics.median(took[1])


def print_ratios(rounds: int) -> None:
    """Print the table."""
    for shape in SHAPES:
        x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
        x = keras.ops.convert_to_tensor(x)
        for name, (own, peer) in PAIRS.items():
            for way, function in calls(own).items():
                found = ratio(function, calls(peer)[way], x, rounds)
                size = "x".join(map(str, shape))
                print(f"{BACKEND:6} {way:6} {size:>10} {name:12} {found:5.2f} times Keras's")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keras_backends")
    parser.add_argument("--rounds", type=int, default=20, help="turns of each (default 20)")
    print_ratios(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
