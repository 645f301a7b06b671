"""Which rule computes the pairs of an activation, and what scale and shift make of them.

All take variances of rows and of columns, and then blocks of angles. What they return depends on a
level: 0 is K = E[f(z1) f(z2)] alone, 1 is (K, K') with K' = E[f'(z1) f'(z2)], 2 adds the
derivatives of K by v1 and v2, and 3 those of K' by the angle, v1 and v2. The angle is constant
where a variance changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.validation import FloatArray
from selu_sym.kernels import _kinks, _tables

Parts: TypeAlias = tuple[FloatArray, ...]
"""What a level says."""

Evaluate: TypeAlias = Callable[[slice, slice, FloatArray, int], Parts]
"""Returns the parts of some rows and columns, for their block of angles."""

Direct: TypeAlias = Callable[[Source, FloatArray, FloatArray, FloatArray], _kinks.Both]
"""Returns (K, K') of pairs, whose arrays broadcast."""

COUNTS = (1, 2, 4, 7)
"""How many arrays a level has."""

STEP = 0.005
"""Of the differences that stand for derivatives where a rule has none, relative for variances."""

DIFFERENCES = ((1, 0.75), (2, -0.15), (3, 1 / 60))
"""Steps and factors of the central difference of the order 6."""


@dataclass(frozen=True)
class LayerMoments:
    """The Gaussian means of y for z ~ N(0, v), and the derivatives of E y^2 by v."""

    mean: FloatArray
    second_moment: FloatArray
    derivative_second_moment: FloatArray
    by_variance: FloatArray


@dataclass(frozen=True)
class Layer:
    """An activation y = scale f(input_scale x + input_shift) + shift, as kernels need it."""

    source: Source
    """f(input_scale x + input_shift) as a function of x."""

    input_scale: float = 1.0
    input_shift: float = 0.0
    scale: float = 1.0
    shift: float = 0.0

    @cached_property
    def has_closed_form(self) -> bool:
        """Whether there is an elementary closed form."""
        table = generated.activation_kernels.CLOSED_PAIRS
        return self.input_shift == 0 and table.get(self.source.name, False)

    def moments(self, v: FloatArray) -> LayerMoments:
        """Return the means of single inputs."""
        found = means(self.source, 0.0 * v, v, slopes=True)
        a, b = self.scale, self.shift
        mean = a * np.asarray(found.mean) + b
        # d/dv E y^2 = E[z y y']/v
        by_variance = a * (a * np.asarray(found.R2) + mean * found.R1) / v
        return LayerMoments(
            mean,
            a**2 * np.asarray(found.variance) + mean**2,
            a**2 * np.asarray(found.derivative_second_moment),
            by_variance,
        )

    def pairs(self, v1: FloatArray, v2: FloatArray, level: int) -> Evaluate:
        """Return what evaluates the pairs of y for rows and columns of these variances."""
        evaluate = self._pairs_of_f(v1, v2, level)
        if self.scale == 1 and self.shift == 0:
            return evaluate
        a, b = self.scale, self.shift
        first, second = (means(self.source, 0.0 * v, v, slopes=level > 1) for v in (v1, v2))

        def transformed(rows: slice, columns: slice, theta: FloatArray, level: int) -> Parts:
            found = [a**2 * part for part in evaluate(rows, columns, theta, level)]
            of_first, of_second = np.asarray(first.mean), np.asarray(second.mean)
            found[0] += a * b * (of_first[rows, None] + of_second[columns]) + b**2
            if level > 1:  # d/dv E f = E[z f']/(2 v)
                found[2] += a * b * (np.asarray(first.R1) / (2 * v1))[rows, None]
                found[3] += a * b * (np.asarray(second.R1) / (2 * v2))[columns]
            return tuple(found)

        return transformed

    def _pairs_of_f(self, v1: FloatArray, v2: FloatArray, level: int) -> Evaluate:
        if self.has_closed_form:
            return _closed(self.source, self.input_scale, v1, v2)
        if _tables.is_smooth_beside_0(self.source):
            return _tables.interpolant(self.source, v1, v2, level)
        rule = (
            _kinks.linear_between_kinks
            if _kinks.is_piecewise_linear(self.source)
            else _kinks.one_by_one
        )
        if level < 2 and len(distinct := np.unique(np.concatenate([v1, v2]))) == 1:
            series = _series(rule, self.source, float(distinct[0]))
            if max(map(len, series)) <= _tables.MOST:
                ones = np.ones((len(v1), 1)), np.ones((len(v2), 1))
                table = _tables.Table(series, (0.0, 0.0))
                return _tables.Interpolant(table, *ones, None, None, (v1, v2))
        return _direct(rule, self.source, v1, v2)


def _closed(source: Source, s: float, v1: FloatArray, v2: FloatArray) -> Evaluate:
    """Return the closed form of f(s x), whose net inputs s x have the variances s^2 v."""
    kernels = generated.activation_kernels
    pair = getattr(kernels, f"{source.name}_pair")
    slopes = getattr(kernels, f"{source.name}_pair_slopes")

    def evaluate(rows: slice, columns: slice, theta: FloatArray, level: int) -> Parts:
        given = (s**2 * v1[rows, None], s**2 * v2[columns], theta, *source.parameters)
        found = list(pair(*given))[: COUNTS[min(level, 1)]]
        if level > 1:
            found += list(slopes(*given))[: COUNTS[level] - 2]
        powers = (0, 2, 2, 2, 2, 4, 4)
        return tuple(
            np.broadcast_to(part, theta.shape) * s**power
            for part, power in zip(found, powers, strict=False)
        )

    return evaluate


@lru_cache(maxsize=64)
def _series(rule: Direct, source: Source, v: float) -> tuple[FloatArray, FloatArray]:
    """Return the series in the angle of pairs of one variance."""

    def of_angle(theta: float) -> _tables.Tables:
        at = np.array([[v]])
        return rule(source, at, at, np.array([[theta]]))

    return _tables.angle_series(of_angle)


def _direct(rule: Direct, source: Source, v1: FloatArray, v2: FloatArray) -> Evaluate:
    """Return what evaluates pairs one by one, with differences for derivatives."""

    def evaluate(rows: slice, columns: slice, theta: FloatArray, level: int) -> Parts:
        first, second = v1[rows, None], v2[columns]
        if level < 2:
            return rule(source, first, second, theta)[: COUNTS[level]]
        room = np.minimum(STEP, np.minimum(theta, np.pi - theta) / 4)
        by_angle = _difference(lambda t: rule(source, first, second, theta + t * room))
        by_first = _difference(lambda t: rule(source, first * math.exp(STEP * t), second, theta))
        by_second = _difference(lambda t: rule(source, first, second * math.exp(STEP * t), theta))
        lengths = STEP * first, STEP * second
        found = [*rule(source, first, second, theta)]
        found += [by_first[0] / lengths[0], by_second[0] / lengths[1]]
        if level > 2:
            angles = np.divide(by_angle[1], room, out=np.zeros_like(room), where=room > 0)
            found += [angles, by_first[1] / lengths[0], by_second[1] / lengths[1]]
            if (equal := (theta == 0) & (first == second)).any():
                v = np.broadcast_to(first, theta.shape)[equal]
                changed = _difference(lambda t: _together(rule, source, v * math.exp(STEP * t)))
                for part in found[5:]:
                    part[equal] = changed[1] / (2 * STEP * v)
        return tuple(found)

    return evaluate


def _together(rule: Direct, source: Source, v: FloatArray) -> _kinks.Both:
    """Return both means of inputs with themselves.

    A kink beside 0 makes K' bend where both variances are equal: its derivatives by one of them
    exist on either side alone, and half of that by both stands for them.
    """
    return rule(source, v, v, np.zeros_like(v))


def _difference(both: Callable[[float], _kinks.Both]) -> list[FloatArray]:
    """Return the derivatives of both means, in steps."""
    total = [np.zeros(()), np.zeros(())]
    for step, factor in DIFFERENCES:
        ends = zip(both(step), both(-step), strict=True)
        total = [
            sum_ + factor * (ahead - back) for sum_, (ahead, back) in zip(total, ends, strict=True)
        ]
    return total
