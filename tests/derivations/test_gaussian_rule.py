import mpmath
import pytest
from sympy import Rational, diff, lambdify, simplify

from derivations import gaussian_rule
from derivations.gaussian_rule import high, low, u
from derivations.moments import density
from derivations.symbols import m, v, z


@pytest.mark.parametrize("node", [gaussian_rule.flat_node, gaussian_rule.curved_node])
def test_a_node_and_its_derivative(node):
    place, slope = node().unfolded()
    assert simplify(diff(place, u) - slope) == 0


def test_a_flat_panel_goes_from_end_to_end():
    place, _ = gaussian_rule.flat_node().unfolded()
    assert place.subs(u, 0) == low
    assert simplify(place.subs(u, 1) - high) == 0


def test_the_weight_is_the_density():
    (weight,) = gaussian_rule.weight().unfolded()
    at = {m: Rational(1, 3), v: Rational(7, 5), z: Rational(-4, 9)}
    assert abs((weight - density(z, m, v)).subs(at).evalf(30)) < 1e-28


@pytest.mark.parametrize("rule", [gaussian_rule.flat_rule, gaussian_rule.curved_rule])
def test_a_rule_is_exact_for_polynomials(rule):
    """Gauss-Legendre of n nodes integrates x^(2n - 1) exactly; Int x^k over (0, 1) is 1/(k + 1)."""
    numbers = [mpmath.mpf(str(number)) for number in rule()]
    half = len(numbers) // 2
    nodes, weights = numbers[:half], numbers[half:]
    for power in (0, 1, 7, 2 * half - 1):
        found = sum(w * x**power for x, w in zip(nodes, weights, strict=True))
        assert abs(found * (power + 1) - 1) < 1e-13


def test_limits_hold_the_mass():
    """At 9.5 deviations and more a standard normal variable has less than 1e-19 of its mass."""
    at = {m: 2, v: 9, low: -1000, high: 1000}
    left, right = (end.subs(at) for end in gaussian_rule.limits().unfolded())
    assert left <= 2 - 9 * 3 <= 2 + 9 * 3 <= right
    assert [end.subs({**at, low: 0, high: 1}) for end in gaussian_rule.limits().unfolded()] == [
        0,
        1,
    ]


def test_the_double_exponential_rule_integrates_up_to_singular_ends():
    """Nodes accumulate at -1 and 1, where the derivative of sqrt(1 - x^2) is infinite."""
    place, slope = gaussian_rule.double_exponential_node().unfolded()
    node = lambdify(gaussian_rule.t, (place, slope), "mpmath")
    assert abs(mpmath.diff(lambda t: node(t)[0], 0.4) - node(0.4)[1]) < 1e-10
    steps = [gaussian_rule.LAST_STEP * Rational(i, 66) for i in range(-66, 67)]
    total = sum(slope * mpmath.sqrt(1 - x**2) for x, slope in map(node, steps))
    assert abs(total * gaussian_rule.LAST_STEP / 66 / (mpmath.pi / 2) - 1) < 1e-12
