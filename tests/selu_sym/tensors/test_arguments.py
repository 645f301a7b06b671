"""What the checks take, and what they refuse."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import selu_sym
from selu_sym._tensors import SeluTensors, arguments

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
ARRAYS = selu_sym.selu_parameters([0.0, 0.1], 1.0, weights="iid")
TENSORS = SeluTensors(*(np.ones(2) for _ in range(4)))


def test_parameters():
    assert arguments.parameters(None) == selu_sym.selu_parameters(0.0, 1.0)
    for p in (P, ARRAYS, TENSORS):
        assert arguments.parameters(p) is p
    with pytest.raises(TypeError, match=r"p must be SeluParameters, .* got \(1, 2\)"):
        arguments.parameters((1, 2))


def test_single_parameters():
    assert arguments.single_parameters(None) == selu_sym.selu_parameters(0.0, 1.0)
    assert arguments.single_parameters(P) is P
    with pytest.raises(ValueError, match=r"p must hold numbers, got arrays of shape \(2,\)"):
        arguments.single_parameters(ARRAYS)
    with pytest.raises(TypeError, match="p must be SeluParameters"):
        arguments.single_parameters(TENSORS)


@pytest.mark.parametrize(
    "value", [2, 2.0, np.float32(2), np.int8(2), np.array(2.0), Fraction(2), Decimal(2)], ids=repr
)
def test_numbers(value):
    found = arguments.number("mean", value)
    assert (type(found), found) == (float, 2.0)


@pytest.mark.parametrize(
    "value", [True, False, np.True_, np.array(True), "2", b"2", None, [2.0], 2j], ids=repr
)
def test_what_is_no_number(value):
    with pytest.raises(TypeError, match="mean must be a real number, got"):
        arguments.number("mean", value)


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_], ids=repr)
def test_flags(value):
    found = arguments.flag("training", value)
    assert (type(found), found) == (bool, bool(value))


@pytest.mark.parametrize("value", ["no", "", None, 0, 1, 1.0, np.array([True]), []], ids=repr)
def test_what_is_no_flag(value):
    with pytest.raises(TypeError, match="training must be a bool, got"):
        arguments.flag("training", value)
