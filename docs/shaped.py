"""Write the explorer's table of shaped activations, whose search would take too long in a browser.

Usage: ``python docs/shaped.py`` (some minutes) writes docs/explorer/shaped.js.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import selu_sym

DEPTHS = (16, 48, 100)
"""Depths in the table, in plain layers."""

NAMES = (
    *("relu", "leaky_relu", "elu", "gelu", "silu", "mish", "softplus", "tanh"),
    *("sigmoid", "squared_relu", "hard_silu"),
)
"""Activations in it."""

HEADER = """\
/**
 * Activations that are shaped for a depth, of net inputs N(0, 1): [scale, shift, input scale, input
 * shift] of a f(s z + t) + b, null where there is none.
 *
 * Written by `python docs/shaped.py` with selu_sym.shape_for_depth. Do not edit.
 */
"""


def shaped(name: str, depth: int) -> list[float] | None:
    """Return (a, b, s, t) of an activation, None where none holds the conditions."""
    try:
        q = selu_sym.shape_for_depth(name, depth)
    except ValueError:
        return None
    return [float(value) for value in (q.scale, q.shift, q.input_scale, q.input_shift)]


def main() -> None:
    """Write the table."""
    table = {}
    for name in NAMES:
        table[name] = {depth: shaped(name, depth) for depth in DEPTHS}
        print(name, table[name], file=sys.stderr)
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
    text = (
        f"{HEADER}export const DEPTHS = {list(DEPTHS)};\n\nexport const SHAPED = {{\n{rows}\n}};\n"
    )
    Path(__file__).with_name("explorer").joinpath("shaped.js").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
