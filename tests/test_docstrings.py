"""Every public function says what it computes, where, how well, from what source, and shows it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

DESCRIBED = {
    "selu_sym.list_activations": "names",
    "selu_sym.certify.check": "verifies what a certificate states",
    "selu_sym.certify.resume": "goes on with any claim",
    "selu_sym.keras.observe": "measures",
    "selu_sym.torch.observe": "measures",
    "selu_sym.torch.init_": "draws what weight models say",
    "selu_sym.tensorflow.set_jit_compile": "computes nothing",
}
"""Public functions without a formula, and why they have none."""

LIKE = re.compile(r"[Aa]s (of |for )?:func:|those of :func:|is :func:|\bas :func:")
"""Says that another function has it."""


def modules() -> Iterator[tuple[str, Path]]:
    """Yield each public module."""
    folder = ROOT / "selu_sym"
    for file in (
        folder / "__init__.py",
        *folder.glob("[!_]*.py"),
        *folder.glob("[!_]*/__init__.py"),
    ):
        path = file.parent if file.name == "__init__.py" else file.with_suffix("")
        if path.name != "__main__":
            yield path.relative_to(ROOT).as_posix().replace("/", "."), file


def definitions(module: str, file: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the public functions of a module, wherever below it they are defined, unimported."""
    tree = ast.parse(file.read_text("utf-8"))
    (public,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    places = {
        name.asname or name.name: (node.module, name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("selu_sym")
        for name in node.names
    }
    for name in public:
        where, original = places.get(name, (module, name))
        source = ROOT / where.replace(".", "/")
        path = (
            source.with_suffix(".py")
            if source.with_suffix(".py").exists()
            else source / "__init__.py"
        )
        for node in ast.parse(path.read_text("utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef)
                and node.name == original
                and ast.get_docstring(node)
            ):
                yield f"{module}.{name}", node


FUNCTIONS = dict(found for module in modules() for found in definitions(*module))


def lacks(name: str, function: ast.FunctionDef) -> list[str]:
    """Return what the docstring of a public function lacks."""
    text = ast.get_docstring(function) or ""
    lead = text.split("\nNotes\n")[0]
    sections = set(re.findall(r"^(\w+)\n-+$", text, re.MULTILINE))
    arguments = function.args.args or function.args.kwonlyargs
    returns = function.returns is None or ast.unparse(function.returns) != "None"
    refers = bool(LIKE.search(lead))
    wanted = {
        "Parameters": bool(arguments),
        "Returns": returns and not (refers and not arguments),
        "Raises": bool(arguments) and name != "selu_sym.tensorflow.set_jit_compile",
        "Notes": True,
        "Examples": True,
    }
    missing = [section for section, there in wanted.items() if there and section not in sections]
    if not re.search(r"\b[Ss]ource: ", text):
        missing.append("Source")
    formula = re.search(r"\.\. math::|:math:|[\w)] (=|<|>|<=) [-\w(|]", text)
    if not (formula or refers or name in DESCRIBED):
        missing.append("a formula, or a reason in DESCRIBED")
    if ">>>" not in text:
        missing.append("a doctest")
    return missing


def test_the_functions_are_found():
    assert {
        "selu_sym.selu_parameters",
        "selu_sym.propagate",
        "selu_sym.precise.gain",
        "selu_sym.certify.resume",
        "selu_sym.jax.selu",
        "selu_sym.torch.init_",
        "selu_sym.keras.observe",
    } <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_is_complete(name):
    assert not lacks(name, FUNCTIONS[name])


def test_what_lacks_is_seen():
    (bare,) = ast.parse("def f(x) -> float:\n    'Return something.'").body
    assert lacks("f", bare) == [
        *("Parameters", "Returns", "Raises", "Notes", "Examples", "Source"),
        *("a formula, or a reason in DESCRIBED", "a doctest"),
    ]


def test_those_without_a_formula_are_there():
    assert set(DESCRIBED) <= set(FUNCTIONS)
