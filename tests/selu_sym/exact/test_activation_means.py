"""Balls of Gaussian means, against quadrature by mpmath."""

from fractions import Fraction

import flint
import mpmath
import pytest

from selu_sym._exact.activation_means import Problem
from selu_sym._exact.arb import working_precision
from selu_sym._numeric import catalogue
from tests.activations import FUNCTIONS, KINKS, mean


@pytest.mark.parametrize("name", ["gelu", "softsign", "relu6", "squareplus", "hard_shrink", "mish"])
def test_balls_contain_the_truth(name):
    problem = Problem(catalogue.source(name), None, Fraction(3, 10), Fraction(7, 5))
    kinks = (0, *KINKS.get(name, ()))
    for power in (1, 2):
        truth = mean(lambda z, k=power: FUNCTIONS[name](z) ** k, "0.3", "1.4", kinks)
        with working_precision(160), mpmath.workdps(40):
            ball = problem.mean(power)
            assert ball.rel_accuracy_bits() > 100
            assert abs(flint.arb(mpmath.nstr(truth, 30)) - ball) < 1e-22


def test_the_mean_slope_by_steins_lemma():
    problem = Problem(catalogue.source("threshold"), None, Fraction(3, 10), Fraction(7, 5))
    truth = mean(
        lambda z: (z - mpmath.mpf("0.3")) * FUNCTIONS["threshold"](z), "0.3", "1.4", (1,)
    ) / mpmath.mpf("1.4")
    with working_precision(160):
        assert abs(float(problem.mean(slope=True).mid()) - float(truth)) < 1e-15


def test_what_is_cut_off_is_added_to_the_radius():
    with working_precision(64):
        coarse = Problem(catalogue.source("relu"), None, Fraction(0), Fraction(1)).mean(2)
    assert coarse.contains(flint.arb("0.5"))
    assert coarse.rad() > 0
