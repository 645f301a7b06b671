"""Balls of Hermite projections contain what quadrature in mpmath finds."""

from fractions import Fraction

import flint
import mpmath
import pytest

from selu_sym._exact.arb import ball, working_precision
from selu_sym._exact.projections import Function
from selu_sym._numeric import catalogue
from tests.activations import FUNCTIONS

CASES = [
    ("relu", "0.9", "1.5", (0,)),
    ("elu", "1.7", "-0.8", (0,)),
    ("hard_silu", "2", "1", (-3, 3)),
    ("gelu", "1.1", "1.2", ()),
    ("silu", "0.6", "-2", ()),
    ("tanh", "0.6", "0.1", ()),
    ("softplus", "2", "3", ()),
]


def by_quadrature(function, s, t, k, kinks):
    """Return E[g(s z + t) He_k(z)]/sqrt(k!) of z ~ N(0, 1)."""

    def integrand(z):
        before, now = mpmath.mpf(0), mpmath.mpf(1)
        for j in range(k):
            before, now = now, (z * now - mpmath.sqrt(j) * before) / mpmath.sqrt(j + 1)
        return function(s * z + t) * now * mpmath.npdf(z)

    kinks = [(x - t) / s for x in kinks]
    return mpmath.quad(integrand, sorted([*map(mpmath.mpf, (-14, -7, -3, 0, 3, 7, 14)), *kinks]))


@pytest.mark.parametrize(("name", "s", "t", "kinks"), CASES, ids=[case[0] for case in CASES])
def test_projections_contain_the_integrals(name, s, t, kinks):
    with working_precision(400):
        function = Function(catalogue.source(name), None)
        found = function.projections(ball(Fraction(s)), ball(Fraction(t)), 0.5, 40, 80, bends=True)
    f = FUNCTIONS[name]
    with mpmath.workdps(25):
        s, t = mpmath.mpf(s), mpmath.mpf(t)
        for values, g, k in [
            (found.f, f, 0),
            (found.f, f, 7),
            (found.squares, lambda x: f(x) ** 2, 2),
            (found.slopes, lambda x: mpmath.diff(f, x) ** 2, 1),
            (found.bends, lambda x: mpmath.diff(f, x, 2) ** 2, 2),
        ]:
            expected = by_quadrature(g, s, t, k, kinks)
            accuracy = 1e-18 if values is found.f or values is found.squares else 1e-12
            assert abs(mpmath.mpf(values[k].mid().str(30, radius=False)) - expected) < accuracy
            assert values[k].rad() < 1e-20


def test_the_rest_of_a_series_is_below_the_accuracy():
    """The squares of all projections add up to E f^2."""
    with working_precision(400):
        found = Function(catalogue.source("gelu"), None).projections(
            flint.arb(1), flint.arb(1), 0.8, 300, 80
        )
        rest = found.squares[0] - sum((x * x for x in found.f), flint.arb(0))
        assert abs(rest) * flint.arb(0.8) ** len(found.f) < flint.arb(2) ** -78


def test_bounds_hold():
    function = Function(catalogue.source("silu"), None)
    with working_precision(64):
        f, slope, bend = function.bounds(flint.arb(3))
    assert abs(FUNCTIONS["silu"](mpmath.mpf(3))) < float(f)
    assert mpmath.diff(FUNCTIONS["silu"], 3) < float(slope)
    assert abs(mpmath.diff(FUNCTIONS["silu"], 3, 2)) < float(bend)


def test_a_function_that_is_neither_smooth_nor_of_terms():
    assert not Function(catalogue.source("softsign"), None).is_supported()
    assert Function(catalogue.source("mish"), None).is_supported()
