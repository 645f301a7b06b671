"""The names by which pickles and saved models find classes.

What is public is named by its public module, wherever its file is. Files of version 0.2.0 name
private modules that have moved; a finder, which Python asks last, resolves these to where they are
now. It goes with version 0.4.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType

MOVED = {
    "_depth": "_propagation",
    "_findings": "_observe.findings",
    "_fixed_point": "_numeric.fixed_point",
    "_keras_layers": "keras._layers",
    "_keras_observe": "keras._observe",
    "_layer_map": "_numeric.layer_map",
    "_report": "_observe.report",
    "_weights": "_numeric.weights",
    "certify.enclosures": "certify._search.enclosures",
    "certify.extrema": "certify._search.extrema",
    "certify.integrals": "certify._search.integrals",
}
"""Modules that hold what users pickle or save, relative to the package."""


def name_publicly(module: ModuleType, names: Iterable[str]) -> None:
    """Set ``__module__`` of what a public module defines in private ones to the module's name."""
    for value in map(vars(module).__getitem__, names):
        inside = getattr(value, "__module__", "").startswith(f"{module.__name__}.")
        if inside and isinstance(value, type | FunctionType):
            value.__module__ = module.__name__


class _OldNames(MetaPathFinder, Loader):
    """Finds the modules of old names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        return ModuleSpec(fullname, self) if package == "selu_sym" and name in MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today in the place of an empty one."""
        package, _, name = module.__name__.partition(".")
        sys.modules[module.__name__] = importlib.import_module(f"{package}.{MOVED[name]}")


def resolve_old_names() -> None:
    """Let old names be imported."""
    sys.meta_path.append(_OldNames())
