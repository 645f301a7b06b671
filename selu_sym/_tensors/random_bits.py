"""Random bits that cost less than to store them: a keyed hash of each element's position.

Generators write their numbers to memory, which on a CPU takes several times as long as the
dropout that they are for; and those of compilers are slower still. A hash of the position is
computed in registers, in the loop that uses it, and again for the gradient. So the mask is a
function of the key and the shape alone, wherever it is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MULTIPLIERS = (0x7FEB352D, 0x846CA68B, 0x31848BAB)
"""Odd numbers, so that each multiplication is a bijection. They are among those that C. Wellons
found in 2018 in a search for integer hashes of little bias (lowbias32, triple32)."""

SHIFTS = (15, 16)
"""Between multiplications, the upper bits are mixed into the lower ones. After the last one they
need not be: what the numbers are compared with a threshold for are the upper bits."""

MOST = 2**32
"""Positions that can be told apart. Beyond them the numbers repeat."""


def random_bits(
    positions: Any, key: Any, number: Callable[[int], Any], shifted: Callable[[Any, int], Any]
) -> Any:
    """Return uniform 32-bit numbers, a function of the position and the key.

    Parameters
    ----------
    positions : tensor of 32-bit integers, which wrap around
    key : two random integers of the same dtype
        With the first alone, the numbers of two keys would be the same, shifted; the second
        comes in where the bits are mixed already.
    number : what makes an integer below 2**32 one of the dtype
    shifted : the tensor's bits shifted to the right by so many places, with zeros from the left
    """
    first, second, third = map(number, MULTIPLIERS)
    bits = (positions + key[0]) * first
    bits = bits ^ shifted(bits, SHIFTS[0])
    bits = (bits + key[1]) * second
    bits = bits ^ shifted(bits, SHIFTS[1])
    return bits * third


def require_distinct(shape: Any, size: int) -> None:
    """Say if a mask has more elements than there are positions."""
    if size > MOST:
        raise ValueError(f"a mask can have at most 2**32 elements, got shape {shape}")
