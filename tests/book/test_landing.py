"""The picture of the first page shows what the package predicts."""

import runpy

import numpy as np
import pytest

import selu_sym
from tests.book.conftest import ROOT

pytestmark = pytest.mark.slow


def test_the_networks_do_what_is_predicted():
    landing = runpy.run_path(str(ROOT / "docs" / "landing.py"))
    defaults, he, shaped = landing["signals"]().values()
    # within the fluctuations of 8 networks of this width, whose median is taken
    assert shaped.second_moment[-1] == pytest.approx(1, rel=0.3)
    assert 0.3 < shaped.gradient[-1] < 3
    assert shaped.correlation[-1] == pytest.approx(0.8, abs=0.15)
    assert he.second_moment[-1] < 1e-12
    assert defaults.correlation[-1] > 0.999
    # near 0 the GELU is z/2: gradients fall by tau/4 in each layer
    fall = np.log(defaults.gradient[-1] / defaults.gradient[-11]) / 10
    assert fall == pytest.approx(np.log(selu_sym.Iid.torch(256).tau / 4), rel=0.05)
