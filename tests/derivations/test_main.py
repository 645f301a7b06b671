"""The command ``python -m derivations``."""

import pytest

from derivations import __main__ as command
from derivations.codegen.backends.arb import Arb
from derivations.codegen.functions.fixed_points import NET_INPUT


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Write one small target, to another folder."""
    path = tmp_path / "arb_kernels.py"
    members = {"functions": NET_INPUT[:1], "path": classmethod(lambda cls: path)}
    monkeypatch.setattr(command, "TARGETS", (type("Small", (Arb,), members),))
    return path


def test_command_writes_and_then_finds_nothing_to_do(copy, capsys):
    assert command.main([]) == 0
    assert "written: arb_kernels.py" in capsys.readouterr().out
    assert command.main(["--check"]) == 0
    assert "up to date" in capsys.readouterr().out


def test_check_shows_what_is_stale_and_changes_nothing(copy, capsys):
    command.main([])
    stale = copy.read_text(encoding="utf-8").replace("mu * omega", "mu + omega")
    copy.write_text(stale, encoding="utf-8")
    assert command.main(["--check"]) == 1
    output = capsys.readouterr()
    assert "-        mu + omega," in output.out
    assert "+        mu * omega," in output.out
    assert "out of date" in output.err
    assert copy.read_text(encoding="utf-8") == stale
