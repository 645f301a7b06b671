"""The signal after a layer, and what the next layer makes of it."""

from __future__ import annotations

import math
import sys
from typing import NamedTuple

import numpy as np

from selu_sym._generated import activation_kernels
from selu_sym._numeric import signals
from selu_sym._numeric.elementwise import elementwise
from selu_sym._numeric.fluctuations import Fluctuations, next_fluctuations
from selu_sym._numeric.weights import Weights, net_input, sum_of_squares
from selu_sym._selu import SeluParameters
from selu_sym._stability import moment_map
from selu_sym._transformed import TransformedActivation, advanced


class State(NamedTuple):
    """The signal after a layer."""

    mean: float
    variance: float
    decorrelation: float
    """1 less the correlation of two net inputs, NaN where there are none."""

    growth: float = 1.0
    fluctuations: Fluctuations = Fluctuations()


def after_dropout(state: State, p: SeluParameters | TransformedActivation, rate: float) -> State:
    """Return the signal after the dropout that keeps the fixed point of p."""
    factor, offset = p.dropout_affine(rate)
    dropped = p.dropped_value if isinstance(p, TransformedActivation) else p.saturation
    mean, variance = activation_kernels.moments_after_dropout(
        state.mean, state.variance, dropped, 1 - rate, factor, offset
    )
    growth = state.growth * float(activation_kernels.gain_after_dropout(1 - rate, factor))
    return state._replace(mean=float(mean), variance=float(variance), growth=growth)


def next_state(
    state: State, p: SeluParameters | TransformedActivation, weights: Weights, width: int | None
) -> State | None:
    """Return the signal after one more layer, None where float64 cannot hold it."""
    if isinstance(p, TransformedActivation):
        return State(*advanced(p, *state, weights=weights, width=width))
    alpha, scale = float(p.alpha), float(p.scale)
    m, v = map(float, net_input(state.mean, state.variance, weights))
    if not _is_held(m, v):
        return None
    mean, variance = map(float, moment_map(state.mean, state.variance, p, weights=weights))
    if not _is_held(mean, variance):
        return None
    tau = sum_of_squares(weights)
    (gain,) = elementwise(signals.gain, m, v, alpha, scale, tau)
    fluctuations = state.fluctuations
    if width is not None:
        fluctuations = next_fluctuations(fluctuations, alpha, scale, v, weights, width)
    d = state.decorrelation
    if not math.isnan(d):
        _, following = map(float, net_input(mean, variance, weights))
        arrays = (np.array([x]) for x in (d, v, following, alpha, scale, tau))
        d = signals.next_decorrelation(*arrays).item()
    return State(mean, variance, d, state.growth * float(gain), fluctuations)


def _is_held(mean: float, variance: float) -> bool:
    """Return whether float64 holds a mean and a variance, the latter with all its digits."""
    return math.isfinite(mean) and sys.float_info.min <= variance <= sys.float_info.max
