"""Random bits that cost less to compute than to store: a keyed hash of each element's position.

A generator writes its numbers to memory, which on a CPU takes several times as long as the dropout
itself; the generators of compilers are slower still. A hash of the position is computed in
registers, in the loop that uses it, and again for the gradient. So the mask is a function of the
key and the shape alone, wherever it is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self  # checkers bring it along

MULTIPLIERS = (0x7FEB352D, 0x846CA68B, 0x31848BAB)
"""Odd numbers, so that each multiplication is a bijection. They are of the integer hashes lowbias32
and triple32, which C. Wellons found in 2018 in a search for small bias."""

SHIFTS = (15, 16)
"""Places by which bits are shifted, to mix the upper ones into the lower ones, after the first and
the second multiplication. After the third there is no need: the upper bits decide a comparison."""

POSITIONS = 2**32
"""Positions that can be told apart. Beyond them the numbers repeat."""


class Integers(Protocol):
    """A tensor of 32-bit integers, which wrap around, of any library."""

    def __add__(self, other: Self, /) -> Self: ...
    def __mul__(self, other: Self, /) -> Self: ...
    def __xor__(self, other: Self, /) -> Self: ...
    def __getitem__(self, index: int, /) -> Self: ...


Bits = TypeVar("Bits", bound=Integers)


def random_bits(
    positions: Bits,
    key: Bits,
    number: Callable[[int], Bits],
    shifted: Callable[[Bits, int], Bits],
) -> Bits:
    """Return uniform 32-bit numbers, a function of the position and the key.

    Parameters
    ----------
    positions : tensor of 32-bit integers, which wrap around
    key : two random integers of the same dtype
        With the first alone, the numbers of two keys would be the same, shifted; the second
        is added after the bits have been mixed once.
    number : function that returns an integer below 2**32 in the dtype
    shifted : function that shifts bits to the right by so many places, with zeros from the left
    """
    first, second, third = map(number, MULTIPLIERS)
    bits = (positions + key[0]) * first
    bits = bits ^ shifted(bits, SHIFTS[0])
    bits = (bits + key[1]) * second
    bits = bits ^ shifted(bits, SHIFTS[1])
    return bits * third


def require_distinct(shape: object, size: int) -> None:
    """Raise ValueError if a mask has more elements than there are positions."""
    if size > POSITIONS:
        raise ValueError(f"a mask can have at most 2**32 elements, got shape {shape}")
