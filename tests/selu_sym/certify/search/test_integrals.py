"""Balls of the Gaussian integrals against float64 code."""

import itertools
from fractions import Fraction

import numpy as np

from selu_sym._generated import numpy_kernels
from selu_sym.certify._search import integrals


def random_boxes(count: int) -> list[integrals.Box]:
    random = np.random.default_rng(2)
    boxes = []
    for _ in range(count):
        v = 10 ** random.uniform(-1.5, 1)
        m = random.uniform(-3, 3) * np.sqrt(v)
        width = 10 ** random.uniform(-3, 0, 2)
        boxes.append(integrals.Box(*map(Fraction, (m, m + width[0], v, v + width[1]))))
    return boxes


def points_in(box: integrals.Box) -> list[tuple[float, float]]:
    """Return the corners and the middle of each side and of the box."""
    m_low, m_high, v_low, v_high = map(float, box)
    return list(
        itertools.product(
            (m_low, (m_low + m_high) / 2, m_high), (v_low, (v_low + v_high) / 2, v_high)
        )
    )


def test_tails_contain_the_values_and_are_no_wider_than_they_must_be():
    for box in random_boxes(300):
        balls = integrals.tails(box)
        values = np.array([numpy_kernels.tails(*point) for point in points_in(box)])
        for ball, column in zip(balls, values.T, strict=True):
            low, high = float(ball.lower()), float(ball.upper())
            assert low - 1e-13 <= column.min()
            assert column.max() <= high + 1e-13
