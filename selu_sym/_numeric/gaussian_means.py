"""Gaussian means of any activation in float64: one rule, and closed forms where it cannot reach.

The rule is ``derivations.gaussian_rule``; here it is applied to arrays, block by block.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from selu_sym import _generated as generated
from selu_sym._numeric.catalogue import Piece, Source
from selu_sym._numeric.signals import unit_rule
from selu_sym._numeric.validation import FloatArray, Values

BLOCK_NODES = 12288
"""About how many nodes are taken at a time: the arrays stay in the cache."""

END_STEPS = np.linspace(0.0, 1.0, 33)
"""Distances from an end of what is integrated, in deviations, where it is looked at for decay."""

NEGLIGIBLE = 1e-17
"""Share of a mean, per deviation, of which it does not matter whether it falls."""


class Means(NamedTuple):
    """Gaussian means of f for z ~ N(m, v)."""

    mean: Values
    second_moment: Values
    variance: Values
    derivative_mean: Values
    derivative_second_moment: Values
    """NaN where f jumps."""

    R1: Values
    """E[(z - m) f'], NaN if it was not asked for, as the next two."""

    R2: Values
    """E[(z - m) (f - M1) f']."""

    Q: Values
    """E[(f - M1) f']."""


class Rules(NamedTuple):
    """Nodes between 0 and 1, and weights, of flat and of curved panels."""

    flat: tuple[FloatArray, FloatArray]
    curved: tuple[FloatArray, FloatArray]


def _generated(values: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.array(values).reshape(2, -1)
    return nodes, weights


@cache
def generated_rules() -> Rules:
    """Return the rules that the means are computed by."""
    return Rules(
        _generated(generated.activation_kernels.flat_rule()),
        _generated(generated.activation_kernels.curved_rule()),
    )


@cache
def coarse_rules() -> Rules:
    """Return the rules that a callable is integrated by as well, to see how much that matters."""
    return Rules(unit_rule(43), unit_rule(47))


def means(source: Source, m: Values, v: Values, *, slopes: bool = False) -> Means:
    """Return the means for floats, or for arrays of one shape; with how they change, or without."""
    shape = np.shape(m)
    flat_m, flat_v = np.atleast_1d(m).ravel(), np.atleast_1d(v).ravel()
    with np.errstate(all="ignore"):
        if source.means is not None and source.slopes is not None:
            closed = (*source.means(flat_m, flat_v), *source.slopes(flat_m, flat_v))
            found = np.array(np.broadcast_arrays(*closed))
        else:
            found = _by_rule(source, flat_m, flat_v, slopes)
    if not shape:
        return Means(*found[:, 0].tolist())
    return Means(*found.reshape(len(found), *shape))


def estimated_error(source: Source, m: Values, v: Values, found: Means) -> float:
    """Return the largest difference to a rule of fewer nodes, relative to the size."""
    flat_m, flat_v = np.atleast_1d(m).ravel(), np.atleast_1d(v).ravel()
    other = np.empty((len(Means._fields), flat_m.size))
    with np.errstate(all="ignore"):
        _in_blocks(source, flat_m, flat_v, False, False, other, coarse_rules())
    sizes = np.sqrt(np.abs(other[[1, 1, 1, 4, 4]])) ** np.array([1, 2, 2, 1, 2])[:, None]
    given = np.array([np.ravel(value) for value in found[:5]])
    differences = np.abs(given - other[:5])
    errors = differences / np.where(sizes > 0, sizes, 1.0)
    return float(np.max(np.where(np.isfinite(errors), errors, np.inf), initial=0.0))


def tail_shares(source: Source, m: Values, v: Values, found: Means) -> tuple[float, float]:
    """Return about which share of E f^2 or E f'^2 lies beyond what is integrated, the largest.

    The second number is the same, but of f' relative to f where that is larger. A share is that of
    a geometric series: the fall over the last deviation goes on. Where f^2 times the density does
    not fall at an end, the share is infinite.
    """
    flat_m, flat_v = (np.reshape(value, (-1, 1)) for value in (m, v))
    square, steep = (np.ravel(x) for x in (found.second_moment, found.derivative_second_moment))
    sizes = np.array([(square, square), (steep, np.maximum(steep, square / flat_v[:, 0]))])
    step = BLOCK_NODES // END_STEPS.size
    shares = np.zeros(2)
    with np.errstate(all="ignore"):
        for start in range(0, len(flat_m), step):
            part = slice(start, start + step)
            for piece in source.pieces:
                sides = (piece.low, min(piece.high, 0.0)), (max(piece.low, 0.0), piece.high)
                for low, high in sides:
                    if low < high:
                        at = flat_m[part], flat_v[part], sizes[:, :, part]
                        shares = np.maximum(shares, _beyond(piece, low, high, *at))
    own, relative = shares.tolist()
    return own, relative


def _beyond(
    piece: Piece, low: float, high: float, m: FloatArray, v: FloatArray, sizes: FloatArray
) -> FloatArray:
    """Return the largest shares beyond both ends of one side of a piece."""
    assert piece.evaluate is not None  # it is a callable's
    half = END_STEPS.size // 2
    shares = np.zeros(2)
    ends = generated.activation_kernels.limits(m, v, low, high)
    for end, border, inwards in ((ends[0], low, 1), (ends[1], high, -1)):
        z = np.clip(end + inwards * np.sqrt(v) * END_STEPS, low, high)
        density = np.exp(-((z - m) ** 2) / (2 * v)) / np.sqrt(2 * np.pi)
        for value, size in zip(piece.evaluate(z), sizes, strict=True):
            weighted = density * value**2
            outer, inner = weighted[:, : half + 1].max(axis=1), weighted[:, half:].max(axis=1)
            fall = outer / inner
            beyond = np.where(fall < 1, outer / size * fall / (1 - fall) / 2, np.inf)
            counts = (outer > NEGLIGIBLE * size) & (end[:, 0] != border)
            shares = np.maximum(shares, np.max(beyond, axis=1, where=counts, initial=0.0))
    return shares


def on_nodes(source: Source, m: float, v: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the net inputs at which an activation is evaluated, and f and f' there."""
    at = np.array([[m]]), np.array([[v]])
    flat = bool(generated.activation_kernels.needs_flat_panel(np.sqrt(v), source.width))
    found = []
    with np.errstate(all="ignore"):
        for piece in source.pieces:
            if piece.evaluate is not None:
                panels = _flat if flat or piece.polynomial else _curved
                z, *_ = panels(piece, source.width, *at, generated_rules())
                found.append(np.broadcast_arrays(z, *piece.evaluate(z)))
    z, f, slope = np.concatenate(found, axis=-1)[:, 0]
    return z, f, slope


def layer_means(source: Source, v: float, scale: float, shift: float) -> FloatArray:
    """Return E y^k for k from 1 to 4, then E f'^2, E f'^4, E[y f'^2], E[y^2 f'^2], E[z^2 f'^2].

    Here y = scale f(z) + shift for z ~ N(0, v).
    """
    total = np.zeros(9)
    at = np.array([[0.0]]), np.array([[v]])
    with np.errstate(all="ignore"):
        for piece in source.pieces:
            panels = _flat if piece.polynomial else _curved
            z, density, rule = panels(piece, source.width, *at, generated_rules())
            f, slope = (0.0, 0.0) if piece.evaluate is None else piece.evaluate(z)
            y, squared = scale * f + shift, slope**2
            of_slopes = (squared, squared**2, y * squared, y**2 * squared, z**2 * squared)
            values = [y, y**2, y**3, y**4, *of_slopes]
            total += [((density * value) @ rule).item() for value in values]
    return total


def _by_rule(source: Source, m: FloatArray, v: FloatArray, slopes: bool) -> FloatArray:
    """Return the means of arrays of one dimension, stacked; the rare rules for a part of them."""
    found = np.empty((len(Means._fields), m.size))
    kernels = generated.activation_kernels
    all_flat = kernels.needs_flat_panel(np.sqrt(v), source.width)
    for chosen, flat in ((all_flat, True), (~all_flat, False)):
        if chosen.all():
            _in_blocks(source, m, v, flat, slopes, found, generated_rules())
        elif chosen.any():
            part = np.empty((len(found), np.count_nonzero(chosen)))
            _in_blocks(source, m[chosen], v[chosen], flat, slopes, part, generated_rules())
            found[:, chosen] = part
    for side, saturated in zip((-1, 1), source.saturated, strict=True):
        far = np.flatnonzero((side * m > kernels.SATURATED_FROM * np.sqrt(v)) & ~all_flat)
        if saturated is not None and far.size:
            exact = np.empty((len(found), far.size))
            _in_blocks(saturated, m[far], v[far], False, slopes, exact, generated_rules())
            for row in (2, 6, 7):
                found[row, far] = exact[row]
    return found


def _in_blocks(
    source: Source,
    m: FloatArray,
    v: FloatArray,
    flat: bool,
    slopes: bool,
    found: FloatArray,
    rules: Rules,
) -> None:
    """Put the means into the rows of an array, a few thousand nodes at a time."""
    count = sum(_nodes(piece, flat) for piece in source.pieces if piece.evaluate) or 1
    step = max(1, BLOCK_NODES // count)
    for start in range(0, m.size, step):
        part = slice(start, start + step)
        _integrate(source, m[part], v[part], flat, slopes, found[:, part], rules)


def _nodes(piece: Piece, flat: bool) -> int:
    if flat or piece.polynomial:
        return len(generated_rules().flat[0])
    return ((piece.low < 0) + (piece.high > 0)) * (
        len(generated_rules().flat[0]) + len(generated_rules().curved[0])
    )


def _integrate(
    source: Source,
    m: FloatArray,
    v: FloatArray,
    flat: bool,
    slopes: bool,
    found: FloatArray,
    rules: Rules,
) -> None:
    """Put the means into the rows of an array."""
    m, v = m[:, None], v[:, None]
    found[:5] = 0.0
    found[5:] = 0.0 if slopes else np.nan
    parts = []
    for piece in source.pieces:
        if piece.evaluate is None:
            continue
        one_panel = flat or piece.polynomial
        z, density, rule = (_flat if one_panel else _curved)(piece, source.width, m, v, rules)
        f, slope = piece.evaluate(z)
        weighted = density * f
        found[0] += weighted @ rule
        found[1] += (weighted * f) @ rule
        parts.append((z, density, rule, f, slope))
    mean = found[0][:, None]
    found[2] = found[0] ** 2 * _probability_of_zero(source, m, v)
    for z, density, rule, f, slope in parts:
        centred = f - mean
        weighted = density * centred
        found[2] += (weighted * centred) @ rule
        if isinstance(slope, int) and slope == 0:
            continue
        steep = density * slope
        found[3] += steep @ rule
        found[4] += (steep * slope) @ rule
        if slopes:
            distance = z - m
            found[5] += (steep * distance) @ rule
            steep *= centred
            found[6] += (steep * distance) @ rule
            found[7] += steep @ rule
    for place, height in source.jumps:
        found[3] += height * generated.activation_kernels.weight(place, m[:, 0], v[:, 0])
    if source.jumps:
        found[4:] = np.nan


def _probability_of_zero(source: Source, m: FloatArray, v: FloatArray) -> Values:
    """Return the probability of the pieces where f is 0."""
    total: Values = 0.0
    for piece in source.pieces:
        if piece.evaluate is None:
            deviation = np.sqrt(v[:, 0])
            low, high = (piece.low - m[:, 0]) / deviation, (piece.high - m[:, 0]) / deviation
            mirrored = low + high > 0  # on the side where both are small
            ends = np.where(mirrored, -low, high), np.where(mirrored, -high, low)
            total = total + ndtr(ends[0]) - ndtr(ends[1])
    return total


def _flat(
    piece: Piece, _width: float, m: FloatArray, v: FloatArray, rules: Rules
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the nodes of a piece in one panel, their densities, and the rule's weights."""
    nodes, rule = rules.flat
    z, length = generated.activation_kernels.flat_node(
        nodes, *generated.activation_kernels.limits(m, v, piece.low, piece.high)
    )
    return z, generated.activation_kernels.weight(z, m, v) * length, rule


def _curved(
    piece: Piece, width: float, m: FloatArray, v: FloatArray, rules: Rules
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the same with a flat and a curved panel on each side of 0.

    Each side by itself: what is far from m may be all that there is.
    """
    sides = [side for side, there in ((-1, piece.low < 0), (1, piece.high > 0)) if there]
    lows = np.array([piece.low if side < 0 else max(piece.low, 0.0) for side in sides])
    highs = np.array([min(piece.high, 0.0) if side < 0 else piece.high for side in sides])
    low, high = generated.activation_kernels.limits(m, v, lows, highs)
    c = generated.activation_kernels.curve_factor(v, width)
    left = np.array(sides) < 0
    border = np.clip(generated.activation_kernels.inner(v) * sides, low, high)
    outer = np.where(left, low, border), np.where(left, border, high)
    inner = (
        np.arcsinh(np.where(left, border, low) / c),
        np.arcsinh(np.where(left, high, border) / c),
    )
    z, length = generated.activation_kernels.flat_node(
        rules.flat[0], outer[0][..., None], outer[1][..., None]
    )
    curved, lengths = generated.activation_kernels.curved_node(
        rules.curved[0], inner[0][..., None], inner[1][..., None], c[..., None]
    )
    count = len(m), -1
    z = np.concatenate((z.reshape(count), curved.reshape(count)), axis=1)
    density = generated.activation_kernels.weight(z, m, v)
    border_index = len(sides) * len(rules.flat[0])
    panels = density[:, :border_index].reshape(len(m), len(sides), -1)
    panels *= length
    density[:, border_index:] *= lengths.reshape(count)
    weights = [*[rules.flat[1]] * len(sides), *[rules.curved[1]] * len(sides)]
    return z, density, np.concatenate(weights)
