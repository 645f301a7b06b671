from sympy import Float, Symbol, exp, pi, sqrt, symbols

from derivations.codegen import steps
from derivations.formula import Steps

x = Symbol("x", real=True)
first, second = symbols("first second")


def test_constants_become_the_nearest_double():
    (result,) = steps.with_float_constants(Steps((), (x * sqrt(2 / pi) / 3,))).results
    assert result == Float(0.26596152026762178) * x


def test_shared_subexpressions_are_computed_once_and_before_they_are_used():
    given = Steps(((first, exp(x) + 1), (second, exp(x) * first)), (second - exp(x), first**2))
    assignments, results = steps.shared(given)
    assert sum(expression.count(exp) for _, expression in assignments) == 1
    known = {x}
    for symbol, expression in assignments:
        assert expression.free_symbols <= known
        known.add(symbol)
    assert Steps(tuple(assignments), results).unfolded() == given.unfolded()
