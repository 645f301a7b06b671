"""Random bits that cost less than to store them: a keyed hash of each element's position.

TensorFlow's generators write their numbers to memory, which on a CPU takes several times as
long as the dropout that they are for; and XLA's are slower still. A hash of the position is
computed in registers, in the loop that uses it, and again for the gradient. So the mask is a
function of the seed and the shape alone, wherever it is computed.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

MULTIPLIERS = (0x7FEB352D, 0x846CA68B, 0x31848BAB)
"""Odd numbers, so that each multiplication is a bijection. They are among those that C. Wellons
found in 2018 in a search for integer hashes of little bias (lowbias32, triple32)."""

SHIFTS = (15, 16)
"""Between multiplications, the upper bits are mixed into the lower ones. After the last one they
need not be: what the numbers are compared with a threshold for are the upper bits."""

MOST = 2**32
"""Positions that can be told apart. Beyond them the numbers repeat."""


def random_bits(shape: Any, key: Any) -> Any:
    """Return uniform uint32 numbers of a shape, a function of the position and the key.

    Parameters
    ----------
    shape : int64 tensor of one dimension
    key : uint32 tensor of two random numbers
        With the first alone, the numbers of two keys would be the same, shifted; the second
        comes in where the bits are mixed already.
    """
    bits = tf.reshape(tf.cast(tf.range(tf.reduce_prod(shape)), tf.uint32), shape)
    first, second, third = (tf.constant(multiplier, tf.uint32) for multiplier in MULTIPLIERS)
    bits = _mixed((bits + key[0]) * first, SHIFTS[0])
    bits = _mixed((bits + key[1]) * second, SHIFTS[1])
    return bits * third


def _mixed(bits: Any, shift: int) -> Any:
    """Mix the upper bits into the lower ones."""
    shifted = tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint32))
    return tf.bitwise.bitwise_xor(bits, shifted)
