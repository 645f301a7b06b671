"""What a fixed point does to signals, in float64: layer map, stability, gradients, pairs, width."""

from __future__ import annotations

from derivations import (
    complement,
    correlation,
    distance,
    fixed_point,
    propagation,
    sensitivity,
    stability,
    stable,
)
from derivations.codegen.functions.fixed_points import TAILS
from derivations.codegen.target import GeneratedFunction
from derivations.symbols import A, B, C, D, alpha, c, lamda, m, mu, n, nu, omega, tau, v

LINEAR_COMPLEMENT = (
    *(A, stable.A_minor, B, D),
    *(sensitivity.P, stability.T0, *TAILS[1:]),
    *(fixed_point.x, fixed_point.y, m, v, mu, nu, omega, tau),
)
"""What I - J is computed from for weights with given sums."""

IID_COMPLEMENT = GeneratedFunction(
    complement.iid_complement,
    (A, *TAILS, fixed_point.x, fixed_point.y, mu, tau),
    "I - J at a fixed point, by rows",
)

FLOAT64 = (
    GeneratedFunction(
        complement.linear_complement_for_floats,
        LINEAR_COMPLEMENT,
        "I - J at a fixed point, by rows",
        "linear_complement",
    ),
    IID_COMPLEMENT,
    GeneratedFunction(
        complement.parameter_gradient,
        (A, B, C, D, alpha, lamda, mu, *complement.COMPLEMENT),
        "the derivatives of alpha, then those of lamda, with respect to mu and nu",
    ),
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
        stability.layer_derivative_magnitudes,
        (A, B, D, *TAILS, alpha, lamda),
        "the sums of the absolute values of the terms of layer_derivatives",
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
    GeneratedFunction(
        propagation.slope_moments,
        (alpha, lamda, v, tau),
        "(kappa, E[f f'^2]/G, E[f^2 f'^2]/G, eta) of f = selu, G = E[f'^2], for m = 0",
    ),
    GeneratedFunction(
        propagation.shared_by_squares,
        (propagation.F2, propagation.square_slope),
        "the covariance of f^2 and f'^2/G",
    ),
    GeneratedFunction(
        propagation.shared_by_variances,
        (
            propagation.F1,
            propagation.F2,
            propagation.mean_slope_square,
            propagation.square_slope,
        ),
        "the covariance of (f - E[f])^2 and f'^2/G",
    ),
    GeneratedFunction(
        propagation.next_growth_fluctuations,
        (
            propagation.kappa,
            propagation.eta,
            propagation.rho,
            propagation.shared,
            propagation.growth_variance,
            propagation.growth_covariance,
            propagation.fluctuation,
            n,
        ),
        "the variance of the logarithm of a gradient's growth, and its covariance with q",
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
        distance.distance_limits,
        (v, distance.d),
        "the limits of the integrals of the four parts of M, in their order, but for the zeros",
    ),
    *(
        GeneratedFunction(
            integrand,
            (correlation.w, v, distance.d, alpha),
            "the integrand of a part of M/lamda^2 = E[(selu(z1) - selu(z2))^2]/(2 lamda^2)",
        )
        for integrand in distance.DISTANCE
    ),
    GeneratedFunction(distance.next_decorrelation, (distance.M, v, tau), "1 - c one layer on"),
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
