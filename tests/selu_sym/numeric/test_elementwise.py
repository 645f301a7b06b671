import math

import numpy as np
import pytest

from selu_sym._numeric import elementwise
from selu_sym._numeric.elementwise import (
    BLOCK_ELEMENTS,
    CHUNK,
    absolute,
    blockwise,
    choose,
    exceeds,
    opposite,
    single,
)


def square_and_sign(x):
    assert isinstance(x, float) or (x.ndim == 1 and len(x) <= BLOCK_ELEMENTS)
    return x * x, x > 0


@pytest.mark.parametrize("size", [0, 1, BLOCK_ELEMENTS, BLOCK_ELEMENTS + 1, 3 * BLOCK_ELEMENTS + 5])
def test_blocks_are_the_whole(size):
    x = np.linspace(-1, 2, size)
    square, positive = blockwise(square_and_sign, x)
    assert np.array_equal(square, x * x)
    assert np.array_equal(positive, x > 0)
    assert positive.dtype == bool
    assert np.array_equal(single(lambda x: -x, x), -x)


def test_floats_are_passed_on():
    assert blockwise(square_and_sign, -3.0) == (9.0, False)
    assert single(lambda x: x + 1, 2.0) == 3.0


def test_only_the_places_of_a_condition_are_computed():
    x = np.arange(3.0 * BLOCK_ELEMENTS)
    computed = []

    def root(x):
        computed.append(len(x))
        return (np.sqrt(x),)

    condition = x % 3 == 0
    (found,) = choose(condition, root, (-x,), x)
    assert np.array_equal(found, np.where(condition, np.sqrt(x), -x))
    assert sum(computed) == condition.sum()
    (same,) = choose(np.zeros(len(x), bool), root, (found,), x)
    assert same is found


@pytest.mark.parametrize(("condition", "expected"), [(True, 2.0), (False, 7.0)])
def test_of_floats_one_form_is_called(condition, expected):
    assert choose(condition, lambda x: (math.sqrt(x),), (7.0,), 4.0) == (expected,)


def test_any_shape():
    x = np.linspace(0, 1, 24).reshape(2, 3, 4)[:, ::-1]
    (found,) = elementwise.elementwise(lambda x: (x + 1,), x)
    assert np.array_equal(found, x + 1)
    long = np.zeros((2, CHUNK))
    assert elementwise.elementwise(lambda x: (x + 1,), long)[0].shape == (2, CHUNK)


def test_floats_overflow_and_divide_by_zero_as_arrays_do():
    def inverse(x):
        return (1 / x, x**2 if isinstance(x, np.ndarray) else math.exp(x))

    assert elementwise.elementwise(inverse, 0.0)[0] == math.inf
    assert elementwise.elementwise(inverse, 1e200) == (1e-200, math.inf)


def test_conditions_and_sizes_of_floats_and_arrays():
    array = np.array([-2.0, 1.0, math.nan])
    assert absolute(-2.0) == 2.0
    assert np.array_equal(absolute(array), [2.0, 1.0, math.nan], equal_nan=True)
    assert exceeds(2.0, 1.0) is True
    assert np.array_equal(exceeds(array, 0.0), [False, True, False])
    assert np.array_equal(exceeds(0.0, array), [True, False, False])
    assert opposite(False) is True
    assert np.array_equal(opposite(array > 0), [True, False, True])
