import mpmath
import pytest
from sympy import Integral, Piecewise, Rational, diff, exp, oo, pi, simplify, sqrt, tanh

from derivations import means
from derivations.activations import ACTIVATIONS, steepness
from derivations.moments import HALF_LINE_MOMENTS, density
from derivations.pieces import Activation, Piece, rectified
from derivations.special import logistic
from derivations.symbols import A, C, m, v, z
from tests.activations import KINKS, ROWS, Row, each, mean

CLOSED = {"linear", "relu", "leaky_relu", "prelu", "relu6", "squared_relu", "elu", "celu", "selu"}
CLOSED |= {"gelu", "hard_silu", "hard_sigmoid", "hard_tanh", "soft_shrink", "erf", "sin", "cos"}
CLOSED |= {"gaussian", "hard_shrink", "threshold"}


def test_which_activations_have_closed_forms():
    found = {
        name
        for name, activation in ACTIVATIONS.items()
        if means.means(activation).closed_forms()[0].value is not None
    }
    assert found == CLOSED


@each([row for row in ROWS if row.name_and_parameter[0] in CLOSED])
def test_closed_forms_have_the_digits_of_the_reference(row: Row):
    name, parameter = row.name_and_parameter
    activation = ACTIVATIONS[name]
    values = dict(activation.parameters)
    if parameter is not None:
        values[next(iter(values))] = Rational(parameter)
    point = {m: Rational(row.m), v: Rational(row.v), **values}
    forms = means.means(activation).closed_forms()
    for form, digits in zip(forms, row.means, strict=True):
        with mpmath.workdps(40):
            value = mpmath.mpf(str(form.value.subs(point).evalf(40)))
            # the reference has 25 digits, and 0 where a mean is 0
            assert abs(value - mpmath.mpf(digits)) < mpmath.mpf("2e-24") * max(1, abs(value))


@pytest.mark.parametrize(
    ("name", "factor"), [("silu", "logistic"), ("tanh", "tanh"), ("squareplus", "sqrt")]
)
def test_where_none_is_known_the_reason_names_the_function(name, factor):
    first = means.means(ACTIVATIONS[name]).closed_forms()[0]
    assert first.value is None
    assert factor in first.reason


@pytest.mark.parametrize("name", ["hard_shrink", "threshold"])
def test_a_jump_adds_a_point_mass_and_has_no_squared_slope(name):
    found = means.means(ACTIVATIONS[name])
    derivative, squared = found.closed_forms()[2:]
    assert squared.value is None
    assert "jump" in squared.reason
    assert found.integrals()[3] is None
    # by Stein's lemma from the values alone
    point = {m: Rational(1, 3), v: Rational(5, 7), **ACTIVATIONS[name].parameters}
    kinks = KINKS[name]
    f = {
        "hard_shrink": lambda x: x if abs(x) > 0.5 else 0,
        "threshold": lambda x: x if x > 1 else 0,
    }
    place = mpmath.mpf(1) / 3, mpmath.mpf(5) / 7
    stein = mean(lambda x: (x - place[0]) * f[name](x), *place, kinks) / place[1]
    assert abs(derivative.value.subs(point).evalf(25) - stein) < 1e-15


def test_the_definition_is_unevaluated():
    first, second, derivative, squared = means.means(ACTIVATIONS["silu"]).integrals()
    assert all(integral.has(Integral) for integral in (first, second, derivative, squared))
    swish = z * logistic(steepness * z)
    assert first == Integral(swish * density(z, m, v), (z, -oo, oo))


def test_truncated_moments_are_the_half_line_moments():
    above = Piece(z, 0, oo), Piece(z**2, 0, oo)
    for piece, symbol in zip(above, (A, C), strict=True):
        mine = means.closed_form((piece,)).value
        textbook = HALF_LINE_MOMENTS[symbol].doit()
        for place in ({m: Rational(1, 3), v: 2}, {m: -4, v: Rational(1, 2)}):
            assert abs((mine - textbook).subs(place).evalf(30)) < 1e-28


def test_truncated_moments_have_the_derivative_that_by_parts_says():
    """By its upper end, E[z^n 1{0<z<h}] changes by h^n times the density there."""
    for power in range(5):
        value = means.truncated_moment(power, 0, z)
        assert simplify(diff(value, z) - z**power * density(z, m, v)) == 0


def test_completed_square():
    exponent = 3 * z - z**2 / 5 + 1
    factor, mean_, variance = means.completed_square(exponent)
    quotient = exp(exponent) * density(z, m, v) / (factor * density(z, mean_, variance))
    for place in ({m: 1, v: 2, z: Rational(1, 2)}, {m: -1, v: Rational(1, 3), z: -2}):
        assert abs(quotient.subs(place).evalf(30) - 1) < 1e-28


def test_steins_lemma():
    for function in (z**3, exp(z / 2), z * exp(-(z**2))):
        left, right = (means.gaussian_mean(side) for side in means.stein(function))
        assert simplify(left - right) == 0


@pytest.mark.parametrize("order", [1, 2])
def test_phi_of_a_normal_variable(order):
    form = means.phi_mean(Rational(3, 2), order).subs({m: Rational(2, 5), v: Rational(3, 2)})
    truth = mean(lambda x: mpmath.ncdf(1.5 * x) ** order, "0.4", "1.5")
    with mpmath.workdps(30):
        assert abs(mpmath.mpf(str(form.evalf(30))) - truth) < 1e-22


def test_gelu_at_the_standard_normal():
    """1/3 + 1/(2 sqrt(3) pi) and 1/3 + 2/(3 sqrt(3) pi)."""
    _, second, _, squared = means.means(ACTIVATIONS["gelu"]).closed_forms()
    at = {m: 0, v: 1}
    assert simplify(second.value.subs(at) - Rational(1, 3) - 1 / (2 * sqrt(3) * pi)) == 0
    assert simplify(squared.value.subs(at) - Rational(1, 3) - 2 / (3 * sqrt(3) * pi)) == 0


def test_the_sigmoids_mean_slope_is_the_silus_mean():
    """By Stein's lemma, v E sigma' = E[z sigma] at m = 0: the reference data agree."""
    rows = {row.activation: row for row in ROWS if row.v == "1"}
    assert rows["sigmoid"].slope == rows["silu"].mean


def test_a_readers_own_activation_is_evaluated_on_the_spot():
    mine = Activation("mine", rectified(z * exp(z), z), "the tests")
    first = means.means(mine).closed_forms()[0].value
    place = {m: Rational(1, 5), v: Rational(4, 3)}
    truth = mean(lambda x: x if x > 0 else x * mpmath.exp(x), mpmath.mpf("0.2"), mpmath.mpf(4) / 3)
    assert abs(first.subs(place).evalf(25) - truth) < 1e-15
    assert means.means(Activation("b", tanh(z) * z, "")).closed_forms()[0].value is None


def test_the_variance_is_stated_as_such():
    stated = means.variance(ACTIVATIONS["relu"])
    assert stated.has(Integral)
    assert not stated.has(Piecewise)


@each([row for row in ROWS if row.name_and_parameter[0] == "softsign" and float(row.m) == 0])
def test_softsign_at_mean_zero_has_the_digits_of_the_reference(row: Row):
    for form, digits in zip(means.softsign_means(), row.means, strict=True):
        with mpmath.workdps(40):
            value = mpmath.mpf(str(form.subs(v, Rational(row.v)).evalf(40)))
            assert abs(value - mpmath.mpf(digits)) < mpmath.mpf("2e-24")


@pytest.mark.parametrize("v_value", ["0.25", "9"])
def test_means_of_reciprocals_are_those_of_quadrature(v_value):
    for n, form in enumerate(means.reciprocal_means(), 1):
        truth = mean(lambda z, n=n: (1 + abs(z)) ** -n, "0", v_value, (0,), 20)
        assert abs(float(form.subs(v, Rational(v_value)).evalf(20)) - float(truth)) < 1e-15
