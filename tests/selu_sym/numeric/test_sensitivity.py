from fractions import Fraction

import mpmath
import numpy as np
import pytest

from selu_sym import Iid, match_moments, precise, selu_parameters, stability

MODELS = ["unit-sum", "normalized", "iid", (0.5, 1.2)]


def by_differences(mean: float, variance: float, weights, digits: int = 60) -> np.ndarray:
    """Return d(alpha, scale)/d(mean, variance) by central differences with many digits."""
    step = Fraction(1, 10**20)
    point = [Fraction(mean), Fraction(variance)]
    rows = []
    with mpmath.workdps(digits):
        for i in range(2):
            ends = []
            for sign in (1, -1):
                moved = list(point)
                moved[i] += sign * step
                ends.append(tuple(precise.selu_parameters(*moved, weights=weights, digits=digits)))
            width = mpmath.mpf(2) * step.numerator / step.denominator
            rows.append([float((up - down) / width) for up, down in zip(*ends, strict=True)])
    return np.array(rows).T


def gradient_error(target: tuple[float, float], weights) -> float | None:
    """Return the error relative to a row's larger entry and alpha's condition; None without one."""
    p = selu_parameters(*target, weights=weights, missing="nan")
    gradient = p.gradient()
    if np.isnan(gradient).any():
        return None
    # far above zero, all of scale's derivatives are as small as the tail below zero
    digits = 60 + int(p.input_mean**2 / p.input_variance)
    expected = by_differences(*target, weights, digits)
    size = abs(expected).max(axis=1, keepdims=True)
    return (abs(gradient - expected) / size).max() / max(1, p.condition_numbers()[0])


@pytest.mark.parametrize("weights", MODELS, ids=str)
@pytest.mark.parametrize(
    "target", [(0.0, 1.0), (-0.1, 2.0), (0.3, 0.9), (-0.5, 12.0), (0.01, 0.02)], ids=str
)
def test_gradient(target, weights):
    gradient = selu_parameters(*target, weights=weights).gradient()
    expected = by_differences(*target, weights)
    assert gradient.shape == (2, 2)
    assert np.allclose(gradient, expected, rtol=1e-11, atol=1e-12)


ALL_MODELS = [*MODELS, "he_normal", Iid(0.3, 0.2), (2.0, 0.5), (1.5, 1.0), (-1.0, 0.7), (0.1, 3.0)]


@pytest.mark.parametrize(
    ("target", "weights"),
    [
        ((1.0, 0.125), (2.0, 0.5)),
        ((1.0, 0.0225), (1.5, 1.0)),
        ((1.0, 0.01), (1.5, 1.0)),
        ((0.49603214583331545, 0.02071864451213391), "unit-sum"),
        ((5.357178513862737e-06, 3.175860865808415e-06), "unit-sum"),
    ],
    ids=str,
)
def test_gradient_where_trials_found_it_worst(target, weights):
    assert gradient_error(target, weights) <= 1e-12


@pytest.mark.parametrize("weights", ALL_MODELS, ids=str)
def test_gradient_is_as_good_as_the_condition(weights):
    """As the docstring says: net inputs within 24 deviations of zero, from narrow to wide."""
    random = np.random.default_rng(3)
    deviations = 10 ** random.uniform(-3, 3, 60)
    means = np.concatenate([random.uniform(-24, 5, 25), random.uniform(-1, 20, 15)])
    means = np.concatenate([means, random.uniform(-0.5, 0.5, 20)])
    targets = zip((means * deviations).tolist(), (deviations**2).tolist(), strict=True)
    known = 0
    for target in targets:
        error = gradient_error(target, weights)
        if error is not None:
            known += 1
            narrow = selu_parameters(*target, weights=weights).input_variance ** 0.5
            assert error <= max(1e-12, 1e-13 / narrow)
    assert known > 10


def test_gradient_of_unit_sum_weights_is_as_good_as_the_condition():
    random = np.random.default_rng(3)
    deviations = 10 ** random.uniform(-3, 3, 60)
    targets = zip(random.uniform(-24, 5, 60) * deviations, deviations**2, strict=True)
    errors = [gradient_error(target, "unit-sum") for target in targets]
    assert max(error for error in errors if error is not None) <= 1e-12


def test_gradient_of_what_is_too_ill_conditioned_is_nan():
    assert np.isnan(selu_parameters(7.0, 1.0, weights="unit-sum").gradient()).all()


@pytest.mark.parametrize("target", [(0.0, 1e-110), (-50.0, 1.0), (0.1, 1e300)], ids=str)
def test_what_float64_cannot_follow_is_nan(target):
    found = selu_parameters(*target, weights="unit-sum")
    assert np.isfinite(tuple(found)).all()
    assert np.isnan(found.gradient()).all()
    assert np.isnan(found.condition_numbers()).all()
    stable = stability(found)
    assert np.isnan([stable.spectral_radius, stable.singular_value]).all()
    assert stable.attracting is None
    assert str(stable) == "not decided"


def test_gradient_of_arrays():
    mean, variance = np.array([-0.1, 0.0, 0.2]), np.array([[1.0], [2.0]])
    for weights in MODELS:
        whole = selu_parameters(mean, variance, weights=weights).gradient()
        assert whole.shape == (2, 3, 2, 2)
        for i, j in np.ndindex(2, 3):
            one = selu_parameters(mean[j], variance[i, 0], weights=weights).gradient()
            assert np.allclose(whole[i, j], one, rtol=1e-12, atol=1e-14)


def test_gradient_is_nan_where_there_is_no_solution():
    found = selu_parameters([0.0, 3.0], 0.5, weights="iid", missing="nan")
    assert np.array_equal(np.isnan(found.gradient()).all(axis=(1, 2)), [False, True])
    assert np.array_equal(np.isnan(found.condition_numbers()[0]), [False, True])


def test_gradient_needs_a_weight_model():
    with pytest.raises(ValueError, match="the gradient needs a weight model"):
        match_moments(0.0, 1.0, 0.0, 1.0).gradient()


@pytest.mark.parametrize("weights", MODELS, ids=str)
def test_a_fixed_point_can_be_trained(weights):
    """Gradient descent finds the mean and variance whose alpha and scale were asked for."""
    goal = np.array(tuple(selu_parameters(0.05, 1.4, weights=weights)))
    target = np.array([0.0, 1.2])
    for _ in range(8):  # Newton's steps
        found = selu_parameters(*target, weights=weights)
        target = target - np.linalg.solve(found.gradient(), np.array(tuple(found)) - goal)
    assert np.allclose(target, (0.05, 1.4), rtol=1e-9)


@pytest.mark.parametrize(
    "problem", [(0.0, 1.0, 0.0, 1.0), (0.5, 2.0, -0.3, 1.0), (-2.0, 0.8, 0.1, 3.0)], ids=str
)
def test_condition_numbers_are_the_largest_amplification(problem):
    found = match_moments(*problem)
    step = 1e-7
    largest = [0.0, 0.0]
    for i in range(4):
        moved = list(problem)
        moved[i] *= 1 + step
        changed = match_moments(*moved)
        for j, (new, old) in enumerate(zip(changed, found, strict=True)):
            largest[j] += abs(new / old - 1) / step
    assert found.condition_numbers() == pytest.approx(largest, rel=1e-4, abs=1e-6)
