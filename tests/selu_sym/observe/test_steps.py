"""Steps: what is recorded of layers, which made which, and what is predicted."""

import numpy as np
import pytest

import selu_sym
from selu_sym import Iid
from selu_sym._observe.moments import Moments
from selu_sym._observe.padding import Taps, share_inside
from selu_sym._observe.predictions import assumed
from tests.observed_networks import PAPER, Network

ROWS = np.random.default_rng(13).normal(size=(512, 64))


def test_moments_are_those_of_numpy():
    x = np.random.default_rng(1).normal(2, 3, (5, 4, 3))
    moments = Moments.of(x)
    assert (moments.mean, moments.variance) == pytest.approx((x.mean(), x.var()), rel=1e-14)
    assert moments.second == pytest.approx(np.mean(x**2), rel=1e-14)
    assert moments.by_example == pytest.approx([np.mean(one**2) for one in x], rel=1e-14)


def test_moments_of_several_tensors_are_those_of_all_numbers():
    parts = np.random.default_rng(1).normal(2, 3, (3, 5, 4))
    together = Moments.together([Moments.of(part) for part in parts])
    joined = Moments.of(np.moveaxis(parts, 0, 1))
    for name in ("mean", "variance", "by_example"):
        assert getattr(together, name) == pytest.approx(getattr(joined, name), rel=1e-13)


def test_steps_know_what_made_their_input():
    network = Network(ROWS)
    dense = network.dense("h")
    norm = network.call("normalization", "n", lambda x: x / 2)
    network.call("dropout", "d", lambda x: x)
    network.call("passthrough", "f", lambda x: x.reshape(512, -1))
    selu = network.selu("s")
    assert selu.origin() is norm
    assert norm.origin() is dense
    assert dense.origin() is network.recorder.network_input
    assert network.recorder.network_input.origin() is None
    network.y = network.y + 1  # nobody knows what made it
    assert network.dense("last").origin() is None


def test_a_cast_between_two_precisions_is_seen_through():
    network = Network(ROWS)
    dense = network.dense("h")
    network.y = network.y.astype(np.float32)
    assert network.selu("s").origin() is dense


def test_moments_of_steps_and_saturation():
    network = Network(ROWS)
    dense, selu = network.dense("h"), network.selu("s")
    before, after = network.recorder.outputs[dense][0], network.y
    network.finish()
    assert (selu.input.mean, selu.input.variance) == pytest.approx((before.mean(), before.var()))
    assert (selu.output.mean, selu.output.variance) == pytest.approx((after.mean(), after.var()))
    for saturated, units in ((3, 10), (2, 30)):
        network.recorder.saturation(selu, saturated, units)
    assert selu.saturated == 5 / 40


@pytest.mark.parametrize(("factor", "changed"), [(1.0, False), (1.002, False), (1.02, True)])
def test_a_change_of_the_second_moment_is_seen(factor, changed):
    network = Network(ROWS)
    first = network.dense("h")
    network.call("passthrough", "r", lambda x: factor * x)
    second = network.dense("g")
    network.finish()
    assert second.is_changed_since(first) == changed


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_predictions_are_those_of_propagate(scale):
    """From the second moment of the input, which all examples share here."""
    x = ROWS / np.sqrt(np.mean(ROWS**2, axis=1, keepdims=True)) * scale
    network = Network(x)
    selus = []
    for number in range(3):
        network.dense(f"h{number}", units=128 if number else 256)
        selus.append(network.selu(f"s{number}"))
    network.finish()
    expected = selu_sym.propagate(PAPER, 3, mean=0.0, variance=scale**2)
    for depth, selu in enumerate(selus, 1):
        assert selu.predicted.moments == pytest.approx(
            (expected.mean[depth], expected.variance[depth]), rel=1e-9, abs=1e-9
        )
        width = 256 if depth == 1 else 128
        band = selu_sym.propagate(PAPER, 3, width=width)
        assert selu.predicted.deviations == pytest.approx(
            (band.mean_deviation[depth], band.variance_deviation[depth]), rel=1e-12
        )


@pytest.mark.parametrize("weights", ["unit-sum", "normalized", (0.5, 1.0)], ids=str)
def test_at_a_mean_of_0_other_weights_are_predicted_as_independent_ones(weights):
    network = Network(ROWS)
    network.dense("h")
    p = selu_sym.selu_parameters(0.0, 1.0, weights=weights)
    selu = network.selu("s", p)
    network.finish()
    band = selu_sym.propagate(PAPER, 1, width=selu.predicted.units)
    assert selu.predicted.deviations == pytest.approx(
        (band.mean_deviation[1], band.variance_deviation[1]), rel=1e-12
    )


def test_nothing_is_predicted_after_what_is_not_known():
    network = Network(ROWS)
    network.call("other", "o", lambda x: x + 1)
    assert network.selu("s").predicted is None
    network.finish()
    assert network.recorder.steps[-1].predicted is None


def test_gradients():
    """Of the sum of squares of the last output, by that output and by the one before."""
    network = Network(ROWS)
    network.dense("h")
    first = network.selu("s")
    last = network.call("activation", "a", lambda x: 3 * x, function="triple")

    def gradients_of(outputs):
        assert outputs[0] is network.recorder.outputs[first][0]
        return [18 * outputs[0], 2 * outputs[1]]

    network.recorder.differentiate(gradients_of)
    assert last.gradient == pytest.approx(np.sum((2 * network.y) ** 2))
    assert first.gradient == pytest.approx(9 * last.gradient)


@pytest.mark.parametrize(
    ("weights", "mean", "expected"),
    [
        ("iid", -0.1, Iid()),
        ("he_normal", 0.0, Iid(2.0)),
        (Iid(0.5, 0.25), 0.1, Iid(0.5, 0.25)),
        ("normalized", 0.0, Iid()),
        ("normalized", -0.1, None),
        ((1.0, 2.0), 0.0, Iid(2.0)),
    ],
    ids=str,
)
def test_the_independent_weights_that_a_selu_assumes(weights, mean, expected):
    assert assumed(selu_sym.selu_parameters(mean, 1.0, weights=weights)) == expected


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
