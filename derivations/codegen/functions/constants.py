"""Numbers that Python and JavaScript must agree on: those of SELUs, and of any activation."""

from __future__ import annotations

from derivations import (
    activation,
    activations,
    correlation,
    fixed_point,
    gaussian_rule,
    propagation,
    stability,
    transformed,
)
from derivations.codegen.target import GeneratedConstant

CONSTANTS = (
    GeneratedConstant(
        "FARTHEST_MEAN",
        fixed_point.FARTHEST_MEAN,
        "Standard deviations between the net input's mean and zero up to which float64 holds alpha "
        "and lamda.",
    ),
    GeneratedConstant(
        "GAP_ERROR",
        fixed_point.GAP_ERROR,
        "Relative error of the terms of the existence gap, with a margin.",
    ),
    GeneratedConstant(
        "ANGLE_NODES",
        correlation.ANGLE_NODES,
        "Nodes of the Gauss-Legendre rule over an angle between two net inputs.",
    ),
    GeneratedConstant(
        "ENTRY_ERROR",
        stability.ENTRY_ERROR,
        "Relative error of the terms of the Jacobian's entries.",
    ),
    GeneratedConstant(
        "PARAMETER_ERROR",
        stability.PARAMETER_ERROR,
        "Relative error of alpha^2 and lamda^2, for a condition number of 1.",
    ),
    GeneratedConstant(
        "EQUAL_GAIN",
        propagation.EQUAL_GAIN,
        "Distance from 1 within which a gain counts as 1.",
    ),
    GeneratedConstant(
        "DEVIATIONS_SHOWN",
        activation.DEVIATIONS_SHOWN,
        "Deviations of the net input that pictures show on each side of its mean.",
    ),
    GeneratedConstant(
        "LEAST_INPUT_SHOWN",
        activation.LEAST_INPUT_SHOWN,
        "The least net input in pictures of a SELU.",
    ),
)
"""Of SELUs."""

ACTIVATION_CONSTANTS = (
    GeneratedConstant(
        "SMALLEST_INPUT_VARIANCE",
        gaussian_rule.SMALLEST_INPUT_VARIANCE,
        "Smallest variance of a net input for which means are computed.",
    ),
    GeneratedConstant(
        "LARGEST_INPUT_VARIANCE",
        gaussian_rule.LARGEST_INPUT_VARIANCE,
        "Largest variance of a net input for which means are computed.",
    ),
    GeneratedConstant(
        "MOST_DEVIATIONS",
        gaussian_rule.MOST_DEVIATIONS,
        "Deviations of a net input's mean from 0 up to which means are computed.",
    ),
    GeneratedConstant(
        "SATURATED_FROM",
        gaussian_rule.SATURATED_FROM,
        "Deviations of m from 0 from which on the variance is that of f less its limit.",
    ),
    GeneratedConstant(
        "DEVIATIONS_INTEGRATED",
        gaussian_rule.DEVIATIONS_INTEGRATED,
        "Deviations from the mean up to which a density is integrated.",
    ),
    GeneratedConstant(
        "LAST_STEP",
        gaussian_rule.LAST_STEP,
        "The t of the double exponential rule's last node.",
    ),
    GeneratedConstant(
        "UNDECIDED_SLOPE",
        transformed.UNDECIDED_SLOPE,
        "Distance from 1 within which float64 does not decide whether a slope is above 1.",
    ),
    GeneratedConstant(
        "SLOPE_DIGITS",
        transformed.SLOPE_DIGITS,
        "Decimals to which the slopes of two balanced roots are compared.",
    ),
    GeneratedConstant(
        "MEANS_ROUNDOFF",
        transformed.MEANS_ROUNDOFF,
        "Relative difference of two terms that may be equal but for rounding errors.",
    ),
)
"""Of any activation."""

PYTHON_CONSTANTS = (
    GeneratedConstant(
        "QUICK_STEEPNESS",
        activations.QUICK_STEEPNESS,
        "By what the quick GELU multiplies the argument of its logistic function.",
    ),
)
"""That only Python needs."""
