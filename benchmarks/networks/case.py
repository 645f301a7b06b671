"""A network of the table, and what is written down of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from selu_sym._observe.report import Report

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "networks.md"

EXAMPLES = 256
"""The largest number of examples that a network is shown."""


@dataclass(frozen=True)
class Case:
    """A network, examples for it, and the kinds of findings that it deserves."""

    name: str
    source: str
    """Who wrote the network."""

    make: Callable[[], tuple[Any, Any]]
    """What returns the model and its examples."""

    planted: str = ""
    """What is wrong with it; empty if it is sound."""

    expected: tuple[str, ...] = ()
    """The kinds of findings, each at least once, and no other; none if the network is sound."""


@dataclass(frozen=True)
class Row:
    """What was found in a network."""

    name: str
    source: str
    framework: str
    planted: str
    expected: list[str]
    seen: list[str]
    """The kinds of all findings, sorted."""

    first: str
    """The first finding; if there is none, what was not seen."""

    activations: int

    @classmethod
    def of(cls, case: Case, framework: str, report: Report) -> Row:
        """Return the row of a network."""
        said = [*map(str, report.findings), *(f"Not seen: {one}" for one in report.not_seen)]
        return cls(
            case.name,
            case.source,
            framework,
            case.planted,
            sorted(case.expected),
            sorted(finding.kind for finding in report.findings),
            said[0] if said else "",
            len(report.layers),
        )

    @property
    def is_right(self) -> bool:
        """Return whether the kinds that were expected were seen, and no other."""
        return sorted(set(self.seen)) == sorted(self.expected)


def path(framework: str) -> Path:
    """Return the file of a framework's rows."""
    return HERE / f"{framework}.json"


def load(framework: str) -> list[Row]:
    """Return the rows that were written for a framework."""
    file = path(framework)
    return [Row(**one) for one in json.loads(file.read_text("utf-8"))] if file.exists() else []


def save(framework: str, rows: list[Row]) -> None:
    """Write the rows of a framework."""
    text = json.dumps([asdict(row) for row in rows], indent=1)
    path(framework).write_text(text + "\n", "utf-8")
