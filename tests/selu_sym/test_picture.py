import numpy as np
import pytest
from scipy.integrate import trapezoid

from selu_sym import _picture, selu_parameters


@pytest.mark.parametrize("target", [(0.0, 1.0), (-0.1, 2.0), (0.2, 0.01)], ids=str)
def test_the_densities_of_the_picture_have_the_moments(target):
    branches = _picture.densities(selu_parameters(*target, weights="unit-sum"))

    def integral(index, function):
        parts = ((branch[index], branch[index + 2]) for branch in branches)
        return sum(trapezoid(function(value) * density, value) for value, density in parts)

    mean, variance = target
    for index in (0, 1):
        assert integral(index, np.ones_like) == pytest.approx(1, abs=1e-4)
    assert integral(1, lambda y: y) == pytest.approx(mean, abs=1e-3 * variance**0.5)
    assert integral(1, lambda y: (y - mean) ** 2) == pytest.approx(variance, rel=1e-3)


def test_the_figure_says_what_it_shows():
    p = selu_parameters(-0.1, 2.0, weights="iid")
    activation, densities = _picture.draw(p).axes
    assert activation.get_title() == f"alpha = {p.alpha:.6g}, scale = {p.scale:.6g}"
    labels = [text.get_text() for text in densities.get_legend().get_texts()]
    assert labels == [
        "net input: mean 0, variance 2.01",
        "activation: mean -0.1, variance 2",
    ]
    for axes in (activation, densities):
        assert axes.get_xlabel()
        assert axes.get_ylabel()


def test_a_net_input_far_below_zero_has_no_picture():
    p = selu_parameters(-1.0, 1.0, weights=(25.0, 1.0))
    with pytest.raises(ValueError, match=r"the net input N\(-25, 1\) is too far below zero"):
        _picture.draw(p)
