import math

import mpmath
import pytest
from sympy import Abs, Max, Piecewise, Symbol, exp, lambdify, limit, oo, simplify
from sympy.codegen.cfunctions import fma

from derivations import activation, dropout
from derivations.functions import elu
from derivations.moments import selu_pieces
from derivations.symbols import alpha, lamda, z

NUMBERS = {lamda: 1.25, dropout.s: -1.875}  # alpha is 1.5


def test_half_the_angle_is_an_identity():
    rewritten = activation.without_cancellation(exp(z) - 1)
    assert simplify(rewritten.rewrite(exp) - (exp(z) - 1)) == 0


def test_the_denominator_stays_away_from_zero():
    t = Symbol("t", real=True)
    denominator = 1 - t  # of 2 t/(1 - t), for t in (-1, 0]
    assert limit(denominator, t, -1) == 2
    assert limit(denominator, t, 0) == 1
    assert activation.without_cancellation(exp(z) - 1).subs(z, 0) == 0


@pytest.mark.parametrize("value", ["-400", "-30", "-1", "-1e-9", "0", "1e-9", "3", "1000"])
@pytest.mark.parametrize("form", [activation.selu, activation.selu_by_expm1])
def test_the_forms_to_compute_are_the_selu(value, form):
    with mpmath.workdps(40):
        number = mpmath.mpf(value)
        computed = lambdify(z, form().rewrite(Abs).subs(NUMBERS), "mpmath")(number)
        below = mpmath.mpf("1.875") * mpmath.expm1(number)
        expected = number * mpmath.mpf("1.25") if number > 0 else below
        assert mpmath.almosteq(computed, expected, rel_eps=mpmath.mpf("1e-28"))


def test_the_saturation_value_stands_for_alpha():
    negative, positive = activation.selu_by_saturation()
    assert negative.subs(dropout.s, dropout.saturation()) == lamda * alpha * (exp(z) - 1)
    assert positive == lamda * z


def test_neither_part_overflows_or_is_seen_on_the_side_of_the_other():
    below, above = sorted(activation.selu().args, key=lambda term: term.has(Max))
    assert below.rewrite(Abs).subs(NUMBERS).subs(z, -(10**6)).evalf() == -1.875
    assert below.subs(z, 10**6) == 0
    assert above.subs(z, -(10**6)) == 0
    assert above.subs(NUMBERS).subs(z, 10**6) == 1.25 * 10**6


def test_in_one_operation_it_is_the_selu():
    form = activation.selu_in_one_operation()
    assert form == elu(z, alpha, lamda)
    below, above = selu_pieces(z, alpha, lamda)
    assert form.rewrite(Piecewise) == Piecewise((above, z > 0), (below, True))
    assert float(form.subs({alpha: 1.5, lamda: 2, z: -1})) == pytest.approx(3 * math.expm1(-1))


def test_what_is_lost_near_0_is_put_in():
    """What doubles make of e^z - 1, and the polynomial's rest beside mpmath's value."""
    lost = lambdify((z, activation.y, dropout.s), activation.selu_correction_near_0(), "mpmath")
    with mpmath.workdps(40):
        for value in (-0.1249, -1e-2, -1e-9, -1e-30):
            cancelled = 1.875 * (math.exp(value) - 1)
            found = cancelled + lost(mpmath.mpf(value), mpmath.mpf(cancelled), mpmath.mpf(-1.875))
            exact = mpmath.mpf(1.875) * mpmath.expm1(value)
            assert abs(found / exact - 1) < mpmath.mpf(2) ** -60
        for value in (-math.inf, -30.0, -0.125, 0.0, 2.0):
            assert lost(value, 1.0, -1.875) == 0


def test_the_slope_is_a_function_of_the_output():
    below, above = activation.selu_by_saturation()
    slope_above, slope_below = (piece for piece, _ in activation.selu_slope().args)
    assert simplify(slope_above.subs(activation.y, above) - above.diff(z)) == 0
    assert simplify(slope_below.subs(activation.y, below) - below.diff(z)) == 0
    assert slope_below.subs(activation.y, dropout.s) == 0
    assert limit(below, z, -oo) == dropout.s


def test_the_gradient_is_the_slope_times_what_comes_in():
    gradient = activation.selu_gradient().rewrite(Piecewise)
    for value in (-1.5, 0, 2.5):
        at = {activation.y: value, activation.dy: 3}
        expected = 3 * activation.selu_slope().subs(at)
        assert simplify(gradient.subs(at) - expected) == 0


def test_the_gradient_of_dropout_is_dropout_of_the_gradient():
    formula = activation.alpha_dropout()
    gradient = activation.dy * formula.diff(activation.x)
    same = formula.subs({activation.x: activation.dy, dropout.b: 0, dropout.d: 0})
    assert simplify(gradient - same) == 0


def test_a_unit_is_dropped_or_kept():
    below = activation.r < activation.threshold
    kept = dropout.a * activation.x + dropout.b
    assert activation.alpha_dropout() == Piecewise((dropout.d, below), (kept, True))


def test_in_one_pass_it_is_alpha_dropout():
    form = activation.alpha_dropout_in_one_pass()
    assert form.has(fma)
    a, b = dropout.a, dropout.b
    assert form.replace(fma, lambda x, y, z: x * y + z) == activation.alpha_dropout()
    assert form.subs({activation.r: 2, activation.threshold: 1}) == fma(a, activation.x, b)
