import pytest
from sympy import Min, Rational, Symbol, cbrt, erfc, exp, pi, sqrt

from derivations.codegen.backends.arb import ArbPrinter
from derivations.codegen.printing import SETTINGS
from derivations.functions import MillsRatio

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (Rational(1, 3), "flint.fmpq(1, 3)"),
        (pi, "flint.arb.pi()"),
        (exp(-x), "flint.arb(-x).exp()"),
        (erfc(x), "flint.arb(x).erfc()"),
        (1 / sqrt(x), "1 / flint.arb(x).sqrt()"),
        (x ** Rational(3, 2), "flint.arb(x).sqrt()**3"),
        (sqrt(x**2 + y**2), "flint.arb(x**2 + y**2).nonnegative_part().sqrt()"),
        (Min(x, y), "flint.arb(x).min(flint.arb(y))"),
        (
            MillsRatio(x),
            "(flint.arb(2).sqrt()*(flint.arb(x)/flint.arb(2).sqrt()).hermite_h(-1))",
        ),
    ],
    ids=str,
)
def test_arb_printer(expression, code):
    assert ArbPrinter(SETTINGS).doprint(expression) == code


def test_other_roots_are_refused():
    with pytest.raises(ValueError, match="only powers of square roots"):
        ArbPrinter(SETTINGS).doprint(cbrt(x))
