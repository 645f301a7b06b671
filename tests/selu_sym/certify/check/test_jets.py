"""Jets against derivatives that are known."""

import flint
import pytest

from selu_sym.certify._check.jets import Jet

ONE, ZERO = flint.arb(1), flint.arb(0)
X, Y = Jet(flint.arb(3), (ONE, ZERO)), Jet(flint.arb(5), (ZERO, ONE))


@pytest.mark.parametrize(
    ("found", "value", "slopes"),
    [
        (X + Y, 8, (1, 1)),
        (2 + X - 1, 4, (1, 0)),
        (7 - X, 4, (-1, 0)),
        (X - Y, -2, (1, -1)),
        (X * Y, 15, (5, 3)),
        (X * X * 2, 18, (12, 0)),
        (3 * -X, -9, (-3, 0)),
        (X / Y, 0.6, (0.2, -0.12)),
        (X / 2, 1.5, (0.5, 0)),
        ((X + 1).sqrt(), 2, (0.25, 0)),
        (X.nonnegative_part(), 3, (1, 0)),
    ],
    ids=range(11),
)
def test_values_and_derivatives(found, value, slopes):
    assert float(found.value) == pytest.approx(value)
    assert [float(x) for x in found.slopes] == pytest.approx(slopes)


def test_the_mean_value_theorem_makes_a_jet_narrower():
    side = flint.arb(1).union(flint.arb(1.125))
    x = Jet(side, (ONE,))
    wide = x * x - x * 2
    centre = flint.arb(1.0625)
    narrow = wide.sharpened(centre * centre - 2 * centre, [side - centre])
    assert narrow.value.rad() < wide.value.rad() / 10
    for point in (1, 1.0625, 1.125):
        assert narrow.value.contains(flint.arb(point**2 - 2 * point))
