"""Alpha and lamda by a rule, with derivatives, for libraries that have no erfcx."""

from __future__ import annotations

from derivations import quadrature, sensitivity
from derivations.codegen.functions import fixed_points
from derivations.codegen.target import GeneratedFunction
from derivations.symbols import B, m, v

PARAMETERS_BY_QUADRATURE = (
    *fixed_points.NET_INPUT,
    *fixed_points.SOLUTION,
    fixed_points.REMAINING_MOMENTS,
    fixed_points.DERIVATIVES,
    GeneratedFunction(
        quadrature.integration_end, (m, v), "the upper limit of integration for integrands_below"
    ),
    GeneratedFunction(
        quadrature.integrands_below, (quadrature.w, m, v), "the integrands of (B, D, T1, T2)"
    ),
    GeneratedFunction(
        quadrature.integrands_above, (quadrature.w, m, v), "the integrands of (A_minor, C_minor)"
    ),
    GeneratedFunction(
        quadrature.variance_integrand, (quadrature.w, B, m, v), "the integrand of a part of V"
    ),
    GeneratedFunction(quadrature.remaining_variance, (B, sensitivity.P), "the rest of V"),
    GeneratedFunction(quadrature.probability_and_density, (m, v), "(P, p0)"),
    GeneratedFunction(
        quadrature.moment_derivatives,
        (*quadrature.VALUES, m, v),
        "the derivatives of (A, B, C, D, P, T1, T2, p0) with respect to m, then to v",
    ),
)
"""What alpha and lamda are computed from, and what differentiates them."""
