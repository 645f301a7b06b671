"""The names by which pickles and saved models find classes.

Public classes and functions name their public module, wherever their file is. Files of version
0.2.0 name private modules, some of which have moved. Python asks the finder of this module last,
which loads these modules from where they are now. Version 0.4 drops it.
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
"""Old and new names, in the package, of modules whose classes users pickle or save."""


def name_publicly(module: ModuleType, names: Iterable[str]) -> None:
    """Set ``__module__`` of these classes and functions to the public module's name."""
    for value in map(vars(module).__getitem__, names):
        inside = getattr(value, "__module__", "").startswith(f"{module.__name__}.")
        if inside and isinstance(value, type | FunctionType):
            value.__module__ = module.__name__


class _OldNames(MetaPathFinder, Loader):
    """Loads modules by their old names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        return ModuleSpec(fullname, self) if package == "selu_sym" and name in MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        """Put today's module in place of the empty one that Python made."""
        package, _, name = module.__name__.partition(".")
        sys.modules[module.__name__] = importlib.import_module(f"{package}.{MOVED[name]}")


def resolve_old_names() -> None:
    """Let old names be imported."""
    sys.meta_path.append(_OldNames())
