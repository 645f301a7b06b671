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
from typing import NamedTuple, TypeAlias, cast

import flint

from selu_sym._exact.arb import rational
from selu_sym._exact.solve import GUARD_BITS, Balls, lost_bits, refined
from selu_sym._generated import activation_balls
from selu_sym._numeric.catalogue import Source

Number: TypeAlias = flint.arb | flint.fmpq | int
"""What is a ball, or becomes one."""

Kernel: TypeAlias = Callable[..., flint.acb]
"""A generated function of an activation: of a complex ball, its parameters, and whether it must be
analytic there."""

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

    def _values(self) -> tuple[Number, ...]:
        """Return the parameters, as balls of the working precision unless they are fractions."""
        if self.parameters is not None:
            return tuple(map(rational, self.parameters))
        return tuple(flint.acb(ball).real for ball in self._numbers("parameters", False))

    def mean(
        self, power: int = 1, *, slope: bool = False, integral_bits: int | None = None
    ) -> flint.arb:
        """Return a ball that contains E f^power, or E f'^power.

        The integral is relatively accurate to some bits, those of the working precision by default.
        """
        values = self._values()
        m, v = flint.arb(rational(self.m)), flint.arb(rational(self.v))
        net_input = _NetInput(m, v, v.sqrt())
        borders, heights = self._borders(values)

        def bound(r: flint.arb) -> flint.arb:
            return flint.acb(self._numbers("bounds", r, *values)[slope]).real ** power

        total = flint.arb(0)
        for index, piece in enumerate(itertools.pairwise(borders)):
            function = _kernel(self.source, f"{index}_slope" if slope else str(index))

            def integrand(z: flint.acb, analytic: bool, function: Kernel = function) -> flint.acb:
                return flint.acb(function(z, *values, analytic)) ** power

            total += _over_piece(
                integrand, bound, piece, net_input, 2 * power, integral_bits=integral_bits
            )
        root = (2 * flint.arb.pi() * v).sqrt()
        if slope and power == 1:
            for place, height in zip(borders[1:-1], heights, strict=True):
                if place is not None:
                    total += height * (-((place - m) ** 2) / (2 * v)).exp()
        return total / root

    def square(self, a: flint.arb, b: flint.arb, power: int, bits: int) -> flint.arb:
        """Return a ball that contains E[x^power (a f + b)^2] of a smooth f, to about some bits.

        x is the net input less its mean, in deviations.
        """
        values, function = self._values(), _kernel(self.source, "0")
        m, v = flint.arb(rational(self.m)), flint.arb(rational(self.v))
        deviation = v.sqrt()

        def integrand(z: flint.acb, analytic: bool) -> flint.acb:
            y = a * function(z, *values, analytic) + b
            return y * y * ((z - m) / deviation) ** power

        def bound(r: flint.arb) -> flint.arb:
            size = abs(a) * flint.acb(self._numbers("bounds", r, *values)[0]).real + abs(b)
            return size * size * ((r + abs(m)) / deviation) ** power

        net_input = _NetInput(m, v, deviation)
        total = _over_piece(integrand, bound, (None, None), net_input, 4 + power, bits)
        return total / (2 * flint.arb.pi() * v).sqrt()

    def second_moment(self, *, slope: bool = False) -> flint.arb:
        """Return a ball that contains E f^2, or E f'^2.

        Nothing is subtracted from it: what rounding in f takes of the working precision, its
        integral need not have.
        """
        spared = lost_bits(self.m, self.v) - GUARD_BITS
        return self.mean(2, slope=slope, integral_bits=flint.ctx.prec - spared)

    def variance(self) -> flint.arb:
        """Return a ball that contains Var f.

        Around another mean than 0 a small one is the difference of two numbers that cancel: half of
        what rounding may take is left for that.
        """
        spared = lost_bits(Fraction(0), self.v) - GUARD_BITS
        bits = flint.ctx.prec - (spared if self.v > 1 else spared // 2)
        mean = self.mean(integral_bits=bits)
        return self.mean(2, integral_bits=bits) - mean * mean  # mean**2 may be NaN around 0

    def _borders(
        self, values: tuple[Number, ...]
    ) -> tuple[list[flint.arb | None], list[flint.arb]]:
        """Return the ends of the pieces, None for infinity, and the jumps between them."""
        flat = list(map(flint.arb, self._numbers("borders", *values)))
        half = len(flat) // 2
        return [None, *flat[:half], None], flat[half:]

    def _numbers(self, what: str, *arguments: Number) -> tuple[flint.arb, ...]:
        """Return the numbers that a generated function returns, none where there is none."""
        function = getattr(activation_balls, f"{self.source.name}_{what}", None)
        found = () if function is None else function(*arguments)
        return found if isinstance(found, tuple) else (found,)


class _NetInput(NamedTuple):
    """The moments of the net input as balls."""

    mean: flint.arb
    variance: flint.arb
    deviation: flint.arb


def _kernel(source: Source, what: str) -> Kernel:
    """Return a generated function of an activation."""
    return cast("Kernel", getattr(activation_balls, f"{source.name}_{what}"))


def _over_piece(
    function: Callable[[flint.acb, bool], flint.acb],
    bound: Callable[[flint.arb], flint.arb],
    ends: tuple[flint.arb | None, flint.arb | None],
    net_input: _NetInput,
    degree: int,
    accuracy: int | None = None,
    integral_bits: int | None = None,
) -> flint.arb:
    """Return the integral of a function times e^(-(z - m)^2/(2 v)) over a piece.

    The accuracy is in bits; by default it is the working precision. What is cut off is below it,
    and between the cuts the integral has it relatively, or fewer bits.
    """
    m, v, deviation = net_input
    low, high = ends
    # the point of the piece next to m, only to choose where to cut
    nearest = m.mid()
    nearest = nearest if low is None else nearest.max(low.mid())
    nearest = nearest if high is None else nearest.min(high.mid())
    bits = (accuracy or flint.ctx.prec) + SPARE_BITS
    apart = abs(nearest - m)  # the power of a ball around 0 may be NaN
    reach = (apart * apart + v * bits * flint.arb(2) * flint.arb(2).log()).sqrt().mid()
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

    def integrand(z: flint.acb, analytic: bool) -> flint.acb:
        return function(z, analytic) * (-((z - m) ** 2) / (2 * v)).exp()

    total = flint.arb(0)
    relative = flint.arb(2) ** -(integral_bits or accuracy or flint.ctx.prec)
    tolerance = flint.arb(2) ** (-4 * flint.ctx.prec) if accuracy is None else relative * deviation
    for left, right in itertools.pairwise(knots):
        found = flint.acb.integral(integrand, left, right, rel_tol=relative, abs_tol=tolerance)
        total += found.real
    return total + flint.arb(0, rest)


def _tail(
    bound: Callable[[flint.arb], flint.arb],
    t: flint.arb,
    center: flint.arb,
    deviation: flint.arb,
    degree: int,
) -> flint.arb:
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


def enclosed(
    problem: Problem, quantities: Callable[[Problem], Iterator[flint.arb]], bits: int
) -> Balls:
    """Return balls of a relative accuracy of a number of bits."""

    def evaluated() -> tuple[flint.arb, Balls]:
        return flint.arb(1), tuple(quantities(problem))

    return refined(evaluated, bits, problem.m, problem.v)[1]
