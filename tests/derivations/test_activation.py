import mpmath
import pytest
from sympy import Abs, Min, Piecewise, Symbol, exp, lambdify, limit, oo, simplify
from sympy.codegen.cfunctions import expm1

from derivations import activation, dropout
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
@pytest.mark.parametrize("form", [activation.selu, activation.selu_to_differentiate])
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


def test_nothing_overflows_in_the_piece_that_is_not_chosen():
    (bounded, _) = activation.selu().rewrite(Abs).args[1]
    assert bounded.subs(NUMBERS).subs(z, 10**6).evalf() == 1.875


def test_the_slope_at_0_is_that_of_one_piece():
    """Libraries take half of each side's derivative where the arguments of a Min are equal."""
    for form in (activation.selu(), activation.selu_to_differentiate()):
        assert not form.has(Min)
        (above, condition), (below, _) = form.args
        assert not condition.subs(z, 0)
        assert above.diff(z) == lamda
        assert below.subs(Piecewise((0, z > 0), (z, True)), z).diff(z).subs(z, 0) == -dropout.s
    (argument,) = next(iter(below.atoms(expm1))).args
    assert argument == Piecewise((0, z > 0), (z, True))


def test_the_slope_is_a_function_of_the_output():
    below, above = activation.selu_by_saturation()
    slope_above, slope_below = (piece for piece, _ in activation.selu_slope().args)
    assert simplify(slope_above.subs(activation.y, above) - above.diff(z)) == 0
    assert simplify(slope_below.subs(activation.y, below) - below.diff(z)) == 0
    assert slope_below.subs(activation.y, dropout.s) == 0
    assert limit(below, z, -oo) == dropout.s


def test_the_gradient_of_dropout_is_dropout_of_the_gradient():
    formula = activation.alpha_dropout()
    gradient = activation.dy * formula.diff(activation.x)
    same = formula.subs({activation.x: activation.dy, dropout.b: 0, dropout.d: 0})
    assert simplify(gradient - same) == 0


def test_a_unit_is_dropped_or_kept():
    below = activation.r < activation.threshold
    kept = dropout.a * activation.x + dropout.b
    assert activation.alpha_dropout() == Piecewise((dropout.d, below), (kept, True))
