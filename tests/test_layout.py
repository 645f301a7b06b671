"""The house keeps its order: rooms by subject, files that are read in a sitting, tests of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROOMS = ("selu_sym", "derivations")

WHOLE = {"package", "typing", "threads", "doctests"}
"""Tests of a package as a whole, and not of one of its modules."""


def modules_of(room: str) -> Iterator[Path]:
    """Return the modules of a room that are written by hand and hold code."""
    for path in sorted((ROOT / room).rglob("*.py")):
        if path.name != "__init__.py" and "_generated" not in path.parts:
            yield path.relative_to(ROOT)


def found_tests(room: str) -> Iterator[Path]:
    """Return the test files of a room, but those of the peers' own suites."""
    for path in sorted((ROOT / "tests" / room).rglob("test_*.py")):
        if "peers" not in path.parts:
            yield path.relative_to(ROOT / "tests")


def name(path: Path) -> str:
    """Return what a module is called in the name of its test."""
    return path.stem.strip("_")


def folder(path: Path) -> Path:
    """Return the folder of a module's tests, in which names have no leading underscores."""
    return Path(*(part.lstrip("_") for part in path.parent.parts))


def covers(test: Path, module: Path) -> bool:
    """Return whether a test is that of a module, or of one subject of it."""
    own = test.parent == folder(module)
    return own and (
        test.stem == f"test_{name(module)}" or test.stem.startswith(f"test_{name(module)}_")
    )


@pytest.mark.parametrize("room", ROOMS)
def test_each_module_has_a_test_of_its_name(room):
    found = list(found_tests(room))
    missing = [
        str(module)
        for module in modules_of(room)
        if not any(covers(test, module) for test in found)
    ]
    assert not missing


@pytest.mark.parametrize("room", ROOMS)
def test_each_test_is_of_a_module(room):
    found = list(modules_of(room))
    alone = [
        str(test)
        for test in found_tests(room)
        if test.stem.removeprefix("test_") not in WHOLE
        and not any(covers(test, module) for module in found)
    ]
    assert not alone


def test_files_are_read_in_a_sitting():
    for room in ROOMS:
        for path in modules_of(room):
            assert len((ROOT / path).read_text("utf-8").splitlines()) <= 480, path
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 220


def test_the_top_of_the_package_holds_what_users_call():
    assert len(list((ROOT / "selu_sym").glob("*.py"))) <= 16


@pytest.mark.parametrize("room", ROOMS)
def test_each_package_says_what_is_in_it(room):
    for path in (ROOT / room).rglob("__init__.py"):
        assert path.read_text("utf-8").startswith('"""'), path
