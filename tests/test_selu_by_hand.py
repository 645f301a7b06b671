"""The SELU that notebooks write by hand, against mpmath and closed forms."""

import mpmath
import numpy as np
import pytest

from selu_sym import selu_parameters
from tests.scripts import script

by_hand = script("selu_by_hand")


@pytest.mark.parametrize("variance", [0.1, 1.7, 12.0])
def test_gaussian_means(variance):
    """Those of the powers, and of a function with a kink, in closed form."""
    assert by_hand.gaussian_mean(lambda z: z**2, variance) == pytest.approx(variance, rel=1e-9)
    half = float(mpmath.sqrt(variance / (2 * mpmath.pi)))
    assert by_hand.gaussian_mean(lambda z: max(z, 0), variance) == pytest.approx(half, rel=1e-9)


def test_the_selu_and_its_derivative():
    p = selu_parameters(-0.1, 2.0, weights="iid")

    def selu(z):
        return p.scale * (z if z > 0 else p.alpha * mpmath.expm1(z))

    z = np.array([-30.0, -2.0, -1e-9, 1e-9, 0.5, 7.0])
    assert np.allclose(by_hand.selu(z, p), [float(selu(x)) for x in z], rtol=1e-15, atol=0)
    slopes = [float(mpmath.diff(selu, x, h=1e-12)) for x in z]
    assert np.allclose(by_hand.slope(z, p), slopes, rtol=1e-8, atol=1e-20)
