"""Ranges of Gaussian means against their values in closed form, and differences of these."""

from fractions import Fraction

import flint
import numpy as np
import pytest
from mpmath import mp, quad

from selu_sym._exact.arb import working_precision
from selu_sym.certify._check import means
from tests.selu_sym.certify.layers import ball, half_line_moments

BITS = 2000


def values(m: Fraction, v: Fraction) -> list[flint.arb]:
    """Return A, B, C, D, L and M by other code: z has the mean m and the mean square m^2 + v."""
    A, B, C, D = half_line_moments(ball(m), ball(v))
    return [A, B, C, D, ball(m) - A, ball(m * m + v) - C]


def derivatives(m: Fraction, v: Fraction) -> list[list[flint.arb]]:
    """Return all derivatives up to the fourth one with respect to m, from central differences."""
    with working_precision(BITS):
        step = Fraction(2.0 ** round(np.log2(min(1.0, float(v) ** 0.5)))) / 2**80
        around = [values(m + i * step, v) for i in range(-2, 3)]
        size = ball(step)
        return [
            [
                row[2],
                (row[3] - row[1]) / (2 * size),
                (row[3] - 2 * row[2] + row[1]) / size**2,
                (row[4] - 2 * row[3] + 2 * row[1] - row[0]) / (2 * size**3),
                (row[4] - 4 * row[3] + 6 * row[2] - 4 * row[1] + row[0]) / size**4,
            ]
            for row in zip(*around, strict=True)
        ]


def random_box(random) -> tuple[means.Side, means.Side]:
    """Return a box of net inputs, narrow or over decades."""
    v = 10 ** random.uniform(-8, 6)
    m = v**0.5 * random.normal() * 10 ** random.uniform(-2, 1.2)
    wide = v**0.5 * 10 ** random.uniform(-4, 2), 10 ** random.uniform(-4, 4)
    return (Fraction(m), Fraction(m + wide[0])), (Fraction(v), Fraction(v * (1 + wide[1])))


def points(random, m, v):
    """Yield corners of a box and points inside."""
    for _ in range(4):
        shares = [Fraction(float(x)) for x in random.choice([0, 1, 0.5, random.uniform()], 2)]
        yield tuple(low + t * (high - low) for (low, high), t in zip((m, v), shares, strict=True))


@pytest.mark.parametrize("block", range(4))
def test_ranges_contain_the_values(block):
    random = np.random.default_rng(block)
    for _ in range(25):
        m, v = random_box(random)
        with working_precision(128):
            box = means.moments_on(m, v)
        for point in points(random, m, v):
            expected = derivatives(*point)
            with working_precision(BITS):
                exact = values(*point)
                A, B, C, D = exact[:4]
                assert box.U.overlaps(C - A * A)
                assert box.V.overlaps(D - B * B)
                for series, column in zip(box.half_lines, expected, strict=True):
                    for range_, value in zip(series, column, strict=True):
                        slack = abs(value) * flint.arb(2) ** -60 + flint.arb(10) ** -300
                        assert range_.overlaps(value + slack.union(-slack)), (m, v, point)


def test_values_are_those_of_the_definition():
    """By quadrature, to 30 digits."""
    m, v = Fraction(-3, 10), Fraction(7, 5)
    with working_precision(200):
        found = means.moments_on((m, m), (v, v))
    below, above = [-mp.inf, -4, 0], [0, 4, mp.inf]
    with mp.workdps(40):
        mean, variance = mp.mpf(m.numerator) / m.denominator, mp.mpf(7) / 5

        def expected(function, interval):
            def integrand(z):
                return function(z) * mp.npdf(z, mean, mp.sqrt(variance))

            return quad(integrand, interval)

        moments = [
            expected(lambda z: z, above),
            expected(mp.expm1, below),
            expected(lambda z: z * z, above),
            expected(lambda z: mp.expm1(z) ** 2, below),
            expected(lambda z: z, below),
            expected(lambda z: z * z, below),
        ]
        for series, value in zip(found.half_lines, moments, strict=True):
            digits = mp.mpf(series[0].mid().str(40, radius=False))
            assert abs(digits - value) < mp.mpf(10) ** -30


@pytest.mark.parametrize("t", [-3, 0.5, 20, 99, 101, 1e4, 1e9, 1e30])
@pytest.mark.parametrize("bits", [64, 300, 2000])
def test_mills_ratio(t, bits):
    """Against Tricomi's function, U(1/2, 1/2, t^2/2)/sqrt(2), and that it is narrow."""
    with working_precision(bits):
        found = means.mills_ratio(flint.arb(t))
    with working_precision(2 * bits + 300):
        x = flint.arb(t)
        half = flint.arb(1) / 2
        if t > 0:
            expected = (x * x / 2).hypgeom_u(half, half) / flint.arb(2).sqrt()
        else:
            expected = (-x / flint.arb(2).sqrt()).erfc()
            expected = (1 - expected / 2) * (x * x / 2).exp() * (2 * flint.arb.pi()).sqrt()
        assert found.overlaps(expected)
        assert found.rad() < abs(found) * flint.arb(2) ** (-bits + 20)


def test_products_have_the_sign_of_their_factors():
    wide = flint.arb(0).union(2).nonnegative_part()
    assert (wide * wide).lower() < -1
    assert -1e-6 < means.product(wide, wide).lower() <= 0
    assert 4 <= means.product(wide, wide).upper() < 4.001
    assert means.product(-wide, wide).upper() <= 1e-6
    mixed = flint.arb(-1).union(2)
    assert means.product(mixed, wide).contains(-2)
    assert means.product(mixed, wide).contains(4)


def test_what_balls_have_in_common():
    both = means.meet(flint.arb(0).union(2), flint.arb(1).union(3), flint.arb("nan"))
    assert 0.99 < both.lower() <= 1
    assert 2 <= both.upper() < 2.01
