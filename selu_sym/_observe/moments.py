"""Moments of what layers take and give: over all numbers, and over those of each example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from selu_sym._numeric.validation import FloatArray

BLOCK = 2**18
"""How many numbers are squared at a time, so that no second copy of a large array is made."""


@dataclass(frozen=True)
class Moments:
    """Moments of a tensor over all its numbers, and over those of each example."""

    mean: float
    variance: float
    by_example: FloatArray
    """The second moment of each example."""

    @classmethod
    def of(cls, values: FloatArray) -> Moments:
        """Return the moments of an array of any float dtype, whose first axis is of examples."""
        rows = values.reshape(len(values), -1)
        step = max(1, BLOCK // max(1, rows.shape[1]))
        means, seconds = np.empty(len(rows)), np.empty(len(rows))
        with np.errstate(over="ignore", invalid="ignore"):  # of a network that has diverged
            for start in range(0, len(rows), step):
                part = slice(start, start + step)
                block = np.asarray(rows[part], np.float64)
                means[part] = block.mean(axis=1)
                seconds[part] = np.einsum("ij,ij->i", block, block) / max(1, block.shape[1])
        return cls.by_examples(means, seconds)

    @classmethod
    def by_examples(cls, means: FloatArray, seconds: FloatArray) -> Moments:
        """Return the moments, given the mean and the second moment of each example."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(means.mean())
            return cls(mean, max(float(seconds.mean()) - mean**2, 0.0), seconds)

    @property
    def second(self) -> float:
        """The second moment, E[x^2]."""
        return self.variance + self.mean**2

    @property
    def finite(self) -> bool:
        """Whether all numbers are finite."""
        return bool(np.all(np.isfinite(self.by_example))) and bool(np.isfinite(self.mean))

    @classmethod
    def together(cls, several: Sequence[Moments]) -> Moments:
        """Return the moments over several tensors that are made of the same examples."""
        if len(several) == 1:
            return several[0]
        examples = [moments.by_example for moments in several]
        if len({len(one) for one in examples}) > 1:
            return cls.joined(several)
        return cls._averaged(several, np.ones(len(several)), np.mean(examples, axis=0))

    @classmethod
    def joined(cls, batches: Sequence[Moments]) -> Moments:
        """Return the moments over tensors that are made of different examples."""
        if len(batches) == 1:
            return batches[0]
        examples = [moments.by_example for moments in batches]
        return cls._averaged(batches, np.array(list(map(len, examples))), np.concatenate(examples))

    @classmethod
    def _averaged(
        cls, several: Sequence[Moments], counts: FloatArray, by_example: FloatArray
    ) -> Moments:
        """Return the moments of tensors of given sizes."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(np.average([moments.mean for moments in several], weights=counts))
            second = float(np.average([moments.second for moments in several], weights=counts))
            return cls(mean, max(second - mean**2, 0.0), by_example)
