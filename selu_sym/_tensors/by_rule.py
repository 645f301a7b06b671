"""Alpha and scale as tensors of a library, which can be differentiated.

Libraries for tensors have no erfcx, which the closed forms of the moments need. So they come from
their definition by a Gauss-Legendre rule (``derivations.quadrature``), in a few operations on all
nodes at once. Derivatives need no rule: each is a formula of the values, so that there are those
of any order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from selu_sym._numeric import fixed_point, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.signals import unit_rule
from selu_sym._numeric.weights import Weights, net_input_of

NODES = 128
"""Nodes of the rule: 96 leave nothing to see for variances up to 1e4, and these none up to 1e8."""

WIDEST = 1e8
"""Largest variance of the net input that is computed, and inverse of the smallest."""

FARTHEST = 8.0
"""Deviations between the net input's mean and zero up to which is computed."""


@dataclass(frozen=True)
class SeluTensors:
    """The SELU of a fixed point that is tensors, and can be differentiated by it.

    It unpacks: ``alpha, scale = parameters``. Functions that TensorFlow traces or JAX transforms
    take and return it.

    Attributes
    ----------
    alpha, scale : tensor
        The SELU's parameters, as of :class:`~selu_sym.SeluParameters`.
    mean, variance : tensor
        Mean and variance of the activations.
    """

    alpha: Any
    scale: Any
    mean: Any
    variance: Any

    def __iter__(self) -> Any:
        return iter((self.alpha, self.scale))

    @property
    def saturation(self) -> Any:
        """-alpha * scale, the limit of selu(z) for z to minus infinity."""
        return -self.alpha * self.scale

    def __tf_flatten__(self) -> tuple[tuple[()], tuple[Any, ...]]:
        return (), (self.alpha, self.scale, self.mean, self.variance)

    @classmethod
    def __tf_unflatten__(cls, _: tuple[()], components: tuple[Any, ...]) -> SeluTensors:
        return cls(*components)


class ByRule(ABC):
    """The solution of fixed points by the rule, for the tensors of one library."""

    kernels: ClassVar[Any]
    """The library's generated functions."""

    @abstractmethod
    def where(self, condition: Any, x: Any, other: Any) -> Any:
        """Return the elements of x where a condition holds, those of another where not."""

    @abstractmethod
    def dot(self, values: tuple[Any, ...], weights: Any) -> list[Any]:
        """Return the weighted sums over the last dimension of values of one shape."""

    @abstractmethod
    def constant(self, array: Any, dtype: Any) -> Any:
        """Return an array of NumPy's as a tensor."""

    @abstractmethod
    def with_derivatives(
        self, function: Callable[..., Any], slopes: Callable[..., Any], inputs: list[Any]
    ) -> Any:
        """Return outputs = function(*inputs); slopes(outputs, *inputs)[i][j] differentiates i by j.

        The slopes are formulas of the op's own outputs, so that they are differentiated in turn.
        Outputs without slopes, which are the last ones, are constant.
        """

    def solved(self, mean: Any, variance: Any, weights: Weights) -> tuple[Any, Any, Any]:
        """Return (alpha, scale, existence gap) of tensors of one shape.

        The first two are NaN where there is no solution, all where that is not computed.
        """
        m, v = net_input_of(mean, variance, weights)
        inputs = [x + 0 * v for x in (m, v, mean, variance)]
        alpha, scale, gap = self.with_derivatives(self.solution, self.solution_slopes, inputs)
        return alpha, scale, gap

    def solution(self, m: Any, v: Any, mean: Any, variance: Any) -> tuple[Any, Any, Any]:
        """Return alpha, scale and the existence gap."""
        moments, _ = self._moments(m, v)
        gap = self.kernels.existence_gap(*(*moments, m, v, mean, variance))
        inside = (abs(m) <= FARTHEST * v**0.5) & (v >= 1 / WIDEST) & (v <= WIDEST)
        gap = self.where(inside, gap, np.nan)
        alpha, scale = self.kernels.fixed_point(*(*moments[:4], gap, mean, variance))
        exists = gap > 0
        return self.where(exists, alpha, np.nan), self.where(exists, scale, np.nan), gap

    def solution_slopes(self, outputs: Any, m: Any, v: Any, mean: Any, variance: Any) -> Any:
        """Return the derivatives of alpha, then of scale, by each of the inputs."""
        values = self.with_derivatives(self.values, self.value_slopes, [m, v])
        slopes = self.kernels.derivatives(*(*values, *outputs[:2], m, v, mean, variance))
        return slopes[:4], slopes[4:]

    def values(self, m: Any, v: Any) -> Any:
        """Return (A, B, C, D, P, T1, T2, p0)."""
        moments, tails = self._moments(m, v)
        return (*moments[:4], *tails)

    def value_slopes(self, outputs: Any, m: Any, v: Any) -> Any:
        """Return the derivatives of each of the values by m and by v."""
        slopes = self.kernels.moment_derivatives(*(*outputs, m, v))
        return list(zip(slopes[:8], slopes[8:], strict=True))

    def _moments(self, m: Any, v: Any) -> Any:
        """Return (A, B, C, D, A_minor, C_minor, V), and (P, T1, T2, p0)."""
        kernels, end = self.kernels, self.kernels.integration_end(m, v)
        B, D, T1, T2 = self._integrals(kernels.integrands_below, end, m, v)
        A_minor, C_minor = self._integrals(
            kernels.integrands_above, kernels.integration_end(abs(m), v), m, v
        )
        (part,) = self._integrals(kernels.variance_integrand, end, B, m, v)
        P, p0 = kernels.probability_and_density(m, v)
        V = part + kernels.remaining_variance(B, P)
        A, C, V = kernels.remaining_moments(m, v, A_minor, B, C_minor, D, V)
        return (A, B, C, D, A_minor, C_minor, V), (P, T1, T2, p0)

    def _integrals(self, integrands: Callable[..., Any], end: Any, *arguments: Any) -> list[Any]:
        """Return the integrals over w from 0 to an end, one for each of the integrands."""
        nodes, weights = (self.constant(array, end.dtype) for array in unit_rule(NODES))
        values = integrands(end[..., None] * nodes, *(x[..., None] for x in arguments))
        values = values if isinstance(values, tuple) else (values,)
        return [end * total for total in self.dot(values, weights)]


def require_solutions(mean: Any, variance: Any, gap: Any, weights: Weights) -> None:
    """Say for which of some numbers there is no solution, or none that is computed here."""
    if np.all(gap > 0):
        return
    m, v = weight_models.net_input(mean, variance, weights)
    if np.any(gap <= 0):
        explanation = fixed_point.explanation(m, v, mean, variance, gap)
        raise fixed_point.NoFixedPointError(explanation)
    where = validation.first_place(np.isnan(gap))
    m, v = (float(np.asarray(x)[where]) for x in (m, v))
    raise ValueError(
        "the net input must have a variance from 1e-8 to 1e8 and a mean within 8 deviations "
        f"of 0, got N({m:.6g}, {v:.6g}); selu_sym.selu_parameters takes any"
    )
