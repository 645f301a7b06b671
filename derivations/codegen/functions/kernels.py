"""Kernels of infinitely wide networks: closed forms of pairs, and the rules of the others."""

from __future__ import annotations

from derivations import kernels
from derivations.activations import ACTIVATIONS
from derivations.codegen.functions.activations import of
from derivations.codegen.target import GeneratedFunction, GeneratedTable
from derivations.kernels import theta, v1, v2
from derivations.symbols import beta, tau

RULES = (
    GeneratedFunction(
        kernels.next_covariance, (kernels.K, tau, beta), "the covariance one layer on"
    ),
    GeneratedFunction(
        kernels.next_tangent,
        (kernels.covariance, kernels.K_slope, kernels.tangent, tau),
        "the tangent kernel one layer on",
    ),
    GeneratedFunction(
        kernels.wedge,
        (kernels.r, kernels.delta, kernels.omega),
        "(abs(z1)/sqrt(v1), abs(z2)/sqrt(v2), weight)",
    ),
    GeneratedFunction(
        kernels.kink_integrand,
        (kernels.w, kernels.h, kernels.k, kernels.psi, kernels.gap),
        "what is integrated over w for K', and for K/sqrt(v1 v2)",
    ),
)
"""The recursion, and how pairs without a closed form are integrated."""


def _functions(name: str) -> tuple[GeneratedFunction, ...]:
    arguments = (v1, v2, theta, *ACTIVATIONS[name].parameters)
    derivation = kernels.CLOSED[name]
    return (
        GeneratedFunction(derivation, arguments, "(K, K')", f"{name}_pair"),
        GeneratedFunction(
            of(kernels.slopes, derivation),
            arguments,
            "derivatives: of K by v1 and v2, then of K' by theta, v1 and v2",
            f"{name}_pair_slopes",
        ),
    )


CLOSED = tuple(function for name in kernels.CLOSED for function in _functions(name))
"""Closed forms."""

TABLES = (
    GeneratedTable(
        "CLOSED_PAIRS",
        "dict[str, bool]",
        {name: name in kernels.CLOSED for name in ACTIVATIONS},
        "Whether its pairs have a closed form.",
    ),
)
"""What code needs to know of each activation."""
