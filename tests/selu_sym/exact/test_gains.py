import mpmath
import numpy as np
import pytest

import selu_sym
from selu_sym import precise


@pytest.mark.parametrize("keeps", ["second_moment", "variance", "gradient"])
@pytest.mark.parametrize("name", ["gelu", "relu", "silu", "selu"])
def test_digits_are_those_of_float64(name, keeps):
    exact = precise.gain(name, keeps=keeps)
    assert float(exact) == pytest.approx(selu_sym.gain(name, keeps=keeps), rel=1e-13)
    assert len(str(exact).replace(".", "").lstrip("0")) == 50


def test_proved_digits():
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3 + 1 / (2 * mpmath.sqrt(3) * mpmath.pi)
        assert str(precise.gain("gelu")) == mpmath.nstr(1 / mpmath.sqrt(third), 50)
    ball = precise.enclose_gain("leaky_relu", "0.2", digits=30)
    assert ball.overlaps((2 / (1 + ball * 0 + 1) / 1) * ball)
    assert ball.rel_accuracy_bits() > 99
    assert str(precise.gain("relu", input_variance="1/4", digits=20)) == "2.8284271247461900976"


def test_precise_takes_no_functions():
    with pytest.raises(TypeError, match="no digits can be proved"):
        precise.gain(np.tanh)
    with pytest.raises(ValueError, match="digits must be a positive integer"):
        precise.gain("gelu", digits=0)


def test_parameters_and_net_inputs_are_exact():
    found = precise.gain("leaky_relu", "0.2", digits=40)
    with mpmath.workdps(60):
        assert str(found) == mpmath.nstr(mpmath.sqrt(2 / (1 + mpmath.mpf("0.04"))), 40)
    assert str(precise.gain("leaky_relu", 0.2, digits=40)) != str(found)  # the binary value
    with pytest.raises(ValueError, match="param of 'selu' must be 2 numbers"):
        precise.gain("selu", "1.5")


@pytest.mark.parametrize("variance", ["1e-300", "1e-20", "1e20", "1e300"])
def test_net_inputs_of_any_size(variance):
    """E f^2 of the CELU is v/2 above 0, and three Gaussian tails of e^(k z) below."""
    with mpmath.workdps(700):
        v = mpmath.mpf(variance)
        tails = [mpmath.exp(k * k * v / 2) * mpmath.erfc(k * mpmath.sqrt(v / 2)) for k in (1, 2)]
        if v > 1e9:  # the asymptotic series of e^(x^2) erfc(x), to 1e-25
            tails = [(1 - 1 / (k * k * v)) * mpmath.sqrt(2 / (mpmath.pi * v)) / k for k in (1, 2)]
        expected = 1 / mpmath.sqrt(v / 2 + tails[1] / 2 - tails[0] + mpmath.mpf(1) / 2)
        assert str(precise.gain("celu", input_variance=variance, digits=20)) == mpmath.nstr(
            expected, 20, strip_zeros=False
        )


@pytest.mark.parametrize("variance", ["1e-60", "1e-150"])
@pytest.mark.parametrize("mean", ["0", "0.5"])
def test_a_small_variance_of_net_inputs(mean, variance):
    """Var tanh(z) is v tanh'(m)^2 then, of a relative error of v; around 0 its mean is 0."""
    found = precise.gain(
        "tanh", keeps="variance", input_mean=mean, input_variance=variance, digits=20
    )
    with mpmath.workdps(40):
        expected = mpmath.cosh(mpmath.mpf(mean)) ** 2 / mpmath.sqrt(mpmath.mpf(variance))
        assert abs(found / expected - 1) < mpmath.mpf(10) ** -19
