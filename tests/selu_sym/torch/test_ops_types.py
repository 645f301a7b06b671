"""What type checkers say of a user's program with PyTorch, and of one with mistakes."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

pytestmark = [pytest.mark.torch, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "tests" / "typed_programs" / "of_torch.py"

MISTAKES = """import torch

import selu_sym.torch as st

st.selu(torch.ones(3)).no_such_method()
st.alpha_dropout(torch.ones(3), 0.5, training="no")
st.AlphaDropout(0.5)(torch.ones(3)).no_such_method()
st.SELU(0.0, 1.0).fixed_point.no_such_field
"""
LINES = {5, 6, 8}
"""Of the mistakes that are seen. Of a call of a module, PyTorch's own types say Any."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Path:
    """Return a folder with the program, and with one that makes mistakes."""
    folder = tmp_path_factory.mktemp("programs")
    shutil.copy(PROGRAM, folder)
    (folder / "mistakes.py").write_text(MISTAKES)
    return folder


def output(*command: str, cwd: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr  # there are errors
    return result.stdout


def test_mypy_finds_the_mistakes_alone(programs):
    options = ("--strict", "--follow-imports=silent", "--no-error-summary", "--hide-error-context")
    found = [line.split(":") for line in output("mypy", *options, ".", cwd=programs).splitlines()]
    errors = {(file, int(line)) for file, line, kind, *_ in found if kind.strip() == "error"}
    assert errors == {("mistakes.py", line) for line in LINES}


def test_pyright_finds_the_mistakes_alone(programs):
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (programs / "pyrightconfig.json").write_text(json.dumps(settings))
    checker = ("basedpyright", "--outputjson", "--pythonpath", sys.executable)
    report = json.loads(output(*checker, cwd=programs))
    assert report["summary"]["filesAnalyzed"] == 2
    errors = {
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1)
        for error in report["generalDiagnostics"]
    }
    assert {line for file, line in errors if file == "mistakes.py"} >= LINES
    assert {file for file, _ in errors} == {"mistakes.py"}, report["generalDiagnostics"]


def test_the_program_runs(capsys):
    runpy.run_path(str(PROGRAM))
    assert "torch.Size([3, 4]) torch.float32 0.25 1.673" in capsys.readouterr().out
