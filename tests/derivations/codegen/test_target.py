import pytest
from sympy import Integer, Rational, Symbol

from derivations.codegen.backends import TARGETS
from derivations.codegen.target import GeneratedConstant, GeneratedFunction
from derivations.formula import Steps

x = Symbol("x")


def square():
    """Return x^2."""
    return x**2


def test_functions_are_named_after_their_derivation_unless_told_otherwise():
    function = GeneratedFunction(square, (x,), "x^2")
    assert function.name == "square"
    assert function.source == f"{__name__}.square"
    assert GeneratedFunction(square, (x,), "x^2", "power").name == "power"


@pytest.mark.parametrize(
    ("value", "results"),
    [
        (x, (x,)),
        ((x, 2 * x), (x, 2 * x)),
        ({x: 3 * x}, (3 * x,)),
        (Steps(((x, Integer(1)),), (x,)), (x,)),
    ],
    ids=["one", "several", "named", "steps"],
)
def test_formulas_are_one_or_several_or_named_or_steps(value, results):
    assert GeneratedFunction(lambda: value, (x,), "").steps().results == results


def test_constants_are_exact():
    assert GeneratedConstant("N", Integer(48), "").code == "48"
    assert float(GeneratedConstant("E", Rational(1, 2**45), "").code) == 2.0**-45


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.module)
def test_no_name_is_given_twice(target):
    names = [*target.functions, *target.constants]
    assert len({named.name for named in names}) == len(names)
