"""A SELU together with the moments at which it is studied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from selu_sym._numeric.validation import Values_co
from selu_sym._numeric.weights import Weights


@dataclass(frozen=True, eq=False)
class SeluAtMoments(Generic[Values_co]):
    """A SELU, the moments of the activations before it, and those of its net input.

    All numbers are floats, or all are arrays of one shape. At a fixed point the activations
    behind the SELU have the mean and variance of those before it.
    """

    alpha: Values_co
    scale: Values_co
    mean: Values_co
    variance: Values_co
    input_mean: Values_co
    input_variance: Values_co
    weights: Weights | None
    """The model that gives the net input's moments; None if these were given."""
