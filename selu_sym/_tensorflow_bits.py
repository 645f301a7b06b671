"""Random bits that cost less than to store them: a keyed hash of each element's position.

TensorFlow's generators write their numbers to memory, which on a CPU takes several times as
long as the dropout that they are for; and XLA's are slower still. A hash of the position is
computed in registers, in the loop that uses it, and again for the gradient. So the mask is a
function of the seed and the shape alone, wherever it is computed.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

ROUNDS = ((16, 0x7FEB352D), (15, 0x846CA68B))
"""Shifts and odd multipliers of the mixing steps, each of which is a bijection.

They are those of the integer hash lowbias32, which C. Wellons found in 2018 in a search for the
least bias: flipping an input bit flips each output bit with a probability that is close to 1/2.
Its last step, a shift by 16, is left out. It would mix the upper bits into the lower ones, and
what the numbers are compared with a threshold for are the upper ones."""

MOST = 2**32
"""Positions that can be told apart. Beyond them the numbers repeat."""


def random_bits(shape: Any, key: Any) -> Any:
    """Return uniform uint32 numbers of a shape, a function of the position and the key.

    Parameters
    ----------
    shape : int64 tensor of one dimension
    key : uint32 tensor of two random numbers or more
        One comes in before each mixing step. With the first alone, the numbers of two keys
        would be the same, shifted.
    """
    bits = tf.reshape(tf.cast(tf.range(tf.reduce_prod(shape)), tf.uint32), shape)
    for i, (shift, multiplier) in enumerate(ROUNDS):
        bits = bits + key[i]
        shifted = tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint32))
        bits = tf.bitwise.bitwise_xor(bits, shifted) * tf.constant(multiplier, tf.uint32)
    return bits
