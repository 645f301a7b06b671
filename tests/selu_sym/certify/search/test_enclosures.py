"""Bounds of single boxes, and what they are made of, by float64 code and at random points."""

import itertools
from fractions import Fraction

import flint
import numpy as np
import pytest

from selu_sym import certify, jacobian, moment_map, precise, selu_parameters
from selu_sym.certify import claims
from selu_sym.certify._search import enclosures, integrals
from tests.selu_sym.certify.search.test_integrals import random_boxes
from tests.selu_sym.certify.theorems import FLOATS, ONE, PAPER, THREE, TWO, singular_value


def layers_of(box: dict, count: int, seed: int = 0) -> list[dict]:
    """Return the corners of a box, where extrema like to be, and random layers in it."""
    random = np.random.default_rng(seed)
    ends = [[float(end) for end in side] for side in box.values()]
    points = [
        *itertools.product(*ends),
        *(random.uniform(*zip(*ends, strict=True)) for _ in range(count)),
    ]
    return [dict(zip(box, point, strict=True)) for point in points]


BOXES = [
    {"mu": ("0.1", "0.3"), "omega": ("0.2", "0.9"), "nu": (1, "1.2"), "tau": ("0.2", "0.3")},
    ONE,
    TWO,
    *THREE,
    {"mu": ("-0.3", "-0.1"), "omega": ("0.2", "0.6"), "nu": (1, 2), "tau": (1, 3)},
    {"mu": (0, "0.5"), "omega": ("-1", "0.4"), "nu": ("0.1", 4), "tau": ("0.5", 2)},
]


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_no_layer_of_the_box_escapes_the_bounds(box):
    """Each random layer's values, in float64, lie within the enclosures of the extrema."""
    singular = certify.contraction(FLOATS, **box, max_boxes=2000).bounds["largest singular value"]
    ranges = certify.invariance(FLOATS, **box, max_boxes=2000).bounds
    falls = certify.variance_decreases(FLOATS, **box, max_boxes=2000).bounds
    rises = certify.variance_increases(FLOATS, **box, max_boxes=2000).bounds
    largest = []
    for layer in layers_of(box, 200):
        weights = (layer["omega"], layer["tau"])
        mean, variance = moment_map(layer["mu"], layer["nu"], FLOATS, weights=weights)
        largest.append(singular_value(layer))
        assert largest[-1] <= singular[1] + 1e-12
        # a refuted claim has no bounds but the one that refutes it: those are still bounds
        assert (
            ranges["smallest new mean"][0] - 1e-12 <= mean <= ranges["largest new mean"][1] + 1e-12
        )
        assert ranges["smallest new variance"][0] - 1e-12 <= variance
        assert variance <= ranges["largest new variance"][1] + 1e-12
        change = variance - layer["nu"]
        assert change <= falls["largest change of the variance"][1] + 1e-12
        assert change >= rises["smallest change of the variance"][0] - 1e-12
    assert max(largest) <= singular[1]


@pytest.mark.parametrize("kind", ["contraction", "mean", "variance", "change", "repulsion"])
def test_bounds_of_small_boxes_contain_the_values(kind):
    """The bound of each random box against the value at random points in it, by other code."""
    random = np.random.default_rng(1)
    p = precise.enclose(0, 1, digits=30)
    alpha, scale = claims._enclosed(p)
    omega = Fraction(1, 2), Fraction(1, 2)
    for _ in range(150):
        m, v = random.uniform(-1, 1), random.uniform(0.2, 4)
        width = 10 ** random.uniform(-3, 0, 2)
        ends = [Fraction(x) for x in (m, m + width[0], v, v + width[1])]
        box = integrals.Box(*ends)
        piece = enclosures.Piece(box, Fraction(3, 2), Fraction(1, 4))
        mu = ends[0] / omega[0], ends[1] / omega[0]
        objective = enclosures.Objective(kind, 1, alpha, scale, mu, omega, (piece,))
        (bound,) = enclosures.bounds(objective, [(0, box)])
        for u, w in random.uniform(size=(10, 2)):
            m_in, v_in = m + u * width[0], v + w * width[1]
            linear = 1.5 + v_in / 4
            if kind == "contraction":
                J = jacobian(m_in, v_in, FLOATS, weights="unit-sum")
                value = np.linalg.norm(J * [0.5, linear], 2)
            elif kind == "repulsion":
                here = selu_parameters(m_in, v_in, weights="unit-sum")
                value = np.linalg.det(np.eye(2) - jacobian(m_in, v_in, here, weights="unit-sum"))
            else:
                mean, variance = moment_map(m_in, v_in, FLOATS, weights="unit-sum")
                value = {"mean": mean, "variance": variance, "change": variance - linear}[kind]
            assert value <= bound.upper + 1e-11
        assert bound.lower <= bound.upper


@pytest.mark.parametrize("kind", ["contraction", "mean", "variance", "change", "repulsion"])
def test_gradients_contain_differences(kind):
    """The ball of the gradient of each box, against differences of values inside it."""
    omega, step = Fraction(1, 2), Fraction(1, 2**20)
    alpha, scale = claims._enclosed(PAPER)
    for box in random_boxes(60):
        piece = enclosures.Piece(box, Fraction(3, 2), Fraction(1, 4))
        mu = (2 * box.m_low - 1, 2 * box.m_high + 1)
        objective = enclosures.Objective(kind, 1, alpha, scale, mu, (omega, omega), (piece,))

        def value(m, v, objective=objective, piece=piece):
            here = integrals.Box(m, m, v, v)
            return enclosures._over(objective, piece, here, omega)[0]

        with flint.ctx.workprec(120):
            by_m, by_v = enclosures._over(objective, piece, box, omega)[1]
            for m, v in ((box.m_low, box.v_low), (box.m_high, box.v_high)):
                here = integrals.Box(m, m, v, v)
                exact = enclosures._over(objective, piece, here, omega)[1]
                along = (
                    value(m + step, v) - value(m - step, v),
                    value(m, v + step) - value(m, v - step),
                )
                for ball, there, difference in zip((by_m, by_v), exact, along, strict=True):
                    slope = float((difference / flint.fmpq(1, 2**19)).mid())
                    assert float(there.mid()) == pytest.approx(slope, rel=1e-7, abs=1e-9)
                    assert ball.overlaps(there) or not ball.is_finite()


def test_the_bound_near_a_maximum_inside_a_box():
    """Where the gradient has both signs, and the mean value theorem is all there is."""
    near = ("-0.2", "0.2")
    found = certify.contraction(
        FLOATS, mu=near, omega=near, nu=(1, 1), tau=("0.8", "1.4"), tolerance=10.0
    )
    (extremum,) = found.extrema
    for leaf in (*extremum.closed, *extremum.open):
        m_low, m_high, v_low, v_high = map(float, extremum.box(leaf.piece, leaf.path))
        for m, v in itertools.product(np.linspace(m_low, m_high, 9), np.linspace(v_low, v_high, 9)):
            layer = {"mu": m / 0.2, "omega": 0.2, "nu": 1.0, "tau": v}
            assert singular_value(layer) <= leaf.upper + 1e-12


@pytest.mark.parametrize(
    ("mu", "omega", "m", "expected"),
    [
        ((-1, 1), (-2, 3), (1, 1), 3),
        ((0, 1), (-2, 1), (1, 1), 1),  # omega must have the sign of m
        ((1, 2), (-5, 5), (2, 2), 2),  # omega = m/mu
        ((-1, 0), (-2, 3), (1, 1), -2),
        ((-1, 1), (-2, 3), (0, 0), 3),
        ((2, 4), (1, 9), (8, 8), 4),
    ],
)
def test_largest_omega(mu, omega, m, expected):
    sides = [tuple(map(Fraction, side)) for side in (mu, omega, m)]
    zero = Fraction(0), Fraction(0)
    objective = enclosures.Objective("contraction", 1, zero, zero, *sides[:2], ())
    assert enclosures.largest_omega(objective, *sides[2]) == expected
