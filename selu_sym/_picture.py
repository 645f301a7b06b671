"""A picture of a SELU, and of the densities before and after it; it needs matplotlib."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

try:
    from matplotlib.figure import Figure
except ImportError as error:
    raise ImportError("a picture needs matplotlib: pip install matplotlib") from error

from selu_sym._generated import numpy_kernels
from selu_sym._numeric.validation import FloatArray
from selu_sym._selu import SeluParameters


def draw(p: SeluParameters[float]) -> Figure:
    """Return a figure: the activation on the left, the two densities on the right."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    branches = densities(p)
    if not branches:
        place = f"N({p.input_mean:.4g}, {p.input_variance:.4g})"
        raise ValueError(f"the net input {place} is too far below zero for a picture")
    z, y, of_z, of_y = (np.concatenate(parts) for parts in zip(*branches, strict=True))
    left.axhline(0, color="0.8", linewidth=0.8)
    left.axvline(0, color="0.8", linewidth=0.8)
    left.plot(z, y)
    left.set(xlabel="net input", ylabel="activation")
    left.set_title(f"alpha = {p.alpha:.6g}, scale = {p.scale:.6g}", fontsize="medium")
    for values, density, name, mean, variance in (
        (z, of_z, "net input", p.input_mean, p.input_variance),
        (y, of_y, "activation", p.mean, p.variance),
    ):
        right.plot(values, density, label=f"{name}: mean {mean:.4g}, variance {variance:.4g}")
    highest = min(of_y.max(), 5 * of_z.max())  # for large variances there is a spike at the left
    right.set(xlabel="value", ylabel="density", ylim=(0, 1.35 * highest))
    right.legend(fontsize="small")
    return figure


def densities(p: SeluParameters[float]) -> list[tuple[FloatArray, ...]]:
    """Return (net input, activation, and the density of each), below zero and above zero.

    The SELU increases: the activation is below selu(z) exactly where the net input is below z.
    So the derivative of the probability of that is the activation's density. It jumps at zero.
    """
    deviation = p.input_variance**0.5
    reach = numpy_kernels.DEVIATIONS_SHOWN * deviation
    low, high = p.input_mean - reach, p.input_mean + reach
    least = max(low, numpy_kernels.LEAST_INPUT_SHOWN)
    branches: list[tuple[FloatArray, ...]] = []
    for start, end in ((least, min(high, 0.0)), (max(low, 0.0), high)):
        if start < end:
            z = np.linspace(start, end, 1001)
            y = numpy_kernels.selu(z, p.scale, p.saturation)
            below = ndtr((z - p.input_mean) / deviation)
            branches.append((z, y, np.gradient(below, z), np.gradient(below, y)))
    return branches
