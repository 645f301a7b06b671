"""The hash of positions, in NumPy."""

import numpy as np
import pytest
from scipy.stats import chi2

from selu_sym._tensors.random_bits import MULTIPLIERS, random_bits, require_distinct


def bits(count: int, key=(1, 2)) -> np.ndarray:
    positions = np.arange(count, dtype=np.uint32)
    return random_bits(
        positions, np.array(key, np.uint32), np.uint32, lambda b, places: b >> np.uint32(places)
    )


def by_python(position: int, key: tuple[int, int]) -> int:
    """Return the hash by Python's integers, as the module's text describes it."""
    wrap = 2**32 - 1
    value = ((position + key[0]) * MULTIPLIERS[0]) & wrap
    value ^= value >> 15
    value = ((value + key[1]) * MULTIPLIERS[1]) & wrap
    value ^= value >> 16
    return (value * MULTIPLIERS[2]) & wrap


@pytest.mark.parametrize("key", [(0, 0), (1, 2), (2**32 - 1, 2**31)], ids=str)
def test_it_is_the_hash_of_python_s_integers(key):
    with np.errstate(over="ignore"):
        assert bits(50, key).tolist() == [by_python(position, key) for position in range(50)]


def test_positions_give_different_numbers():
    """Each step is a bijection."""
    assert len(np.unique(bits(10**6))) == 10**6


@pytest.mark.parametrize("bit", range(32, 16, -1))
def test_upper_bits_are_set_in_half_of_the_numbers(bit):
    """A chi-squared test of 64 groups of neighbours, seeded."""
    ones = ((bits(2**18) >> np.uint32(bit - 1)) & 1).reshape(64, -1)
    statistic = np.sum((ones.sum(axis=1) - 2**11) ** 2 / 2**10)
    assert 1e-6 < chi2.sf(statistic, 64) < 1 - 1e-6


def test_more_elements_than_positions():
    require_distinct((2**16, 2**16), 2**32)
    with pytest.raises(ValueError, match=r"at most 2\*\*32 elements, got shape \(2, 3\)"):
        require_distinct((2, 3), 2**32 + 1)
