"""Moments, layer map and derivatives in forms whose balls stay narrow, also over boxes."""

from __future__ import annotations

from derivations import (
    complement,
    fixed_point,
    moments,
    propagation,
    sensitivity,
    shaping,
    stability,
    stable,
)
from derivations.activations import slope
from derivations.codegen.functions.fixed_points import TAILS
from derivations.codegen.functions.signals import IID_COMPLEMENT, LINEAR_COMPLEMENT
from derivations.codegen.target import GeneratedFunction
from derivations.symbols import A, B, C, D, alpha, c, lamda, m, omega, tau, v

PARTS = (
    *(A, B, D),
    *(sensitivity.P, stability.T0, sensitivity.T1, sensitivity.T2, stability.G, sensitivity.p0),
)
"""What the layer map is computed from where each is a ball."""

MOMENTS = (
    GeneratedFunction(moments.half_line_moments, (m, v), "(A, B, C, D)"),
    GeneratedFunction(
        stable.moments_by_mills_ratio,
        (m, v),
        "(A, B, C, D, A_minor, C_minor, V)",
        "all_moments",
    ),
    GeneratedFunction(
        stable.tails_by_mills_ratio, (m, v), "(P, T0, T1, T2, p0), of a point", "all_tails"
    ),
    GeneratedFunction(propagation.high_moments_below, (v,), "(H3, H4) for m = 0"),
)
"""The moments of a point."""

LAYER_MAP = (
    GeneratedFunction(
        stability.layer_map_for_balls,
        (m, v, *PARTS, alpha, lamda),
        "(new mean, new variance)",
        "layer_map",
    ),
    GeneratedFunction(
        stability.layer_derivatives_for_balls,
        (*PARTS, alpha, lamda),
        "the derivatives of the new mean, then of the new variance, with respect to m and v",
        "layer_derivatives",
    ),
    GeneratedFunction(
        stability.layer_second_derivatives_for_balls,
        (m, v, *PARTS, alpha, lamda),
        "the second derivatives of the new mean, then of the new variance, with respect to mm, mv "
        "and vv",
        "layer_second_derivatives",
    ),
    GeneratedFunction(
        stability.linear_singular_value,
        (*stability.FIRST, omega, tau),
        "the largest singular value of the Jacobian",
    ),
    GeneratedFunction(
        stability.linear_singular_value_gradient,
        (*stability.FIRST, *stability.SECOND, omega, tau, stability.tau_v),
        "its derivatives with respect to m and v, where tau depends on v",
    ),
    GeneratedFunction(
        stability.linear_jacobian_derivative_norms,
        (*stability.FIRST, *stability.SECOND, omega, tau, stability.tau_v),
        "the Frobenius norms of the derivatives of the Jacobian with respect to m and v, where tau "
        "depends on v",
    ),
    GeneratedFunction(stability.moments_by_tails, (m, v, *TAILS), "(A, B, C, D)"),
    GeneratedFunction(
        sensitivity.moments_by_mean_value,
        (A, B, C, D, *TAILS, *sensitivity.CHANGES),
        "(A, B, C, D) in a box, from their values at a point that is dm and dv away",
    ),
    GeneratedFunction(
        complement.linear_complement, LINEAR_COMPLEMENT, "I - J at a fixed point, by rows"
    ),
    IID_COMPLEMENT,
    GeneratedFunction(
        complement.attraction,
        complement.COMPLEMENT,
        "(r, 1 - spectral radius), given I - J; true where the sign of r is known",
    ),
    GeneratedFunction(stability.unit_sum_parameters, (A, B, C, D, m, v), "(x, y)"),
    GeneratedFunction(
        stability.unit_sum_slopes,
        (A, B, C, D, m, *TAILS, fixed_point.x, fixed_point.y),
        "the derivatives of x with respect to m and v, then those of y",
    ),
    GeneratedFunction(
        stability.unit_sum_gap,
        (m, v, *TAILS, fixed_point.x, fixed_point.y),
        "1 - trace + det of the Jacobian",
    ),
    GeneratedFunction(
        stability.unit_sum_gap_gradient,
        (m, v, *TAILS, fixed_point.x, fixed_point.y, *stability.X_SLOPES, *stability.Y_SLOPES),
        "its derivatives with respect to m and v",
    ),
)
"""The layer map and its derivatives, for boxes."""

SHAPING = (
    GeneratedFunction(
        shaping.leaky_relu_map_and_slopes,
        (slope, c),
        "C(c) and its derivatives",
    ),
)
"""Maps of correlations with their derivatives, for Newton's method."""
