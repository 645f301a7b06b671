"""Targets in Python: ``sympy.lambdify`` writes each function, and ruff formats the module."""

from __future__ import annotations

import ast
import builtins
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from sympy import Expr, lambdify
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction
from sympy.printing.codeprinter import CodePrinter

from derivations.codegen.printing import SETTINGS
from derivations.codegen.steps import shared
from derivations.codegen.target import (
    ROOT,
    SOURCE,
    GeneratedConstant,
    GeneratedFunction,
    GeneratedTable,
    Target,
)
from derivations.formula import Steps

HEADER = '''\
"""{summary}

{source}
the derivation and run the command again.
"""

'''

UNCHECKED = """\
# The types of results hold where not all arguments are plain numbers; no checker can follow that.
# mypy: ignore-errors
"""

FUNCTION = '''
def {name}({arguments}) -> {results}:
    """Return {returns}, from {source}."""
{body}
'''

CONSTANT = '''
{name} = {value}
"""{meaning}"""
'''


class PythonTarget(Target):
    """A module in ``selu_sym/_generated``, for one library."""

    number: ClassVar[str]
    """Type of a result that is a number, or many, as an annotation."""

    condition: ClassVar[str]
    """Type of a result that is true or false."""

    argument: ClassVar[str]
    """Type of an argument."""

    types: ClassVar[Mapping[str, str]] = {}
    """Names for types, and what they stand for."""

    @classmethod
    def path(cls) -> Path:
        """Return the file in the package of generated modules."""
        return ROOT / "selu_sym" / "_generated" / f"{cls.module}.py"

    @classmethod
    def write_function(cls, function: GeneratedFunction, steps: Steps) -> str:
        """Return a function with types, which says how many values it returns."""
        printer = cls.printer(SETTINGS)
        assignments, results = shared(steps)
        compiled = lambdify(
            function.arguments,
            steps.results if len(steps.results) > 1 else steps.results[0],
            modules=[placeholders(steps, printer)],
            printer=printer,
            cse=lambda _: (assignments, results if len(results) > 1 else results[0]),
        )
        _, body = inspect.getsource(compiled).split("\n", 1)
        types = [cls.type_of(result) for result in steps.results]
        code = FUNCTION.format(
            name=function.name,
            arguments=", ".join(f"{name}: {cls.argument}" for name in function.arguments),
            results=f"tuple[{', '.join(types)}]" if len(types) > 1 else types[0],
            returns=function.returns,
            source=function.source,
            body=body.rstrip(),
        )
        known = known_names(cls) | {str(argument) for argument in function.arguments}
        if unknown := names_used(body) - known:
            raise ValueError(
                f"the code uses {', '.join(sorted(unknown))}, and the module imports "
                f"{', '.join(cls.imports)}: name another function in the printer's table"
            )
        return code

    @classmethod
    def type_of(cls, result: Expr) -> str:
        """Return the type of a result, as an annotation."""
        if isinstance(result, Relational | BooleanFunction):
            return cls.condition
        if result.is_number:
            return "int" if result.is_Integer else "float"
        return cls.number

    @classmethod
    def write_module(cls, functions: list[str]) -> str:
        """Return a module, formatted as the project's own code is."""
        header = [HEADER.format(summary=cls.summary, source=SOURCE)]
        if cls.argument != cls.number:
            header.append(UNCHECKED)
        imports = [f"import {name}" for name in cls.imports]
        if cls.types:
            imports.append("from typing import TypeAlias\n")
            imports += [f"{name}: TypeAlias = {value}" for name, value in cls.types.items()]
        header.append("from __future__ import annotations\n")
        constants = [
            CONSTANT.format(
                name=declaration(constant), value=constant.code, meaning=constant.meaning
            )
            for constant in cls.constants
        ]
        return formatted("\n".join([*header, *imports, *constants, *functions]))


def declaration(constant: GeneratedConstant | GeneratedTable) -> str:
    """Return what stands before the equals sign: a name, and the type of a table."""
    if isinstance(constant, GeneratedTable):
        return f"{constant.name}: {constant.kind}"
    return constant.name


def placeholders(steps: Steps, printer: CodePrinter) -> dict[str, None]:
    """Return the functions that the code will call, as names without a value.

    lambdify would import them, which takes seconds for TensorFlow; but the code is written
    here, not run.
    """
    for expression in (*(e for _, e in steps.assignments), *steps.results):
        printer.doprint(expression)
    return {name: None for names in printer.module_imports.values() for name in names}


def known_names(target: type[PythonTarget]) -> set[str]:
    """Return the names that a module's functions can use: its imports, and Python's own."""
    return {name.partition(".")[0] for name in target.imports} | set(dir(builtins))


def names_used(body: str) -> set[str]:
    """Return the names that the body of a function reads and does not assign."""
    nodes = ast.walk(ast.parse(textwrap.dedent(body)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return {node.id for node in names} - assigned


def formatted(text: str) -> str:
    """Return code with its imports sorted and its lines broken as in the project's own."""
    name = str(ROOT / "selu_sym" / "_generated" / "module.py")  # tells ruff whose settings to use
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format"]):
        text = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", name, "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return text
