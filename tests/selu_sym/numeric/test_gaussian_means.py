"""The means in float64 against Arb balls of the definitions, and against the reference data."""

import math
from fractions import Fraction

import numpy as np
import pytest

import selu_sym
from selu_sym._exact.activation_means import Problem
from selu_sym._exact.arb import working_precision
from selu_sym._numeric import catalogue
from selu_sym._numeric.gaussian_means import means
from tests.accuracy import errors_of_means, net_inputs
from tests.activations import ROWS, Row, each, mean

HELD = 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", selu_sym.list_activations())
def test_float64_is_held_to_balls(name):
    worst = np.nanmax([errors_of_means(name, m, v) for m, v in net_inputs(name, 4)])
    assert worst < HELD


@each(ROWS)
def test_the_reference_data(row: Row):
    name, parameter = row.name_and_parameter
    found = selu_sym.activation_moments(name, float(row.m), float(row.v), param=parameter)
    root = math.sqrt(float(row.second_moment)), math.sqrt(float(row.slope_second_moment))
    assert found.mean == pytest.approx(float(row.mean), abs=HELD * root[0])
    assert found.second_moment == pytest.approx(float(row.second_moment), rel=HELD)
    assert found.derivative_mean == pytest.approx(float(row.slope), abs=HELD * root[1])
    assert found.derivative_second_moment == pytest.approx(float(row.slope_second_moment), rel=HELD)
    variance = float(row.second_moment) - float(row.mean) ** 2
    assert found.variance == pytest.approx(variance, rel=1e-11)


@pytest.mark.parametrize("name", ["gelu", "elu", "tanh", "hard_silu", "gaussian", "threshold"])
def test_how_moments_change_is_their_difference(name):
    m = np.array([0.3, -1.0, 2.0])
    v = np.array([0.01, 1.0, 9.0])
    source = catalogue.source(name)
    if source.jumps:
        assert np.isnan(means(source, m, v, slopes=True).R1).all()
        return
    found = means(source, m, v, slopes=True)
    h = 1e-5 * v
    above, below = means(source, m, v + h), means(source, m, v - h)
    np.testing.assert_allclose(found.R1 / (2 * v), (above.mean - below.mean) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(found.R2 / v, (above.variance - below.variance) / (2 * h), rtol=1e-6)
    h = 1e-5 * np.sqrt(v)
    above, below = means(source, m + h, v), means(source, m - h, v)
    np.testing.assert_allclose(
        2 * found.Q, (above.variance - below.variance) / (2 * h), rtol=1e-5, atol=1e-9
    )


def test_arrays_give_what_floats_give():
    m, v = np.array([[0.1], [-2.0]]), np.array([0.5, 4.0, 1e-2])
    found = selu_sym.activation_moments("mish", m, v)
    assert found.mean.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            one = selu_sym.activation_moments("mish", m[i, 0], v[j])
            assert one.second_moment == pytest.approx(found.second_moment[i, j], rel=1e-14)


@pytest.mark.parametrize("activation", ["relu", "gelu", np.tanh], ids=["relu", "gelu", "callable"])
@pytest.mark.parametrize("shape", [(0,), (0, 3)], ids=str)
def test_of_no_net_inputs_there_are_no_means(activation, shape):
    none = np.empty(shape)
    assert selu_sym.activation_moments(activation, none).variance.shape == shape
    assert selu_sym.standardize(activation, none).scale.shape == shape
    assert selu_sym.balance(activation, none).scale.shape == shape


@pytest.mark.parametrize("name", ["silu", "gelu", "elu", "softsign", "hard_sigmoid"])
@pytest.mark.parametrize(("m", "v"), [("12", "1"), ("-3e3", "1e6"), ("1e-4", "1e-10")])
def test_outside_the_domain_the_stated_accuracy_holds(name, m, v):
    from tests.activations import FUNCTIONS, KINKS  # noqa: PLC0415

    found = selu_sym.activation_moments(name, float(m), float(v))
    truth = mean(lambda z: FUNCTIONS[name](z) ** 2, m, v, (0, *KINKS.get(name, ())), 20)
    assert found.second_moment == pytest.approx(float(truth), rel=1e-7)


@pytest.mark.parametrize("v", [1e-6, 1e-2, 0.05, 1.0, 30.0, 1e3, 1e4])
def test_textbook_means_over_all_scales(v):
    """E gelu = v/sqrt(2 pi (1 + v)), and E erf^2 = 2/pi asin(2 v/(1 + 2 v)) (C. Williams, 1997)."""
    gelu, erf = (selu_sym.activation_moments(name, 0.0, v) for name in ("gelu", "erf"))
    assert gelu.mean == pytest.approx(v / math.sqrt(2 * math.pi * (1 + v)), rel=HELD)
    assert gelu.derivative_mean == pytest.approx(0.5, rel=HELD)
    truth = 2 / math.pi * math.asin(2 * v / (1 + 2 * v))
    assert erf.second_moment == pytest.approx(truth, rel=HELD)
    assert erf.derivative_mean == pytest.approx(2 / math.sqrt(math.pi * (1 + 2 * v)), rel=HELD)
    squared = 4 / math.pi / math.sqrt(1 + 4 * v)
    assert erf.derivative_second_moment == pytest.approx(squared, rel=HELD)


@pytest.mark.parametrize(
    ("name", "kinks", "jump"), [("hard_shrink", (-0.5, 0.5), 0.5), ("threshold", (1.0,), 1.0)]
)
@pytest.mark.parametrize(("m", "v"), [(0.0, 1.0), (0.7, 2.5)])
def test_a_jump_counts_in_the_mean_slope(name, kinks, jump, m, v):
    """E f' is the probability of the pieces of slope 1, and each jump times the density there."""
    s = math.sqrt(v)
    inside = math.erfc((kinks[-1] - m) / (s * math.sqrt(2))) / 2
    if len(kinks) == 2:
        inside += math.erfc((m - kinks[0]) / (s * math.sqrt(2))) / 2
    at_jumps = sum(math.exp(-((kink - m) ** 2) / (2 * v)) for kink in kinks)
    expected = inside + jump * at_jumps / (s * math.sqrt(2 * math.pi))
    found = selu_sym.activation_moments(name, m, v)
    assert found.derivative_mean == pytest.approx(expected, rel=HELD)
    assert math.isnan(found.derivative_second_moment)
    with working_precision(128):
        ball = Problem(catalogue.source(name), None, Fraction(m), Fraction(v)).mean(slope=True)
        assert float(ball.mid()) == pytest.approx(expected, rel=HELD)
