"""How much of a convolution's kernel lies on the zeros of padding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


class Taps(NamedTuple):
    """A convolution along one dimension."""

    size: int
    """The size of the input, without padding."""

    kernel: int
    stride: int
    dilation: int
    before: int
    """The number of zeros before the input."""

    outputs: int
    """The size of the output."""


def share_inside(dimensions: Iterable[Taps]) -> float:
    """Return the share of a kernel's taps that lie within its input, and not on padding."""
    shares = []
    for d in dimensions:
        places = np.arange(d.outputs)[:, None] * d.stride - d.before
        places = places + np.arange(d.kernel) * d.dilation
        shares.append(np.mean((places >= 0) & (places < d.size)))
    return float(np.prod(shares))
