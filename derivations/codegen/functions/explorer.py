"""What only the explorer in the book needs."""

from __future__ import annotations

from derivations import correlation, moments, quadrature
from derivations.codegen.target import GeneratedFunction
from derivations.symbols import m, v, z

FUNCTIONS = (
    GeneratedFunction(moments.net_input_density, (z, m, v), "the density of N(m, v) at z"),
    GeneratedFunction(
        quadrature.angle_rule,
        (),
        f"{correlation.ANGLE_NODES} nodes between 0 and 1, then their weights",
    ),
)
