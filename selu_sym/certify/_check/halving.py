"""Proves that numbers do not exceed zero on boxes, by halving the boxes until they are small."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from flint import arb

from selu_sym._exact.arb import ball, hull, working_precision
from selu_sym.certify._check.jets import Jet
from selu_sym.certify._check.means import Side
from selu_sym.certify._check.net_inputs import Expansion, at_point, expansion, on_box
from selu_sym.certify._check.quantities import Box, Excess

BITS = 64
"""Precision of the balls' midpoints, to begin with."""

MOST_BITS = 4096
"""Precision at which what is still open counts as wrong."""

Which = Callable[[Iterator[bool]], bool]
"""``all`` or ``any``."""

PROVED, DISPROVED = -1, -2


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


def never_positive(excess: Excess, which: Which, boxes: Iterator[Box], patience: int) -> bool:
    """Return whether on each part of some boxes all, or any, of the numbers do not exceed 0.

    False where it takes more than a number of boxes to find out, each counted as often as its
    precision is larger than the first one.
    """
    waiting: list[tuple[Box, int]] = []
    while patience > 0:
        if not waiting:
            waiting = [(box, _bits(box)) for box in itertools.islice(boxes, 1)]
        if not waiting:
            return True
        here, bits = waiting.pop()
        patience -= bits // BITS
        with working_precision(bits):
            verdict = _verdict(excess, which, here)
        if verdict is None:  # the digits do not suffice
            if 2 * bits > MOST_BITS:
                return False
            waiting.append((here, 2 * bits))
        elif verdict == DISPROVED:
            return False
        elif verdict != PROVED:
            waiting += [(half, bits) for half in _cut(here, verdict, _middle(here, verdict))]
    return False


def _bits(box: Box) -> int:
    """Return the precision to begin with: for small v, means are differences of numbers near 1."""
    lost = max(0, math.ceil(-_log2(box[1][0])))
    return min(BITS * (1 + lost // BITS), MOST_BITS // 4)


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
    return low * 2 ** (int(_log2(high / low)) // 2)


def _log2(number: Fraction) -> float:
    return math.log2(number.numerator) - math.log2(number.denominator)


def _verdict(excess: Excess, which: Which, box: Box) -> int | None:
    """Return PROVED, DISPROVED, the side to halve, or None where the precision is too small."""
    middle = [(low + high) / 2 for low, high in box]
    there, kept = _expanded(middle), []

    def keep(number: arb) -> arb:
        kept.append(number)
        return number

    centre = [ball(x) for x in middle]
    values = excess(box[0], at_point(there), centre, keep)
    if not which(value <= 0 for value in values):
        if not which(not value > 0 for value in values):
            return _broken(excess, which, middle, box)
        return None
    if all(low == high for low, high in box):
        return PROVED
    found = _jets(excess, box, there, centre, kept)
    radii = [ball((high - low) / 2) for low, high in box]
    spreads = [
        [abs(slope) * radius for slope, radius in zip(jet.slopes, radii, strict=True)]
        for jet in found
    ]
    fine = [
        bool(jet.value <= 0 or value + sum(spread, arb(0)) <= 0)
        for jet, value, spread in zip(found, values, spreads, strict=True)
    ]
    if which(iter(fine)):
        return PROVED
    for i, jet in enumerate(found):
        if fine[i]:
            continue
        # where a number is monotonous along a side, only the worse end of that is left
        point, rest = _worst(jet, box, middle, spreads[i])
        if point != middle:
            at = _expanded(point)
            here = excess(box[0], at_point(at), [ball(x) for x in point], lambda number: number)
            fine[i] = bool(here[i] + rest <= 0)
            if not fine[i] and not which(not value > 0 for value in here):
                return _broken(excess, which, point, box)
        if not fine[i] and which is all:
            break
    if which(iter(fine)):
        return PROVED
    worst = fine.index(False)
    return _axis(spreads[worst], box)


def _expanded(point: Sequence[Fraction]) -> Expansion:
    m, v = point[:2]
    return expansion((m, m), (v, v))


def _broken(excess: Excess, which: Which, point: list[Fraction], box: Box) -> int:
    """Return DISPROVED if the numbers exceed 0 at a point also where the box is only that point.

    If not, that of the box is for other weights, and m is to be halved.
    """
    m = point[0], point[0]
    here = at_point(_expanded(point))
    values = excess(m, here, [ball(x) for x in point], lambda number: number)
    if not which(not value > 0 for value in values) or box[0][0] == box[0][1]:
        return DISPROVED
    return 0


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


def _worst(
    jet: Jet, box: Box, middle: list[Fraction], spread: list[arb]
) -> tuple[list[Fraction], arb]:
    """Return a point, and by how much no number on the box is larger than the one there."""
    point, rest = list(middle), arb(0)
    for i, ((low, high), slope) in enumerate(zip(box, jet.slopes, strict=True)):
        if slope >= 0:
            point[i] = high
        elif slope <= 0:
            point[i] = low
        else:
            rest += spread[i]
    return point, rest


def _axis(spread: list[arb], box: Box) -> int:
    """Return the side along which a number varies most, or that is the longest for its place."""
    sizes = [float(x.upper()) if x.is_finite() else math.inf for x in spread]
    if math.inf in sizes or max(sizes) == 0:
        sizes = [float((high - low) / (abs(low) + abs(high))) if low < high else 0.0 for low, high in box]
        m, v = box[:2]
        sizes[1] = _log2(v[1] / v[0])
        if m[0] < m[1]:
            deviations = _log2(m[1] - m[0]) - _log2(v[1]) / 2
            sizes[0] = 2.0 ** min(deviations, 0) + max(deviations, 0)
    return max(range(len(sizes)), key=sizes.__getitem__)
