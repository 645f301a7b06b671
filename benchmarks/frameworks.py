"""The functions for JAX and PyTorch beside their peers: time, eager and compiled.

``python -m benchmarks.frameworks`` runs on the GPU where a framework sees one, else on the CPU, and
leaves PyTorch out where it is not installed. Each line says how long a function takes on one path,
as a ratio to a peer that is timed in turn with it in the same rounds: ``jax.nn.selu``,
``torch.nn.functional.selu`` and ``alpha_dropout``, scale and shift of their GELU, alpha dropout
as libraries on top of JAX compose it of ``jax.random.bernoulli`` and ``where``, and one pass over
the array (x + 1).
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from tqdm import tqdm

import selu_sym
import selu_sym.jax as sj

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
Q = selu_sym.balance("gelu")
RATE = 0.2
SHAPES = [(10_000, 1_000), (256, 1024), (32, 128)]
CALLS = 5
"""Timed calls of a function in its turn."""

PEERS = [
    ("selu", "selu of the library"),
    ("alpha_dropout", "alpha dropout of the library"),
    ("transformed", "a gelu(x) + b"),
]
STREAM = ("alpha_dropout", "x + 1")


class OfJax:
    """JAX's functions of an array, in all ways to call them."""

    name = "JAX"
    device = jax.devices()[0].device_kind

    def __init__(self) -> None:
        key = jax.random.key(0)
        a, b = P.dropout_affine(RATE)

        def composed(x: Any) -> Any:
            kept = jax.random.bernoulli(key, 1 - RATE, x.shape)
            return a * jnp.where(kept, x, P.saturation) + b

        self.functions: dict[str, Callable] = {
            "x + 1": lambda x: x + 1,
            "selu of the library": jax.nn.selu,
            "selu": lambda x: sj.selu(x, P),
            "alpha dropout of the library": composed,
            "alpha_dropout": lambda x: sj.alpha_dropout(key, x, RATE, P),
            "a gelu(x) + b": lambda x: Q.scale * jax.nn.gelu(x, approximate=False) + Q.shift,
            "transformed": lambda x: sj.transformed(x, Q),
        }
        self.ways: dict[str, Callable[[Callable], Callable]] = {
            "eager": lambda f: f,
            "eager, gradient": self.with_gradient,
            "compiled": jax.jit,
            "compiled, gradient": lambda f: jax.jit(self.with_gradient(f)),
        }

    @staticmethod
    def with_gradient(function: Callable) -> Callable:
        """Return a function of the value and the gradient of another."""

        def both(x: Any) -> Any:
            y, pullback = jax.vjp(function, x)
            return y, pullback(x)

        return both

    def random(self, shape: tuple[int, ...]) -> Any:
        """Return an array of normal numbers."""
        return jax.random.normal(jax.random.key(1), shape)

    def wait(self, result: Any) -> None:
        """Wait until a result is computed."""
        jax.block_until_ready(result)


class OfTorch:
    """PyTorch's functions of a tensor, in all ways to call them."""

    name = "PyTorch"

    def __init__(self) -> None:
        import torch  # noqa: PLC0415 - not everywhere installed

        import selu_sym.torch as st  # noqa: PLC0415

        self.torch = torch
        self.on_gpu = torch.cuda.is_available()
        self.device = torch.cuda.get_device_name() if self.on_gpu else "cpu"
        self.functions: dict[str, Callable] = {
            "x + 1": lambda x: x + 1,
            "selu of the library": torch.nn.functional.selu,
            "selu": lambda x: st.selu(x, P),
            "alpha dropout of the library": lambda x: torch.nn.functional.alpha_dropout(
                x, RATE, training=True
            ),
            "alpha_dropout": lambda x: st.alpha_dropout(x, RATE, P, training=True),
            "a gelu(x) + b": lambda x: Q.scale * torch.nn.functional.gelu(x) + Q.shift,
            "transformed": lambda x: st.transformed(x, Q),
        }
        self.ways: dict[str, Callable[[Callable], Callable]] = {
            "eager": lambda f: f,
            "eager, gradient": self.with_gradient,
            "compiled": self.compiled,
            "compiled, gradient": lambda f: self.with_gradient(self.compiled(f)),
        }

    def compiled(self, function: Callable) -> Callable:
        """Return a function compiled for each shape."""
        return self.torch.compile(function, fullgraph=True, dynamic=False)

    def with_gradient(self, function: Callable) -> Callable:
        """Return a function of the value and the gradient of another."""

        def both(x: Any) -> Any:
            x = x.detach().requires_grad_()
            y = function(x)
            return y, self.torch.autograd.grad(y, x, x.detach())

        return both

    def random(self, shape: tuple[int, ...]) -> Any:
        """Return a tensor of normal numbers."""
        return self.torch.randn(shape, device="cuda" if self.on_gpu else "cpu")

    def wait(self, result: Any) -> None:
        """Wait until a result is computed."""
        if self.on_gpu:
            self.torch.cuda.synchronize()


def medians(of: Any, functions: dict[str, Callable], x: Any, rounds: int) -> dict[str, float]:
    """Return the median seconds of each function.

    They take turns. In its turn, each is called twice before it is timed: what the one before
    left in the caches and the allocator must not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            for call in range(CALLS + 2):
                start = time.perf_counter()
                result = function(x)
                of.wait(result)
                took = time.perf_counter() - start
                del result
                if call >= 2:
                    seconds[name].append(took)
    return {name: statistics.median(values) for name, values in seconds.items()}


def cases(of: Any) -> Iterator[tuple[tuple[int, ...], str, str, str]]:
    """Return shape, way, function and peer of each line."""
    for shape, way in itertools.product(SHAPES, of.ways):
        for pair in [*PEERS, *([] if "gradient" in way else [STREAM])]:
            yield (shape, way, *pair)  # the gradient of x + 1 is no pass over memory


def print_times(of: Any, rounds: int) -> None:
    """Print the table of times of a library, each function with one peer at a time."""
    print(f"{of.name} on {of.device}, float32")
    for shape, way, name, peer in tqdm(list(cases(of)), leave=False, disable=None):
        x = of.random(shape)
        functions = {case: of.ways[way](of.functions[case]) for case in (name, peer)}
        turns = rounds if math.prod(shape) > 10**6 else 10 * rounds
        mine, theirs = medians(of, functions, x, turns).values()
        ratio = f"{mine * 1e3:8.3f} ms = {mine / theirs:5.2f} times {peer}"
        tqdm.write(f"{'x'.join(map(str, shape)):>10}  {way:19} {name:14}{ratio}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frameworks")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default 5)")
    rounds = parser.parse_args().rounds
    print_times(OfJax(), rounds)
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed: make test-torch")
    else:
        print_times(OfTorch(), rounds)


if __name__ == "__main__":
    main()
