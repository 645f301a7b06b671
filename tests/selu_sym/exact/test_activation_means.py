"""Balls of Gaussian means contain what independent quadrature finds, and they are small."""

from fractions import Fraction

import flint
import pytest

from selu_sym._exact.activation_means import Problem
from selu_sym._exact.arb import working_precision
from selu_sym._numeric import catalogue
from tests.activations import ROWS, Row, each


@each(ROWS)
def test_balls_contain_the_reference_data(row: Row):
    """The reference has 25 digits, and means that are 0."""
    name, parameter = row.name_and_parameter
    parameters = None if parameter is None else (Fraction(parameter),)
    if name == "leaky_relu":
        parameters = (Fraction(1, 100),)
    with working_precision(192):
        problem = Problem(
            catalogue.source(name, parameter), parameters, Fraction(row.m), Fraction(row.v)
        )
        found = (
            problem.mean(),
            problem.mean(2),
            problem.mean(slope=True),
            problem.mean(2, slope=True),
        )
        for ball, digits in zip(found, row.means, strict=True):
            assert abs(ball - flint.arb(digits)) < flint.arb("2e-24") * (1 + abs(ball))
            assert ball.rad() < flint.arb("1e-40")


@pytest.mark.parametrize("bits", [64, 256])
def test_a_ball_contains_one_of_more_bits(bits):
    for name in ("softplus", "elu", "gelu"):
        problem = Problem(catalogue.source(name), None, Fraction(-1, 3), Fraction(7, 4))
        with working_precision(bits):
            wide = problem.mean(2)
        with working_precision(512):
            assert wide.contains(problem.mean(2))
