import pytest
from sympy import Rational, Symbol, expand, simplify, sqrt

from derivations import fixed_point as fp
from derivations.stable import A_minor, C_minor, V
from derivations.symbols import A, B, C, D, S, m, mu, nu, v
from tests.reference import ROWS, Row, each


def test_the_line_rises_and_the_ellipse_falls():
    assert fp.line_slope().is_positive
    assert fp.ellipse_slope().is_negative


def test_the_solution_satisfies_both_equations():
    alpha, lamda = fp.parameters()
    for equation in (fp.LINE, fp.ELLIPSE):
        residual = (equation.lhs - equation.rhs).subs({fp.x: lamda, fp.y: alpha * lamda})
        assert simplify(residual) == 0


def test_the_solution_is_the_one_in_the_quadrant():
    alpha, lamda = fp.parameters()
    assert alpha.subs(mu, 0).is_positive
    assert lamda.subs(mu, 0).is_positive


def test_the_gaps_are_the_entries_being_inside():
    assert fp.gap_above() == A**2 * S - C * mu**2
    assert fp.gap_below() == B**2 * S - D * mu**2


def test_the_mirrored_gap_is_the_same():
    rewritten = fp.gap_above().subs({A: m + A_minor, C: m**2 + v - C_minor, S: nu + mu**2})
    assert expand(rewritten - fp.gap_above_mirrored().subs(S, nu + mu**2)) == 0


def test_the_gap_below_by_variance_is_the_same():
    rewritten = fp.gap_below_by_variance().subs(V, D - B**2)
    assert expand(rewritten - fp.gap_below().subs(S, nu + mu**2)) == 0


def test_the_mirrored_gap_is_positive_for_unit_sum_weights():
    mean = Symbol("mu", positive=True)
    assert fp.gap_above_mirrored().subs({m: mean, v: nu, mu: mean}).is_positive


@pytest.mark.parametrize(("sign", "gap"), [("nonnegative", "gap_above"), ("negative", "gap_below")])
def test_the_stable_form_is_the_same(sign, gap):
    target = Symbol("mu", **{sign: True})
    value = getattr(fp, gap)()
    for stable, plain in zip(fp.stable_parameters().unfolded(), fp.parameters(), strict=True):
        difference = (stable.subs(fp.G, value) - plain).subs(S, nu + mu**2)
        assert simplify(difference.subs(mu, target)) == 0


def test_the_stable_form_adds_terms_of_one_sign_only():
    for sign in ("nonnegative", "negative"):
        target = Symbol("mu", **{sign: True})
        for formula in fp.stable_parameters().unfolded():
            assert formula.subs(mu, target).is_positive


def test_the_papers_parameters_are_proved_equal():
    alpha, lamda = fp.parameters_at_0_1()
    published_alpha, published_lamda = fp.published_parameters_at_0_1()
    assert simplify(alpha - published_alpha) == 0
    assert lamda.is_positive
    assert published_lamda.is_positive
    assert simplify(lamda**2 - published_lamda**2) == 0


@each(ROWS)
def test_the_closed_form_has_the_digits_of_the_reference(row: Row):
    values = dict(zip((A, B, C, D), map(Rational, row.moments), strict=True))
    mean, variance = Rational(row.mean), Rational(row.variance)
    values |= {mu: mean, S: variance + mean**2}
    gap = fp.gap_above() if mean >= 0 else fp.gap_below()
    assert (gap.subs(values) > 0) == row.exists
    if row.exists:
        for formula, digits in zip(fp.parameters(), (row.alpha, row.scale), strict=True):
            # the moments are given to 35 digits, of which the worst row loses six
            assert abs(formula.subs(values).evalf(50) / Rational(digits) - 1) < Rational(1, 10**28)


def test_the_discriminant_is_that_of_the_solution():
    _, lamda = fp.parameters()
    assert simplify(lamda - (A * D * mu - B * sqrt(fp.DISCRIMINANT)) / fp.Q) == 0
