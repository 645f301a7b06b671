import pytest
from sympy import Matrix, Rational, eye

from derivations import complement, fixed_point, moments, sensitivity, stability
from derivations.complement import COMPLEMENT
from derivations.stable import A_minor
from derivations.symbols import A, B, C, D, S, alpha, lamda, m, mu, nu, omega, tau, v
from tests.derivations.test_sensitivity import CLOSED, VALUES

MODELS = [
    {omega: Rational(3, 2), tau: Rational(2, 3), mu: 1, nu: Rational(3, 4)},
    {omega: 2, tau: Rational(1, 2), mu: 1, nu: Rational(1, 8)},
    {omega: Rational(-1, 2), tau: 1, mu: Rational(1, 4), nu: 3},
    {omega: 0, tau: 1, mu: Rational(-1, 10), nu: 2},
]
DIGITS = 60


def numbers(model):
    """Return the values of all symbols at a fixed point, to sixty digits."""
    values = dict(model) | {m: model[mu] * model[omega], v: model[nu] * model[tau]}
    below = {A_minor: CLOSED[A].subs(m, -m)}
    for symbol, closed in (CLOSED | VALUES | below).items():
        values[symbol] = closed.subs(values).evalf(DIGITS)
    values[stability.T0] = 1 - values[sensitivity.P]
    point = {**values, S: values[nu] + values[mu] ** 2}
    values[alpha], values[lamda] = (f.subs(point).evalf(DIGITS) for f in fixed_point.parameters())
    values[fixed_point.x], values[fixed_point.y] = values[lamda], values[lamda] * values[alpha]
    return values


def is_close(found, expected) -> bool:
    return all(
        abs(one.evalf(DIGITS) - other.evalf(DIGITS)) < Rational(1, 10**30) * (1 + abs(other))
        for one, other in zip(found, expected, strict=True)
    )


def plain_complement(values):
    """Return I - J as a difference, from the derivatives of the layer map."""
    first = dict(zip(stability.FIRST, stability.layer_derivatives(), strict=True))
    jacobian = stability.jacobian(moments.net_input()).subs(first)
    return tuple(eye(2) - jacobian.subs(values).evalf(DIGITS))


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_each_form_is_the_identity_less_the_jacobian(model):
    values = numbers(model)
    expected = plain_complement(values)
    for forms in (complement.linear_complement(), complement.linear_complement_for_floats()):
        assert is_close([form.subs(values) for form in forms], expected)


def test_independent_weights():
    model = {omega: 0, tau: Rational(2), mu: Rational(1, 5), nu: 1}
    values = numbers(model) | {v: 2 * (1 + Rational(1, 25))}
    first = dict(zip(stability.FIRST, stability.layer_derivatives(), strict=True))
    values = values | {
        symbol: closed.subs(values).evalf(DIGITS) for symbol, closed in (CLOSED | VALUES).items()
    }
    point = {**values, S: values[nu] + values[mu] ** 2}
    values[alpha], values[lamda] = (f.subs(point).evalf(DIGITS) for f in fixed_point.parameters())
    values[fixed_point.x], values[fixed_point.y] = values[lamda], values[lamda] * values[alpha]
    jacobian = stability.jacobian(moments.net_input_iid()).subs(first).subs(values)
    found = [form.subs(values) for form in complement.iid_complement()]
    assert is_close(found, eye(2) - jacobian.evalf(DIGITS))


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_parameter_gradient_is_the_chain_rule(model):
    """The derivatives in the four inputs, which cancel, put together at sixty digits."""
    values = numbers(model)
    entries = dict(zip(COMPLEMENT, plain_complement(values), strict=True))
    found = [f.subs(entries).subs(values) for f in complement.parameter_gradient().unfolded()]
    by_inputs = [f.subs(values) for f in sensitivity.derivatives().unfolded()]
    expected = []
    for by_m, by_v, by_mu, by_nu in (by_inputs[:4], by_inputs[4:]):
        expected += [by_mu + by_m * model[omega], by_nu + by_v * model[tau]]
    assert is_close(found, expected)


@pytest.mark.parametrize(
    ("matrix", "margin"),
    [
        (Matrix([[Rational(1, 2), 0], [0, Rational(1, 4)]]), Rational(1, 2)),
        (Matrix([[Rational(-3, 2), 0], [0, Rational(1, 4)]]), Rational(-1, 2)),
        (Matrix([[0, Rational(-1, 4)], [1, 0]]), Rational(1, 2)),  # complex, of the size 1/2
    ],
    ids=str,
)
def test_attraction_is_1_less_the_spectral_radius(matrix, margin):
    entries = dict(zip(COMPLEMENT, eye(2) - matrix, strict=True))
    r, found = complement.attraction()
    assert found.subs(entries) == margin
    assert (r.subs(entries) < 0) == (matrix[1, 0] == 1)


def test_symbols_of_the_moments_are_all_used():
    free = set().union(*(f.free_symbols for f in complement.linear_complement_for_floats()))
    assert {A, B, D, A_minor, sensitivity.T1, sensitivity.T2} <= free
    assert C not in free
