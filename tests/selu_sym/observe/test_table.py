"""The table of a report fits a screen."""

import pytest

from selu_sym._observe.report import ObservedActivation, Report
from selu_sym._observe.rules import Finding
from selu_sym._observe.table import table


def layer(number, function="relu", calls=1, variance=1.0):
    return ObservedActivation(
        f"h{number}", function, 0.5, variance, None, None, None, 0.5, 2.0, 1.5, calls
    )


def test_short_networks_have_a_line_for_each_activation():
    lines = table([layer(number) for number in range(30)], set())
    assert len(lines) == 31
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize("functions", [["relu"], ["relu", "gelu"]], ids=["one", "two"])
def test_long_networks_fold_what_repeats(functions):
    layers = [layer(number, functions[number % len(functions)]) for number in range(100)]
    lines = table(layers, {"h50"})
    assert len(lines) <= 12
    names = [line.split()[0] for line in lines[1:]]
    assert names == ["h0", "h1", "...", "h50", "...", "h98", "h99"]
    assert "48 more" in lines[3]
    assert "second moments 1.25 to 1.25" in lines[3]


def test_findings_come_first_in_long_reports():
    layers = tuple(layer(number) for number in range(100))
    found = (Finding("h50", "weights", "words"),)
    lines = repr(Report(layers, found, 7)).splitlines()
    assert lines[1] == "1. words"
    assert len(lines) < 24


def test_calls_and_tiny_numbers_are_shown():
    line = table([layer(1, calls=3, variance=2e-9)], set())[1]
    assert line.startswith("h1 (x3)  relu")
    assert "2.0e-09" in line
