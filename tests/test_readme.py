"""What the README shows runs, in the order in which it is read."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from selu_sym.__main__ import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_snippet_runs(tmp_path):
    snippets = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(snippets) == 4
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(snippets)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "contraction: proved" in result.stdout


def test_every_command_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^selu-sym .*", README, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert main(shlex.split(command, comments=True)[1:]) == 0
    assert not capsys.readouterr().err


def test_every_link_to_a_file_leads_to_one():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert len(links) > 10
    for link in links:
        assert (Path(__file__).parents[1] / link).exists(), link
