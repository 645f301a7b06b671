from sympy import Integer, Rational, expand, simplify, sqrt

from derivations import distance, dropout, propagation
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


def test_two_masks_multiply_the_covariance():
    _, variance = dropout.moments_after()
    covariance = variance - dropout.pair_distance_after()
    assert expand(covariance - (q * dropout.a) ** 2 * (nu - distance.M)) == 0


def test_means_of_a_layer_with_dropout_are_those_of_two_outcomes():
    """With the exact numbers of a unit that is 1, 2 or 4, and its slope 3, 1 or 2."""
    units, slopes = (1, 2, 4), (3, 1, 2)
    keep, value = Rational(2, 3), Integer(-1)
    factor, shift = Rational(3, 2), Rational(1, 5)

    def mean(f):
        return sum(map(f, units, slopes)) * Rational(1, 3)

    def after(f):
        kept = mean(lambda y, slope: f(factor * y + shift, factor * slope))
        return keep * kept + (1 - keep) * f(factor * value + shift, 0)

    def nine(mean, rho, f1):
        G = mean(lambda y, slope: slope**2)
        return (
            *(mean(lambda y, _, k=k: y**k) for k in (1, 2, 3, 4)),
            *(rho, f1),
            mean(lambda y, slope: slope**4) / G**2,
            mean(lambda y, slope: y * slope**2) / G,
            mean(lambda y, slope: y**2 * slope**2) / G,
        )

    rho, f1 = Rational(1, 7), Rational(2, 7)
    # the second moment after is q (a^2 E y^2 + 2 a b E y + b^2) and a constant
    slopes_after = keep * (factor**2 * rho + 2 * factor * shift * f1), keep * factor * f1
    names = (
        *propagation.FIRST_FOUR,
        *(propagation.rho, propagation.mean_slope, propagation.kappa),
        *(propagation.mean_slope_square, propagation.square_slope),
    )
    numbers = dict(zip(names, nine(mean, rho, f1), strict=True))
    numbers |= {dropout.s: value, q: keep, dropout.a: factor, dropout.b: shift}
    found = [expression.subs(numbers) for expression in dropout.layer_means_after()]
    assert found == list(nine(after, *slopes_after))
