"""Certificates: what was proved of a claim, and all that is needed to check it."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from selu_sym.certify.enclosures import Interval, Objective, Piece, largest_omega
from selu_sym.certify.integrals import Box

Status = Literal["proved", "refuted", "undecided"]


@dataclass(frozen=True)
class Leaf:
    """A box of the search, found by halving a piece.

    In its path, "m" and "v" say the lower half of that side, "M" and "V" the upper one.
    """

    piece: int
    path: str
    upper: float
    axis: str

    @property
    def order(self) -> tuple[float, int, str]:
        """The worst first, and no two alike."""
        return -self.upper, self.piece, self.path


@dataclass
class Extremum:
    """A maximum, or a minimum, that decides a claim."""

    name: str
    """Of what it is the extremum."""

    limit: Fraction
    """What the claim compares it with."""

    strict: bool
    """Whether the claim excludes the limit itself."""

    objective: Objective
    """What is maximized: a minimum is that of the quantity with the opposite sign."""

    closed: list[Leaf] = field(default_factory=list)
    """Boxes whose bound is small enough."""

    open: list[Leaf] = field(default_factory=list)
    """Boxes still to be halved."""

    lower: float = -float("inf")
    """The largest value found, rounded down."""

    point: tuple[Fraction, Fraction] = (Fraction(0), Fraction(1))
    """(m, v) where it was found."""

    @property
    def upper(self) -> float:
        """A bound on all values."""
        return max(leaf.upper for leaf in (*self.closed, *self.open))

    @property
    def enclosure(self) -> tuple[float, float]:
        """Numbers between which the extremum provably lies."""
        if self.objective.sign > 0:
            return self.lower, self.upper
        return -self.upper, -self.lower

    @property
    def status(self) -> Status:
        """Whether the extremum is on the right side of the limit."""
        limit = self.objective.sign * self.limit
        if self.lower > limit or (self.strict and self.lower == limit):
            return "refuted"
        if self.upper < limit or (not self.strict and self.upper == limit):
            return "proved"
        return "undecided"

    def exceeds(self, value: float) -> bool:
        """Say whether a value would be on the wrong side of the limit."""
        limit = self.objective.sign * self.limit
        return value > limit or (self.strict and value == limit)

    def near(self, value: float, tolerance: float) -> float:
        """Return how large a bound may be that is near enough to a value."""
        return value + tolerance * max(1.0, abs(value))

    def unfinished(self, tolerance: float, reached: float = -float("inf")) -> list[Leaf]:
        """Return the open boxes that matter, the worst first; the others become closed.

        No matter how far boxes are halved, there will be one of which the bound is not below what
        was reached.
        """
        if self.status == "refuted":
            return []
        enough = self.near(max(self.lower, reached), tolerance)
        keep = [leaf for leaf in self.open if leaf.upper > enough or self.exceeds(leaf.upper)]
        kept = set(keep)
        done = [leaf for leaf in self.open if leaf not in kept]
        # at once, for Ctrl-C
        self.closed, self.open = self.closed + done, sorted(keep, key=lambda leaf: leaf.order)
        return self.open

    def box(self, piece: int, path: str) -> Box:
        """Return the box that a path leads to."""
        sides = list(self.objective.pieces[piece].box)
        for step in path:
            i = 0 if step in "mM" else 2
            middle = (sides[i] + sides[i + 1]) / 2
            sides[i if step.isupper() else i + 1] = middle
        return Box(*sides)

    def witness(self) -> dict[str, float]:
        """Return a layer of the box at which the largest value was found.

        Numbers are the floats nearest to the exact ones.
        """
        return {name: _nearest(value) for name, value in self.exact_witness().items()}

    def exact_witness(self) -> dict[str, Fraction]:
        """Return mu, omega, nu and tau, exactly; for the repulsion there are mu and nu alone."""
        m, v = self.point
        if self.objective.kind == "repulsion":
            return {"mu": m, "nu": v}
        omega = largest_omega(self.objective, m, m)
        mu = m / omega if omega else self.objective.mu[0]
        piece = next(p for p in self.objective.pieces if p.box.v_low <= v <= p.box.v_high)
        linear = piece.constant + piece.slope * v  # nu where its change counts, else tau
        nu, tau = v / linear, linear
        if self.objective.kind == "change":
            nu, tau = tau, nu
        return {"mu": mu, "omega": omega, "nu": nu, "tau": tau}


@dataclass
class Certificate:
    """What is proved of a claim, and all that is needed to check it."""

    claim: str
    """The claim's name, that of the function."""

    ranges: dict[str, Interval]
    """The box of mu, omega, nu and tau."""

    tolerance: float
    """How narrow the enclosures of the extrema were to be."""

    extrema: list[Extremum]
    """What decides the claim."""

    boxes: int = 0
    """Boxes that were bounded."""

    seconds: float = 0.0
    """Time that it took."""

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
        """A layer at which the claim is violated, if it is refuted, or else is the tightest.

        The floats nearest to its mu, omega, nu and tau; None if nothing was computed.
        """
        worst = [x for x in self.extrema if x.status == "refuted"] or self.extrema
        return worst[0].witness() if worst[0].lower > -float("inf") else None

    def __str__(self) -> str:
        box = ", ".join(
            f"{name} in [{_nearest(low):g}, {_nearest(high):g}]"
            for name, (low, high) in self.ranges.items()
        )
        lines = [f"{self.claim}: {self.status} for {box}"]
        for extremum in self.extrema:
            low, high = extremum.enclosure
            relation = {True: "below", False: "at most"}[extremum.strict]
            if extremum.objective.sign < 0:
                relation = {True: "above", False: "at least"}[extremum.strict]
            lines.append(
                f"  {extremum.name} in [{low:.6g}, {high:.6g}], "
                f"claimed to be {relation} {_nearest(extremum.limit):g}"
            )
        lines.append(f"  {self.boxes} boxes")
        return "\n".join(lines)

    def to_json(self) -> str:
        """Return the certificate as JSON, with exact numbers as fractions."""
        data = _encoded(dataclasses.asdict(self))
        for item, extremum in zip(data["extrema"], self.extrema, strict=True):
            item["witness"] = _encoded(extremum.exact_witness())
        data |= {"status": self.status, "bounds": _encoded(self.bounds)}
        return json.dumps(data, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """Return the certificate that :meth:`to_json` wrote."""
        data = json.loads(text)
        extrema = []
        for item in data["extrema"]:
            objective = item["objective"]
            pieces = tuple(
                Piece(Box(*_fractions(p["box"])), *_fractions([p["constant"], p["slope"]]))
                for p in objective["pieces"]
            )
            sides = {k: _interval(objective[k]) for k in ("alpha", "scale", "mu", "omega")}
            extrema.append(
                Extremum(
                    item["name"],
                    Fraction(item["limit"]),
                    item["strict"],
                    Objective(objective["kind"], objective["sign"], **sides, pieces=pieces),
                    [_leaf(leaf) for leaf in item["closed"]],
                    [_leaf(leaf) for leaf in item["open"]],
                    float(item["lower"]),
                    _interval(item["point"]),
                )
            )
        ranges = {name: _interval(ends) for name, ends in data["ranges"].items()}
        return cls(
            data["claim"], ranges, float(data["tolerance"]), extrema, data["boxes"], data["seconds"]
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate to a JSON file."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Certificate:
        """Read a certificate from a file."""
        return cls.from_json(Path(path).read_text(encoding="utf-8"))


def _nearest(number: Fraction) -> float:
    """Return the nearest float, infinity beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else -float("inf")


def _encoded(value: Any) -> Any:
    """Return data as JSON has it."""
    if isinstance(value, Fraction) or value in (float("inf"), -float("inf")):
        return str(value)  # JSON has neither
    if isinstance(value, dict):
        return {key: _encoded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(item) for item in value]
    return value


def _leaf(data: dict[str, Any]) -> Leaf:
    return Leaf(data["piece"], data["path"], float(data["upper"]), data["axis"])


def _fractions(values: list[str]) -> list[Fraction]:
    return [Fraction(value) for value in values]


def _interval(ends: list[str]) -> Interval:
    low, high = _fractions(ends)
    return low, high
