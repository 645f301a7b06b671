"""Targets over the whole range of doubles: right to rounding, or refused for what is true."""

import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from selu_sym import NoFixedPointError, match_moments, precise, selu_parameters
from tests.quadrature import fixed_point, moments

WITHIN = 150 * 2.0**-53
"""The relative error that the docstring states, for a condition number of 1."""


def targets(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return means and variances of any size, their quotients of any size, too."""
    random = np.random.default_rng(seed)
    variance = 10.0 ** random.uniform(-306, 306, count)
    near, far = random.uniform(-60, 60, count), 10.0 ** random.uniform(-20, 20, count)
    signs = random.choice([-1.0, 1.0], count)
    position = np.where(random.random(count) < 0.7, near, signs * far)
    return position * np.sqrt(variance), variance


def is_double(number) -> bool:
    return sys.float_info.min <= number <= sys.float_info.max


@pytest.mark.parametrize("weights", ["unit-sum", "normalized", "iid", (-0.3, 1.7)], ids=str)
def test_every_target_is_right_or_has_no_doubles(weights):
    mean, variance = targets(300, seed=9)
    found = selu_parameters(mean, variance, weights=weights, missing="nan")
    numbers = np.nan_to_num(np.fmax(1, found.condition_numbers()), posinf=1)
    outcomes = {"right": 0, "none exists": 0, "no doubles": 0}
    for i, target in enumerate(zip(mean.tolist(), variance.tolist(), strict=True)):
        pair = found.alpha[i], found.scale[i]
        try:
            truth = precise.selu_parameters(*target, weights=weights, digits=20)
        except NoFixedPointError:
            assert np.isnan(pair).all()
            outcomes["none exists"] += 1
            continue
        held = np.isfinite(found.input_variance[i]) and all(map(is_double, truth))
        assert held == np.isfinite(pair).all() == np.isfinite(pair).any()
        outcomes["right" if held else "no doubles"] += 1
        if held:
            for value, exact, number in zip(pair, truth, numbers[:, i], strict=True):
                assert abs(float(mpmath.mpf(value) / exact - 1)) <= WITHIN * number
    assert outcomes["right"] > 40
    assert sum(outcomes.values()) == 300


FAR = [
    (4.735777145564535e-115, 1.736598355069372e-232),  # alpha was 2, and is 1
    (2.666224718747956e-42, 4.8504781299689295e-87),
    (-9.323313291103858e-125, 4.476448967363668e-250),  # errors of 1e5 units
    (50.0, 1.0),
    (-0.7, 0.000311),
]


@pytest.mark.parametrize("target", FAR, ids=str)
def test_far_targets_by_quadrature(target):
    mu, nu = map(Fraction, target)
    truth = fixed_point(mu, nu, mu, nu)
    of_array = selu_parameters(np.array([target[0]]), target[1], weights="unit-sum")
    for found in (selu_parameters(*target, weights="unit-sum"), (x[0] for x in of_array)):
        for value, exact in zip(found, truth, strict=True):
            assert abs(float(mpmath.mpf(value) / exact - 1)) <= 2.0**-52


def test_a_gap_that_underflows_is_still_negative():
    with pytest.raises(NoFixedPointError, match=r"A\^2 \(variance \+ mean\^2\) must exceed C"):
        selu_parameters(1e-100, 1e-210, weights="iid")


def test_a_net_input_that_no_double_holds():
    with pytest.raises(ValueError, match="the net input's variance must be finite, got inf"):
        selu_parameters(1e160, 1.0, weights="iid")
    means = np.array([1e160, 0.0])
    found = selu_parameters(means, 1.0, weights="iid", missing="nan")
    assert np.array_equal(np.isnan(found.alpha), [True, False])
    assert np.isnan(selu_parameters(1e160, 1.0, weights="iid", missing="nan").alpha)
    tiny = selu_parameters(0.0, np.array([1e-300]), weights=(0.0, 1e-300), missing="nan")
    assert np.isnan(tiny.alpha)


@pytest.mark.parametrize("mu", [-1.7, 0.4])
def test_the_border_is_decided_between_neighbouring_doubles(mu):
    """A SELU exists where D mu^2 < B^2 S for mu < 0, C mu^2 < A^2 S for mu > 0."""
    m, v = -0.3, 0.9
    of_input = moments(Fraction(m), Fraction(v))
    with mpmath.workdps(40):
        A, B, C, D = of_input
        border = mpmath.mpf(mu) ** 2 * ((D / B**2 if mu < 0 else C / A**2) - 1)
        below, above = np.nextafter(float(border), 0), np.nextafter(float(border), 9)
        assert below < border < above
    outputs = np.array([below, above])
    found = match_moments(m, v, mu, outputs, missing="nan")
    assert np.array_equal(np.isnan(found.alpha), [True, False])
    with pytest.raises(NoFixedPointError, match="no SELU with alpha > 0 and scale > 0 maps"):
        match_moments(m, v, mu, below)
    alpha, scale = match_moments(m, v, mu, above)
    truth = fixed_point(*map(Fraction, (m, v, mu, above)))
    assert (alpha, scale) == pytest.approx(tuple(map(float, truth)), rel=2.0**-52, abs=0)
    assert (alpha, scale) == (found.alpha[1], found.scale[1])
