import pytest
from sympy import Rational, expand, pi, simplify, sqrt, symbols

from derivations import transformed
from derivations.activations import ACTIVATIONS
from derivations.means import means
from derivations.symbols import S, beta, m, mu, nu, tau, v
from derivations.transformed import M1, R1, R2, S2, Q, V, a, b, sign

W = symbols("w", positive=True)


def test_scale_and_shift_give_the_mean_and_the_variance():
    scale, shift = transformed.scale_and_shift()
    assert simplify(scale * M1 + shift - mu) == 0
    assert simplify(scale**2 * V - nu) == 0


def test_balance_keeps_the_second_moment_and_gradients():
    scale, shift, mean, variance = transformed.balance()
    assert simplify(transformed.gradient_gain().subs(a, scale)) == 1
    assert simplify(scale * M1 + shift - mean) == 0
    for side in (1, -1):
        assert simplify((mean**2 + variance).subs(sign, side)) == S


def test_the_moments_are_those_of_a_shifted_and_scaled_variable():
    """With f = 3 + 2 x, of x = -1 or 1 with equal chances."""
    mean, variance = (e.subs({M1: 3, V: 4}) for e in transformed.moments())
    values = [a * (3 + 2 * x) + b for x in (-1, 1)]
    assert simplify(mean - sum(values) / 2) == 0
    assert simplify(variance - ((values[0] - values[1]) / 2) ** 2) == 0


def test_the_least_second_moment_has_the_mean_0():
    least = transformed.least_second_moment()
    assert simplify(transformed.balance()[2].subs(S, least)) == 0


def test_the_least_gain_is_poincares():
    assert simplify(transformed.least_gain() - tau * nu / (tau * S + beta)) == 0


@pytest.mark.parametrize("name", ["relu", "gelu", "erf", "elu", "sin", "gaussian", "hard_tanh"])
def test_poincares_inequality(name):
    first, second, _, squared = (form.value for form in means(ACTIVATIONS[name]).closed_forms())
    for place in ({m: 0, v: 1}, {m: Rational(1, 2), v: 3}, {m: -1, v: Rational(1, 10)}):
        at = {**ACTIVATIONS[name].parameters, **place}
        assert ((v * squared - second + first**2).subs(at)).evalf(20) > 0


def test_the_two_derivatives_of_the_density_are_equal():
    for left, right in (transformed.by_variance(S), transformed.by_parts()):
        assert simplify(left - right) == 0


def test_derivatives_of_the_moments_of_a_polynomial():
    """f = z + z^2, whose means are those of the textbook: z = m + x, E x^2 = v, E x^4 = 3 v^2."""
    x = symbols("x")

    def expected(polynomial):
        powers = {0: 1, 2: v, 4: 3 * v**2}
        return sum(c * powers.get(k, 0) for (k,), c in expand(polynomial).as_poly(x).terms())

    z = m + x
    f, slope = z + z**2, 1 + 2 * z
    mean = expected(f)
    values = {
        M1: mean,
        V: expected((f - mean) ** 2),
        transformed.S1: expected(slope),
        S2: expected(slope**2),
        R1: expected(x * slope),
        R2: expected(x * (f - mean) * slope),
        Q: expected((f - mean) * slope),
    }
    y_mean, y_variance = a * mean + b, a**2 * values[V]
    derivatives = [e.subs(values) for e in transformed.moment_derivatives()]
    truth = [y_mean.diff(m), y_mean.diff(v), y_variance.diff(m), y_variance.diff(v)]
    assert [simplify(left - right) for left, right in zip(derivatives, truth, strict=True)] == [
        0
    ] * 4
    second_moment = y_variance + y_mean**2
    rho = transformed.second_moment_slope().subs({**values, mu: y_mean})
    assert simplify(rho - tau * second_moment.diff(v)) == 0


def test_the_relu_in_closed_form():
    found = transformed.relu_balance()
    assert found["a"] == sqrt(2) / sqrt(tau)
    positive, negative = ({k: e.subs(sign, side) for k, e in found.items()} for side in (1, -1))
    assert (positive["b"], positive["rho"]) == (0, 1)
    assert simplify(negative["b"] + 2 * sqrt(S / pi)) == 0
    assert simplify(negative["rho"] - (1 - 2 / pi)) == 0


def test_the_relu_is_balanced_up_to_a_largest_bias():
    """At S = tau = 1 up to 1/(pi - 1)."""
    first, second, _, squared = (f.value for f in means(ACTIVATIONS["relu"]).closed_forms())
    at = {m: 0, v: 1 + W}
    values = {V: (second - first**2).subs(at), S2: squared.subs(at), S: 1, tau: 1}
    gap = transformed.balance_gap().subs(values)
    assert simplify(gap.subs(W, 1 / (pi - 1))) == 0
    assert gap.subs(W, Rational(1, 10)) > 0


def test_far_out_a_moment_escapes_by_the_slopes_at_both_ends():
    assert transformed.escape_slope(*ACTIVATIONS["relu"].end_slopes) == tau * a**2 / 2
    assert transformed.escape_slope(*ACTIVATIONS["tanh"].end_slopes) == 0
