"""The reference data, by quadrature of the definitions.

40 targets to 35 digits, by 60-digit quadrature; and 16 targets with what they propagate to 25
digits, by 50-digit quadrature.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Row:
    """One target; numbers are decimal strings, alpha and scale None without a solution."""

    regime: str
    mean: str
    variance: str
    input_mean: str
    input_variance: str
    A: str
    B: str
    C: str
    D: str
    exists: bool
    alpha: str | None
    scale: str | None

    @property
    def moments(self) -> tuple[str, str, str, str]:
        return self.A, self.B, self.C, self.D

    def __str__(self) -> str:
        return f"{self.regime},{self.mean},{self.variance}"


@dataclass(frozen=True)
class Propagated:
    """One target for independent weights and biases; numbers are decimal strings."""

    mean: str
    variance: str
    tau: str
    bias_variance: str
    net_input_variance: str
    alpha: str
    scale: str
    gradient_gain: str
    fourth_moment: str
    correlation: str
    next_correlation: str

    def __str__(self) -> str:
        return f"{self.mean},{self.variance},{self.tau},{self.bias_variance}"


def _read(name: str) -> list[dict[str, Any]]:
    return json.loads((Path(__file__).parent / "data" / f"{name}.json").read_text())


PROPAGATED = [Propagated(**row) for row in _read("propagation")]
ROWS = [Row(**row) for row in _read("fixed_points")]
SOLVABLE = [row for row in ROWS if row.exists]
UNSOLVABLE = [row for row in ROWS if not row.exists]


def each(rows: list[Row] | list[Propagated]) -> pytest.MarkDecorator:
    """Run a test once for each row."""
    return pytest.mark.parametrize("row", rows, ids=str)
