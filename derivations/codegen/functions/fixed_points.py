"""Net input, half-line moments, fixed point and their derivatives, for single numbers or arrays."""

from __future__ import annotations

from derivations import dropout, fixed_point, moments, propagation, sensitivity, stable
from derivations.codegen.target import GeneratedFunction
from derivations.symbols import A, B, C, D, alpha, beta, lamda, m, mu, nu, omega, q, tau, v

MOMENTS = (A, B, C, D, stable.A_minor, stable.C_minor, stable.V)

TAILS = (sensitivity.P, sensitivity.T1, sensitivity.T2, sensitivity.p0)

NET_INPUT = (
    GeneratedFunction(moments.net_input, (mu, nu, omega, tau), "(m, v)"),
    GeneratedFunction(moments.net_input_iid, (mu, nu, tau, beta), "(m, v)"),
)

SOLUTION = (
    GeneratedFunction(
        fixed_point.existence_gap,
        (*MOMENTS, m, v, mu, nu),
        "G, positive exactly where a solution exists",
    ),
    GeneratedFunction(
        fixed_point.stable_parameters,
        (A, B, C, D, fixed_point.G, mu, nu),
        "(alpha, lamda)",
        "fixed_point",
    ),
)

DROPOUT_AFFINE = GeneratedFunction(
    dropout.affine, (mu, nu, dropout.s, q), "(a, b)", "dropout_affine"
)

DROPOUT_AFFINE_AROUND = GeneratedFunction(
    dropout.affine_around,
    (mu, nu, dropout.d, q),
    "(a, b) for dropped units that become d",
    "dropout_affine_around",
)

ALGEBRA = (
    *NET_INPUT,
    *SOLUTION,
    DROPOUT_AFFINE,
    GeneratedFunction(
        propagation.gradient_gain,
        (sensitivity.P, sensitivity.T2, alpha, lamda, tau),
        "chi = tau E[selu'(z)^2]",
    ),
    GeneratedFunction(
        propagation.high_moments,
        (propagation.H3, propagation.H4, alpha, lamda, v),
        "(E[selu(z)^3], E[selu(z)^4]) for m = 0",
    ),
)
"""The functions that need nothing but arithmetic, the same for every target."""

REMAINING_MOMENTS = GeneratedFunction(
    stable.remaining_moments,
    (m, v, stable.A_minor, B, stable.C_minor, D, stable.V),
    "(A, C, V)",
)

DERIVATIVES = GeneratedFunction(
    sensitivity.derivatives,
    (A, B, C, D, *TAILS, alpha, lamda, m, v, mu, nu),
    "the derivatives of alpha, then those of lamda, with respect to m, v, mu and nu",
)

FLOAT64 = (
    *ALGEBRA,
    GeneratedFunction(
        stable.moment_forms,
        (m, v),
        "where to use (minor_moments_by_fraction, moments_below_by_series or _fraction)",
    ),
    GeneratedFunction(
        fixed_point.gap_magnitude,
        (A, B, C, stable.V, m, v, mu, nu),
        "the size of the terms of G that can cancel",
    ),
    GeneratedFunction(stable.decay, (m, v), "g = e^(-m^2/(2v))"),
    GeneratedFunction(
        stable.moments_by_differences,
        (m, v, stable.g),
        "(A_minor, B, C_minor, D, V if saturated)",
    ),
    GeneratedFunction(stable.minor_moments_by_fraction, (m, v, stable.g), "(A_minor, C_minor)"),
    GeneratedFunction(stable.moments_below_by_series, (m, v, stable.g), "(B, D)"),
    GeneratedFunction(stable.moments_below_by_fraction, (m, v, stable.g), "(B, D)"),
    GeneratedFunction(stable.needs_variance_far_below, (m, v), "where to use variance_far_below"),
    GeneratedFunction(stable.variance_far_below, (m, v, stable.g), "V = D - B^2"),
    REMAINING_MOMENTS,
    GeneratedFunction(sensitivity.tails, (m, v), "(P, T1, T2, p0)"),
    DERIVATIVES,
    GeneratedFunction(
        sensitivity.condition_numbers,
        (
            *(d for results in sensitivity.DERIVATIVES.values() for d in results),
            *(alpha, lamda, m, v, mu, nu),
        ),
        "the relative condition numbers of alpha and of lamda",
    ),
    GeneratedFunction(
        sensitivity.linear_net_input_derivatives,
        (omega, tau),
        "(dm/dmu, dm/dnu, dv/dmu, dv/dnu)",
    ),
    GeneratedFunction(
        sensitivity.iid_net_input_derivatives, (mu, tau), "(dm/dmu, dm/dnu, dv/dmu, dv/dnu)"
    ),
)
"""The forms that are stable in float64."""
