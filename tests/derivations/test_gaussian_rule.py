import mpmath
from sympy import Rational, exp

from derivations import gaussian_rule
from derivations.gaussian_rule import c, high, low, u
from derivations.symbols import m, v, z


def test_what_is_cut_off_is_below_roundoff():
    assert exp(-(gaussian_rule.REACH**2) / 2) < 2**-53 * Rational(1, 1000)


def test_the_limits_hold_what_counts():
    """Relative to the density at the point next to m, no more than e^(-R^2/2) is beyond."""
    ends = gaussian_rule.limits().unfolded()
    for place in ({m: 8, v: 1, low: -(10**6), high: 0}, {m: 0, v: 4, low: 5, high: 10**6}):
        nearest = min(max(place[m], place[low]), place[high])
        far = min((end.subs(place) for end in ends), key=lambda e: -abs(e - place[m]))
        exponent = ((far - place[m]) ** 2 - (nearest - place[m]) ** 2) / (2 * place[v])
        assert abs(exponent - gaussian_rule.REACH**2 / 2) < 1e-12


def test_nodes_of_a_panel_end_at_its_ends():
    node, length = gaussian_rule.flat_node().unfolded()
    assert (node.subs(u, 0), node.subs(u, 1).expand()) == (low, high)
    assert node.diff(u) == length
    node, slope = gaussian_rule.curved_node().unfolded()
    assert (node.diff(u) - slope).simplify() == 0
    assert node.subs({u: 0, low: 0, c: 3}) == 0


def test_the_weight_is_the_density():
    (weight,) = gaussian_rule.weight().unfolded()
    value = weight.subs({z: Rational(1, 3), m: -1, v: 2}).evalf(25)
    assert abs(value - mpmath.npdf(mpmath.mpf(1) / 3, -1, mpmath.sqrt(2))) < 1e-15
