import numpy as np
import pytest

from selu_sym import Iid, jacobian, moment_map, precise, selu_parameters, stability

INDEPENDENT = {
    "iid": (1, 0),
    "lecun_normal": (1, 0),
    "lecun_uniform": (1, 0),
    "glorot_normal": (1, 0),
    "glorot_uniform": (1, 0),
    "orthogonal": (1, 0),
    "he_normal": (2, 0),
    "he_uniform": (2, 0),
    "torch": (1 / 3, 0),
    Iid(): (1, 0),
    Iid(0.5, 0.25): (0.5, 0.25),
    Iid.torch(100): (1 / 3, 1 / 300),
}


@pytest.mark.parametrize(("weights", "moments"), INDEPENDENT.items(), ids=str)
def test_net_input(weights, moments):
    tau, bias_variance = moments
    p = selu_parameters(0.1, 0.8, weights=weights)
    assert p.weights == weights
    assert p.input_mean == 0
    assert p.input_variance == pytest.approx(tau * 0.81 + bias_variance, rel=1e-15)
    assert moment_map(0.1, 0.8, p, weights=weights) == pytest.approx((0.1, 0.8), rel=1e-13)


MODELS = [Iid(2.0), Iid(0.5, 0.25)]


@pytest.mark.parametrize("weights", MODELS, ids=str)
def test_gradient_is_the_quotient_of_differences(weights):
    found, step = selu_parameters(0.1, 0.8, weights=weights).gradient(), 1e-6
    for column, (d_mean, d_variance) in enumerate(((step, 0), (0, step))):
        above = selu_parameters(0.1 + d_mean, 0.8 + d_variance, weights=weights)
        below = selu_parameters(0.1 - d_mean, 0.8 - d_variance, weights=weights)
        quotient = (np.array(tuple(above)) - np.array(tuple(below))) / (2 * step)
        assert found[:, column] == pytest.approx(quotient, rel=1e-7)


@pytest.mark.parametrize("weights", MODELS, ids=str)
def test_jacobian_is_the_quotient_of_differences(weights):
    p, step = selu_parameters(0.1, 0.8, weights=weights), 1e-6
    found = jacobian(0.1, 0.8, p, weights=weights)
    for column, (d_mean, d_variance) in enumerate(((step, 0), (0, step))):
        above = moment_map(0.1 + d_mean, 0.8 + d_variance, p, weights=weights)
        below = moment_map(0.1 - d_mean, 0.8 - d_variance, p, weights=weights)
        quotient = (np.array(above) - np.array(below)) / (2 * step)
        assert found[:, column] == pytest.approx(quotient, abs=1e-8)


@pytest.mark.parametrize("weights", ["he_normal", *MODELS], ids=str)
def test_precise_is_the_same(weights):
    p = selu_parameters(0.125, 0.75, weights=weights)
    exact = precise.selu_parameters("1/8", "3/4", weights=weights, digits=30)
    assert [float(x) for x in exact] == pytest.approx(tuple(p), rel=1e-13)
    assert float(precise.stability(exact).spectral_radius) == pytest.approx(
        stability(p).spectral_radius, rel=1e-12
    )
    ball, _ = precise.enclose("1/8", "3/4", weights=weights, digits=30)
    assert abs(float(ball) / p.alpha - 1) < 1e-13


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tau": 0.0}, "tau must be positive, got 0.0"),
        ({"bias_variance": -0.5}, "bias_variance must not be negative, got -0.5"),
        ({"tau": [1.0, 2.0]}, "tau must be a number"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        Iid(**arguments)


def test_unknown_names_are_told_the_known_ones():
    with pytest.raises(ValueError, match="'he_normal'"):
        selu_parameters(weights="lecun")
