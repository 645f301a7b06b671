"""Conditions hold to 1e-12 for a dozen activations and depths from 8 to 1,000: checked by balls."""

import warnings
from fractions import Fraction

import flint
import pytest

from selu_sym import shape_for_depth, stability
from selu_sym._exact.arb import working_precision
from selu_sym._exact.projections import Function
from selu_sym._exact.shaping import Problem, Region
from selu_sym._numeric import catalogue

SMOOTH = ["gelu", "silu", "mish", "tanh", "softplus", "erf"]
KINKED = ["relu", "leaky_relu", "elu", "celu", "selu", "hard_silu", "hard_tanh"]
DEPTHS = [8, 48, 1000]
QUICK = {("relu", 8), ("relu", 48), ("relu", 1000), ("leaky_relu", 48), ("tanh", 8)}

NOT_ATTAINED = {("softplus", 8), ("elu", 8), ("celu", 8), ("selu", 8), ("selu", 1000)}
"""Where the smallest slope is that of a ReLU, which these come near as the input scale grows."""

CASES = [
    pytest.param(
        name,
        depth,
        marks=[] if (name, depth) in QUICK else [pytest.mark.slow],
        id=f"{name}-{depth}",
    )
    for name in (*SMOOTH, *KINKED)
    for depth in DEPTHS
]


@pytest.mark.parametrize(("name", "depth"), CASES)
def test_conditions_hold(name, depth):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        q = shape_for_depth(name, depth)
    assert bool(caught) is ((name, depth) in NOT_ATTAINED)
    sign = 1 if q.mean > 0 else -1
    problem = Problem(
        Function(catalogue.source(name), None), Fraction(1), depth, False, sign, 0.81, (), None
    )
    s, t = Fraction(q.input_scale), Fraction(q.input_shift)
    with working_precision(64):
        region = Region(problem, {"s": s, "t": t}, 60)
        with region.precision():
            layer = region.layer("s", Fraction(0))
        # of gain 1 and second moment 1 by its definition
        assert float(layer.a[0]) == pytest.approx(q.scale, rel=1e-12)
        assert float(layer.b[0]) == pytest.approx(q.shift, rel=1e-12, abs=1e-12)
        assert abs(float(layer.correlation[0] - flint.arb(0.8))) < 1e-12
        assert float(layer.slope[0]) == pytest.approx(stability(q).second_moment_slope, abs=1e-12)
    assert stability(q).attracting is True
