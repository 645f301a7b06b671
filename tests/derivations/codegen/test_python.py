import ast
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import scipy.special
from sympy import Symbol, exp

from derivations.codegen import python, writer
from derivations.codegen.backends import TARGETS
from derivations.codegen.backends.math import Math
from derivations.codegen.backends.numpy import NumPy, NumPyPrinter
from derivations.codegen.target import GeneratedConstant, GeneratedFunction
from selu_sym._generated import numpy_kernels
from tests.derivations.codegen import cupy_backend

x, y = Symbol("x", real=True), Symbol("y", real=True)


def silent(name: str) -> None:
    """Report no progress."""


def three():
    """Return a number, a constant, and a condition."""
    return x * y, 0 * x, x > y


THREE = GeneratedFunction(three, (x, y), "three values")


def test_functions_say_what_they_return():
    code = Math.write_function(THREE, THREE.steps())
    assert "def three(x: float, y: float) -> tuple[float, int, bool]:" in code
    code = NumPy.write_function(THREE, THREE.steps())
    assert "def three(x: Values, y: Values) -> tuple[FloatArray, int, BoolArray]:" in code


@pytest.mark.parametrize(
    "target", [t for t in TARGETS if issubclass(t, python.PythonTarget)], ids=lambda t: t.module
)
def test_annotations_count_the_values(target):
    tree = ast.parse(target.path().read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == len(target.functions)
    for function in functions:
        value = function.body[-1].value
        count = len(value.elts) if isinstance(value, ast.Tuple) else 1
        annotation = ast.unparse(function.returns)
        expected = annotation.count(",") + 1 if annotation.startswith("tuple[") else 1
        assert count == expected, function.name
        assert "Any" not in annotation


def cube():
    """Return x^3."""
    return x**3


def test_a_target_is_one_small_class():
    class Cube(python.PythonTarget):
        module = "cube"
        summary = "A cube."
        imports = ("numpy",)
        printer = NumPyPrinter
        number = condition = argument = "numpy.ndarray"
        functions = (GeneratedFunction(cube, (x,), "x^3"),)
        constants = (GeneratedConstant("SIDES", x * 0 + 6, "Faces of a cube."),)

    namespace: dict[str, object] = {}
    exec(writer.render(Cube, silent), namespace)
    assert namespace["cube"](np.array([2.0])) == 8.0
    assert namespace["SIDES"] == 6


def growth():
    """Return e^x."""
    return exp(x)


def test_names_that_are_not_imported_are_refused():
    forgetful = type("Forgetful", (NumPy,), {"imports": ("cupy", "scipy.special")})
    function = GeneratedFunction(growth, (x,), "e^x")
    with pytest.raises(
        ValueError, match=r"uses numpy, and the module imports cupy, scipy\.special"
    ):
        forgetful.write_function(function, function.steps())


@pytest.mark.slow
def test_the_recipe_for_cupy(monkeypatch):
    special = types.SimpleNamespace(special=scipy.special)
    monkeypatch.setitem(sys.modules, "cupy", np)
    monkeypatch.setitem(sys.modules, "cupyx", types.SimpleNamespace(scipy=special))
    monkeypatch.setitem(sys.modules, "cupyx.scipy", special)
    monkeypatch.setitem(sys.modules, "cupyx.scipy.special", scipy.special)
    text = writer.render(cupy_backend.CuPy, silent)
    assert "numpy" not in text
    kernels: dict[str, object] = {}
    exec(text, kernels)
    generator = np.random.default_rng(1)
    with np.errstate(all="ignore"):
        for function in NumPy.functions:
            arguments = [generator.uniform(0.1, 2.0, 50) for _ in function.arguments]
            expected = getattr(numpy_kernels, function.name)(*arguments)
            np.testing.assert_equal(kernels[function.name](*arguments), expected, function.name)


def test_the_recipe_for_cupy_is_short():
    text = Path(cupy_backend.__file__).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) <= 20
