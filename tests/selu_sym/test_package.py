import subprocess
import sys

import pytest

import selu_sym


def imported_by(statement: str) -> set[str]:
    """Return the top-level modules that a statement loads in a fresh interpreter."""
    code = (
        f"{statement}; import sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


FRAMEWORKS = {"tensorflow", "keras", "jax", "torch"}
HEAVY = {"sympy", "mpmath", "flint", "matplotlib", "derivations", *FRAMEWORKS}


@pytest.mark.parametrize(
    "statement",
    [
        "import selu_sym",
        "import selu_sym; selu_sym.selu_parameters(0.1, [1.0, 2.0], weights='iid')",
    ],
)
def test_import_is_light(statement):
    assert not imported_by(statement) & HEAVY


def test_import_loads_nothing_beyond_numpy_and_scipy_special():
    alone = imported_by("import numpy, scipy.special, argparse, json")
    assert imported_by("import selu_sym, argparse, json") - alone <= {"selu_sym", "dataclasses"}


def test_precise_is_loaded_when_it_is_used():
    used = imported_by("import selu_sym; selu_sym.precise.selu_parameters()")
    assert used & HEAVY == {"flint", "mpmath"}


def test_the_ops_need_no_derivation():
    alone = imported_by("import tensorflow, keras")
    used = imported_by("import selu_sym.tensorflow, selu_sym.keras")
    assert not (used - alone) & HEAVY


@pytest.mark.parametrize("module", ["jax", pytest.param("torch", marks=pytest.mark.torch)])
def test_a_framework_is_imported_by_its_module_alone(module):
    used = imported_by(f"import selu_sym.{module}")
    assert used & HEAVY <= imported_by(f"import {module}") | {module}
    assert used & FRAMEWORKS == {module}


@pytest.mark.parametrize(
    ("module", "needs", "package"),
    [
        ("tensorflow", "TensorFlow", "tensorflow"),
        ("keras", "Keras", "tensorflow"),
        ("jax", "JAX", "jax"),
        ("torch", "PyTorch", "torch"),
    ],
)
def test_the_ops_say_what_they_need(module, needs, package):
    code = f"import sys; sys.modules[{module!r}] = None; import selu_sym.{module}"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    message = f"selu_sym.{module} needs {needs}: pip install {package}"
    assert f"ImportError: {message}" in result.stderr


def test_every_public_name_is_there_once():
    assert sorted(set(selu_sym.__all__)) == sorted(selu_sym.__all__)
    for name in selu_sym.__all__:
        assert getattr(selu_sym, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'selu_sym' has no attribute 'unknown'"):
        selu_sym.unknown  # noqa: B018


@pytest.mark.parametrize("name", sorted(FRAMEWORKS))
def test_what_has_to_be_imported_says_so(name):
    """In a fresh interpreter, in which nothing else has imported it."""
    code = (
        f"import selu_sym; print(hasattr(selu_sym, {name!r}), flush=True)\n"
        f"try: selu_sym.{name}\n"
        "except AttributeError as error: print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == (
        f"False\nmodule 'selu_sym' has no attribute {name!r} until it is imported: "
        f"write 'import selu_sym.{name}'\n"
    )


def test_import_of_everything_needs_no_extra():
    code = (
        "import sys; sys.modules['pydantic'] = None; from selu_sym import *; import selu_sym;"
        "print(hasattr(selu_sym, 'certify'), hasattr(selu_sym, 'precise'), selu_parameters)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("False True <function selu_parameters")


def test_dir_lists_what_there_is():
    assert {"certify", "precise", *selu_sym.__all__} <= set(dir(selu_sym))
