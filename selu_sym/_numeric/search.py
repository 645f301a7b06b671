"""Where to look for the variance at which a layer has a given gain of gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from selu_sym._numeric.validation import FloatArray

Gains: TypeAlias = Callable[[FloatArray], FloatArray]
"""From logarithms of variances to gains, NaN where there is no fixed point."""


def refined(
    gains: Gains,
    exponents: FloatArray,
    values: FloatArray,
    run: npt.NDArray[np.intp],
    limit: float,
) -> tuple[FloatArray, FloatArray]:
    """Return exponents and gains of a run, with finer steps where the limit may be crossed.

    That is next to a border of existence, and at minima that are above the limit.
    """
    first, last = int(run[0]), int(run[-1])
    x, y = [exponents[run]], [values[run]]
    borders = []
    if first > 0 and not np.any(values[run] <= limit):
        borders.append((first - 1, first))
    if last < len(values) - 1 and values[last] <= limit:
        borders.append((last + 1, last))
    for outside, inside in borders:
        x.append(towards_border(gains, exponents[outside], exponents[inside]))
    inner = run[1:-1]
    around = values[inner - 1], values[inner], values[inner + 1]
    lowest = inner[(around[1] <= around[0]) & (around[1] <= around[2]) & (around[1] > limit)]
    for place in lowest:
        x.append(np.linspace(exponents[place - 1], exponents[place + 1], 201)[1:-1])
    y += map(gains, x[1:])
    every, places = np.unique(np.concatenate(x), return_index=True)
    of_every = np.concatenate(y)[places]
    known = np.isfinite(of_every)
    return every[known], of_every[known]


def towards_border(gains: Gains, outside: float, inside: float) -> FloatArray:
    """Return exponents that come ever closer to the border between no gain and one."""
    nearest = inside
    for _ in range(60):
        middle = (outside + nearest) / 2
        if np.isnan(gains(np.array([middle]))).item():
            outside = middle
        else:
            nearest = middle
    shares = np.concatenate([np.zeros(1), np.geomspace(1e-15, 0.9, 100)])
    return nearest + (inside - nearest) * shares
