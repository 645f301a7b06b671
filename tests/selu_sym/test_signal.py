import math

import pytest

import selu_sym
from selu_sym._signal import State, after_dropout, next_state


@pytest.mark.parametrize(
    "p", [selu_sym.selu_parameters(0.0, 1.0), selu_sym.balance("gelu")], ids=["selu", "gelu"]
)
def test_a_fixed_point_is_the_next_state_also_with_dropout(p):
    state = State(p.mean, p.variance, math.nan)
    following = next_state(state, p, "iid", None)
    dropped = after_dropout(following, p, 0.2)
    for found in (following, dropped):
        assert found.mean == pytest.approx(p.mean, abs=1e-13)
        assert found.variance == pytest.approx(p.variance, rel=1e-13)
    assert dropped.growth == pytest.approx(selu_sym.gradient_gain(p, 0.2), rel=1e-13)
