"""Proves that numbers are negative on boxes, by halving the boxes until they are small."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from flint import arb

from selu_sym._exact.arb import ball, hull, working_precision
from selu_sym.certify._check.jets import Jet
from selu_sym.certify._check.net_inputs import Expansion, at_point, expansion, on_box
from selu_sym.certify._check.quantities import Box, Excess

FIRST_BITS = 64
"""Precision of the balls' midpoints, to begin with."""

MOST_BITS = 4096
"""Precision at which what is still open counts as wrong."""


class NotNegative(Exception):  # noqa: N818 - it is an answer
    """At a point, none of the numbers is negative."""


class TooFewDigits(Exception):  # noqa: N818
    """The precision is too small to tell."""


def leaves(tree: str, box: Box) -> Iterator[Box]:
    """Yield the boxes of a tree that are not halved."""
    waiting = [box]
    for step in tree:
        here = waiting.pop()
        if step == ".":
            yield here
        else:
            axis = "mv".index(step)
            low, high = here[axis]
            waiting += reversed(_cut(here, axis, (low + high) / 2))


def always_negative(excess: Excess, boxes: Iterator[Box], patience: int) -> bool:
    """Return whether one of the numbers is negative at each point of some boxes.

    False where it takes more than a number of boxes to find out, each counted as often as its
    precision is larger than the first one.
    """
    waiting: list[tuple[Box, int]] = []
    while patience > 0:
        if not waiting:
            waiting = [(box, _bits(box)) for box in itertools.islice(boxes, 1)]
        if not waiting:
            return True
        box, bits = waiting.pop()
        patience -= bits // FIRST_BITS
        try:
            with working_precision(bits):
                parts = _open(excess, box)
        except TooFewDigits:
            if 2 * bits > MOST_BITS:
                return False
            waiting.append((box, 2 * bits))
        except NotNegative:
            return False
        else:
            waiting += [(part, bits) for part in parts]
    return False


def _bits(box: Box) -> int:
    """Return the precision to begin with.

    For small v, means are differences of numbers near 1, and for large ones of others.
    """
    lost = max(0, math.ceil(-_log2(box[1][0])), math.ceil(_log2(box[1][1])))
    return min(FIRST_BITS * (1 + lost // FIRST_BITS), MOST_BITS // 4)


def _cut(box: Box, axis: int, at: Fraction) -> tuple[Box, Box]:
    low, high = box[axis]
    return (
        (*box[:axis], (low, at), *box[axis + 1 :]),
        (*box[:axis], (at, high), *box[axis + 1 :]),
    )


def _middle(box: Box, axis: int) -> Fraction:
    """Return where to cut a side: that of v, or of m far from 0, by equal factors."""
    low, high = box[axis]
    if axis == 1:
        return _between(low, high)
    if axis > 1:
        return (low + high) / 2
    unit = Fraction(2) ** math.ceil(_log2(box[1][1]) / 2)  # a deviation
    if low < 0 < high:
        if max(-low, high) <= 8 * unit:
            return (low + high) / 2
        return 4 * unit if high > -low else -4 * unit
    if low >= 0:
        return _between(max(low, unit), high) if high > 4 * unit else (low + high) / 2
    return -_between(max(-high, unit), -low) if -low > 4 * unit else (low + high) / 2


def _between(low: Fraction, high: Fraction) -> Fraction:
    """Return the middle of positive numbers, by factors where one is much larger."""
    if high <= 4 * low:
        return (low + high) / 2
    return low * (1 << int(_log2(high / low)) // 2)


def _log2(number: Fraction) -> float:
    return math.log2(number.numerator) - math.log2(number.denominator)


def _open(excess: Excess, box: Box) -> list[Box]:
    """Return the parts of a box that are still to be looked at, none if it is proved."""
    middle = [(low + high) / 2 for low, high in box]
    there = _expanded(middle)
    kept: list[arb] = []

    def keep(number: arb) -> arb:
        kept.append(number)
        return number

    centre = [ball(x) for x in middle]
    values = excess(box[0], at_point(there), centre, keep)
    if all(value >= 0 for value in values):
        return _not_negative(excess, box, middle)
    if not any(value < 0 for value in values):
        raise TooFewDigits
    if all(low == high for low, high in box):
        return []
    jets = _jets(excess, box, there, centre, kept)
    radii = [ball((high - low) / 2) for low, high in box]
    for jet, value in zip(jets, values, strict=True):
        spread = [abs(x) * radius for x, radius in zip(jet.slopes, radii, strict=True)]
        if jet.value < 0 or value + sum(spread, arb(0)) < 0:
            return []
    if len(jets) == 1:
        face = _worst_face(excess, jets[0], box)
        if face != box:
            return [face]
    axis = _axis(spread, box)
    return list(_cut(box, axis, _middle(box, axis)))


def _expanded(point: Sequence[Fraction]) -> Expansion:
    m, v = point[:2]
    return expansion((m, m), (v, v))


def _not_negative(excess: Excess, box: Box, point: list[Fraction]) -> list[Box]:
    """Raise NotNegative if no number is negative at a point also where the box is only that point.

    If not, those of the box are for other weights: return the halves along m.
    """
    m = point[0], point[0]
    values = excess(m, at_point(_expanded(point)), [ball(x) for x in point], lambda number: number)
    if box[0][0] == box[0][1] or all(value >= 0 for value in values):
        raise NotNegative
    return list(_cut(box, 0, _middle(box, 0)))


def _jets(
    excess: Excess, box: Box, there: Expansion, centre: list[arb], kept: list[arb]
) -> list[Jet]:
    """Return the numbers on a box, given what is known at its centre."""
    width = len(box)
    hulls = [hull(low, high) for low, high in box]
    distances = [side - middle for side, middle in zip(hulls, centre, strict=True)]
    one, zero = arb(1), arb(0)
    sides = [
        Jet(side, tuple(one if i == j else zero for j in range(width)))
        for i, side in enumerate(hulls)
    ]
    here = on_box(expansion(box[0], box[1]), there, distances[0], distances[1], width)
    at_centre = iter(kept)
    return excess(box[0], here, sides, lambda jet: jet.sharpened(next(at_centre), distances))


def _worst_face(excess: Excess, jet: Jet, box: Box) -> Box:
    """Return the part of a box where a number is largest: one end where it is monotonous."""
    face = list(box)
    for i, ((low, high), slope) in enumerate(zip(box, jet.slopes, strict=True)):
        if low < high and (slope >= 0 or slope <= 0):
            end = high if slope >= 0 else low
            if i > 0 or excess.same_for(box[0], end):
                face[i] = end, end
    return tuple(face)


def _axis(spread: list[arb], box: Box) -> int:
    """Return the side to halve: one along which a number varies much, and that is long.

    Short ones had better wait: once the others are short, too, the number may be monotonous.
    """
    lengths = _lengths(box)
    if all(x.is_finite() for x in spread):
        scores = [x.upper() * length for x, length in zip(spread, lengths, strict=True)]
        best = max(range(len(scores)), key=scores.__getitem__)
        if scores[best] > 0:
            return best
    return max(range(len(lengths)), key=lengths.__getitem__)


def _lengths(box: Box) -> list[float]:
    """Return how long sides are, in deviations for m, and for their places."""
    lengths = [_log2(high / low) if low < high else 0.0 for low, high in box[1:]]
    low, high = box[0]
    if low == high:
        return [0.0, *lengths]
    deviations = _log2(high - low) - _log2(box[1][1]) / 2
    return [1 + deviations if deviations > 0 else 2.0 ** max(deviations, -1000), *lengths]
