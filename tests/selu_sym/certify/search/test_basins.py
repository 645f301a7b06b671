"""The search of basins: balls of the map of second moments, and of its slope."""

from fractions import Fraction

import numpy as np
import pytest

from selu_sym._exact.arb import working_precision
from selu_sym._numeric import catalogue
from selu_sym.certify._search.basins import Layers


def layers(name, *numbers):
    return Layers(
        catalogue.source(name),
        tuple(map(Fraction, catalogue.source(name).parameters)),
        tuple(map(Fraction, numbers)),
        Fraction(1),
        Fraction(0),
        Fraction(1),
    )


@pytest.mark.parametrize("name", ["elu", "tanh"])
def test_balls_contain_a_sum_over_a_grid(name):
    s, t, a, b = 0.75, 0.5, 1.25, -0.25
    found = layers(name, s, t, a, b)
    z, step = np.linspace(-10, 10, 200001, retstep=True)
    f = np.tanh if name == "tanh" else lambda u: np.where(u > 0, u, np.expm1(u))

    def after(q):
        y = a * f(s * np.sqrt(q) * z + t) + b
        return float(np.exp(-(z**2) / 2) @ y**2 * step / np.sqrt(2 * np.pi))

    with working_precision(64):
        for q in ("1/100", "1", "50"):
            assert float(found.next(Fraction(q))) == pytest.approx(after(float(Fraction(q))), 1e-8)
        slope = found.slope(Fraction(1, 64))
        low, high = float(slope.lower()), float(slope.upper())
    for q in (63 / 64, 1.0, 65 / 64):
        assert low < (after(q + 1e-4) - after(q - 1e-4)) / 2e-4 < high


@pytest.mark.parametrize("place", [0.05, 0.6, 1.5, 40.0])
def test_chord_and_tangents_prove_what_holds_and_no_more(place):
    found = layers("elu", 0.75, 0.5, 1.25, -0.25)
    z, step = np.linspace(-10, 10, 20001, retstep=True)
    weights = np.exp(-(z**2) / 2) * step / np.sqrt(2 * np.pi)

    def kept(q):
        u = 0.75 * np.sqrt(q) * z + 0.5
        y = 1.25 * np.where(u > 0, u, np.expm1(np.minimum(u, 0))) - 0.25
        return abs(weights @ y**2 - 1) / abs(q - 1)

    largest = max(map(kept, np.linspace(place, 1.2 * place, 100)))
    ends = Fraction(place), Fraction(1.2 * place)
    with working_precision(64):
        assert found._by_convexity(*ends, Fraction(largest * 1.05))
        assert not found._by_convexity(*ends, Fraction(largest * 0.999))


def test_what_leaves_is_seen():
    """With tau a^2/2 above 1, second moments far out grow."""
    found = layers("relu", 1, 0, 2, 0)
    with working_precision(64):
        assert found.leaving(Fraction(1, 10), Fraction(1000), Fraction(1, 8)) is not None
        assert not found.stays_beyond(Fraction(1000), 0.99)
        assert layers("relu", 1, 0, 1, 0).stays_beyond(Fraction(1000), 0.99)
