"""What a fixed point does to signals, in float64: layer map, stability, gradients, pairs, width."""

from __future__ import annotations

from derivations import correlation, propagation, sensitivity, stability, stable
from derivations.codegen.functions.fixed_points import TAILS
from derivations.codegen.target import GeneratedFunction
from derivations.symbols import A, B, C, D, alpha, beta, c, lamda, m, mu, n, omega, tau, v

FLOAT64 = (
    GeneratedFunction(
        stability.positive_part_variance,
        (A, C, stable.A_minor, stable.C_minor, m, v),
        "U = C - A^2",
    ),
    GeneratedFunction(
        stability.negative_part_variance,
        (stable.V, m, v),
        "V = D - B^2, also for m far below zero",
    ),
    GeneratedFunction(
        stability.layer_map,
        (A, B, stability.U, stable.V, alpha, lamda),
        "(new mean, new variance)",
    ),
    GeneratedFunction(
        stability.layer_derivatives,
        (A, B, D, *TAILS, alpha, lamda),
        "the derivatives of the new mean, then of the new variance, with respect to m and v",
    ),
    GeneratedFunction(
        stability.linear_jacobian,
        (*stability.FIRST, omega, tau),
        "the Jacobian with respect to mu and nu, by rows",
    ),
    GeneratedFunction(
        stability.iid_jacobian,
        (*stability.FIRST, mu, tau),
        "the Jacobian with respect to mu and nu, by rows",
    ),
    GeneratedFunction(propagation.high_moments_below_by_differences, (v,), "(H3, H4) for m = 0"),
    GeneratedFunction(propagation.high_moments_below_by_series, (v,), "(H3, H4) for m = 0"),
    GeneratedFunction(propagation.needs_series, (v,), "where to use high_moments_below_by_series"),
    GeneratedFunction(
        propagation.second_moment_slopes,
        (sensitivity.T1, sensitivity.T2, sensitivity.p0, alpha, lamda, tau),
        "(g', g'', the derivative of the new mean) with respect to the second moment, for m = 0",
    ),
    GeneratedFunction(
        propagation.next_fluctuations,
        (
            *propagation.FIRST_FOUR,
            propagation.rho,
            propagation.mean_slope,
            propagation.fluctuation,
            n,
        ),
        "the variances of a layer's empirical second moment, mean and variance",
    ),
)
"""The forms that are stable in float64."""

PAIRS = (
    GeneratedFunction(
        correlation.angle_limits,
        (v, correlation.theta, correlation.eta),
        "the ends of the integrals of (both_below_integrand, opposite_slope_integrand) over w",
    ),
    GeneratedFunction(
        correlation.both_below_integrand,
        (correlation.w, v, correlation.eta),
        "the integrand of K_mm",
    ),
    GeneratedFunction(
        correlation.opposite_slope_integrand,
        (correlation.w, v),
        "the integrand of Q_pm at abs(c)",
    ),
    GeneratedFunction(
        correlation.pair_mean_by_angles,
        (correlation.Kmm, correlation.W, c, correlation.eta, v, alpha, lamda),
        "E[selu(z1) selu(z2)]",
        "pair_mean",
    ),
    GeneratedFunction(
        correlation.next_correlation,
        (correlation.K, v, tau, beta),
        "the correlation one layer on",
    ),
)
"""Pairs of inputs; each angle takes as many array elements as there are nodes."""

NORMS = (
    GeneratedFunction(
        stability.spectral_radius, stability.ENTRIES, "the largest absolute eigenvalue"
    ),
    GeneratedFunction(
        stability.jury_conditions,
        stability.ENTRIES,
        "three numbers that are positive where both eigenvalues are smaller than 1",
    ),
    GeneratedFunction(stability.singular_value, stability.ENTRIES, "the largest singular value"),
)
"""What decides stability."""
