"""Steps: what is recorded of layers, which made which, and what is predicted."""

import weakref

import numpy as np
import pytest

from tests.observed_networks import Network

ROWS = np.random.default_rng(13).normal(size=(512, 64))


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


def test_tensors_that_the_network_needs_no_more_are_let_go():
    network = Network(ROWS)
    network.dense("h")
    gone = weakref.ref(network.y)
    network.selu("s")
    network.dense("g")
    assert gone() is None


def test_moments_of_steps_and_saturation():
    network = Network(ROWS)
    network.dense("h")
    before = network.y
    selu = network.selu("s")
    after = network.y
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


def test_squared_norms_of_gradients_add_up_over_calls():
    network = Network(ROWS)
    network.dense("h")
    selu = network.selu("s")
    assert np.isnan(selu.gradient)
    for norm in (3.0, 0.0, 4.0):
        network.recorder.add_gradient(selu, norm)
    assert selu.gradient == 7.0


def test_a_tensor_that_was_changed_in_place_is_another_one():
    versions = {}
    network = Network(ROWS, version=lambda values: versions.get(id(values), 0))
    dense = network.dense("h")
    versions[id(network.y)] = 1
    assert network.recorder.seen(network.y).maker is None
    assert network.selu("s").origin() is None
    assert dense.origin() is network.recorder.network_input


def test_a_step_may_be_called_again():
    """Two calls with one batch, and one with the next."""
    network = Network(ROWS[:8])
    dense = network.dense("h")
    first = network.y
    network.recorder.add(dense, [first], 2 * first)
    network.recorder.end_batch()
    network.recorder.add(dense, [first], 3 * first)
    network.finish()
    assert dense.calls == 2
    second = np.mean(first**2)
    assert dense.output.second == pytest.approx((second * (1 + 4) / 2 + 9 * second) / 2)
    assert len(network.recorder.steps) == 2


def test_constant_columns_of_the_input_are_counted_over_all_batches():
    network = Network(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 4.0]]))
    network.recorder.end_batch()
    network.recorder.know_input(np.array([[1.0, 5.0, 3.0], [1.0, 5.0, 3.0]]))
    network.finish()
    assert network.recorder.network_input.constant_columns == 1
