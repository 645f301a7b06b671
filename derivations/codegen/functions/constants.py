"""Numbers that Python and JavaScript must agree on."""

from __future__ import annotations

from derivations import correlation, fixed_point
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
)
