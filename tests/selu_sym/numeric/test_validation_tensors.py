"""What a framework differentiates or traces is refused as a target: its gradient would be lost."""

import jax
import pytest
import tensorflow as tf

import selu_sym


def alpha(mean):
    return selu_sym.selu_parameters(mean, 1.0, weights="iid").alpha


@pytest.mark.parametrize("value", [tf.Variable(0.1), tf.constant(0.1)], ids=["variable", "tensor"])
def test_tensorflow(value):
    with pytest.raises(TypeError, match="whose gradient would be lost"):
        alpha(value)


@pytest.mark.parametrize("transform", [jax.grad, jax.jit, jax.vmap, jax.jacfwd])
def test_jax(transform):
    x = jax.numpy.array([0.1]) if transform is jax.vmap else 0.1
    with pytest.raises(TypeError, match=r"mean must be numbers, got a \w+Tracer of jax"):
        transform(alpha)(x)


def test_values_of_jax_are_numbers():
    assert alpha(jax.numpy.array(0.5)) == alpha(0.5)


@pytest.mark.torch
def test_torch():
    import torch  # noqa: PLC0415 - only where it is installed

    with pytest.raises(TypeError, match="mean must be numbers, got a Tensor of torch"):
        alpha(torch.tensor(0.5, requires_grad=True))
    assert alpha(torch.tensor(0.5)) == alpha(0.5)
