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


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (4, 2), (2, 3), (5, 2)])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("cut", [0, 1])
def test_the_share_of_a_transposed_kernel(kernel, stride, dilation, cut):
    """Ones are added where each input reaches; far from the border all that can come do."""

    def counts(size):
        sums = np.zeros((size - 1) * stride + dilation * (kernel - 1) + 1)
        for start in range(size):
            sums[start * stride :][: dilation * kernel : dilation] += 1
        return sums

    long = 30
    period = [counts(long)[10 * stride + phase] for phase in range(stride)]
    seen = counts(6)[cut : None if cut == 0 else -cut]
    most = np.array([period[(place + cut) % stride] for place in range(len(seen))])
    taps = Taps(6, kernel, stride, dilation, cut, len(seen), transposed=True)
    assert share_inside([taps]) == pytest.approx(np.mean(seen[most > 0] / most[most > 0]))
