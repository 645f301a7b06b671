import json

import pytest

from selu_sym.__main__ import main


def test_balance_as_json(capsys):
    main(["balance", "silu", "--weights", "he_normal", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["weights"] == "he_normal"
    assert found["attracting"] is True
    assert found["basin"][0] == 0


def test_a_balance_in_words(capsys):
    assert main(["balance", "gelu", "--basin", "global"]) == 0
    text = capsys.readouterr().out
    assert "attracting (slope 0.382941)" in text
    assert "second moments from 0 to inf" in text


def test_a_balance_that_repels_warns(capsys):
    assert main(["balance", "tanh_shrink"]) == 0
    assert "warning: both balanced fixed points" in capsys.readouterr().err


def test_shape_in_words(capsys):
    """The ReLU's closed form: a = Phi(t)^(-1/2), here for 48 layers that take 0 to 0.8."""
    assert main(["shape", "relu", "48"]) == 0
    words = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert words["activation"] == "relu"
    assert float(words["scale"]) == pytest.approx(1.03497, abs=5e-6)
    assert words["stability"].startswith("attracting (slope 0.7592")
    assert words["basin"] == "second moments from 0 to inf"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # with TAT's conditions the slope of each second moment is 1, without a shift
        ("leaky_relu 100 --conditions tat --correlation 9/10", {"input_scale": 1, "shift": 0}),
        ("tanh 20 --conditions dks --network-slope 2", {"gradient_gain": 2 ** (1 / 20)}),
        (
            "relu 30 --weights he_normal --basin 0.1,10",
            {"gradient_gain": 1, "input_scale": 0.5**0.5},
        ),
    ],
)
def test_shape_as_json(arguments, expected, capsys):
    assert main(["shape", *arguments.split(), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-11)
    assert found["mean"] ** 2 + found["variance"] == pytest.approx(1, abs=1e-12)


def test_shape_prints_the_slope_that_it_finds(capsys):
    main(["shape", "leaky_relu", "100", "--conditions", "tat"])
    text = capsys.readouterr().out
    main(["shape", "leaky_relu", "100", "--conditions", "tat", "--json"])
    (slope,) = json.loads(capsys.readouterr().out)["param"]
    assert 0 < slope < 1
    assert f"param           {slope!r}" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("balance gelu --weights unit-sum", "weights must be independent"),
        ("balance gelu --basin 1,2", "basin must be None or 'global'"),
        ("shape relu 0", "depth must be a positive integer"),
        ("shape relu nan", "depth must be a positive integer, got 'nan'"),
        ("shape relu 20 --conditions tat", "activation must be smooth for 'tat'"),
        ("shape relu 20 --conditions none", "must be 'attracting', 'dks' or 'tat'"),
        ("shape relu 20 --basin 0.1,10,2", "basin must be 'global' or (low, high)"),
        ("shape relu 20 --correlation x", "--correlation must be a finite number"),
        ("shape relu", "depth"),
    ],
)
def test_errors(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments.split())
    assert message in capsys.readouterr().err
