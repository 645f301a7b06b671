"""How much of a convolution's kernel lies within its input, or a transposed one's in its output."""

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
    """The number of zeros before the input; of a transposed convolution, of outputs cut off."""

    outputs: int
    """The size of the output."""

    transposed: bool = False


def share_inside(dimensions: Iterable[Taps]) -> float:
    """Return the share of a kernel's taps that lie within its input, and not on padding.

    Of a transposed convolution, an output sums a subset of the taps: those that lie at multiples of
    the stride before it. Outputs without any are left out.
    """
    shares = []
    for d in dimensions:
        taps, outputs = np.arange(d.kernel) * d.dilation, np.arange(d.outputs)[:, None]
        if d.transposed:
            places, step = outputs + d.before - taps, d.stride
        else:
            places, step = outputs * d.stride - d.before + taps, 1
        summed = places % step == 0
        inside = summed & (places >= 0) & (places < d.size * step)
        some = summed.any(axis=1)
        shares.append(np.mean(inside.sum(axis=1)[some] / summed.sum(axis=1)[some]))
    return float(np.prod(shares))
