"""Certificates: what was proved of a claim, in memory and as a file."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from selu_sym.certify import schema
from selu_sym.certify._search.enclosures import Interval
from selu_sym.certify._search.extrema import Extremum, Status, extrema, nearest
from selu_sym.certify.schema import CertificateError


@dataclass
class Certificate:
    """What is proved of a claim, and all that is needed to check it."""

    claim: str
    """The claim's name, which is that of the function that proves it."""

    ranges: dict[str, Interval]
    """The box of mu, omega, nu and tau."""

    tolerance: float
    """The width that the enclosures of the extrema were meant to have. It proves nothing."""

    extrema: list[Extremum]
    """The extrema that decide the claim."""

    seconds: float = 0.0
    """How long the search took. Files leave it out."""

    @property
    def selu(self) -> dict[str, Interval]:
        """The SELU that it is about: exact intervals of alpha and scale; empty for a repulsion."""
        objective = self.extrema[0].objective
        if objective.kind == "repulsion":
            return {}
        return {"alpha": objective.alpha, "scale": objective.scale}

    @property
    def boxes(self) -> int:
        """The number of boxes, including those that were halved."""
        return sum(extremum.boxes for extremum in self.extrema)

    @property
    def status(self) -> Status:
        """Either "proved" or "refuted", or "undecided" if the search ended before that."""
        all_of_them = {extremum.status for extremum in self.extrema}
        if "refuted" in all_of_them:
            return "refuted"
        return "undecided" if "undecided" in all_of_them else "proved"

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """Rigorous enclosures of the extrema that decide the claim, by their names."""
        return {extremum.name: extremum.enclosure for extremum in self.extrema}

    @property
    def witness(self) -> dict[str, float] | None:
        """A layer that violates the claim, if it is refuted; otherwise the one nearest to doing so.

        Its mu, omega, nu and tau are the nearest floats. None if nothing was computed.
        """
        worst = [x for x in self.extrema if x.status == "refuted"] or self.extrema
        return worst[0].witness() if worst[0].lower > -math.inf else None

    def __str__(self) -> str:
        box = ", ".join(
            f"{name} in [{nearest(low):g}, {nearest(high):g}]"
            for name, (low, high) in self.ranges.items()
        )
        lines = [f"{self.claim}: {self.status} for {box}"]
        if self.selu:
            lines.append(f"  {', '.join(_numbers(*side) for side in self.selu.items())}")
        for extremum in self.extrema:
            low, high = extremum.enclosure
            relation = {True: "below", False: "at most"}[extremum.strict]
            if extremum.objective.sign < 0:
                relation = {True: "above", False: "at least"}[extremum.strict]
            lines.append(
                f"  {extremum.name} in [{low:.6g}, {high:.6g}], "
                f"claimed to be {relation} {nearest(extremum.limit):g}"
            )
        lines.append(f"  {self.boxes} boxes")
        return "\n".join(lines)

    def to_json(self) -> str:
        """Return the certificate as JSON, as ``selu_sym.certify.schema`` describes it.

        Exact numbers are strings, of integers or fractions; infinity is null.
        """
        data = {
            "claim": self.claim,
            **_strings(self.selu),
            "ranges": _strings(self.ranges),
            "tolerance": _finite(self.tolerance),
            "status": self.status,
            "boxes": self.boxes,
            "extrema": [
                {
                    "name": extremum.name,
                    "bounds": [_finite(end) for end in extremum.enclosure],
                    "witness": _witness(extremum),
                    "trees": extremum.trees(),
                }
                for extremum in self.extrema
            ],
        }
        return json.dumps(data, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Certificate:
        """Return the certificate that :meth:`to_json` wrote.

        Raise CertificateError, a ValueError, if the text is not a certificate or contradicts
        itself. Whether what it says is true is a question for :func:`selu_sym.certify.check`.
        """
        data = schema.parse(text)
        ranges = {name: _interval(side) for name, side in data.ranges}
        nothing = [Fraction(0)] * 2
        selu = [_interval(getattr(data, name, nothing)) for name in ("alpha", "scale")]
        found = extrema(data.claim, ranges, selu[0], selu[1])
        for extremum, item in zip(found, data.extrema, strict=True):
            if len(item.trees) != len(extremum.objective.pieces):
                rule = f"must have {len(extremum.objective.pieces)} trees for these ranges"
                raise CertificateError(f"{item.name}: trees", len(item.trees), rule)
            extremum.keep_trees(item.trees, math.inf if item.upper is None else item.upper)
            if item.witness is not None and item.reached is not None:
                exact = dict(item.witness)
                extremum.lower = item.reached
                extremum.point = (
                    exact["mu"] * exact.get("omega", 1),
                    exact["nu"] * exact.get("tau", 1),
                )
        tolerance = math.inf if data.tolerance is None else data.tolerance
        certificate = cls(data.claim, ranges, tolerance, found)
        if certificate.status != data.status:
            rule = f"must be {certificate.status!r}, which is what the bounds say"
            raise CertificateError("status", data.status, rule)
        return certificate

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate to a JSON file."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Certificate:
        """Read a certificate from a file; errors are those of :meth:`from_json`."""
        return cls.from_json(schema.read(path))


def _numbers(name: str, side: Interval) -> str:
    """Return an interval in 17 digits, and how wide it is."""
    low, high = map(nearest, side)
    return f"{name} = {low:.17g}" if low == high else f"{name} in [{low:.17g}, {high:.17g}]"


def _finite(value: float) -> float | None:
    """Return a number, or None for infinity, which JSON lacks."""
    return value if math.isfinite(value) else None


def _strings(sides: dict[str, Interval]) -> dict[str, list[str]]:
    return {name: [str(end) for end in side] for name, side in sides.items()}


def _interval(ends: list[Fraction]) -> Interval:
    low, high = ends
    return low, high


def _witness(extremum: Extremum) -> dict[str, str] | None:
    if extremum.lower == -math.inf:
        return None
    return {name: str(value) for name, value in extremum.exact_witness().items()}
