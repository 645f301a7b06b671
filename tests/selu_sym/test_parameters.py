import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad

from selu_sym import NoFixedPointError, SeluParameters, match_moments, precise, selu_parameters
from tests.reference import ROWS, SOLVABLE, UNSOLVABLE, Row, each

PUBLISHED = {
    (0.0, 1.0): (1.6732632423543774, 1.0507009873554802),
    (-0.1, 2.0): (1.9769021954241999, 1.073851239616047),
}
"""What the notebook published with the paper finds with a root finder."""


def output_moments(parameters: SeluParameters) -> tuple[float, float]:
    """Return mean and variance of the SELU of its net input, by numerical integration."""
    alpha, scale = parameters
    m, s = parameters.input_mean, np.sqrt(parameters.input_variance)

    def integrand(t, power):
        z = m + s * t
        out = scale * (z if z > 0 else alpha * np.expm1(z))
        return out**power * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)

    kink = min(max(-m / s, -12), 12)
    first, second = (
        sum(
            quad(integrand, *ends, args=(power,), epsabs=0, epsrel=1e-13, limit=200)[0]
            for ends in ((-12, kink), (kink, 12))
        )
        for power in (1, 2)
    )
    return first, second - first**2


@each(SOLVABLE)
def test_reference(row: Row):
    parameters = selu_parameters(float(row.mean), float(row.variance), weights=row.regime)
    assert parameters.alpha == pytest.approx(float(row.alpha), rel=1e-14, abs=0)
    assert parameters.scale == pytest.approx(float(row.scale), rel=1e-14, abs=0)


@each(UNSOLVABLE)
def test_reference_without_solution(row: Row):
    with pytest.raises(NoFixedPointError, match="no SELU with alpha > 0 and scale > 0 maps"):
        selu_parameters(float(row.mean), float(row.variance), weights=row.regime)


@each(ROWS)
def test_match_moments_is_the_general_form(row: Row):
    numbers = [float(x) for x in (row.input_mean, row.input_variance, row.mean, row.variance)]
    found = match_moments(*numbers, missing="nan")
    same = selu_parameters(*numbers[2:], weights=row.regime, missing="nan")
    assert np.allclose(tuple(found), tuple(same), rtol=1e-14, atol=0, equal_nan=True)
    assert found.weights is None
    assert (found.mean, found.variance) == (same.mean, same.variance)


@pytest.mark.parametrize(("target", "published"), PUBLISHED.items(), ids=str)
def test_published_numbers_to_the_last_digit(target, published):
    found = selu_parameters(*target, weights="unit-sum")
    exact = next(row for row in ROWS if (float(row.mean), float(row.variance)) == target)
    for value, digits, before in zip(found, (exact.alpha, exact.scale), published, strict=True):
        assert abs(value - float(digits)) <= 2 * np.spacing(value)
        assert abs(value - before) <= 8 * np.spacing(value)


@given(
    st.floats(-2, 2),
    st.floats(0.05, 20),
    st.sampled_from(["unit-sum", "normalized", "iid", (0.5, 1.5), (-0.3, 0.8)]),
)
def test_the_selu_has_the_moments_asked_for(mean, variance, weights):
    found = selu_parameters(mean, variance, weights=weights, missing="nan")
    assume(np.isfinite(found.alpha) and 1e-3 < found.alpha < 1e3 and 1e-3 < found.scale < 1e3)
    assert output_moments(found) == pytest.approx((mean, variance), rel=1e-8, abs=1e-8)


@given(st.floats(-8, 8), st.floats(-3, 3).map(lambda exponent: 10.0**exponent))
def test_unit_sum_always_exists_for_a_mean_that_is_not_negative(a, s):
    found = selu_parameters(abs(a) * s, s**2, weights="unit-sum")
    assert found.alpha > 0
    assert found.scale > 0


def test_arrays_broadcast_and_scalars_are_floats():
    mean, variance = np.array([-0.1, 0.0, 0.2]), np.array([[1.0], [2.0]])
    found = selu_parameters(mean, variance, weights="unit-sum")
    assert found.alpha.shape == found.scale.shape == found.saturation.shape == (2, 3)
    assert found.mean.shape == found.variance.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        single = selu_parameters(mean[j], variance[i, 0], weights="unit-sum")
        assert isinstance(single.alpha, float)
        assert isinstance(single.saturation, float)
        assert single.alpha == pytest.approx(found.alpha[i, j], rel=1e-15, abs=0)
        assert single.scale == pytest.approx(found.scale[i, j], rel=1e-15, abs=0)


def test_no_targets_give_no_parameters():
    assert selu_parameters(np.zeros((0, 3)), 1.0).alpha.shape == (0, 3)


def test_parameters_say_what_they_are_for():
    found = selu_parameters(-0.1, 2.0, weights="iid")
    assert (found.mean, found.variance, found.weights) == (-0.1, 2.0, "iid")
    assert (found.input_mean, found.input_variance) == (0.0, pytest.approx(2.01))
    assert found.saturation == -found.alpha * found.scale
    alpha, scale = found
    assert (alpha, scale) == (found.alpha, found.scale)
    with pytest.raises(AttributeError):
        found.alpha = 1.0


@pytest.mark.parametrize(
    ("weights", "net_input"),
    [
        ("unit-sum", (-0.1, 2.0)),
        ("normalized", (0.0, 2.0)),
        ("iid", (0.0, 2.01)),
        ((0.5, 1.5), (-0.05, 3.0)),
        ([0.5, 1.5], (-0.05, 3.0)),
    ],
    ids=str,
)
def test_weight_models(weights, net_input):
    found = selu_parameters(-0.1, 2.0, weights=weights)
    assert (found.input_mean, found.input_variance) == pytest.approx(net_input, rel=1e-15)
    assert not np.signbit(selu_parameters(-0.1, 2.0, weights="normalized").input_mean)


def test_weight_models_agree_at_mean_zero():
    values = [
        tuple(selu_parameters(0.0, 1.5, weights=w)) for w in ("unit-sum", "normalized", "iid")
    ]
    assert values[0] == values[1] == values[2]


WEIGHTS_MATTER = "no weights are given, and with a mean that is not 0 they matter"


@pytest.mark.parametrize("mean", [0.0, -0.0, 0, [0.0, 0.0], np.zeros((0, 2))], ids=repr)
def test_weights_need_not_be_given_where_every_mean_is_zero(mean):
    assert selu_parameters(mean, 1.5).weights == "iid"


@pytest.mark.parametrize("mean", [-0.1, [0.0, 0.1]], ids=str)
def test_weights_that_matter_are_asked_for(mean):
    with pytest.warns(UserWarning, match=WEIGHTS_MATTER) as caught:
        found = selu_parameters(mean, 2.0)
    assert caught[0].filename == __file__
    assert found.weights == "unit-sum"
    assert "weights='iid' for networks" in str(caught[0].message)


@pytest.mark.parametrize("function", [precise.selu_parameters, precise.enclose])
def test_precise_asks_for_weights_in_the_same_way(function):
    assert str(function("0", 2, digits=20)) == str(function(0, 2, weights="iid", digits=20))
    with pytest.warns(UserWarning, match=WEIGHTS_MATTER) as caught:
        found = function("-0.1", 2, digits=20)
    assert caught[0].filename == __file__
    assert str(found) == str(function("-0.1", 2, weights="unit-sum", digits=20))


@pytest.mark.parametrize(
    "weights", ["lecun", "", 1.0, (1.0,), (0.0, 1.0, 2.0), (np.zeros(2), 1.0)], ids=str
)
def test_unknown_weight_model(weights):
    with pytest.raises(ValueError, match="weights must be 'unit-sum', 'normalized', 'iid' or"):
        selu_parameters(weights=weights)


def test_weights_need_a_positive_sum_of_squares():
    with pytest.raises(ValueError, match=r"weights \(tau\) must be positive, got 0.0"):
        selu_parameters(weights=(1.0, 0.0))


def test_missing_solutions_of_an_array():
    mean = np.array([0.0, 1.0, 2.0])
    with pytest.raises(NoFixedPointError, match=r"at index 1, one of 2\)") as raised:
        selu_parameters(mean, 0.5, weights="iid")
    assert isinstance(raised.value, ValueError)
    found = selu_parameters(mean, 0.5, weights="iid", missing="nan")
    assert np.array_equal(np.isnan(found.alpha), [False, True, True])
    assert np.array_equal(np.isnan(found.scale), [False, True, True])
    assert found.alpha[0] == selu_parameters(0.0, 0.5, weights="iid").alpha
    with pytest.raises(ValueError, match="missing must be 'raise' or 'nan', got 'skip'"):
        selu_parameters(missing="skip")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0.0, 0.0), ValueError, "variance must be positive, got 0.0"),
        ((0.0, -1), ValueError, "variance must be positive, got -1.0"),
        ((np.nan, 1.0), ValueError, "mean must be finite, got nan"),
        ((0.0, np.inf), ValueError, "variance must be finite, got inf"),
        (("0", 1.0), TypeError, "mean must be real numbers, got '0'"),
        ((0.0, 1 + 0j), TypeError, "variance must be real numbers"),
        ((np.zeros(2), np.ones(3)), ValueError, "the shapes do not broadcast: mean"),
    ],
    ids=str,
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        selu_parameters(*arguments)


def test_match_moments_names_its_own_arguments():
    with pytest.raises(ValueError, match=r"output_variance must be positive, got -2\.0"):
        match_moments(0.0, 1.0, 0.0, -2.0)
