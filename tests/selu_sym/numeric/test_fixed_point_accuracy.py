"""Errors against balls that contain the truth, at the accuracy that docstrings state."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from selu_sym import match_moments, selu_parameters
from selu_sym._generated import arb_kernels
from selu_sym._numeric.moments import compute_moments
from tests import accuracy
from tests.quadrature import fixed_point

ROUNDOFF = 2.0**-53


def solution(*inputs: float) -> tuple[float, float, float]:
    """Return the true (alpha, scale, existence gap) for float64 m, v, mu and nu."""

    def kernel(m, v, mu, nu):
        moments = arb_kernels.all_moments(m, v)
        gap = arb_kernels.existence_gap(*moments, m, v, mu, nu)
        if not gap > 0:
            return gap, gap, gap
        return *arb_kernels.fixed_point(*moments[:4], gap, mu, nu), gap

    return accuracy.enclosed(kernel, *inputs)


def random_problems(count: int, seed: int) -> np.ndarray:
    """Return columns of m, v, mu, nu all over the box, with outputs of any size."""
    random = np.random.default_rng(seed)
    m, v = accuracy.random_points(count, seed)
    deviation = 10 ** random.uniform(-3, 3, count)
    return np.array([m, v, random.uniform(-3, 3, count) * deviation, deviation**2]).T


def border_problems(count: int, seed: int) -> np.ndarray:
    """Return the same with outputs just beyond the border of existence, relatively 1e-10 to 10.

    There alpha or scale tends to zero, and the condition numbers grow without bound.
    """
    random = np.random.default_rng(seed)
    m, v = accuracy.random_points(count, seed)
    moments = compute_moments(m, v)
    mu = random.uniform(-3, 3, count) * np.sqrt(v)
    least = np.where(mu >= 0, moments.C / moments.A**2 - 1, moments.V / moments.B**2)
    beyond = 1 + 10 ** random.uniform(-10, 1, count)
    return np.array([m, v, mu, mu**2 * least * beyond]).T


@pytest.mark.slow
def test_parameters_are_as_good_as_their_condition():
    problems = np.concatenate([random_problems(4_000, seed=5), border_problems(8_000, seed=5)])
    problems = problems[np.isfinite(match_moments(*problems.T, missing="nan").alpha)]
    assert len(problems) > 9_000
    found = match_moments(*problems.T)
    truth = np.array([solution(*problem)[:2] for problem in problems]).T
    numbers = np.maximum(found.condition_numbers(), 1)
    assert numbers.max() > 1e9
    in_units = np.abs(np.array(tuple(found)) / truth - 1) / (numbers * ROUNDOFF)
    # the moments' own relative errors are up to 120 units
    assert in_units.max() < 150
    assert np.median(in_units) < 1


@pytest.mark.slow
def test_existence_is_decided_as_by_balls():
    problems = np.concatenate([random_problems(4_000, seed=6), border_problems(4_000, seed=6)])
    exists = np.isfinite(match_moments(*problems.T, missing="nan").alpha)
    truth = np.array([solution(*problem)[2] for problem in problems])
    assert np.array_equal(exists, truth > 0)


@pytest.mark.parametrize("weights", ["normalized", "iid", (0.5, 0.9), (-0.4, 1.3)], ids=str)
@pytest.mark.parametrize("mean", [-1.3, -0.4, 0.3, 0.9, 2.5])
def test_existence_is_decided_within_1e_12_of_the_border(weights, mean):
    def gap(variance):
        inputs = selu_parameters(mean, variance, weights=weights, missing="nan")
        return solution(inputs.input_mean, inputs.input_variance, mean, variance)[2]

    low, high = 1e-3, 1e3
    if gap(low) > 0 or gap(high) < 0:
        pytest.skip("no border between these variances")
    for _ in range(80):  # bisection of the border by balls
        middle = np.sqrt(low * high)
        low, high = (low, middle) if gap(middle) > 0 else (middle, high)
    for distance in (1e-12, 1e-9, 1e-3):
        for variance, exists in ((high * (1 + distance), True), (high * (1 - distance), False)):
            found = selu_parameters(mean, variance, weights=weights, missing="nan")
            assert np.isfinite(found.alpha) == exists


@pytest.mark.parametrize("a", [0.5, 3.0, 7.0, 8.0, 25.0])
@pytest.mark.parametrize("s", [1e-4, 0.03, 1.0, 200.0])
def test_unit_sum_needs_no_luck_far_above_zero(a, s):
    """The gap is then a tiny fraction, about e^(-a^2/2), of what it is a difference of."""
    m, v = a * s, s**2
    found = selu_parameters(m, v, weights="unit-sum")
    alpha, scale, gap = solution(m, v, m, v)
    assert gap > 0
    assert found.scale == pytest.approx(scale, rel=1e-14, abs=0)
    assert found.alpha == pytest.approx(alpha, rel=1e-13 * max(1.0, a**2 / 64), abs=0)


def test_extreme_variances():
    variance = np.array([1e-70, 1e-30, 1e-12, 1.0, 1e12])
    with np.errstate(all="raise"):
        alpha, scale = selu_parameters(0.0, variance)
    truth = np.array([solution(0.0, v, 0.0, v)[:2] for v in variance]).T
    assert np.allclose((alpha, scale), truth, rtol=1e-14, atol=0)


@pytest.mark.parametrize("weights", ["unit-sum", "normalized", "iid"])
@pytest.mark.parametrize("power", [-307, -200, -110, -80, 80, 200, 300])
def test_variances_whose_powers_underflow_or_overflow(weights, power):
    variance = float(f"1e{power}")
    mean = 0.1 * np.sqrt(variance)
    if power < -60:  # e^z - 1 is z: the problem does not change with its scale
        expected = match_moments(*tuple_of(mean / np.sqrt(variance) * 1e-20, 1e-40, weights))
    else:  # e^z - 1 is -1, and alpha is proportional to the deviation
        alpha, scale = match_moments(*tuple_of(mean / np.sqrt(variance) * 1e20, 1e40, weights))
        expected = (alpha * np.sqrt(variance) * 1e-20, scale)
    for found in (
        tuple(selu_parameters(mean, variance, weights=weights)),
        [x[0] for x in selu_parameters(np.array([mean]), variance, weights=weights)],
    ):
        assert found == pytest.approx(tuple(expected), rel=1e-13, abs=0)


def tuple_of(mean, variance, weights):
    """Return m, v, mu and nu of a weight model."""
    p = selu_parameters(mean, variance, weights=weights)
    return p.input_mean, p.input_variance, p.mean, p.variance


def test_what_is_not_finite_is_refused():
    with pytest.raises(ValueError, match=r"beyond what float64 can hold"):
        selu_parameters(-0.1, 1e-30, weights="unit-sum")
    assert np.isnan(selu_parameters(-0.1, 1e-30, weights="unit-sum", missing="nan").alpha)


def test_strided_read_only_and_float32_arrays():
    big = np.full((1000, 300), 2.0)[:, ::3]
    big.flags.writeable = False
    same = selu_parameters(np.float32(0.0), big)
    assert same.alpha.shape == (1000, 100)
    assert np.ptp(same.alpha) == 0


@pytest.mark.parametrize(
    "problem",
    [  # a search found them: the first was 1,834 units off, the second 264, as arrays
        (-0.4020336125082573, 0.003581580805137811, -4.437489716167864, 0.2916534892692812),
        (-0.3771247428151347, 0.0026922920236137904, -0.009902573740878115, 1.27091765075e-06),
    ],
)
def test_targets_near_the_border(problem):
    truth = fixed_point(*map(Fraction, problem))
    for found in (match_moments(*problem), match_moments(*[np.array([x]) for x in problem])):
        for value, exact, number in zip(found, truth, found.condition_numbers(), strict=True):
            error = abs(float(mpmath.mpf(np.ravel(value)[0].item()) / exact - 1))
            assert error < 150 * 2.0**-53 * max(1.0, np.ravel(number)[0])
