"""What type checkers say of a user's program with PyTorch, and of one with mistakes."""

import json
import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from tests.selu_sym.test_typing import PROGRAMS, mistakes, needs, output

pytestmark = [pytest.mark.torch, pytest.mark.slow]

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Path:
    """Return a folder with the programs that need PyTorch."""
    folder = tmp_path_factory.mktemp("programs")
    for path in PROGRAMS:
        if needs(path):
            shutil.copy(path, folder)
    return folder


def test_mypy_finds_the_mistakes_alone(programs):
    options = ("--strict", "--follow-imports=silent", "--no-error-summary", "--hide-error-context")
    found = [line.split(":") for line in output("mypy", *options, ".", cwd=programs).splitlines()]
    errors = {(file, int(line)) for file, line, kind, *_ in found if kind.strip() == "error"}
    assert errors == mistakes(programs)


def test_pyright_finds_the_mistakes(programs):
    """It also reports, in the lines with mistakes alone, what has no type because of them."""
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (programs / "pyrightconfig.json").write_text(json.dumps(settings))
    checker = ("basedpyright", "--outputjson", "--pythonpath", sys.executable)
    report = json.loads(output(*checker, cwd=programs))
    assert report["summary"]["filesAnalyzed"] == 2
    errors = {
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1)
        for error in report["generalDiagnostics"]
    }
    assert errors == mistakes(programs), report["generalDiagnostics"]
