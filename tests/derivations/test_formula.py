"""Named formulas, shown by the half-line moments, and steps."""

from sympy import erf, erfc, pi, simplify, sqrt
from sympy.abc import t

from derivations import moments, stable
from derivations.formula import Steps, stated, unfolded
from derivations.symbols import alpha, lamda, m, v


def test_a_formula_stays_folded_until_it_is_asked():
    mean = moments.selu_mean()
    folded = lamda * (moments.MeanAbove(m, v) + alpha * moments.MeanBelow(m, v))
    assert mean == folded
    assert mean.doit() == folded.subs(
        {moment: moment.doit() for moment in moments.HALF_LINE_MOMENTS.values()}
    )


def test_a_formula_shows_its_name_its_definition_and_its_closed_form():
    moment = moments.MeanAbove(m, v)
    assert moment._repr_latex_() == r"$\displaystyle A$"
    assert stated(moment).rhs.has(moments.Integral)
    assert not unfolded(moment).rhs.has(moments.Integral)


def test_a_formula_can_be_evaluated_and_differentiated():
    moment = moments.MeanAbove(m, v)
    assert abs(moment.subs({m: 0, v: 1}).evalf(30) - (1 / sqrt(2 * pi)).evalf(30)) < 1e-29
    # d/dm E[z 1{z>0}] = P(z > 0), and through a function of t by the chain rule
    above = erfc(-m / sqrt(2 * v)) / 2
    assert simplify((moment.diff(m) - above).rewrite(erf)) == 0
    assert moment.subs(m, t**2).diff(t).subs({t: 0, v: 1}) == 0


def test_steps_unfold_to_one_expression():
    short = Steps(((stable.s, v + 1), (stable.u, stable.s**2)), (stable.u + stable.s, stable.u * m))
    assert short.unfolded() == ((v + 1) ** 2 + v + 1, (v + 1) ** 2 * m)
