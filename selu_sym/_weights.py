"""Weight models: which net input a layer with given activations feeds to the next one."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from selu_sym import _validation

WeightModel: TypeAlias = Literal["unit-sum", "normalized", "iid"]
Weights: TypeAlias = WeightModel | tuple[float, float]

SUMS: dict[str, tuple[float, float]] = {"unit-sum": (1.0, 1.0), "normalized": (0.0, 1.0)}
"""(omega, tau), sum and sum of squares of a unit's weights, of the models that fix both."""


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


def net_input(mean: Any, variance: Any, weights: Weights, kernels: Any) -> tuple[Any, Any]:
    """Return (m, v) of the net input, by the kernels of any target."""
    if weights == "iid":
        m, v = kernels.net_input_iid(mean, variance)
        return m + 0 * v, v  # the constant mean takes the shape of the variance
    omega, tau = SUMS[weights] if isinstance(weights, str) else weights
    m, v = kernels.net_input(mean, variance, omega, tau)
    return m + 0.0, v  # -0.0 becomes 0.0
