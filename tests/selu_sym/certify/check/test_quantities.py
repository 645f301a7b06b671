"""What is checked, as numbers, against exact values of layers and of fixed points."""

from fractions import Fraction

import flint
import numpy as np
import pytest

from selu_sym._exact.arb import working_precision
from selu_sym.certify._check import net_inputs, quantities
from tests.selu_sym.certify.layers import ORDER, Layer, ball, gap, points

SELU = Fraction(5, 4), Fraction(3, 2)
RANGES = {
    "mu": (Fraction(-1, 2), Fraction(1)),
    "omega": (Fraction(-1), Fraction(1, 3)),
    "nu": (Fraction(1, 2), Fraction(3)),
    "tau": (Fraction(4, 5), Fraction(2)),
}


def numbers(excess, m: Fraction, v: Fraction) -> list[flint.arb]:
    """Return the numbers of an excess at one net input."""
    with working_precision(300):
        here = net_inputs.at_point(net_inputs.expansion((m, m), (v, v)))
        sides = [ball(x) for x in (m, v, *SELU)]
        return excess((m, m), here, sides, lambda number: number)


def layers(count: int) -> list[dict[str, Fraction]]:
    random = np.random.default_rng(0)
    return [
        dict(zip(ORDER, layer, strict=True))
        for layer in points(random, [RANGES[k] for k in ORDER], count)
    ]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", ["singular value", "mean", "variance", "change"])
def test_numbers_are_negative_just_beyond_the_value(name, sign):
    """For the layer that is a witness, on both sides of its exact value."""
    if name == "singular value" and sign < 0:
        return
    for layer in layers(6):
        quantity = quantities.Layers(name, sign, RANGES)
        m, v = quantity.net_input(layer)
        exact = sign * Layer(**layer, alpha=SELU[0], scale=SELU[1]).value(name)
        value = Fraction(float(exact.mid()))
        step = Fraction(1, 10**6)
        below, above = (quantity.at(layer, value + x) for x in (-step, step))
        assert any(x < 0 for x in numbers(below, m, v))
        assert not any(x < 0 for x in numbers(above, m, v))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", ["singular value", "mean", "variance", "change"])
def test_no_layer_exceeds_what_pieces_say(name, sign):
    """Pieces cover all net inputs, with the worst weights of each."""
    if name == "singular value" and sign < 0:
        return
    quantity = quantities.Layers(name, sign, RANGES)
    for layer in layers(10):
        m, v = quantity.net_input(layer)
        exact = sign * Layer(**layer, alpha=SELU[0], scale=SELU[1]).value(name)
        piece = next(p for p in quantity.pieces() if p.sides[1][0] <= v <= p.sides[1][1])
        assert piece.sides[0][0] <= m <= piece.sides[0][1]
        less = quantity.on(piece, Fraction(float(exact.mid())) - Fraction(1, 10**6))
        assert not any(x < 0 for x in numbers(less, m, v))


@pytest.mark.parametrize(("m", "v"), [("1/3", "2"), ("-3/2", "1/7"), ("0", "10"), ("5", "1/2")])
def test_the_gap(m, v):
    m, v = Fraction(m), Fraction(v)
    exact = Fraction(float(gap(m, v).mid()))
    quantity = quantities.FixedPoints("gap", 1, {"mu": (m, m), "nu": (v, v)})
    step = abs(exact) / 10**9
    (piece,) = quantity.pieces()
    assert numbers(quantity.on(piece, exact + step), m, v)[0] < 0
    assert numbers(quantity.on(piece, exact - step), m, v)[0] > 0
    witness = {"mu": m, "nu": v}
    assert numbers(quantity.at(witness, exact - step), m, v)[0] < 0
    assert numbers(quantity.at(witness, exact + step), m, v)[0] > 0


@pytest.mark.parametrize(
    ("mu", "omega", "m", "expected"),
    [
        ((-1, 1), (-2, 3), (1, 1), 3),
        ((0, 1), (-2, 1), (1, 1), 1),  # omega must have the sign of m
        ((1, 2), (-5, 5), (2, 2), 2),  # omega = m/mu
        ((-1, 0), (-2, 3), (1, 1), 2),
        ((-1, 1), (-2, 3), (0, 0), 3),
        ((1, 2), (-5, 1), (2, 2), 1),  # not 5, whose product is negative
        ((-1, 1), (-2, 3), ("5/2", "5/2"), 3),
        ((-1, 1), (-4, 3), ("7/2", "7/2"), 4),
        ((2, 4), (1, 9), (8, 8), 4),
    ],
)
def test_largest_omega(mu, omega, m, expected):
    sides = [tuple(map(Fraction, side)) for side in (mu, omega, m)]
    ranges = {**RANGES, "mu": sides[0], "omega": sides[1]}
    layers_of = quantities.Layers("singular value", 1, ranges)
    assert layers_of.largest_omega(sides[2]) == expected


def test_the_largest_omega_is_that_of_some_layer_and_of_no_other_one():
    """Against a grid of mu and omega."""
    random = np.random.default_rng(0)
    for _ in range(200):
        mu, omega = (sorted(Fraction(int(x), 4) for x in random.integers(-8, 9, 2)) for _ in "mw")
        grid = [
            [low + (high - low) * Fraction(i, 24) for i in range(25)] for low, high in (mu, omega)
        ]
        layers_of = quantities.Layers("singular value", 1, {**RANGES, "mu": mu, "omega": omega})
        for x in grid[0][::6]:
            for y in grid[1][::6]:
                m = x * y
                others = [w for u in grid[0] for w in grid[1] if u * w == m]
                found = layers_of.largest_omega((m, m))
                assert found >= max(map(abs, others))
                assert found <= max(map(abs, omega))
                possible = (
                    [u for u in (m / found, -m / found) if mu[0] <= u <= mu[1]] if found else [0]
                )
                assert possible
