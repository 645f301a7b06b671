import json
import subprocess
import sys

import pytest

from selu_sym import selu_parameters
from selu_sym.__main__ import main


def test_for_people(capsys):
    assert main(["--mean", "-0.1", "--variance", "2.0"]) == 0
    output, error = capsys.readouterr()
    assert error.startswith("python -m selu_sym: warning: no weights are given, and with a mean")
    assert "alpha           1.976902195424" in output
    assert "scale (lambda)  1.073851239616" in output
    assert "saturation      -2.122898873155" in output
    assert "mean            -0.1\nvariance        2.0" in output
    assert "stability       NOT attracting (spectral radius 1.108)" in output
    assert (
        "unit-sum (weights with sum 1 and sum of squares 1: net input N(mean, variance))" in output
    )


def test_for_programs(capsys):
    assert main(["--mean", "-0.1", "--variance", "2.0", "--weights", "iid", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    expected = selu_parameters(-0.1, 2.0, weights="iid")
    assert result == {
        "alpha": expected.alpha,
        "scale": expected.scale,
        "saturation": expected.saturation,
        "mean": -0.1,
        "variance": 2.0,
        "weights": "iid",
        "attracting": True,
        "spectral_radius": pytest.approx(0.6958623, abs=1e-6),
    }


def test_many_digits(capsys):
    assert main(["--mean", "-0.1", "--variance", "2", "--digits", "32", "--json"]) == 0
    output, error = capsys.readouterr()
    assert error.count("warning: no weights are given") == 1
    result = json.loads(output)
    assert result["weights"] == "unit-sum"
    assert result["alpha"].startswith("1.976902195424200399996052008315")
    assert result["scale"].startswith("1.07385123961604568216197535023")
    assert result["mean"] == "-0.1"


@pytest.mark.parametrize(
    ("mean", "alpha", "radius"),
    [("10", "1.098094409655", "1 + 3.01e-27"), ("50", "1.019984", "1 + 4.15e-551")],
)
def test_stability_is_decided_by_balls(mean, alpha, radius, capsys):
    """Rounding used to say that mean 10 attracts; the radii are those of test_precise."""
    arguments = ["--mean", mean, "--digits", "40"]
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert f"alpha           {alpha}" in output
    assert f"stability       NOT attracting (spectral radius {radius})" in output
    assert main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["attracting"] is False
    assert result["spectral_radius"].startswith("1.0")


def test_digits_of_a_far_tail(capsys):
    """Two evaluations used to agree on 6183.15...; the truth is that of a quadrature."""
    assert main(["--mean", "1", "--variance", "1e-4", "--digits", "15", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["alpha"] == "1.00009998000899"
    assert result["saturation"] == "-1.00009998000899"
    assert (result["scale"], result["attracting"]) == ("1.0", False)


def test_more_digits_than_there_are(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--digits", "80000"])
    assert stopped.value.code == 2
    assert "80000 digits at mean 0, variance 1" in capsys.readouterr().err


def test_weights_by_their_sums(capsys):
    assert main(["--weights", "0.5,1.5"]) == 0
    assert "sum 0.5, sum of squares 1.5" in capsys.readouterr().out


def test_without_solution(capsys):
    assert main(["--mean", "2", "--variance", "0.1", "--weights", "iid"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("python -m selu_sym: no SELU with alpha > 0 and scale > 0 maps")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mean", "one"], "mean must be a number, got 'one'"),
        (["--variance", "-1"], "variance must be positive, got -1.0"),
        (["--weights", "lecun"], "weights must be 'unit-sum', 'normalized', 'iid' or a pair"),
        (["--weights", "1,x"], "argument --weights"),
        (["--digits", "0"], "digits must be a positive integer, got 0"),
        (["--mean", "one", "--digits", "9"], "mean must be a finite decimal number, got 'one'"),
    ],
    ids=" ".join,
)
def test_bad_arguments(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_it_is_a_module():
    command = [sys.executable, "-m", "selu_sym", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout)["alpha"] == selu_parameters().alpha
    assert not result.stderr
