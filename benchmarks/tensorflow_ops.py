"""The TensorFlow ops and layers beside their peers: time, and peak memory.

``python -m benchmarks.tensorflow_ops`` runs on the GPU if TensorFlow sees one, else on the CPU.
Each line says how long an op takes on one path, as a ratio to a peer that is timed in turn with
it in the same rounds: ``tf.nn.selu``, scale and shift of ``tf.nn.gelu``, Keras's layers, and one
streaming pass over the tensor (x + 1). On a GPU it also says which part of the card's copy
bandwidth that is.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from tqdm import tqdm

import selu_sym
import selu_sym.keras as sk
import selu_sym.tensorflow as st

POINT = (-0.1, 2.0)
P = selu_sym.selu_parameters(*POINT, weights="iid")
RATE = 0.2
ACTIVATION = keras.layers.Activation("selu")
DROPOUT = keras.layers.AlphaDropout(RATE)
OWN_ACTIVATION = sk.SELU(*POINT)
Q = selu_sym.balance("gelu")
GELU = keras.layers.Activation(lambda x: Q.scale * keras.ops.gelu(x, approximate=False) + Q.shift)
OWN_GELU = sk.Transformed(Q)
OWN_DROPOUT = sk.AlphaDropout(RATE, *POINT)

OPS: dict[str, Callable] = {
    "x + 1": lambda x: x + 1,
    "tf.nn.selu": tf.nn.selu,
    "selu": lambda x: st.selu(x, P),
    "Keras's alpha dropout": lambda x: DROPOUT(x, training=True),
    "alpha_dropout": lambda x: st.alpha_dropout(x, RATE, P, training=True),
    "a gelu(x) + b": lambda x: Q.scale * tf.nn.gelu(x) + Q.shift,
    "transformed": lambda x: st.transformed(x, Q),
    "Keras's Activation": ACTIVATION,
    "SELU": OWN_ACTIVATION,
    "a gelu(x) + b as Activation": GELU,
    "Transformed": OWN_GELU,
    "AlphaDropout": lambda x: OWN_DROPOUT(x, training=True),
}

PEERS = [
    ("selu", "tf.nn.selu"),
    ("alpha_dropout", "Keras's alpha dropout"),
    ("transformed", "a gelu(x) + b"),
]
STREAM = [("alpha_dropout", "x + 1")]
LAYERS = [
    ("SELU", "Keras's Activation"),
    ("AlphaDropout", "Keras's alpha dropout"),
    ("Transformed", "a gelu(x) + b as Activation"),
]

SMALL = (32, 128)
SHAPES = [(10_000, 1_000), (1024, 1024), (256, 1024), (128, 512)]
LENGTHS = range(20, 80)
"""Of the sequences of batches of 64, with 128 features, none of which is as long as another."""

CALLS = 5
"""Timed calls of an op in its turn."""


def with_gradient(function: Callable) -> Callable:
    """Return a function of the value and the gradient of another."""

    def both(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x)

    return both


def in_graph(function: Callable) -> Callable:
    """Return it as a graph, traced again for a new shape."""
    return tf.function(function, autograph=False)


def in_one_graph(function: Callable) -> Callable:
    """Return it as a graph that is traced at the second shape once for all others."""
    return tf.function(function, autograph=False, reduce_retracing=True)


WAYS: dict[str, Callable[[Callable], Callable]] = {
    "graph": in_graph,
    "graph, gradient": lambda f: in_graph(with_gradient(f)),
    "eager": lambda f: f,
    "eager, gradient": with_gradient,
}

NEW_SHAPE_WAYS: dict[str, Callable[[Callable], Callable]] = {
    "one graph": in_one_graph,
    "one graph, gradient": lambda f: in_one_graph(with_gradient(f)),
    "a graph each": in_graph,
    "eager": lambda f: f,
    "eager, gradient": with_gradient,
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
                took = seconds_of(function, x)
                if call >= 2:
                    seconds[name].append(took)
    return {name: statistics.median(values) for name, values in seconds.items()}


def medians_of_new_shapes(functions: dict[str, Callable], rounds: int) -> dict[str, float]:
    """Return the median seconds of a round through all lengths, a call, each length once."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    inputs = [tf.random.stateless_normal((64, length, 128), [1, 2]) for length in LENGTHS]
    for _ in range(rounds):
        for name, function in functions.items():
            for x in inputs[:2]:
                function(x)
            seconds[name].append(sum(seconds_of(function, x) for x in inputs[2:]))
    calls = len(inputs) - 2
    return {name: statistics.median(values) / calls for name, values in seconds.items()}


def seconds_of(function: Callable, x: tf.Tensor) -> float:
    """Return the seconds of one call."""
    tf.test.experimental.sync_devices()
    start = time.perf_counter()
    result = function(x)
    tf.test.experimental.sync_devices()
    took = time.perf_counter() - start
    del result
    return took


def cases() -> Iterator[tuple[tuple[int, ...], str, str, str]]:
    """Return shape, way, op and peer of each line about one shape."""
    for shape, way in itertools.product(SHAPES, WAYS):
        for pair in [*PEERS, *([] if "gradient" in way else STREAM)]:
            yield (shape, way, *pair)  # the gradient of x + 1 is no pass over memory
    for way, pair in itertools.product(("eager", "eager, gradient"), [*PEERS, *LAYERS]):
        yield (SMALL, way, *pair)


def print_times(on_gpu: bool, rounds: int) -> None:
    """Print the table of times, each op with one peer at a time."""
    for shape, way, name, peer in tqdm(list(cases()), leave=False, disable=None):
        x = tf.random.stateless_normal(shape, [1, 2])
        functions = {case: WAYS[way](OPS[case]) for case in (name, peer)}
        turns = rounds if x.shape.num_elements() > 10**6 else 5 * rounds
        mine, theirs = medians(functions, x, turns).values()
        line = row("x".join(map(str, shape)), way, name, peer, mine, theirs)
        if on_gpu and peer == "x + 1":
            line += f", {theirs / mine:.0%} of the speed of a copy"
        tqdm.write(line)


def print_times_of_new_shapes(rounds: int) -> None:
    """Print the times of calls each of which has a shape that did not come before."""
    pairs = [*PEERS, *LAYERS]
    for way, (name, peer) in tqdm(
        list(itertools.product(NEW_SHAPE_WAYS, pairs)), leave=False, disable=None
    ):
        functions = {case: NEW_SHAPE_WAYS[way](OPS[case]) for case in (name, peer)}
        turns = 1 if way == "a graph each" else rounds  # in a second round no shape is new
        mine, theirs = medians_of_new_shapes(functions, turns).values()
        tqdm.write(row("new shapes", way, name, peer, mine, theirs))


def row(what: str, way: str, name: str, peer: str, mine: float, theirs: float) -> str:
    """Return a line of the table."""
    ratio = f"{mine * 1e3:8.3f} ms = {mine / theirs:5.2f} times {peer}"
    return f"{what:>10}  {way:19} {name:14}{ratio}"


def peak_megabytes(name: str, way: str) -> float:
    """Return by how much a call raises the peak of memory, in this process."""
    x = tf.random.stateless_normal(SHAPES[0], [1, 2])
    function = WAYS[way](OPS[name])
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
    for way, (name, peer) in itertools.product(("graph", "graph, gradient"), PEERS):
        peaks = {
            case: float(
                subprocess.run(
                    [sys.executable, "-m", "benchmarks.tensorflow_ops", "--peak", case, way],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for case in (name, peer)
        }
        mine, theirs = peaks.values()
        print(f"  {way:19} {name:14}{mine:6.0f} MB, {peer} {theirs:.0f} MB")


def main() -> None:
    """Print all tables."""
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
    print_times_of_new_shapes(options.rounds)
    print_memory()


if __name__ == "__main__":
    main()
