"""What type checkers say of users' programs, which the folder ``typed_programs`` holds.

They find nothing in ``of_*.py``. In ``mistakes_*.py`` they find an error in each line that ends in
``# mistake``, and nowhere else. The stubs of TensorFlow are those that basedpyright brings along;
for mypy a user installs them as types-tensorflow. Keras has no types: its layers are classes of
which a checker knows what this package adds.
"""

import importlib
import importlib.util
import inspect
import json
import os
import re
import runpy
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.processes import ROOT, run

PROGRAMS = sorted((ROOT / "tests" / "typed_programs").glob("*_of_*.py"))
PROGRAMS += sorted((ROOT / "tests" / "typed_programs").glob("of_*.py"))
STUBS = next(Path(importlib.util.find_spec("basedpyright").origin).parent.glob("**/stubs"))


def needs(path: Path) -> list[pytest.MarkDecorator]:
    return [pytest.mark.torch] if path.stem.endswith("torch") else []


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Path:
    """Return a folder with the programs, and beside it one with the stubs."""
    folder = tmp_path_factory.mktemp("files") / "programs"
    folder.mkdir()
    for name in ("tensorflow", "protobuf"):  # mypy takes none from where packages are
        shutil.copytree(STUBS / name, folder.parent / "stubs", dirs_exist_ok=True)
    for path in PROGRAMS:
        if not needs(path) or importlib.util.find_spec("torch"):
            shutil.copy(path, folder)
    return folder


def mistakes(folder: Path) -> set[tuple[str, int]]:
    """Return file and line of each mistake that is planted."""
    return {
        (path.name, number)
        for path in folder.glob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.endswith("# mistake")
    }


def output(*command: str, cwd: Path) -> str:
    """Return what a checker prints, which finds errors."""
    path = f"{ROOT}{os.pathsep}{cwd.parent / 'stubs'}"
    return run("-m", *command, cwd=cwd, code=1, MYPYPATH=path)


@pytest.mark.slow
def test_mypy_finds_the_mistakes_alone(programs):
    """Of this package it reads the types, as of an installed one, and reports no errors."""
    options = ("--strict", "--follow-imports=silent", "--no-error-summary", "--hide-error-context")
    found = output("mypy", *options, ".", cwd=programs)
    places = re.findall(r"^(\w+\.py):(\d+): error:", found, flags=re.MULTILINE)
    assert {(name, int(line)) for name, line in places} == mistakes(programs), found
    assert 'has no attribute "selu_paramters"' in found


@pytest.mark.slow
def test_pyright_finds_the_mistakes_alone(programs):
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (programs / "pyrightconfig.json").write_text(json.dumps(settings))
    checker = ("basedpyright", "--outputjson", "--pythonpath", sys.executable)
    report = json.loads(output(*checker, cwd=programs))
    found = report["generalDiagnostics"]
    assert report["summary"]["filesAnalyzed"] == len(list(programs.glob("*.py")))
    places = {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in found}
    assert places == mistakes(programs), json.dumps(found, indent=1)
    message = '"selu_paramters" is not a known attribute of module "selu_sym"'
    assert message in "\n".join(one["message"] for one in found)


RUNNING = [path for path in PROGRAMS if path.stem.startswith("of_")]


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem, marks=needs(path)) for path in RUNNING]
)
def test_the_programs_run(path, capsys):
    runpy.run_path(str(path))
    assert capsys.readouterr().out


def signatures(module: ModuleType) -> Iterator[tuple[str, Callable]]:
    """Yield what users call: functions, and the public methods of classes."""
    for name in module.__all__:
        public = getattr(module, name)
        if inspect.isfunction(public):
            yield name, public
        elif inspect.isclass(public):
            for method, value in vars(public).items():
                function = getattr(value, "fget", None) or getattr(value, "__func__", value)
                called = not method.startswith("_") or method == "__init__"
                if called and inspect.isfunction(function):
                    yield f"{name}.{method}", function


@pytest.mark.parametrize(
    "name", ["selu_sym", "selu_sym.precise", "selu_sym.tensorflow", "selu_sym.jax"]
)
def test_the_interface_has_no_any(name):
    """Types are named, those of the frameworks too."""
    found = dict(signatures(importlib.import_module(name)))
    assert len(found) > 2
    for called, function in found.items():
        signature = str(inspect.signature(function))
        assert "Any" not in signature, (called, signature)
        assert "->" in signature, called
