"""The interval Newton step proves solutions, and proves none where there is none."""

import dataclasses
from fractions import Fraction

import flint
import pytest

from selu_sym._exact.projections import Function
from selu_sym._exact.shaping import NotProved, Problem, solve
from selu_sym._numeric import catalogue


def relu(target):
    return Problem(
        Function(catalogue.source("relu"), None),
        Fraction(1),
        48,
        False,
        -1,
        0.85,
        ("t",),
        lambda layer: (layer.correlation - flint.arb(target),),
    )


def test_a_solution_lies_in_its_box():
    found = solve(relu(flint.fmpq(4, 5)), {"s": Fraction(1), "t": Fraction(1.50294)}, 100)
    low, high = found.box["t"]
    assert low < Fraction(1.50294) < high
    assert abs(float(found.t) - 1.5029412724600028) < 1e-15
    assert found.t.rel_accuracy_bits() >= 100


def test_nothing_is_proved_far_from_a_solution():
    with pytest.raises(NotProved):
        solve(relu(flint.fmpq(4, 5)), {"s": Fraction(1), "t": Fraction(1.2)}, 100)


def test_too_long_a_series_is_refused():
    near = dataclasses.replace(relu(flint.fmpq(4, 5)), largest=0.98)
    with pytest.raises(NotProved, match="terms is too long"):
        solve(near, {"s": Fraction(1), "t": Fraction(1.5)}, 100)
