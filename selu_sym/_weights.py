"""Weight models: which net input a layer with given activations feeds to the next one."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal, TypeAlias

import numpy as np

from selu_sym import _validation
from selu_sym._generated import numpy_kernels

WeightModel: TypeAlias = Literal["unit-sum", "normalized", "iid"]
Weights: TypeAlias = WeightModel | tuple[float, float]

SUMS: dict[str, tuple[float, float]] = {"unit-sum": (1.0, 1.0), "normalized": (0.0, 1.0)}
"""(omega, tau), sum and sum of squares of a unit's weights, of the models that fix both."""


ASSUMPTIONS = {
    "unit-sum": "weights with sum 1 and sum of squares 1: net input N(mean, variance)",
    "normalized": "weights with sum 0 and sum of squares 1: net input N(0, variance)",
    "iid": "independent weights of mean 0, variance 1/n: net input N(0, variance + mean^2)",
}


def checked(weights: Any) -> Weights:
    """Return a valid weight model, or say which there are."""
    if isinstance(weights, str):
        if weights in SUMS or weights == "iid":
            return weights  # type: ignore[return-value]
    elif isinstance(weights, tuple | list) and len(weights) == 2:
        omega = _validation.finite("weights (omega)", weights[0])
        tau = _validation.positive("weights (tau)", weights[1])
        if isinstance(omega, float) and isinstance(tau, float):
            return omega, tau
    raise ValueError(
        "weights must be 'unit-sum', 'normalized', 'iid' or a pair of numbers (omega, tau), "
        f"got {weights!r}"
    )


def chosen(weights: Weights | None, mean: Any, stacklevel: int = 3) -> Weights:
    """Return a valid weight model, and the default where none is given.

    Where every mean is 0, the models agree on alpha and scale, and it is the one of networks.
    """
    if weights is not None:
        return checked(weights)
    if not np.any(mean):
        return "iid"
    warnings.warn(
        "no weights are given, and with a mean that is not 0 they matter: taken as 'unit-sum', "
        "which gives the numbers of the published notebook. Pass weights='iid' for networks "
        "with independent weights of mean 0 (LeCun normal), or weights='unit-sum' to keep these",
        UserWarning,
        stacklevel,
    )
    return "unit-sum"


def in_words(weights: Weights) -> str:
    """Return the name of a weight model, and what it says."""
    if isinstance(weights, str):
        return f"{weights} ({ASSUMPTIONS[weights]})"
    omega, tau = weights
    return f"sum {omega}, sum of squares {tau}"


def sums(weights: Weights) -> tuple[float, float] | None:
    """Return (omega, tau) of a model that fixes both, and None for ``"iid"``."""
    if isinstance(weights, str):
        return SUMS.get(weights)
    return weights


def net_input(mean: Any, variance: Any, weights: Weights) -> tuple[Any, Any]:
    """Return (m, v) of the net input; v is infinite or zero where float64 cannot hold it."""
    fixed = sums(weights)
    if isinstance(mean, float):
        try:
            return _net_input(mean, variance, fixed)
        except OverflowError:  # of the square
            return 0.0, math.inf
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return _net_input(mean, variance, fixed)


def _net_input(mean: Any, variance: Any, fixed: tuple[float, float] | None) -> tuple[Any, Any]:
    if fixed is None:
        m, v = numpy_kernels.net_input_iid(mean, variance)
        return m + 0 * v, v  # the constant mean takes the shape of the variance
    m, v = numpy_kernels.net_input(mean, variance, *fixed)
    return m + 0.0, v  # -0.0 becomes 0.0


def finite_net_input(mean: Any, variance: Any, weights: Weights) -> tuple[Any, Any]:
    """Return (m, v) of the net input, or say that float64 cannot hold them."""
    m, v = net_input(mean, variance, weights)
    v = _validation.positive("the net input's variance", v)
    return _validation.finite("the net input's mean", m), v


def net_input_derivatives(mean: Any, weights: Weights) -> tuple[Any, ...]:
    """Return (dm/dmean, dm/dvariance, dv/dmean, dv/dvariance)."""
    fixed = sums(weights)
    if fixed is None:
        return numpy_kernels.iid_net_input_derivatives(mean)  # type: ignore[no-any-return]
    return numpy_kernels.linear_net_input_derivatives(*fixed)  # type: ignore[no-any-return]
