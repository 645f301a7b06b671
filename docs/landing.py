"""Draw the first page's picture: what 64 layers make of a signal without this package and with it.

Usage: ``python docs/landing.py`` writes docs/landing.png. The networks are random ones, drawn here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import erf

import selu_sym

FloatArray = npt.NDArray[np.float64]

DEPTH, WIDTH, NETWORKS = 64, 256, 8


class Signal(NamedTuple):
    """By layer, the median over networks; 0 is the input."""

    second_moment: FloatArray
    gradient: FloatArray
    """Second moment of the gradient, from each layer back to the input."""

    correlation: FloatArray
    """Of two inputs that are not correlated."""


def gelu(z: FloatArray) -> FloatArray:
    """Return the GELU."""
    return z * (1 + erf(z / 2**0.5)) / 2


def gelu_slope(z: FloatArray) -> FloatArray:
    """Return the derivative of the GELU."""
    return (1 + erf(z / 2**0.5)) / 2 + z * np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5


def signal(
    f: Callable[[FloatArray], FloatArray],
    slope: Callable[[FloatArray], FloatArray],
    tau: float,
    bias_variance: float = 0.0,
) -> Signal:
    """Return what random networks with weights of the variance tau/n make of two inputs.

    With layers of one width, the second moment of a random gradient changes from layer to layer as
    that of a random step of the input does, which goes forward with the signal.
    """
    found = []
    for seed in range(NETWORKS):
        random = np.random.default_rng(seed)
        x = random.normal(size=(WIDTH, 2))
        steps = random.normal(size=(WIDTH, 16))
        sizes, growth, alike = [], [], []
        for _ in range(DEPTH + 1):
            sizes.append(np.mean(x[:, 0] ** 2))
            growth.append(np.mean(steps**2))
            alike.append(np.sum(x[:, 0] * x[:, 1]) / np.sqrt(np.prod(np.sum(x**2, axis=0))))
            weights = random.normal(size=(WIDTH, WIDTH)) * (tau / WIDTH) ** 0.5
            z = weights @ x + random.normal(size=(WIDTH, 1)) * bias_variance**0.5
            steps = slope(z[:, :1]) * (weights @ steps)
            x = f(z)
        found.append((sizes, growth / growth[0], alike))
    return Signal(*np.median(found, axis=0))


def signals() -> dict[str, Signal]:
    """Return the signals of three networks, by what is done."""
    q = selu_sym.shape_for_depth("gelu", DEPTH)

    def shaped_slope(z: FloatArray) -> FloatArray:
        return q.scale * q.input_scale * gelu_slope(q.input_scale * z + q.input_shift)

    return {
        "GELU, PyTorch's defaults": signal(gelu, gelu_slope, 1 / 3, 1 / (3 * WIDTH)),
        "GELU, He's weights": signal(gelu, gelu_slope, 2.0),
        'shape_for_depth("gelu", 64)': signal(q, shaped_slope, 1.0),
    }


def main() -> None:
    """Write the picture."""
    import matplotlib.pyplot as plt  # noqa: PLC0415

    titles = ("signal, forward", "gradients, backward", "two inputs that differ")
    labels = ("second moment", "second moment of gradients", "correlation")
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for (name, found), color in zip(
        signals().items(), ("tab:red", "tab:orange", "tab:blue"), strict=True
    ):
        for ax, values in zip(axes, found, strict=True):
            ax.plot(values, color=color, label=name, linewidth=2)
    for ax, title, label in zip(axes, titles, labels, strict=True):
        ax.set(title=title, xlabel="layer", ylabel=label)
        ax.grid(alpha=0.3)
        if ax is not axes[2]:
            ax.set_yscale("log")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(Path(__file__).with_name("landing.png"), dpi=150)


if __name__ == "__main__":
    main()
