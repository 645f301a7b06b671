"""Modules of notebooks/, which is no package."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def script(name):
    """Return a module of notebooks/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "notebooks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there, and modules beside it
    spec.loader.exec_module(module)
    return module
