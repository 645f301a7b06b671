"""Parameters as people read them: on the command line, and where they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

MOST = 1000
"""Elements of an array that are written out."""


def table(rows: Mapping[str, Any]) -> str:
    """Return names and values as lines, the values one below the other."""
    lines = (f"{name:<16}{value}" for name, value in rows.items())
    return "\n".join(line.replace("\n", "\n" + 16 * " ") for line in lines)


def code(value: Any) -> str:
    """Return Python code of a value. An array is written out in all digits, unless it is long.

    The code needs NumPy's names ``array`` and ``nan``.
    """
    if not isinstance(value, np.ndarray):
        return repr(value)
    text = np.array2string(
        value, separator=", ", threshold=MOST, formatter={"float": float.__repr__}
    )
    return f"array({text})" if value.size else f"array([]).reshape{value.shape}"
