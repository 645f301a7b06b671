import json

import pytest

from selu_sym.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        ("gain gelu --digits 50", "1.5335304411955352337677455053904021238078393643294"),
        ("gain relu", "1.414213562373095"),
        ("gain leaky_relu --param 1/5 --digits 20", "1.3867504905630728050"),
        ("gain relu --input-variance 1/4 --digits 10", "2.828427125"),
    ],
)
def test_a_gain(arguments, printed, capsys):
    assert main(arguments.split()) == 0
    assert capsys.readouterr().out.strip().startswith(printed)


def test_json(capsys):
    main(["gain", "tanh", "--keeps", "gradient", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["gain"] == pytest.approx(0.4644029024482682419720215**-0.5, rel=1e-13)
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("gain gelo", "did you mean 'gelu'"),
        ("gain gelu --input-variance -1", "input_variance must be positive"),
        ("balance gelu --weights unit-sum", "weights must be independent"),
    ],
)
def test_errors(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments.split())
    assert message in capsys.readouterr().err
