import flint
import pytest
from sympy import Abs, Rational, Symbol, cbrt, cos, erf, pi, sin, sqrt, tanh

from derivations.codegen.backends.activation_balls import ComplexBallPrinter
from derivations.codegen.printing import SETTINGS
from derivations.special import Phi, logistic, softplus

z, analytic = Symbol("z", real=True), Symbol("analytic")


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (tanh(z), "flint.acb(z).tanh()"),
        (sin(z) + cos(z), "flint.acb(z).sin() + flint.acb(z).cos()"),
        (erf(2 * z), "flint.acb(2*z).erf()"),
        (Abs(z), "abs(z)"),
        (sqrt(z**2 + 4), "flint.acb(z**2 + 4).sqrt(analytic=analytic)"),
        (1 / sqrt(z**2 + 4), "1 / flint.acb(z**2 + 4).sqrt(analytic=analytic)"),
        ((z**2 + 4) ** Rational(3, 2), "flint.acb(z**2 + 4).sqrt(analytic=analytic)**3"),
        (sqrt(2 / pi), "flint.arb(2).sqrt()/flint.arb(flint.arb.pi()).sqrt()"),
        (logistic(z), "(1 / (flint.acb(-z).exp() + 1))"),
        (softplus(z), "(flint.acb(z).exp() + 1).log(analytic=analytic)"),
    ],
    ids=str,
)
def test_complex_ball_printer(expression, code):
    assert ComplexBallPrinter(SETTINGS).doprint(expression) == code


def test_phi_is_a_ball_around_its_value():
    code = ComplexBallPrinter(SETTINGS).doprint(Phi(z))
    found = eval(code, {"flint": flint, "z": flint.acb(-1)})
    assert float(found.real.mid()) == pytest.approx(0.15865525393145705, rel=1e-14)


def test_other_roots_are_refused():
    with pytest.raises(ValueError, match="only square roots are printed"):
        ComplexBallPrinter(SETTINGS).doprint(cbrt(z))
