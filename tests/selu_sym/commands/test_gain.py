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
        ("gain relu --digits 1e1", "1.414213562"),
    ],
)
def test_a_gain(arguments, printed, capsys):
    assert main(arguments.split()) == 0
    assert capsys.readouterr().out.strip().startswith(printed)


def test_json(capsys):
    main(["gain", "tanh", "--keeps", "gradient", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["gain"] == pytest.approx(0.4644029024482682419720215**-0.5, rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("gain gelu --digits 2.5", "digits must be a positive integer, got '2.5'"),
        ("gain gelo", "did you mean 'gelu'"),
        ("gain gelu --input-variance -1", "input_variance must be positive"),
        ("gain gelu --input-variance 1e999", "beyond what a double can hold"),
    ],
)
def test_errors(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments.split())
    assert message in capsys.readouterr().err
