"""What the README shows runs, in the order in which it is read."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from selu_sym import for_depth, gradient_gain, selu_parameters
from selu_sym.__main__ import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_snippet_runs(tmp_path):
    snippets = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(snippets) == 7
    snippets = [snippet for snippet in snippets if "torch" not in snippet]
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(snippets)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    findings = re.findall(r"^# ([12]\. .*)", README, re.MULTILINE)
    assert len(findings) == 2
    for finding in findings:
        assert f"\n{finding}\n" in result.stdout


@pytest.mark.torch
@pytest.mark.parametrize("backend", ["eager", "inductor"])
def test_the_snippet_for_pytorch_runs(backend):
    if backend == "inductor" and shutil.which("g++") is None and shutil.which("clang++") is None:
        pytest.skip("torch.compile needs a C++ compiler")
    (snippet,) = (s for s in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "torch" in s)
    code = snippet.replace("fullgraph=True", f"fullgraph=True, backend={backend!r}")
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nassert y.shape == (32, 256)"], check=False
    )
    assert result.returncode == 0


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


def rows(first: str) -> list[list[str]]:
    """Return the cells of the table whose head begins so."""
    table = README[README.index(f"| {first} |") :].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_the_numbers_of_each_initializer():
    checked = 0
    for names, _, selu, gain in rows("`weights`"):
        for name in re.findall('`"([a-z_-]+)"`', names) if "α" in selu else []:
            p = selu_parameters(0.0, 1.0, weights=name)
            assert selu == f"α {p.alpha:.4f}, λ {p.scale:.4f}"
            assert gain == f"{gradient_gain(p):.4f} times"
            checked += 1
    assert checked == 11


def test_the_numbers_of_each_depth():
    table = rows("depth")
    assert len(table) == 4
    for depth, *cells in table:
        for weights, cell in zip(("lecun_normal", "he_normal", "torch"), cells, strict=True):
            p = for_depth(int(depth), weights=weights)
            assert cell == f"variance {p.variance:.3f}, α {p.alpha:.4f}, λ {p.scale:.4f}"
