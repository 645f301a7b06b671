"""Alpha and scale as tensors of a library, with derivatives.

Libraries for tensors have no erfcx, which the closed forms of the moments need. So the moments are
computed from their definition by a Gauss-Legendre rule (``derivations.quadrature``), in a few
operations on all nodes at once. Derivatives need no rule: each is a formula of the values, so that
derivatives of any order exist.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, ClassVar, Generic, TypeAlias

import numpy as np

from selu_sym._numeric import fixed_point, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.signals import unit_rule
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Weights, net_input_of
from selu_sym._tensors.selu_tensors import Tensor

RULE_NODES = 128
"""Nodes of the rule: the error of 96 is rounding for variances up to 1e4, of 128 up to 1e8."""

WIDEST = 1e8
"""Largest variance of a net input for which this computes. Its inverse is the smallest."""

MOST_DEVIATIONS = 8.0
"""Largest distance of a net input's mean from 0, in standard deviations."""

Function: TypeAlias = Callable[..., tuple[Tensor, ...]]
Slopes: TypeAlias = Callable[..., Sequence[Sequence[Tensor]]]


class ByRule(ABC, Generic[Tensor]):
    """The solution of fixed points by the rule, for the tensors of one library."""

    kernels: ClassVar[ModuleType]
    """The library's generated functions."""

    @abstractmethod
    def where(self, condition: Tensor, x: Tensor, other: float) -> Tensor:
        """Return the elements of x where a condition holds, and a number elsewhere."""

    @abstractmethod
    def dot(self, values: tuple[Tensor, ...], weights: Tensor) -> list[Tensor]:
        """Return the weighted sums over the last dimension of values of one shape."""

    @abstractmethod
    def constant(self, array: FloatArray, dtype: object) -> Tensor:
        """Return an array as a tensor of a dtype of the library."""

    @abstractmethod
    def with_derivatives(
        self, function: Function[Tensor], slopes: Slopes[Tensor], inputs: list[Tensor]
    ) -> tuple[Tensor, ...]:
        """Return function(*inputs), with derivatives that are functions of these outputs.

        The derivative of output i with respect to input j is slopes(outputs, *inputs)[i][j], which
        is differentiated in turn. Outputs without slopes, which are the last ones, are constant.
        """

    def solved(
        self, mean: Tensor, variance: Tensor, weights: Weights
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return (alpha, scale, existence gap) of tensors of one shape.

        Alpha and scale are NaN where there is no solution. All three are NaN where the net input is
        too far from zero, too wide or too narrow to be computed.
        """
        inputs = self._inputs(mean, variance, weights)
        alpha, scale, gap = self.with_derivatives(self.solution, self.solution_slopes, inputs)
        return alpha, scale, gap

    def exists(self, mean: Tensor, variance: Tensor, weights: Weights) -> Tensor:
        """Return whether there is a solution that is computed."""
        _, gap, computed = self._existence(*self._inputs(mean, variance, weights))
        return computed & (gap > 0)

    def solution(
        self, m: Tensor, v: Tensor, mean: Tensor, variance: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return alpha, scale and the existence gap."""
        moments, gap, computed = self._existence(m, v, mean, variance)
        alpha, scale = self.kernels.fixed_point(*(*moments, gap, mean, variance))
        exists = computed & (gap > 0)
        return (
            self._or_nan(exists, alpha),
            self._or_nan(exists, scale),
            self._or_nan(computed, gap),
        )

    def solution_slopes(
        self, outputs: Sequence[Tensor], m: Tensor, v: Tensor, mean: Tensor, variance: Tensor
    ) -> Sequence[Sequence[Tensor]]:
        """Return the derivatives of alpha, then of scale, with respect to each of the inputs."""
        values = self.with_derivatives(self.values, self.value_slopes, [m, v])
        slopes = self.kernels.derivatives(*(*values, *outputs[:2], m, v, mean, variance))
        return slopes[:4], slopes[4:]

    def values(self, m: Tensor, v: Tensor) -> tuple[Tensor, ...]:
        """Return (A, B, C, D, P, T1, T2, p0)."""
        moments, tails = self._moments(m, v)
        return (*moments[:4], *tails)

    def value_slopes(
        self, outputs: Sequence[Tensor], m: Tensor, v: Tensor
    ) -> Sequence[Sequence[Tensor]]:
        """Return the derivatives of each of the values with respect to m and to v."""
        slopes = self.kernels.moment_derivatives(*(*outputs, m, v))
        return list(zip(slopes[:8], slopes[8:], strict=True))

    def _inputs(self, mean: Tensor, variance: Tensor, weights: Weights) -> list[Tensor]:
        """Return mean and variance of the net input, and of the activations, of one shape."""
        m, v = net_input_of(mean, variance, weights)
        return [x + 0 * v for x in (m, v, mean, variance)]

    def _existence(
        self, m: Tensor, v: Tensor, mean: Tensor, variance: Tensor
    ) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
        """Return (A, B, C, D), the existence gap, and whether the rule holds for this net input."""
        moments, _ = self._moments(m, v)
        gap: Tensor = self.kernels.existence_gap(*(*moments, m, v, mean, variance))
        most = MOST_DEVIATIONS * v**0.5
        computed = (m <= most) & (-m <= most) & (v >= 1 / WIDEST) & (v <= WIDEST)
        return moments[:4], gap, computed

    def _or_nan(self, condition: Tensor, x: Tensor) -> Tensor:
        """Return x where a condition holds, and NaN elsewhere.

        NaN is computed, only where it is the result: tools that look for the operation that makes
        NaN, as TensorFlow's ``enable_check_numerics``, would stop at a constant.
        """
        return x * self.where(condition, 0 * x + 1, -1.0) ** 0.5

    def _moments(self, m: Tensor, v: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
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

    def _integrals(
        self, integrands: Callable[..., Tensor | tuple[Tensor, ...]], end: Tensor, *inputs: Tensor
    ) -> list[Tensor]:
        """Return the integrals over w from 0 to an end, one for each of the integrands."""
        nodes, weights = (self.constant(array, end.dtype) for array in unit_rule(RULE_NODES))
        values = integrands(_along_nodes(end) * nodes, *map(_along_nodes, inputs))
        values = values if isinstance(values, tuple) else (values,)
        return [end * total for total in self.dot(values, weights)]


def _along_nodes(x: Any) -> Any:
    """Return a tensor with a last dimension of size 1, which broadcasts to that of the nodes."""
    return x[..., None]


def require_solutions(
    mean: FloatArray, variance: FloatArray, gap: FloatArray, weights: Weights
) -> None:
    """Raise NoFixedPointError, or ValueError where nothing is computed, unless all gaps are > 0."""
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
