"""Covariances and their derivatives against differences of exact values."""

from fractions import Fraction

import flint
import numpy as np

from selu_sym._exact.arb import working_precision
from selu_sym.certify._check import net_inputs
from tests.selu_sym.certify.check.test_means import BITS, points, random_box
from tests.selu_sym.certify.layers import ball, half_line_moments


def covariances(m: Fraction, v: Fraction) -> list[flint.arb]:
    """Return the variances of z 1{z>0} and (e^z - 1) 1{z<0}, and their covariance."""
    A, B, C, D = half_line_moments(ball(m), ball(v))
    return [C - A * A, D - B * B, -A * B]


def differences(m: Fraction, v: Fraction) -> list[list[flint.arb]]:
    """Return the values, and their derivatives in m, in v, in both, and in v twice."""
    with working_precision(BITS):
        a = Fraction(2.0 ** round(np.log2(min(1.0, float(v) ** 0.5)))) / 2**80
        b = v / 2**80
        f = {(i, j): covariances(m + i * a, v + j * b) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        da, db = ball(2 * a), ball(2 * b)
        return [
            [
                f[0, 0][k],
                (f[1, 0][k] - f[-1, 0][k]) / da,
                (f[0, 1][k] - f[0, -1][k]) / db,
                (f[1, 1][k] - f[1, -1][k] - f[-1, 1][k] + f[-1, -1][k]) / (da * db),
                (f[0, 1][k] - 2 * f[0, 0][k] + f[0, -1][k]) * 4 / (db * db),
            ]
            for k in range(3)
        ]


def test_ranges_contain_the_derivatives():
    random = np.random.default_rng(0)
    for _ in range(40):
        m, v = random_box(random)
        with working_precision(128):
            found = net_inputs.expansion(m, v).covariances
        for point in points(random, m, v):
            for K, expected in zip(found, differences(*point), strict=True):
                ranges = [K.by_m[0], K.by_m[1], K.by_v[0], K.by_v[1], K.by_vv]
                for range_, value in zip(ranges, expected, strict=True):
                    slack = abs(value) * flint.arb(2) ** -60 + flint.arb(10) ** -300
                    assert range_.overlaps(value + slack.union(-slack)), (m, v, point)


def test_jets_of_small_boxes_contain_the_values_and_are_narrow():
    """What is known at the centre makes the error as small as the square of the width."""
    random = np.random.default_rng(1)
    for _ in range(20):
        m, v = Fraction(random.uniform(-2, 2)), Fraction(random.uniform(0.2, 3))
        for width in (Fraction(1, 100), Fraction(1, 10_000)):
            half = ball(width).union(-ball(width))
            sides = (m - width, m + width), (v - width, v + width)
            with working_precision(128):
                box, centre = net_inputs.expansion(*sides), net_inputs.expansion((m, m), (v, v))
                jets = net_inputs.on_box(box, centre, half, half, 4).parts
            exact = covariances(m + width, v - width)
            for jet, value in zip(jets[2:], exact, strict=True):
                assert jet.value.overlaps(value)
                slopes = float(sum(abs(x) for x in jet.slopes).upper())
                assert float(jet.value.rad()) < 1.1 * slopes * width + 20 * width**2
