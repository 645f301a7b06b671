"""Gains of activations beside what others do: time and digits in one table.

``python -m benchmarks.activations`` prints it. The peers, by what they document:

* e3nn's normalize2mom draws a million numbers;
* DKS integrates by 100,000 equally spaced points between -10 and 10;
* SciPy's quad integrates adaptively over the line;
* PyTorch's calculate_gain has a table, for a few names.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from scipy.integrate import quad
from scipy.special import erf, expit

import selu_sym
from selu_sym import precise

FUNCTIONS = {
    "relu": lambda z: np.maximum(z, 0.0),
    "gelu": lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
    "silu": lambda z: z * expit(z),
    "tanh": np.tanh,
    "sigmoid": expit,
}

PYTORCH = {"relu": math.sqrt(2), "tanh": 5 / 3, "sigmoid": 1.0}
"""torch.nn.init.calculate_gain."""


def sampled(function: Callable) -> float:
    z = np.random.default_rng(0).standard_normal(1_000_000)
    return float(np.mean(function(z) ** 2) ** -0.5)


def by_points(function: Callable) -> float:
    z = np.linspace(-10, 10, 100_000)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return float(np.trapezoid(function(z) ** 2 * density, z) ** -0.5)


def by_quad(function: Callable) -> float:
    def integrand(z: float) -> float:
        return float(function(z)) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return float(quad(integrand, -math.inf, math.inf)[0] ** -0.5)


def timed(call: Callable[[], float], repeats: int) -> tuple[float, float]:
    """Return the value and the processor time of a call, in milliseconds."""
    call()
    start = time.process_time()
    for _ in range(repeats):
        value = call()
    return value, (time.process_time() - start) / repeats * 1e3


def digits(value: float, truth: float) -> float:
    return 16.0 if value == truth else min(16.0, -math.log10(abs(value / truth - 1)))


def main() -> None:
    print(f"{'activation':<11}{'how':<22}{'ms':>9}{'digits':>8}")
    for name, function in FUNCTIONS.items():
        truth = float(precise.gain(name))
        rows: list[tuple[str, Callable[[], float], int]] = [
            ("selu_sym.gain", lambda n=name: selu_sym.gain(n), 50),
            ("selu_sym, callable", lambda f=function: selu_sym.gain(f, kinks=(0.0,)), 5),
            ("e3nn, 10^6 samples", lambda f=function: sampled(f), 1),
            ("DKS, 100,000 points", lambda f=function: by_points(f), 3),
            ("SciPy quad", lambda f=function: by_quad(f), 3),
        ]
        if name in PYTORCH:
            rows.append(("PyTorch's table", lambda n=name: PYTORCH[n], 50))
        for how, call, repeats in rows:
            value, duration = timed(call, repeats)
            print(f"{name:<11}{how:<22}{duration:>9.3f}{digits(value, truth):>8.1f}")


if __name__ == "__main__":
    main()
