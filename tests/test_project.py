"""The project's own files agree with each other."""

import ast
import graphlib
import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

import selu_sym

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]

REQUIREMENTS = [
    *PROJECT["dependencies"],
    # PyTorch is large, and its builds differ by more than a version: `make test-torch` installs it
    *(r for extra in EXTRAS if extra != "torch" for r in EXTRAS[extra]),
]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def requirement_name(requirement: str) -> str:
    return re.match(r"[\w-]+", requirement)[0].lower()


def test_environment_is_that_of_pyproject():
    environment = yaml.safe_load(text("environment.yml"))
    *conda, pip = environment["dependencies"]
    assert conda == [f"python{PROJECT['requires-python']}", "make", "pip"]
    *requirements, project = pip["pip"]
    assert project == "-e ."
    assert sorted(requirements) == sorted(set(REQUIREMENTS))


def test_lock_pins_everything_and_names_no_address():
    lines = text("requirements.lock").splitlines()
    pinned = {}
    for line in lines:
        match = re.fullmatch(r"([\w.-]+)==([\w.+!]+)( ; .*)?", line)
        assert match, line
        pinned.setdefault(match[1].lower(), set()).add(match[2])
    for requirement in REQUIREMENTS:
        assert requirement_name(requirement) in pinned


def test_extras():
    assert {"tensorflow", "jax", "torch", "certify", "notebooks", "test"} <= set(EXTRAS)


@pytest.mark.parametrize("command", ["make notebooks", "make test"])
def test_readme_names_the_commands_that_there_are(command):
    assert command in text("README.md")
    assert re.search(rf"^{command.split()[1]}:", text("Makefile"), re.MULTILINE)


def test_ci_runs_the_test_commands():
    assert text(".ci/run").rstrip().endswith("\nmake test\nmake test-torch\nmake test-book")
    for command in ("test-torch", "test-book"):
        assert re.search(f"^{command}:", text("Makefile"), re.MULTILINE)


def test_workflows_run_commands_that_there_are():
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    run = set()
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            run |= {step["run"] for step in job["steps"] if step.get("run", "").startswith("make ")}
    assert run == {"make test", "make test-torch", "make test-book"}
    assert {command.split()[1] for command in run} <= targets


def test_npm_packages_are_pinned_and_their_lock_names_no_address():
    package, lock = (json.loads(text(f"docs/{name}.json")) for name in ("package", "package-lock"))
    wanted = {**package["dependencies"], **package["devDependencies"]}
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    for path, entry in lock["packages"].items():
        assert not path or "integrity" in entry
        assert "resolved" not in entry


def test_torch_is_locked_nowhere_else():
    assert "torch" not in text("requirements.lock")
    assert "torch" not in text("environment.yml")


def imports(path: Path) -> set[Path]:
    """Return the files of the package that a file imports, also inside of functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("selu_sym"):
            module = ROOT / node.module.replace(".", "/")
            for alias in node.names:
                part = module / alias.name
                places = (part.with_suffix(".py"), part / "__init__.py", module.with_suffix(".py"))
                found.add(next(filter(Path.exists, places), module / "__init__.py"))
    return found


def test_imports_go_one_way():
    files = (ROOT / "selu_sym").rglob("*.py")
    order = graphlib.TopologicalSorter({path: imports(path) for path in files}).static_order()
    order = [path.relative_to(ROOT / "selu_sym").as_posix() for path in order]
    assert (
        order.index("_numeric/layer_map.py")
        < order.index("_selu.py")
        < order.index("_stability.py")
    )


def test_versions_and_dates_agree():
    """The citation is of the newest release; what is not released yet is a .dev version."""
    changelog = text("CHANGELOG.md")
    version, date = re.search(r"^## (\d\S+) - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE).groups()
    citation = yaml.safe_load(text("CITATION.cff"))
    assert (citation["version"], str(citation["date-released"])) == (version, date)
    if changelog.startswith("# Changelog\n\n## Unreleased\n"):
        assert Version(version) < Version(selu_sym.__version__)
        assert selu_sym.__version__.endswith(".dev0")
    else:
        assert version == selu_sym.__version__


@pytest.mark.parametrize("place", ["README.md", "selu_sym"])
def test_no_hint_sends_users_to_a_name_that_is_not_ours(place):
    """On PyPI, selu-sym is not our name."""
    files = [ROOT / place] if place.endswith(".md") else (ROOT / place).rglob("*.py")
    for file in files:
        assert not re.search("pip install .*selu-sym", file.read_text(encoding="utf-8")), file


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebook_tells_nothing_of_the_machine(path):
    content = path.read_text(encoding="utf-8")
    assert str(ROOT) not in content
    assert not re.search(r"/(home|root|tmp|usr|Users)/", content)
    assert '"version"' not in content
    assert "iopub" not in content  # execution times
    assert "Warning" not in content
    assert '"stderr"' not in content
