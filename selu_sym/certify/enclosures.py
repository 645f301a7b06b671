"""Bounds of the layer map, and of its Jacobian, over boxes of net inputs (m, v).

Every number is a ball of python-flint, which contains the true value; the formulas are generated
(``derivations.stability``). Two devices make the bounds sharp: the functions that the formulas
are made of are monotonous, so that their range over a box comes from its corners
(:func:`tails`); and the range of a whole formula comes from its value at one point and the
range of its gradient (:func:`upper_bound`), whose error shrinks with the square of the width.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import flint

from selu_sym._generated import arb_kernels

PRECISION = 64
"""Bits that the midpoints of balls are computed with."""

_parameters: Callable[..., Any] = arb_kernels.unit_sum_parameters
_slopes: Callable[..., Any] = arb_kernels.unit_sum_slopes
_singular_value: Callable[..., Any] = arb_kernels.linear_singular_value
_singular_value_gradient: Callable[..., Any] = arb_kernels.linear_singular_value_gradient

Interval = tuple[Fraction, Fraction]
"""Lower and upper end, exact."""


class Box(NamedTuple):
    """A box of net inputs."""

    m_low: Fraction
    m_high: Fraction
    v_low: Fraction
    v_high: Fraction


@dataclass(frozen=True)
class Piece:
    """A box on which a quantity that goes with v is linear in it: constant + slope v."""

    box: Box
    constant: Fraction = Fraction(0)
    slope: Fraction = Fraction(0)


@dataclass(frozen=True)
class Objective:
    """A quantity whose maximum is bounded, with everything that a worker needs to know.

    ``kind`` says which: "contraction", the largest singular value of the Jacobian;
    "mean" and "variance", the layer map, with a sign; "change", sign times (new variance minus
    the linear quantity of the piece); "repulsion", 1 - trace + det of the Jacobian at the fixed
    point (m, v) for unit-sum weights, whatever the other fields say.
    """

    kind: str
    sign: int
    alpha: Interval
    scale: Interval
    mu: Interval
    omega: Interval
    pieces: tuple[Piece, ...]


class Bound(NamedTuple):
    """What is known of an objective on a box."""

    upper: float
    """No value is larger."""

    axis: str
    """The side of the box whose halves promise the better bounds, "m" or "v"."""

    lower: float
    """The value at the point is not smaller."""

    point: tuple[Fraction, Fraction]
    """(m, v) of a point of the box."""


def bounds(objective: Objective, places: list[tuple[int, Box]]) -> list[Bound]:
    """Return the bounds for each (number of a piece, box in it)."""
    with flint.ctx.workprec(PRECISION):
        return [upper_bound(objective, objective.pieces[piece], box) for piece, box in places]


def upper_bound(objective: Objective, piece: Piece, box: Box) -> Bound:
    """Bound an objective on a box.

    Where the gradient shows that the objective is monotonous along a side, only the better end
    of that side is left. Along the other sides, the mean value theorem bounds it by its value
    at the middle.
    """
    omega = _omega(objective, box)
    gradient = _gradient(objective, piece, box, omega)
    slack = flint.arb(0)
    ends, spread = [], []
    for derivative, low, high in zip(gradient, box[::2], box[1::2], strict=True):
        spread.append(abs(derivative) * _arb((high - low) / 2))
        if derivative >= 0:
            ends.append(high)
        elif derivative <= 0:
            ends.append(low)
        else:
            ends.append((low + high) / 2)
            slack += spread[-1]
    m, v = ends
    here = Box(m, m, v, v)
    value = _value(objective, piece, here, omega)
    upper = _up(value + slack)
    if not upper < math.inf:  # the gradient has no bound on so large a box
        upper = _up(_value(objective, piece, box, omega))
    at_point = _omega(objective, here)
    if at_point != omega:
        value = _value(objective, piece, here, at_point)
    return Bound(upper, _axis(spread, box), _down(value), (m, v))


def _omega(objective: Objective, box: Box) -> Fraction:
    """Return the omega that bounds the objective on a box, zero where there is none in it."""
    if objective.kind != "contraction":
        return Fraction(0)
    return largest_omega(objective, box.m_low, box.m_high)


def _axis(spread: list[Any], box: Box) -> str:
    """Return the side to halve: where the objective varies most, or else the longer one."""
    by_m, by_v = (_up(value) for value in spread)
    if not by_m + by_v < math.inf:
        by_m, by_v = float(box.m_high - box.m_low), float(box.v_high - box.v_low)
    return "m" if by_m > by_v else "v"


def _value(objective: Objective, piece: Piece, box: Box, omega: Fraction) -> Any:
    """Return a ball that contains the objective's values on a box, for a given omega."""
    if objective.kind == "repulsion":
        fixed_point = _UnitSum(box)
        return arb_kernels.unit_sum_gap(
            fixed_point.m, fixed_point.v, *fixed_point.tails, fixed_point.x, fixed_point.y
        )
    m, v, alpha, scale = _balls(objective, box)
    parts = tails(box)
    if objective.kind == "contraction":
        first = arb_kernels.layer_derivatives(m, v, *parts, alpha, scale)
        factors = (_arb(omega), _linear(piece, v))
        value = _singular_value(*first, *factors)
        if value.is_finite():
            return value
        # on a large box a sum of squares can seem to reach below zero: use the Frobenius norm
        entries = (abs(x * factor).upper() for x, factor in zip(first, 2 * factors, strict=True))
        return sum((x * x for x in entries), flint.arb(0)).sqrt()
    mean, variance = arb_kernels.layer_map(m, v, *parts, alpha, scale)
    if objective.kind == "mean":
        return objective.sign * mean
    if objective.kind == "variance":
        return objective.sign * variance
    return objective.sign * (variance - _linear(piece, v))


def _gradient(objective: Objective, piece: Piece, box: Box, omega: Fraction) -> tuple[Any, Any]:
    """Return balls that contain the objective's derivatives by m and v, for a given omega."""
    if objective.kind == "repulsion":
        fixed_point = _UnitSum(box)
        by_m, by_v = arb_kernels.unit_sum_gap_gradient(
            fixed_point.m,
            fixed_point.v,
            *fixed_point.tails,
            fixed_point.x,
            fixed_point.y,
            *fixed_point.slopes(),
        )
        return by_m, by_v
    m, v, alpha, scale = _balls(objective, box)
    parts = tails(box)
    first = arb_kernels.layer_derivatives(m, v, *parts, alpha, scale)
    if objective.kind == "contraction":
        second = arb_kernels.layer_second_derivatives(m, v, *parts, alpha, scale)
        by_m, by_v = _singular_value_gradient(
            *first, *second, _arb(omega), _linear(piece, v), _arb(piece.slope)
        )
        return by_m, by_v
    mean_m, mean_v, variance_m, variance_v = (objective.sign * value for value in first)
    if objective.kind == "mean":
        return mean_m, mean_v
    if objective.kind == "variance":
        return variance_m, variance_v
    return variance_m, variance_v - objective.sign * _arb(piece.slope)


def tails(box: Box) -> tuple[Any, Any, Any, Any]:
    """Return balls that contain P, T_1, T_2 and p_0 on a box.

    With s = sqrt(v) and a = m/s they are Phi(a), phi(a) M(a + i s) and phi(a)/s: Phi increases,
    Mills' ratio M decreases, and phi decreases with abs(a).
    """
    s_low, s_high = _arb(box.v_low).sqrt(), _arb(box.v_high).sqrt()
    m_low, m_high = _arb(box.m_low), _arb(box.m_high)
    a_low = m_low / (s_high if box.m_low >= 0 else s_low)
    a_high = m_high / (s_low if box.m_high >= 0 else s_high)
    above = _hull(_normal_probability(a_low), _normal_probability(a_high))
    if box.m_low <= 0 <= box.m_high:
        density = _hull(_normal_density(flint.arb(0)), _normal_density(abs(a_low).max(abs(a_high))))
    else:
        density = _hull(_normal_density(a_low), _normal_density(a_high))
    exponential = []
    for i in (1, 2):
        if box.m_high <= i * box.v_low:  # a + i s increases with s
            ends = m_low / s_low + i * s_low, m_high / s_high + i * s_high
        else:
            ends = a_low + i * s_low, a_high + i * s_high
        exponential.append(density * _hull(*map(_mills_ratio, ends)))
    return above, *exponential, density / _hull(s_low, s_high)


class _UnitSum:
    """Balls that contain the fixed points (m, v) of a box: x = lamda and y = lamda alpha."""

    def __init__(self, box: Box) -> None:
        self.m, self.v = hull(box.m_low, box.m_high), hull(box.v_low, box.v_high)
        self.tails = tails(box)
        m, v = (box.m_low + box.m_high) / 2, (box.v_low + box.v_high) / 2
        middle = Box(m, m, v, v)
        self.moments = arb_kernels.moments_by_tails(_arb(m), _arb(v), *tails(middle))
        self.x, self.y = _parameters(*self.moments, _arb(m), _arb(v))
        if box == middle:
            return
        dm, dv = self.m - _arb(m), self.v - _arb(v)
        A, B, C, D = self.moments
        P, T1, T2, p0 = self.tails
        # by the mean value theorem, each with its derivatives by m and v
        A_box = A + P * dm + p0 / 2 * dv
        B_box = B + T1 * dm + (T1 - p0) / 2 * dv
        C_box = C + 2 * A_box * dm + P * dv
        D_box = D + 2 * (T2 - T1) * dm + (2 * T2 - T1) * dv
        self.moments = A_box, B_box, C_box, D_box
        x, y = self.x, self.y
        self.x, self.y = _parameters(*self.moments, self.m, self.v)
        for _ in range(2):
            x_m, x_v, y_m, y_v = self.slopes()
            self.x = _sharper(self.x, x + x_m * dm + x_v * dv)
            self.y = _sharper(self.y, y + y_m * dm + y_v * dv)

    def slopes(self) -> tuple[Any, Any, Any, Any]:
        """Return the derivatives of x by m and v, then those of y."""
        x_m, x_v, y_m, y_v = _slopes(*self.moments, self.m, *self.tails, self.x, self.y)
        return x_m, x_v, y_m, y_v


def _sharper(first: Any, second: Any) -> Any:
    """Return the smaller of two balls that both contain a number."""
    return second if second.is_finite() and not first.rad() < second.rad() else first


def largest_omega(objective: Objective, m_low: Fraction, m_high: Fraction) -> Fraction:
    """Return the omega of the largest absolute value with mu omega in [m_low, m_high]."""
    return max(
        (end for interval in possible_omegas(objective, m_low, m_high) for end in interval), key=abs
    )


def possible_omegas(objective: Objective, m_low: Fraction, m_high: Fraction) -> list[Interval]:
    """Return intervals of the omega for which some mu gives a product in [m_low, m_high]."""
    (mu_low, mu_high), (low, high) = objective.mu, objective.omega
    if not mu_low <= 0 <= mu_high:
        quotients = [m / mu for m in (m_low, m_high) for mu in objective.mu]
        rays = [(min(quotients), max(quotients))]
    elif m_low <= 0 <= m_high:
        rays = [(low, high)]
    else:
        nearest = m_low if m_low > 0 else m_high
        rays = []
        for mu in (mu_low, mu_high):
            if mu != 0:
                end = nearest / mu
                rays.append((end, max(end, high)) if end > 0 else (min(end, low), end))
    inside = [(max(low, a), min(high, b)) for a, b in rays]
    return [(a, b) for a, b in inside if a <= b]


def _balls(objective: Objective, box: Box) -> tuple[Any, Any, Any, Any]:
    return (
        hull(box.m_low, box.m_high),
        hull(box.v_low, box.v_high),
        hull(*objective.alpha),
        hull(*objective.scale),
    )


def _linear(piece: Piece, v: Any) -> Any:
    return _arb(piece.constant) + _arb(piece.slope) * v


def hull(low: Fraction, high: Fraction) -> Any:
    """Return a ball that contains an interval."""
    return _hull(_arb(low), _arb(high)) if low != high else _arb(low)


def _arb(number: Fraction) -> Any:
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


def _hull(first: Any, second: Any) -> Any:
    return first.union(second)


def _normal_probability(a: Any) -> Any:
    return (-a / flint.arb(2).sqrt()).erfc() / 2


def _normal_density(a: Any) -> Any:
    return (-a * a / 2).exp() / (2 * flint.arb.pi()).sqrt()


def _mills_ratio(x: Any) -> Any:
    return (x * x / 2).exp() * (x / flint.arb(2).sqrt()).erfc() * (flint.arb.pi() / 2).sqrt()


def _up(ball: Any) -> float:
    """Return a float that no number of the ball exceeds; infinity where there is none."""
    if not ball.is_finite():
        return math.inf
    return math.nextafter(float(ball.upper()), math.inf)


def _down(ball: Any) -> float:
    """Return a float that every number of the ball reaches."""
    return -_up(-ball)
