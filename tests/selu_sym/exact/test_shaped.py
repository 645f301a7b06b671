"""Proved digits of shaped activations hold their conditions, by mpmath's quadrature."""

from fractions import Fraction

import mpmath
import pytest

import selu_sym
from selu_sym import precise
from tests.activations import FUNCTIONS


def mean(q, g, *kinks):
    """Return E g(z) by quadrature, for net inputs z ~ N(0, 1)."""
    kinks = [(x - q.input_shift) / q.input_scale for x in kinks]
    places = sorted([*map(mpmath.mpf, (-12, -6, -2, 2, 6, 12)), *kinks])
    return mpmath.quad(lambda z: g(z) * mpmath.npdf(z), places)


def moments(q, f, *kinks, derivative=None):
    """Return E y, E y^2, E y'^2 and E[z y y'], for net inputs N(0, 1)."""
    s, t = q.input_scale, q.input_shift

    def y(z):
        return q.scale * f(s * z + t) + q.shift

    def slope(z):
        u = s * z + t
        return q.scale * s * (mpmath.diff(f, u) if derivative is None else derivative(u))

    return (
        mean(q, y, *kinks),
        mean(q, lambda z: y(z) ** 2, *kinks),
        mean(q, lambda z: slope(z) ** 2, *kinks),
        mean(q, lambda z: z * y(z) * slope(z), *kinks),
    )


@pytest.mark.parametrize(("name", "kinks"), [("relu", (0,)), ("tanh", ())], ids=["relu", "tanh"])
def test_attracting(name, kinks):
    q = precise.shape_for_depth(name, 24, digits=18)
    with mpmath.workdps(20):
        _, second, gain, slope = moments(q, FUNCTIONS[name], *kinks)
        assert abs(second - 1) < 1e-16
        assert abs(gain - 1) < 1e-10  # mpmath differentiates numerically
        assert abs(slope - q.second_moment_slope) < 1e-10
    found = selu_sym.shape_for_depth(name, 24)
    for field in ("input_scale", "input_shift", "scale", "shift"):
        assert float(getattr(q, field)) == pytest.approx(getattr(found, field), rel=1e-11)


def test_dks():
    q = precise.shape_for_depth("tanh", 24, conditions="dks", digits=20)
    with mpmath.workdps(25):
        mean, second, gain, slope = moments(q, mpmath.tanh)
        assert abs(mean) < 1e-18
        assert abs(second - 1) < 1e-18
        assert abs(gain**24 - 1.5) < 1e-10
        assert abs(slope - 1) < 1e-10
    assert q.given == ()
    assert set(q.box) == {"input_scale", "input_shift"}


def logistic(u):
    return 1 / (1 + mpmath.exp(-u))


DERIVATIVES = {
    "tanh": (lambda u: mpmath.sech(u) ** 2, lambda u: -2 * mpmath.tanh(u) * mpmath.sech(u) ** 2),
    "softplus": (logistic, lambda u: logistic(u) * logistic(-u)),
    "gelu": (
        lambda u: mpmath.ncdf(u) + u * mpmath.npdf(u),
        lambda u: (2 - u * u) * mpmath.npdf(u),
    ),
    "silu": (
        lambda u: logistic(u) * (1 + u * logistic(-u)),
        lambda u: logistic(u) * logistic(-u) * (2 - u * mpmath.tanh(u / 2)),
    ),
    "elu": (
        lambda u: mpmath.exp(u) if u < 0 else mpmath.mpf(1),
        lambda u: mpmath.exp(u) if u < 0 else mpmath.mpf(0),
    ),
}
"""f' and f'', written down by hand."""


@pytest.mark.parametrize("name", DERIVATIVES)
def test_tat(name):
    q = precise.shape_for_depth(name, 24, conditions="tat", curvature="0.4", digits=20)
    slope, bend = DERIVATIVES[name]
    kinks = (0,) if name == "elu" else ()
    with mpmath.workdps(25):
        _, second, gain, rho = moments(q, FUNCTIONS[name], *kinks, derivative=slope)
        assert abs(second - 1) < 1e-17
        assert abs(gain - 1) < 1e-17
        assert abs(rho - 1) < 1e-17
        s, t = q.input_scale, q.input_shift
        curved = mean(q, lambda z: (q.scale * s * s * bend(s * z + t)) ** 2, *kinks)
        assert abs(curved - mpmath.mpf("0.4") / 24) < 1e-18
    found = selu_sym.shape_for_depth(name, 24, conditions="tat", curvature=0.4)
    for field in ("input_scale", "input_shift", "scale", "shift"):
        assert float(getattr(q, field)) == pytest.approx(getattr(found, field), rel=1e-10)
    assert q.given == ()
    assert set(q.box) == {"input_scale", "input_shift"}


def test_tat_of_a_function_with_a_parameter():
    """u/(1 + e^(-2 u)) is half of the SiLU of 2 u."""
    q = precise.shape_for_depth("silu", 24, conditions="tat", param="2", digits=20)
    one = precise.shape_for_depth("silu", 24, conditions="tat", digits=20)
    assert "param" not in str(q)
    assert q.param == (2,)
    with mpmath.workdps(25):
        assert abs(2 * q.input_scale - one.input_scale) < 1e-18
        assert abs(q.scale - 2 * one.scale) < 1e-16


def test_digits_do_not_depend_on_how_many_there_are():
    few, many = (precise.shape_for_depth("relu", 20, digits=n) for n in (20, 60))
    with mpmath.workdps(70):
        for field in ("input_shift", "scale", "shift", "second_moment_slope"):
            one, other = getattr(few, field), getattr(many, field)
            assert abs(one - other) < abs(other) * mpmath.mpf(10) ** -19
            assert len(str(other).lstrip("-0.").replace(".", "")) == 60


def test_the_relu_s_shift_solves_the_published_map():
    """The ReLU of u = z + t: its map of correlations by Mehler's series of its closed form."""
    q = precise.shape_for_depth("relu", 8, correlation="1/2", digits=25)
    with mpmath.workdps(30):
        t = q.input_shift
        polynomials = [mpmath.mpf(1), -t]
        for k in range(1, 120):
            polynomials.append(-t * polynomials[k] - k * polynomials[k - 1])
        terms = [
            (q.scale * mpmath.npdf(t) * polynomials[k - 2]) ** 2 / mpmath.factorial(k)
            for k in range(2, 120)
        ]
        first = (q.scale * mpmath.ncdf(t)) ** 2
        mean = q.scale * (t * mpmath.ncdf(t) + mpmath.npdf(t)) + q.shift
        c = mpmath.mpf(0)
        for _ in range(8):
            c = mean**2 + first * c + sum(x * c**k for k, x in enumerate(terms, start=2))
        assert abs(c - 0.5) < 1e-23


def test_the_leaky_relu_s_slope_solves_the_published_map():
    """He et al. 2015, Cho and Saul 2009."""
    q = precise.shape_for_depth("leaky_relu", 100, conditions="tat", digits=30)
    (slope,) = q.param
    with mpmath.workdps(35):
        c = mpmath.mpf(0)
        for _ in range(100):
            angle = mpmath.acos(c)
            bent = (mpmath.sqrt(1 - c * c) - angle * c) * (1 - slope) ** 2
            c += bent / (mpmath.pi * (1 + slope**2))
        assert abs(c - mpmath.mpf("0.8")) < 1e-28
        assert abs(q.scale - mpmath.sqrt(2 / (1 + slope**2))) < 1e-28
    low, high = q.box["param"]
    assert low < Fraction(str(slope)) < high
    assert "param                0.662027101904830814939224772394" in str(q)


def test_weights_with_biases():
    """Of independent weights the share tau/(tau + beta) counts."""
    weights = selu_sym.Iid(1.5, 0.05)
    q = precise.shape_for_depth("relu", 16, weights=weights, digits=20)
    found = selu_sym.shape_for_depth("relu", 16, weights=weights)
    assert float(q.scale) == pytest.approx(found.scale, rel=1e-11)
    assert float(q.input_scale) == pytest.approx(found.input_scale, rel=1e-11)
    assert q.given == ("input_scale",)


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        (("gelu", lambda r: r(0)), {}, TypeError, "depth must be a number of plain layers"),
        ((abs, 10), {}, TypeError, "of a function no digits can be proved"),
        (("gelu", 10), {"digits": 0}, ValueError, "digits must be a positive integer, got 0"),
        (("gelu", 10), {"correlation": 1}, ValueError, "correlation must be between 0 and 0.98"),
        (("relu", 10), {"conditions": "tat"}, ValueError, "activation must be smooth for 'tat'"),
        (("softsign", 10), {"conditions": "tat"}, ValueError, "polynomials and exponentials, got"),
        (("tanh", 10), {"conditions": "tat", "curvature": 0}, ValueError, "curvature must be bet"),
    ],
    ids=["network", "callable", "digits", "correlation", "kink", "softsign", "curvature"],
)
def test_bad_arguments(arguments, keywords, error, message):
    with pytest.raises(error, match=message):
        precise.shape_for_depth(*arguments, **keywords)
