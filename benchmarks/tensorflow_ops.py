"""The TensorFlow ops beside their peers: time, and peak memory.

``python -m benchmarks.tensorflow_ops`` runs on the GPU if TensorFlow sees one, else on the CPU.
Each line says how long an op takes in a ``tf.function``, or eagerly, as a ratio to a peer that
is timed in turn with it in the same rounds: ``tf.nn.selu``, Keras's alpha dropout, and one
streaming pass over the tensor (x + 1). On a GPU it also says which part of the card's copy
bandwidth that is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from tqdm import tqdm

import selu_sym
import selu_sym.tensorflow as st

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
RATE = 0.2
KERAS_DROPOUT = keras.layers.AlphaDropout(RATE)

FORWARD: dict[str, Callable] = {
    "x + 1": lambda x: x + 1,
    "tf.nn.selu": tf.nn.selu,
    "selu": lambda x: st.selu(x, P),
    "Keras's alpha dropout": lambda x: KERAS_DROPOUT(x, training=True),
    "alpha_dropout": lambda x: st.alpha_dropout(x, RATE, P, training=True),
}

PEERS = {"selu": ["tf.nn.selu"], "alpha_dropout": ["Keras's alpha dropout", "x + 1"]}

CALLS = 5
"""Timed calls of an op in its turn."""

SHAPES = [(10_000, 1_000), (1024, 1024), (256, 1024), (128, 512)]


def with_gradient(function: Callable) -> Callable:
    """Return a function of the value and the gradient of another."""

    def both(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x)

    return both


def ways() -> dict[str, Callable[[Callable], Callable]]:
    """Return how the ops are called."""
    return {
        "forward": lambda f: tf.function(f, autograph=False),
        "forward + backward": lambda f: tf.function(with_gradient(f), autograph=False),
        "forward, eager": lambda f: f,
    }


def medians(functions: dict[str, Callable], x: tf.Tensor, rounds: int) -> dict[str, float]:
    """Return the median seconds of each function.

    They take turns. In its turn, each is called twice before it is timed: what the one before
    left in the caches and the allocator must not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            for call in range(CALLS + 2):
                tf.test.experimental.sync_devices()
                start = time.perf_counter()
                result = function(x)
                tf.test.experimental.sync_devices()
                if call >= 2:
                    seconds[name].append(time.perf_counter() - start)
                del result
    return {name: statistics.median(values) for name, values in seconds.items()}


def print_times(on_gpu: bool, rounds: int) -> None:
    """Print the table of times, each op with one peer at a time."""
    pairs = [(name, peer) for name, peers in PEERS.items() for peer in peers]
    cases = [(shape, way, *pair) for shape in SHAPES for way in ways() for pair in pairs]
    for shape, way, name, peer in tqdm(cases, leave=False, disable=None):
        x = tf.random.stateless_normal(shape, [1, 2])
        functions = {case: ways()[way](FORWARD[case]) for case in (name, peer)}
        if (way, peer) == ("forward + backward", "x + 1"):
            continue  # its gradient is no pass over memory
        mine, theirs = medians(
            functions, x, rounds if x.shape.num_elements() > 10**6 else 5 * rounds
        ).values()
        line = f"{'x'.join(map(str, shape)):>10}  {way:19} {name:14}{mine * 1e3:8.3f} ms"
        line += f" = {mine / theirs:5.2f} times {peer}"
        if on_gpu and peer == "x + 1":
            line += f", {theirs / mine:.0%} of the speed of a copy"
        tqdm.write(line)


def peak_megabytes(name: str, way: str) -> float:
    """Return by how much a call raises the peak of memory, in this process."""
    x = tf.random.stateless_normal(SHAPES[0], [1, 2])
    function = ways()[way](FORWARD[name])
    function(x)  # traces and compiles
    if tf.config.list_physical_devices("GPU"):
        tf.config.experimental.reset_memory_stats("GPU:0")
        before = tf.config.experimental.get_memory_info("GPU:0")["peak"]
        function(x)
        return (tf.config.experimental.get_memory_info("GPU:0")["peak"] - before) / 1e6
    kept = [tf.identity(x) + 0 for _ in range(8)]  # takes what the allocator holds free
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten (Linux)
    before = _resident("VmRSS")
    result = function(x)
    del result, kept
    return (_resident("VmHWM") - before) / 1e3


def _resident(field: str) -> int:
    """Return a line of Linux's account of this process's memory, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith(field))
    return int(value)


def print_memory() -> None:
    """Print the table of peak memory, each number from a process of its own."""
    size = tf.reduce_prod(SHAPES[0]).numpy() * 4 / 1e6
    print(f"peak memory of a call, beside its input of {size:.0f} MB")
    for way in ("forward", "forward + backward"):
        for name, peers in PEERS.items():
            peaks = {
                case: float(
                    subprocess.run(
                        [sys.executable, "-m", "benchmarks.tensorflow_ops", "--peak", case, way],
                        capture_output=True,
                        text=True,
                        check=True,
                    ).stdout
                )
                for case in (name, peers[0])
            }
            mine, theirs = peaks.values()
            print(f"  {way:19} {name:14}{mine:6.0f} MB, {peers[0]} {theirs:.0f} MB")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tensorflow_ops")
    parser.add_argument("--rounds", type=int, default=10, help="turns of each op (default 10)")
    parser.add_argument("--peak", nargs=2, metavar=("OP", "WAY"), help="print one peak of memory")
    options = parser.parse_args()
    if options.peak:
        print(peak_megabytes(*options.peak))
        return
    gpus = tf.config.list_physical_devices("GPU")
    print(f"on the {'GPU' if gpus else 'CPU'}, float32")
    print_times(bool(gpus), options.rounds)
    print_memory()


if __name__ == "__main__":
    main()
