"""Which share of a kernel lies on padding, against convolutions of ones."""

import numpy as np
import pytest

from selu_sym._observe.padding import Taps, share_inside


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_the_share_of_taps_inside(stride, dilation, before):
    """A convolution of ones with ones counts them."""
    size, kernel = 9, 3
    padded = np.pad(np.ones(size), before)
    reach = dilation * (kernel - 1) + 1
    starts = range(0, len(padded) - reach + 1, stride)
    counts = [padded[start : start + reach : dilation].sum() for start in starts]
    taps = Taps(size, kernel, stride, dilation, before, len(counts))
    assert share_inside([taps]) == pytest.approx(np.mean(counts) / kernel)
    assert share_inside([taps, taps]) == pytest.approx((np.mean(counts) / kernel) ** 2)
