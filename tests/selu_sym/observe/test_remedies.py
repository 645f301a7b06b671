"""What is advised to stacks: weights only where chance cannot drive a stack from what they keep."""

import math

import pytest

import selu_sym
from tests.observed_networks import ROWS, Network, found, stack


def advice(name, tau, depth):
    (finding,) = found(stack(name, tau, depth))
    return finding.message.rsplit("; ", 1)[1]


@pytest.mark.parametrize(("name", "depth"), [("relu", 14), ("gelu", 12)])
def test_weights_are_advised_that_keep_the_second_moment(name, depth):
    given = advice(name, selu_sym.gain(name) ** 2 / 2, depth)
    expected = 2 if name == "relu" else float(f"{selu_sym.gain(name) ** 2:.4g}")
    assert given == f"use weights of variance {expected}/n, n inputs a unit, which keeps it"


@pytest.mark.parametrize(("name", "depth"), [("hard_silu", 16), ("silu", 16), ("gelu", 30)])
def test_no_weights_whose_fixed_point_repels_over_the_layers(name, depth):
    """A small deviation of the second moment grows by slope^depth, with He's weights or others."""
    tau = selu_sym.gain(name) ** 2
    near = [
        selu_sym.activation_moments(name, input_variance=tau * q).second_moment
        for q in (1 - 1e-4, 1 + 1e-4)
    ]
    assert ((near[1] - near[0]) / 2e-4) ** depth > 5
    words = f"use selu_sym.balance({name!r}) after weights of variance 1/n, which keeps both"
    assert advice(name, tau / 2, depth) == words


def test_no_balance_that_repels():
    """That of tanh_shrink has the slope 1.32, as a warning says."""
    with pytest.warns(UserWarning, match="repel"):
        selu_sym.balance("tanh_shrink")
    assert advice("tanh_shrink", 1.0, 4) == "normalize before each activation"


@pytest.mark.parametrize(
    ("name", "param", "code"), [("tanh", None, "'tanh'"), ("elu", 0.5, "'elu', param=(0.5,)")]
)
def test_deep_gradients_get_a_fixed_point_for_the_depth(name, param, code):
    """Its parameter is named where it is not the default."""
    q = selu_sym.balance(name, param=param)
    network = Network(math.sqrt(q.variance) * ROWS + q.mean)
    for number in range(8):
        network.dense(f"h{number}")
        network.call("selu", f"a{number}", q, function=name, p=q).gradient = math.exp(number)
    (finding,) = found(network)
    assert f"use selu_sym.shape_for_depth({code}, depth=8)" in finding.message
