"""Balls that contain the Gaussian means of an activation, by integration with proved error.

``flint.acb.integral`` encloses the integral of an analytic function between two points (Johansson
2018, arXiv 1802.07942). What lies beyond them is bounded by a polynomial that bounds the activation
(``derivations.activations``) times a Gaussian tail.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import flint

from selu_sym._exact.arb import rational
from selu_sym._exact.solve import refined
from selu_sym._generated import activation_balls
from selu_sym._numeric.catalogue import Source

Ball: TypeAlias = Any
"""``flint.arb``, which python-flint does not tell checkers."""

SPARE_BITS = 24
"""Bits by which what is cut off lies below the working precision."""


@dataclass(frozen=True)
class Problem:
    """An activation of the catalogue with exact parameters, and its net input."""

    source: Source
    parameters: tuple[Fraction, ...] | None
    """None for the defaults, which need not be rational."""

    m: Fraction
    v: Fraction

    def _values(self) -> tuple[Ball, ...]:
        """Return the parameters as balls of the working precision."""
        if self.parameters is not None:
            return tuple(map(rational, self.parameters))
        found = _function(self.source, "parameters", lambda _: ())(False)
        balls = found if isinstance(found, tuple) else (found,)
        return tuple(flint.acb(ball).real for ball in balls)

    def mean(self, power: int = 1, *, slope: bool = False) -> Ball:
        """Return a ball that contains E f^power, or E f'^power."""
        values = self._values()
        m, v = flint.arb(rational(self.m)), flint.arb(rational(self.v))
        deviation = v.sqrt()
        borders, heights = self._borders(values)
        total = flint.arb(0)
        for index, piece in enumerate(itertools.pairwise(borders)):
            function = _function(self.source, f"{index}_slope" if slope else str(index))
            total += self._over(piece, function, values, power, slope, (m, v, deviation))
        root = (2 * flint.arb.pi() * v).sqrt()
        if slope and power == 1:
            for place, height in zip(borders[1:-1], heights, strict=True):
                total += height * (-((place - m) ** 2) / (2 * v)).exp()
        return total / root

    def _over(
        self,
        piece: tuple[Ball, Ball],
        function: Callable[..., Any],
        values: tuple[Ball, ...],
        power: int,
        slope: bool,
        normal: tuple[Ball, Ball, Ball],
    ) -> Ball:
        """Return the integral of a power over a piece."""
        bounds = _function(self.source, "bounds")

        def integrand(z: Any, analytic: bool) -> Any:
            return function(z, *values, analytic) ** power

        def bound(r: Ball) -> Ball:
            return bounds(r, *values)[slope] ** power

        return _over_piece(integrand, bound, piece, normal, 2 * power)

    def variance(self) -> Ball:
        """Return a ball that contains Var f."""
        return self.mean(2) - self.mean() ** 2

    def _borders(self, values: tuple[Ball, ...]) -> tuple[list[Ball], list[Ball]]:
        """Return the ends of the pieces, None for infinity, and the jumps between them."""
        found = _function(self.source, "borders", lambda *_: ())(*values)
        flat = list(map(flint.arb, found if isinstance(found, tuple) else (found,)))
        half = len(flat) // 2
        return [None, *flat[:half], None], flat[half:]


def _function(source: Source, what: str, default: Any = None) -> Callable[..., Any]:
    """Return a generated function of an activation."""
    name = f"{source.name}_{what}"
    found: Callable[..., Any] = (
        getattr(activation_balls, name)
        if default is None
        else getattr(activation_balls, name, default)
    )
    return found


def _over_piece(
    function: Callable[[Any, bool], Any],
    bound: Callable[[Ball], Ball],
    ends: tuple[Ball, Ball],
    normal: tuple[Ball, Ball, Ball],
    degree: int,
) -> Ball:
    """Return the integral of a function times e^(-(z - m)^2/(2 v)) over a piece."""
    m, v, deviation = normal
    low, high = ends
    # the point of the piece next to m, only to choose where to cut
    nearest = m.mid()
    nearest = nearest if low is None else nearest.max(low.mid())
    nearest = nearest if high is None else nearest.min(high.mid())
    bits = flint.ctx.prec + SPARE_BITS
    distance = nearest - m
    # a power of a ball that contains 0 would be NaN
    reach = (distance * distance + v * bits * flint.arb(2) * flint.arb(2).log()).sqrt().mid()
    rest = flint.arb(0)
    points = []
    for end, side in ((low, -1), (high, 1)):
        cut = (m + side * reach).mid()
        if end is not None and side * end <= side * cut:
            points.append(end)
        else:
            points.append(cut)
            rest += _tail(bound, abs(cut - m) / deviation, abs(m), deviation, degree)
    # near 0 the integrator needs the shortest steps
    middle = [p for p in map(flint.arb, (-4, -1, 0, 1, 4)) if points[0] < p < points[1]]
    knots = sorted([*points, *middle], key=float)

    def integrand(z: Any, analytic: bool) -> Any:
        return function(z, analytic) * (-((z - m) ** 2) / (2 * v)).exp()

    total = flint.arb(0)
    for left, right in itertools.pairwise(knots):
        part = flint.acb.integral(
            integrand, left, right, abs_tol=flint.arb(2) ** (-4 * flint.ctx.prec)
        )
        total += part.real
    return total + flint.arb(0, rest)


def _tail(
    bound: Callable[[Ball], Ball], t: Ball, center: Ball, deviation: Ball, degree: int
) -> Ball:
    """Return what the integral beyond t deviations is at most, on one side.

    The bound B is a polynomial of a degree up to 2 with positive coefficients, so that beyond t it
    is at most B(t) (x/t)^2, and by parts the integral of x^n e^(-x^2/2) over x > t is at most
    t^(n-1) e^(-t^2/2)/(1 - (n - 1)/t^2).
    """
    room = 1 - (degree - 1) / t**2
    if not room > 0:
        return flint.arb("inf")
    value = bound(center + deviation * t) * deviation * (-(t**2) / 2).exp() / (t * room)
    return flint.acb(value).real.abs_upper()


def enclosed(problem: Problem, quantities: Callable[[Problem], Iterator[Ball]], bits: int) -> Any:
    """Return balls of a relative accuracy of a number of bits."""

    def evaluated() -> tuple[Ball, tuple[Ball, ...]]:
        return flint.arb(1), tuple(quantities(problem))

    return refined(evaluated, bits, problem.m, problem.v)[1]
