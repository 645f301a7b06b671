from sympy import Symbol, simplify, sqrt

from derivations import symbols

ALL = {name: value for name, value in vars(symbols).items() if isinstance(value, Symbol)}


def test_symbols_print_as_they_are_called():
    assert {name: value.name for name, value in ALL.items()} == {name: name for name in ALL}


def test_the_assumptions_are_those_of_the_mathematics():
    positive = ["nu", "tau", "n", "v", "alpha", "lamda", "q", "A", "C", "D", "S"]
    assert all(ALL[name].is_positive for name in positive)
    assert all(ALL[name].is_real and ALL[name].is_positive is None for name in ("mu", "m", "z"))
    assert symbols.B.is_negative
    assert symbols.beta.is_nonnegative
    assert simplify(sqrt(symbols.v**2)) == symbols.v
