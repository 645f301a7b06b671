"""The reference data: 40 targets by 60-digit quadrature of the definitions, 35 digits each."""

import json
from dataclasses import dataclass
from pathlib import Path

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


ROWS = [
    Row(**row)
    for row in json.loads((Path(__file__).parent / "data" / "fixed_points.json").read_text())
]
SOLVABLE = [row for row in ROWS if row.exists]
UNSOLVABLE = [row for row in ROWS if not row.exists]


def each(rows: list[Row]) -> pytest.MarkDecorator:
    """Run a test once for each row."""
    return pytest.mark.parametrize("row", rows, ids=str)
