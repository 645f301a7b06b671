from sympy import Rational, simplify, sqrt

from derivations import dropout
from derivations.symbols import alpha, lamda, mu, nu, q


def test_dropped_units_saturate():
    assert dropout.saturation() == -lamda * alpha


def test_moments_by_the_two_outcomes():
    # x' = B x + (1 - B) s with P(B = 1) = q: the law of total variance
    assert simplify(dropout.dropped_mean() - (q * mu + (1 - q) * dropout.s)) == 0
    total = q * nu + q * (1 - q) * (mu - dropout.s) ** 2
    assert simplify(dropout.dropped_variance() - total) == 0


def test_the_affine_map_restores_both_moments():
    a, b = dropout.affine()
    assert simplify(a * dropout.dropped_mean() + b - mu) == 0
    assert simplify(a**2 * dropout.dropped_variance() - nu) == 0
    assert a.subs({mu: 0, nu: 1, dropout.s: -2, q: Rational(1, 2)}).is_positive


def test_the_papers_constants_at_0_1():
    a, b = (value.subs({mu: 0, nu: 1, dropout.s: lamda}) for value in dropout.affine())
    paper_a = 1 / sqrt(q + lamda**2 * q * (1 - q))
    assert simplify(a**2 - paper_a**2) == 0
    assert simplify(b + a * (1 - q) * lamda) == 0


def test_nothing_is_dropped_and_nothing_is_changed():
    a, b = (simplify(value.subs(q, 1)) for value in dropout.affine())
    assert (a, b) == (1, 0)


def test_around_any_value_that_dropped_units_take():
    # E and Var of a x + b with probability q, d otherwise, by the law of total variance
    a, b = dropout.affine_around()
    kept, d = a * mu + b, dropout.d
    assert simplify(q * kept + (1 - q) * d - mu) == 0
    assert simplify(q * a**2 * nu + q * (1 - q) * (kept - d) ** 2 - nu) == 0


def test_around_the_exact_value_it_is_the_same_map():
    a, b = dropout.affine()
    around = {dropout.d: dropout.dropped().subs({dropout.a: a, dropout.b: b})}
    a_around, b_around = (value.subs(around) for value in dropout.affine_around())
    assert simplify(a_around**2 - a**2) == 0  # both positive
    at = {mu: Rational(-1, 10), nu: 2, dropout.s: -2, q: Rational(4, 5)}
    assert abs((b_around - b).subs(at).evalf(30)) < 1e-25
