"""Certificates of every claim, and what their files say."""

import json

from selu_sym import certify
from tests.selu_sym.certify.theorems import ONE, PAPER, THREE, TWO

SMALL = {"mu": ("-0.2", 0), "nu": (1, "2.5")}

FOUND = {
    "contraction": certify.contraction(PAPER, **ONE),
    "invariance": certify.invariance(PAPER, **ONE),
    "variance_decreases": certify.variance_decreases(PAPER, **TWO),
    "variance_increases": certify.variance_increases(PAPER, **THREE[0]),
    "repulsion": certify.repulsion(**SMALL),
    "refuted": certify.contraction(PAPER, **{**ONE, "nu": ("0.5", "1.5"), "tau": ("0.95", "1.25")}),
    "undecided": certify.repulsion(mu=(-5, 5), nu=("0.001", 100), max_boxes=1),
}
FILES = {name: json.loads(found.to_json()) for name, found in FOUND.items()}
