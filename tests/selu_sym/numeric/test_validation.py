"""Arguments are checked, and a framework's tensors are refused whose gradient would be lost."""

import jax
import numpy as np
import pytest
import tensorflow as tf

import selu_sym
from selu_sym._numeric import validation


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


def test_checked_numbers_are_floats_or_float64_arrays():
    for value in (1, 1.0, np.float32(1), np.int8(1), np.array(1)):
        assert type(validation.real("x", value)) is float
    for value in ([1, 2], (1.0, 2.0), np.arange(2, dtype=np.float32)):
        checked = validation.real("x", value)
        assert checked.dtype == np.float64
        assert checked.shape == (2,)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: validation.finite("x", [1.0, np.inf]), "x must be finite, got inf at index 1"),
        (lambda: validation.positive("x", -2), "x must be positive, got -2.0"),
        (
            lambda: validation.positive("x", [[1, 0]]),
            r"x must be positive, got 0.0 at index (0, 1)",
        ),
        (lambda: validation.rate(1), "rate must be in the interval [0, 1), got 1.0"),
        (lambda: validation.correlation(-1.5), "correlation must be in the interval [-1, 1], got"),
        (lambda: validation.count("depth", 0), "depth must be a positive integer, got 0"),
        (lambda: validation.count("depth", True), "depth must be a positive integer, got True"),
        (lambda: validation.count("depth", 1.5), "depth must be a positive integer, got 1.5"),
        (
            lambda: validation.noise_shape((2, 0)),
            "noise_shape must hold positive integers and None",
        ),
        (lambda: validation.noise_shape(3), "noise_shape must hold positive integers and None"),
        (
            lambda: validation.mask_shape((None, 2), (4,)),
            "noise_shape with None must have as many entries as x has dimensions",
        ),
        (
            lambda: validation.mask_shape((3, 1), (4, 5)),
            "noise_shape must broadcast to the shape of x, (4, 5), got (3, 1)",
        ),
        (
            lambda: validation.broadcast(a=np.zeros(2), b=np.zeros(3)),
            "the shapes do not broadcast: a (2,), b (3,)",
        ),
    ],
)
def test_errors_name_the_argument_the_value_and_the_rule(check, message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared
        check()
    assert str(raised.value).startswith(message)


def test_a_single_rate():
    assert validation.single_rate(0.5) == 0.5
    with pytest.raises(TypeError, match=r"rate must be a number, got an array of shape \(1,\)"):
        validation.single_rate([0.5])


@pytest.mark.parametrize(
    ("noise_shape", "shape", "mask"),
    [
        (None, (4, 5), (4, 5)),
        ((None, 1), (4, 5), (4, 1)),
        ((5,), (4, 5), (5,)),
        ((1, 5), (None, 5), (1, 5)),
        ((None, 5), (None, 5), (None, 5)),
    ],
)
def test_mask_shapes(noise_shape, shape, mask):
    assert validation.mask_shape(noise_shape, shape) == mask


def test_arrays_are_copied_unless_nobody_can_write_to_them():
    own = np.arange(3.0)
    copy = validation.read_only(own)
    assert not np.shares_memory(copy, own)
    assert not copy.flags.writeable
    assert validation.read_only(copy) is copy
    view = own[:2]
    view.flags.writeable = False  # its owner can
    assert not np.shares_memory(validation.read_only(view), own)
    assert validation.locked(1.0) == 1.0
    assert validation.locked(own) is own
    with pytest.raises(ValueError, match="read-only"):
        own[0] = 1
