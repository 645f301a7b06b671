"""The boxes of the paper's theorems, and what the tests of certificates share."""

import json
from pathlib import Path

import numpy as np

from selu_sym import jacobian, precise, selu_parameters
from selu_sym.certify import Certificate

THEOREMS = json.loads((Path(__file__).parents[2] / "data" / "theorems.json").read_text())
PAPER = precise.enclose(0, 1, digits=30)
FLOATS = selu_parameters(0.0, 1.0)


def exactly(box: dict) -> dict:
    """Return the box of a theorem with exact decimals."""
    return {name: tuple(str(end) for end in ends) for name, ends in box.items()}


ONE = exactly(THEOREMS["theorem_1"]["box"])
TWO = exactly(THEOREMS["theorem_2"]["box"])
THREE = [exactly(part["box"]) for part in THEOREMS["theorem_3"]]

SLOW = {"mu": ("-1", "0.5"), "nu": ("0.5", "4")}
"""A claim that takes some thousand boxes."""


def same(one: Certificate, other: Certificate) -> bool:
    """Return whether two certificates are equal, but for the time that they took."""
    data = [{**json.loads(c.to_json()), "seconds": None} for c in (one, other)]
    return data[0] == data[1]


def singular_value(layer: dict, p=FLOATS) -> float:
    """Return the largest singular value in float64, by other code."""
    weights = (layer["omega"], layer["tau"])
    return np.linalg.norm(jacobian(layer["mu"], layer["nu"], p, weights=weights), 2)
