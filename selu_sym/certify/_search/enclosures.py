"""Bounds of the layer map, and of its Jacobian, over boxes of net inputs (m, v).

Every number is a ball of python-flint, which contains the true value for every alpha and scale
of the SELU's intervals; the formulas are generated (``derivations.stability``). Two questions
are kept apart, as their answers mean different things:

* what no value on a box exceeds (:func:`_upper`): the upper end of a ball over the box, or of the
  value at one point and the range of the gradient, whose error shrinks with the square of the
  width;
* what the value at a point is not below (:func:`_at`): the lower end of the ball of this value,
  with a precision that grows until the ball is useful.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from flint import arb

from selu_sym._exact.arb import ball, hull, working_precision
from selu_sym._generated import arb_kernels
from selu_sym.certify._search.integrals import LARGEST_PRECISION, Box, bits, log2, parts, tails

USEFUL = 2.0**-30
"""Relative radius from which on the ball of a value need not be smaller."""

Interval = tuple[Fraction, Fraction]
"""Lower and upper end, exact."""


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
    """What is known of an objective on a box, for every alpha and scale of their intervals."""

    upper: float
    """No value is larger."""

    axis: str | None
    """The side of the box whose halves promise the better bounds, "m" or "v"; None for a point."""

    lower: float
    """The value at the point is not smaller."""

    point: tuple[Fraction, Fraction]
    """(m, v) of a point of the box."""

    reached: float
    """No bound of a box that contains the point will be smaller, as for some alpha and scale of
    the intervals, or with the digits that there are, its value may be this."""


def bounds(objective: Objective, places: list[tuple[int, Box]]) -> list[Bound]:
    """Return the bounds for each (number of a piece, box in it)."""
    return [bound(objective, objective.pieces[piece], box) for piece, box in places]


def bound(objective: Objective, piece: Piece, box: Box) -> Bound:
    """Bound an objective on a box, and at a point of it where it is large."""
    omega = _omega(objective, box)
    with working_precision(bits(box)):
        whole, gradient = _over(objective, piece, box, omega)
        here, slack, axis = _worst(gradient, box)
        value = _at(objective, piece, here, omega)
        upper = min(_up(whole), _up(value + slack))
        there = _omega(objective, here)
        if there != omega:  # the bound is for the largest omega of the box, which isn't that here
            value = _at(objective, piece, here, there)
        return Bound(upper, axis, _down(value), (here.m_low, here.v_low), _up(value))


def _worst(gradient: tuple[arb, arb], box: Box) -> tuple[Box, arb, str | None]:
    """Return a point, by how much no value on the box exceeds that at it, and the side to halve.

    Where the gradient shows that the objective is monotonous along a side, only the better end
    of that side is left. Along the other sides it is the mean value theorem for the middle.
    """
    ends, spread, slack = [], [], arb(0)
    for derivative, low, high in zip(gradient, box[::2], box[1::2], strict=True):
        if low == high:
            ends.append(low)
            spread.append(arb(0))
            continue
        spread.append(abs(derivative) * ball((high - low) / 2))
        if derivative >= 0:
            ends.append(high)
        elif derivative <= 0:
            ends.append(low)
        else:
            ends.append((low + high) / 2)
            slack += spread[-1]
    m, v = ends
    return Box(m, m, v, v), slack, _axis(spread, box)


def _axis(spread: list[arb], box: Box) -> str | None:
    """Return the side to halve: where the objective varies most, but none without a width.

    Where that is not known, it is the longer one in the units in which the integrals vary: the
    standard deviation for m, a factor for v.
    """
    if box.is_point:
        return None
    if box.m_low == box.m_high or box.v_low == box.v_high:
        return "v" if box.m_low == box.m_high else "m"
    by_m, by_v = (_up(value) for value in spread)
    if not by_m + by_v < math.inf:
        by_m = log2(box.m_high - box.m_low) - log2(box.v_high) / 2
        by_v = log2(box.v_high - box.v_low) - log2(box.v_low)
        by_v = math.log2(by_v) if by_v > 1 else by_v
    return "m" if by_m > by_v else "v"


def _omega(objective: Objective, box: Box) -> Fraction:
    """Return the omega that bounds the objective on a box, zero where there is none in it."""
    if objective.kind != "contraction":
        return Fraction(0)
    return largest_omega(objective, box.m_low, box.m_high)


def _at(objective: Objective, piece: Piece, here: Box, omega: Fraction) -> arb:
    """Return a ball of the objective's values at a point, for a given omega.

    The precision is doubled until the ball is small, or no longer becomes smaller, which is when
    its radius is that of alpha and scale.
    """
    precision = bits(here)
    with working_precision(precision):
        value = _over(objective, piece, here, omega, gradient=False)[0]
    while precision < LARGEST_PRECISION and not value.rad() <= USEFUL * abs(value):
        precision *= 2
        with working_precision(precision):
            finer = _over(objective, piece, here, omega, gradient=False)[0]
        if finer.is_finite() and not 2 * finer.rad() < value.rad():
            return finer
        value = finer
    return value


def _over(
    objective: Objective, piece: Piece, box: Box, omega: Fraction, *, gradient: bool = True
) -> tuple[arb, tuple[arb, arb]]:
    """Return balls of the objective's values, and of its derivatives in m and v, on a box.

    Both are for a given omega. Without ``gradient``, the derivatives are zeros.
    """
    if objective.kind == "repulsion":
        return _UnitSum(box).gap(gradient)
    m, v = hull(box.m_low, box.m_high), hull(box.v_low, box.v_high)
    selu = hull(*objective.alpha), hull(*objective.scale)
    integrals = parts(box)
    none = arb(0), arb(0)
    linear, sign = ball(piece.constant) + ball(piece.slope) * v, objective.sign
    if objective.kind == "contraction":
        first = arb_kernels.layer_derivatives(*integrals, *selu)
        largest_tau = ball(piece.constant) + ball(piece.slope) * ball(box.v_high)
        value = arb_kernels.linear_singular_value(
            *first, ball(omega), largest_tau
        )  # it grows with tau
        if not gradient:
            return value, none
        second = arb_kernels.layer_second_derivatives(m, v, *integrals, *selu)
        jet = *first, *second, ball(omega), linear, ball(piece.slope)
        by_m, by_v = arb_kernels.linear_singular_value_gradient(*jet)
        if not (by_m.is_finite() and by_v.is_finite()):  # the two singular values may meet
            by_m, by_v = (x.union(-x) for x in arb_kernels.linear_jacobian_derivative_norms(*jet))
        return value, (by_m, by_v)
    mean, variance = arb_kernels.layer_map(m, v, *integrals, *selu)
    variance = variance.nonnegative_part()
    derivatives = none * 2
    if gradient:
        derivatives = arb_kernels.layer_derivatives(*integrals, *selu)
    mean_m, mean_v, variance_m, variance_v = (sign * value for value in derivatives)
    if objective.kind == "mean":
        return sign * mean, (mean_m, mean_v)
    if objective.kind == "variance":
        return sign * variance, (variance_m, variance_v)
    return sign * (variance - linear), (variance_m, variance_v - sign * ball(piece.slope))


class _UnitSum:
    """Balls that contain the fixed points (m, v) of a box: x = lamda and y = lamda alpha."""

    def __init__(self, box: Box) -> None:
        self.m, self.v = hull(box.m_low, box.m_high), hull(box.v_low, box.v_high)
        self.tails = tails(box)
        m, v = (box.m_low + box.m_high) / 2, (box.v_low + box.v_high) / 2
        middle = Box(m, m, v, v)
        there = self.tails if box == middle else tails(middle)
        self.moments = arb_kernels.moments_by_tails(ball(m), ball(v), *there)
        self.x, self.y = arb_kernels.unit_sum_parameters(*self.moments, ball(m), ball(v))
        if box == middle:
            return
        dm, dv = self.m - ball(m), self.v - ball(v)
        self.moments = arb_kernels.moments_by_mean_value(*self.moments, *self.tails, dm, dv)
        x, y = self.x, self.y
        self.x, self.y = arb_kernels.unit_sum_parameters(*self.moments, self.m, self.v)
        for _ in range(2):
            x_m, x_v, y_m, y_v = self.slopes()
            self.x = _sharper(self.x, x + x_m * dm + x_v * dv)
            self.y = _sharper(self.y, y + y_m * dm + y_v * dv)

    def slopes(self) -> tuple[arb, arb, arb, arb]:
        """Return the derivatives of x with respect to m and v, then those of y."""
        x_m, x_v, y_m, y_v = arb_kernels.unit_sum_slopes(
            *self.moments, self.m, *self.tails, self.x, self.y
        )
        return x_m, x_v, y_m, y_v

    def gap(self, gradient: bool) -> tuple[arb, tuple[arb, arb]]:
        """Return balls of 1 - trace + det of the Jacobian and, if asked for, of its gradient."""
        numbers = self.m, self.v, *self.tails, self.x, self.y
        value = arb_kernels.unit_sum_gap(*numbers)
        if not gradient:
            return value, (arb(0), arb(0))
        by_m, by_v = arb_kernels.unit_sum_gap_gradient(*numbers, *self.slopes())
        return value, (by_m, by_v)


def _sharper(first: arb, second: arb) -> arb:
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


def _up(value: arb) -> float:
    """Return a float that no number of a ball exceeds; infinity where there is none."""
    if not value.is_finite():
        return math.inf
    return math.nextafter(float(value.upper()), math.inf)


def _down(value: arb) -> float:
    """Return a float that every number of a ball reaches."""
    return -_up(-value)
