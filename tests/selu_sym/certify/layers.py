"""Exact values of layers, and random boxes of them.

The values are computed here, in balls of some thousand bits, from the integrals of the definition
in closed form; derivatives are differences of them. Nothing of the package is used for that.
"""

import itertools
import math
from fractions import Fraction

import flint

from selu_sym import certify
from selu_sym.precise import Enclosure

Ball = flint.arb


def ball(number: Fraction) -> Ball:
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


def bits(*numbers: Fraction) -> int:
    """Return bits that suffice for these m, v: all that cancels is a few powers of them."""
    sizes = [abs(x.numerator.bit_length() - x.denominator.bit_length()) for x in numbers if x]
    return 1000 + 6 * sum(sizes)


def half_line_moments(m: Ball, v: Ball) -> tuple[Ball, Ball, Ball, Ball]:
    """Return the means of z and z^2 for z > 0, of e^z - 1 and its square for z < 0."""

    def above(x: Ball) -> Ball:
        """Return P(w > x) for standard normal w; Arb's erfc wants exact numbers."""
        x /= flint.arb(2).sqrt()
        return x.lower().erfc().union(x.upper().erfc()) / 2

    s = v.sqrt()
    density = (-m * m / (2 * v)).exp() / (2 * flint.arb.pi() * v).sqrt()
    p, n = above(-m / s), above(m / s)
    e1 = (m + v / 2).exp() * above(m / s + s)
    e2 = (2 * m + 2 * v).exp() * above(m / s + 2 * s)
    return m * p + v * density, e1 - n, (m * m + v) * p + m * v * density, e2 - 2 * e1 + n


def selu_moments(m: Ball, v: Ball, alpha: Ball, scale: Ball) -> tuple[Ball, Ball]:
    """Return mean and variance of scale (z 1{z>0} + alpha (e^z - 1) 1{z<0}), z ~ N(m, v)."""
    A, B, C, D = half_line_moments(m, v)
    mean, square = scale * (A + alpha * B), scale * scale * (C + alpha * alpha * D)
    return mean, square - mean * mean


def slopes(
    m: Fraction, v: Fraction, alpha: Ball, scale: Ball
) -> tuple[tuple[Ball, Ball], tuple[Ball, Ball]]:
    """Return the derivatives of mean and variance in m, then in v, from differences."""
    step = min(Fraction(1), v) / 2**300
    found = []
    for dm, dv in ((step, Fraction(0)), (Fraction(0), step * v)):
        ends = [
            selu_moments(ball(m + sign * dm), ball(v + sign * dv), alpha, scale) for sign in (1, -1)
        ]
        mean, variance = ((x - y) / ball(2 * (dm + dv)) for x, y in zip(*ends, strict=True))
        found.append((mean, variance))
    return found[0], found[1]


def checked(value: Ball) -> Ball:
    """Return a value that is exact for all that doubles show."""
    assert value.rad() < 1e-30 * abs(value) or abs(value).upper() < 1e-200
    return value


class Layer:
    """A layer's exact values, for given alpha and scale."""

    def __init__(self, mu, omega, nu, tau, alpha, scale):
        m, v = mu * omega, nu * tau
        with flint.ctx.workprec(bits(m, v)):
            selu = ball(alpha), ball(scale)
            self.mean, self.variance = map(checked, selu_moments(ball(m), ball(v), *selu))
            self.change = self.variance - ball(nu)
            by_m, by_v = slopes(m, v, *selu)
            (a, c), (b, d) = ([x * ball(f) for x in y] for y, f in ((by_m, omega), (by_v, tau)))
            trace, det = a * a + b * b + c * c + d * d, a * d - b * c
            root = (trace * trace - 4 * det * det).nonnegative_part().sqrt()
            self.singular_value = checked(((trace + root) / 2).nonnegative_part().sqrt())

    def value(self, name: str) -> Ball:
        """Return the value of which an extremum is enclosed."""
        words = {"mean": self.mean, "change": self.change, "singular": self.singular_value}
        return next((value for word, value in words.items() if word in name), self.variance)


def gap(m: Fraction, v: Fraction) -> Ball:
    """Return 1 - trace + det of the Jacobian at the unit-sum fixed point (m, v)."""
    with flint.ctx.workprec(bits(m, v)):
        A, B, C, D = half_line_moments(ball(m), ball(v))
        mean, square = ball(m), ball(v + m * m)
        # A x + B y is the mean and C x^2 + D y^2 the square, without y
        a, b, c = C * B * B + D * A * A, D * A * mean, D * mean * mean - square * B * B
        ends = [(b + sign * (b * b - a * c).sqrt()) / a for sign in (1, -1)]
        ((x, y),) = [(x, y) for x in ends if x > 0 and (y := (mean - A * x) / B) > 0]
        (mean_m, variance_m), (mean_v, variance_v) = slopes(m, v, y / x, x)
        return checked((1 - mean_m) * (1 - variance_v) - mean_v * variance_m)


def interval(random, low: float, high: float, signed: bool) -> tuple[Fraction, Fraction]:
    """Return a random side: a point, narrow or wide, at a scale between powers of ten."""
    size = 10 ** random.uniform(low, high)
    kind = random.integers(8)
    if signed and kind == 0:
        return Fraction(0), Fraction(0)
    if signed and kind < 4:
        ends = sorted(random.uniform(-size, size, 2))
    else:
        ends = [size, size * (1 + (kind != 5) * 10 ** random.uniform(-6, 1.5))]
        if signed and random.integers(2):
            ends = [-ends[1], -ends[0]]
    return Fraction(ends[0]), Fraction(ends[1])


def random_box(random) -> dict[str, tuple[Fraction, Fraction]]:
    """Return a box near 1 or anywhere in 60 orders of magnitude."""
    wide = random.integers(3) > 0
    span = 30.0 if wide else 1.0
    box = {name: interval(random, -span, span, signed=False) for name in ("nu", "tau")}
    for name in ("mu", "omega"):
        box[name] = interval(random, -span, span if wide else 0.5, signed=True)
    if random.integers(2):  # net inputs of their own standard deviation
        scale = Fraction(math.sqrt(box["nu"][1] * box["tau"][0])) * Fraction(random.uniform(0, 4))
        largest = max(abs(x * y) for x in box["mu"] for y in box["omega"])
        if largest:
            box["mu"] = tuple(x * scale / largest for x in box["mu"])
    return box


def random_parameters(random) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return intervals of alpha and scale, of any width."""
    sides = []
    for size in (10 ** random.uniform(-1.5, 1.5), 10 ** random.uniform(-1, 0.5)):
        radius = Fraction(size) * Fraction(
            (0.0, 1e-17, 0.01, 0.3)[random.choice(4, p=[0.4, 0.2, 0.3, 0.1])]
        )
        sides.append((Fraction(size) - radius, Fraction(size) + radius))
    return tuple(sides)


def enclosure(sides: tuple[tuple[Fraction, Fraction], ...]) -> Enclosure:
    with flint.ctx.workprec(200):
        balls = [ball(low).union(ball(high)) if low != high else ball(low) for low, high in sides]
    return Enclosure(*balls, Fraction(0), Fraction(1), "unit-sum", 15)


def points(random, sides, count: int) -> list[tuple[Fraction, ...]]:
    """Return some corners of a box and points inside."""
    corners = list(itertools.product(*sides))
    chosen = [corners[i] for i in random.choice(len(corners), min(count, len(corners)), False)]
    shares = [[Fraction(x) for x in random.uniform(size=len(sides))] for _ in range(count)]
    return chosen + [
        tuple(low + t * (high - low) for (low, high), t in zip(sides, share, strict=True))
        for share in shares
    ]


CLAIMS = (
    certify.contraction,
    certify.invariance,
    certify.variance_decreases,
    certify.variance_increases,
)


ORDER = ("mu", "omega", "nu", "tau")
