"""Text for people: tables of values, and code that makes a value again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LONGEST_ARRAY = 1000
"""Elements of an array up to which all are written."""


def table(rows: Mapping[str, object]) -> str:
    """Return names and values as lines, the values one below the other."""
    lines = (f"{name:<16}{value}" for name, value in rows.items())
    return "\n".join(line.replace("\n", "\n" + 16 * " ") for line in lines)


def code(value: object) -> str:
    """Return Python code of a value. An array is written out in all digits, unless it is long.

    The code needs NumPy's names ``array`` and ``nan``.
    """
    if not isinstance(value, np.ndarray):
        return repr(value)
    text = np.array2string(
        value, separator=", ", threshold=LONGEST_ARRAY, formatter={"float": float.__repr__}
    )
    return f"array({text})" if value.size else f"array([]).reshape{value.shape}"
