import argparse

import pytest

from selu_sym.__main__ import main
from selu_sym._commands.run import COMMANDS, OPTIONS_WITH_VALUES


@pytest.mark.parametrize("name", COMMANDS)
def test_options_with_values_are_known(name):
    """So that their values may begin with a dash."""
    parser = argparse.ArgumentParser()
    COMMANDS[name].add_arguments(parser)
    found = {option for action in parser._actions for option in action.option_strings}
    assert found - {"-h", "--help"} <= {*OPTIONS_WITH_VALUES, "--weights", "--digits"}


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    assert COMMANDS[name].description.split()[0] in capsys.readouterr().out


def test_a_negative_number_follows_an_option(capsys):
    assert main(["gain", "relu", "--input-mean", "-1e-1"]) == 0
    assert float(capsys.readouterr().out) > 2**0.5
