"""Every bound of every claim against exact values of layers in its box.

The values are computed here, in balls of some thousand bits, from the integrals of the definition
in closed form; derivatives are differences of them. Nothing of the package is used for that.
"""

import itertools
import math
from fractions import Fraction

import flint
import numpy as np

from selu_sym import certify
from selu_sym.precise import Enclosure

Ball = flint.arb


def ball(number: Fraction) -> Ball:
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


def bits(*numbers: Fraction) -> int:
    """Return bits that suffice for these m, v: all that cancels is a few powers of them."""
    sizes = [abs(x.numerator.bit_length() - x.denominator.bit_length()) for x in numbers if x]
    return 1000 + 6 * sum(sizes)


def selu_moments(m: Ball, v: Ball, alpha: Ball, scale: Ball) -> tuple[Ball, Ball]:
    """Return mean and variance of scale (z 1{z>0} + alpha (e^z - 1) 1{z<0}), z ~ N(m, v)."""

    def above(x: Ball) -> Ball:
        """Return P(w > x) for standard normal w; Arb's erfc wants exact numbers."""
        x /= flint.arb(2).sqrt()
        return x.lower().erfc().union(x.upper().erfc()) / 2

    s = v.sqrt()
    density = (-m * m / (2 * v)).exp() / (2 * flint.arb.pi() * v).sqrt()
    p, n = above(-m / s), above(m / s)
    e1 = (m + v / 2).exp() * above(m / s + s)
    e2 = (2 * m + 2 * v).exp() * above(m / s + 2 * s)
    mean = scale * (m * p + v * density + alpha * (e1 - n))
    square = (m * m + v) * p + m * v * density + alpha * alpha * (e2 - 2 * e1 + n)
    return mean, scale * scale * square - mean * mean


class Layer:
    """A layer's exact values, for given alpha and scale."""

    def __init__(self, mu, omega, nu, tau, alpha, scale):
        m, v = mu * omega, nu * tau
        with flint.ctx.workprec(bits(m, v)):
            parameters = ball(alpha), ball(scale)
            self.mean, self.variance = selu_moments(ball(m), ball(v), *parameters)
            self.change = self.variance - ball(nu)
            step = Fraction(1, 2**300)
            by_m = self.difference(m, v, step * min(Fraction(1), v), Fraction(0), parameters)
            by_v = self.difference(m, v, Fraction(0), step * v * min(Fraction(1), v), parameters)
            (a, c), (b, d) = ([x * ball(f) for x in y] for y, f in ((by_m, omega), (by_v, tau)))
            trace, det = a * a + b * b + c * c + d * d, a * d - b * c
            root = (trace * trace - 4 * det * det).nonnegative_part().sqrt()
            self.singular_value = ((trace + root) / 2).nonnegative_part().sqrt()
            for value in (self.mean, self.variance, self.singular_value):
                assert value.rad() < 1e-30 * abs(value) or value.upper() < 1e-200, "not exact"

    @staticmethod
    def difference(m, v, dm, dv, parameters):
        """Return the derivatives of mean and variance along a direction."""
        ends = [
            selu_moments(ball(m + sign * dm), ball(v + sign * dv), *parameters) for sign in (1, -1)
        ]
        return [(x - y) / ball(2 * (dm + dv)) for x, y in zip(*ends, strict=True)]

    def value(self, name: str) -> Ball:
        """Return the value of which an extremum is enclosed."""
        words = {"mean": self.mean, "change": self.change, "singular": self.singular_value}
        return next((value for word, value in words.items() if word in name), self.variance)


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


def errors(seed: int) -> list[str]:
    """Return what is false about the enclosures of a random box."""
    random = np.random.default_rng(seed)
    box, sides = random_box(random), random_parameters(random)
    order = ("mu", "omega", "nu", "tau")
    extrema = [
        extremum
        for claim in CLAIMS
        for extremum in claim(
            enclosure(sides), *(box[k] for k in order), max_boxes=int(random.choice([1, 10, 40]))
        ).extrema
    ]
    selus = points(random, sides, 2)
    values = [
        Layer(*layer, *selus[i % len(selus)])
        for i, layer in enumerate(points(random, [box[k] for k in order], 6))
    ]
    found = []
    for extremum in extrema:
        sign, name = extremum.objective.sign, extremum.name
        for layer in values:
            if (sign * layer.value(name)).lower() > extremum.upper:
                found.append(f"{seed} {name}: upper {extremum.upper} < {sign * layer.value(name)}")
                break
        if extremum.lower == -math.inf:
            continue
        witness = extremum.exact_witness()
        if not all(low <= witness[k] <= high for k, (low, high) in box.items()):
            found.append(f"{seed} {name}: the witness is not in the box")
        for selu in selus:
            value = sign * Layer(*(witness[k] for k in order), *selu).value(name)
            if value.upper() < extremum.lower:
                found.append(f"{seed} {name}: lower {extremum.lower} > {value}")
                break
    return found
