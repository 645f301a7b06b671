"""What type checkers say of users' programs, which the folder ``typed_programs`` holds."""

import inspect
import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import selu_sym
import selu_sym.jax

ROOT = Path(__file__).parents[2]
PROGRAMS = ("of_floats", "of_arrays", "of_jax")
MISTAKES = {
    "a_misspelt_name": (
        "import selu_sym\n\nselu_sym.selu_paramters(0.0, 1.0)\n",
        "selu_paramters",
    ),
    "a_method_of_no_jax_array": (
        "import selu_sym.jax as sj\n\nsj.selu(1.0).no_such_method()\n",
        "no_such_method",
    ),
    "a_method_of_no_jax_parameter": (
        "import selu_sym.jax as sj\n\n"
        'sj.selu_parameters(0.0, 1.0, weights="iid").alpha.no_such_attribute\n',
        "no_such_attribute",
    ),
}
"""Programs with one mistake each, and the name that is wrong in them."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Path:
    """Return a folder with the programs, and with those that have a mistake."""
    folder = tmp_path_factory.mktemp("programs")
    for name in PROGRAMS:
        shutil.copy(ROOT / "tests" / "typed_programs" / f"{name}.py", folder)
    for name, (program, _) in MISTAKES.items():
        (folder / f"{name}.py").write_text(program)
    return folder


def output(*command: str, cwd: Path) -> str:
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr  # there are errors
    return result.stdout


@pytest.mark.slow
def test_mypy_finds_the_mistakes_alone(programs):
    """Of this package it reads the types, as of an installed one, and reports no errors."""
    options = ("--strict", "--follow-imports=silent", "--no-error-summary")
    found = output("mypy", *options, ".", cwd=programs).splitlines()
    errors = [line for line in found if ": error: " in line]
    assert len(errors) == len(MISTAKES), found
    for name, (_, wrong) in MISTAKES.items():
        (error,) = (line for line in errors if line.startswith(f"{name}.py:"))
        assert f'has no attribute "{wrong}"' in error


@pytest.mark.slow
def test_pyright_finds_the_mistakes_alone(programs):
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (programs / "pyrightconfig.json").write_text(json.dumps(settings))
    checker = ("basedpyright", "--outputjson", "--pythonpath", sys.executable)
    report = json.loads(output(*checker, cwd=programs))
    assert report["summary"]["filesAnalyzed"] == len(PROGRAMS) + len(MISTAKES)
    found = report["generalDiagnostics"]
    assert {Path(one["file"]).stem for one in found} == MISTAKES.keys(), found
    for name, (_, wrong) in MISTAKES.items():
        messages = [one["message"] for one in found if Path(one["file"]).stem == name]
        assert any(f'"{wrong}"' in message for message in messages), messages


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_run(name, capsys):
    runpy.run_path(str(ROOT / "tests" / "typed_programs" / f"{name}.py"))
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
    "module", [selu_sym, selu_sym.precise, selu_sym.jax], ids=lambda m: m.__name__
)
def test_the_interface_has_no_any(module):
    """Of TensorFlow and Keras, which have no types, it is left."""
    found = dict(signatures(module))
    assert len(found) > 2
    for name, function in found.items():
        signature = str(inspect.signature(function))
        assert "Any" not in signature, (name, signature)
        assert "->" in signature, name
