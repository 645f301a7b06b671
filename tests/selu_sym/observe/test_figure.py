"""The picture of a report."""

import numpy as np
import pytest

from selu_sym._observe.figure import drawn
from selu_sym._observe.report import ObservedActivation, report
from tests.observed_networks import Network

ROWS = np.random.default_rng(13).normal(size=(64, 32))


def layer(number):
    return ObservedActivation(
        f"h{number}", "relu", 0.5, 1.0, None, (0.4, 1.1), (0.1, 0.2), 0.5, 2.0, 1.5
    )


def test_what_was_seen_and_the_band_of_what_was_predicted():
    network = Network(ROWS)
    for number in range(3):
        network.dense(f"h{number}")
        network.selu(f"s{number}").gradient = 8.0 / 2**number
    observed = report(network.recorder, 64)
    mean, variance, gradient = observed.plot().axes
    for axes, name in ((mean, "mean"), (variance, "variance"), (gradient, "gradient")):
        _, seen = axes.lines
        assert seen.get_ydata() == pytest.approx([getattr(one, name) for one in observed.layers])
    assert gradient.get_yscale() == "log"
    (band,) = variance.collections
    low, high = np.array([one.predicted[1] for one in observed.layers]), 0
    high = low + 2 * np.array([one.deviation[1] for one in observed.layers])
    assert band.get_paths()[0].vertices[:, 1].max() == pytest.approx(high.max())


@pytest.mark.parametrize(("count", "names"), [(0, 0), (3, 3), (40, 40), (100, 34)])
def test_names_below_the_figure(count, names):
    figure = drawn([layer(number) for number in range(count)])
    assert len(figure.axes[2].get_xticklabels()) == names
