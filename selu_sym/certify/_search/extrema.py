"""The extrema that decide a claim: what is known of each while boxes are halved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from selu_sym.certify._search.enclosures import Interval, Objective, Piece, largest_omega
from selu_sym.certify._search.integrals import Box

Status = Literal["proved", "refuted", "undecided"]

STATED_BITS = 28
"""Bits of a stated bound, so that checking it takes few boxes; more where the limit is nearer."""


@dataclass(frozen=True)
class Leaf:
    """A box of the search, found by halving a piece.

    In its path, "m" and "v" say the lower half of that side, "M" and "V" the upper one.
    """

    piece: int
    path: str
    upper: float
    axis: str
    """The side to halve; empty where the box was not bounded yet, or is one of a file."""

    @property
    def order(self) -> tuple[float, int, str]:
        """The worst first, and no two alike."""
        return -self.upper, self.piece, self.path


@dataclass
class Extremum:
    """A maximum, or a minimum, that decides a claim."""

    name: str
    """What is extremal: "largest ..." or "smallest ..."."""

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

    lower: float = -math.inf
    """The largest value found, rounded down."""

    point: tuple[Fraction, Fraction] = (Fraction(0), Fraction(1))
    """(m, v) where it was found."""

    unread: tuple[str, ...] = ()
    """The trees of a file, in place of the boxes; they take much less room."""

    stated: float = math.inf
    """The bound of all boxes that the file states."""

    def __post_init__(self) -> None:
        if not self.open and not self.closed:  # nothing is known of the pieces yet
            pieces = self.objective.pieces
            self.open = [Leaf(i, "", math.inf, "") for i in range(len(pieces))]
            self.point = pieces[0].box.m_low, pieces[0].box.v_low

    @property
    def upper(self) -> float:
        """A bound on all values."""
        if self.unread:
            return self.stated
        return max(leaf.upper for leaf in (*self.closed, *self.open))

    @property
    def enclosure(self) -> tuple[float, float]:
        """Numbers between which the extremum provably lies, rounded outwards to 28 bits.

        They have more bits where the limit is nearer than that.
        """
        lower, upper = self._stated(self.lower, -1), self._stated(self.upper, 1)
        return (lower, upper) if self.objective.sign > 0 else (-upper, -lower)

    def _stated(self, value: float, direction: int) -> float:
        """Return a bound rounded up or down, unless that would lose what it says of the limit."""
        if not math.isfinite(value):
            return value
        mantissa, exponent = math.frexp(direction * value)
        whole = math.ceil(math.ldexp(mantissa, STATED_BITS))
        rounded = direction * math.ldexp(whole, exponent - STATED_BITS)
        limit = self.objective.sign * self.limit
        same = math.isfinite(rounded) and (
            (rounded > limit, rounded < limit) == (value > limit, value < limit)
        )
        return rounded if same else value

    @property
    def status(self) -> Status:
        """Whether the extremum is on the right side of the limit, as far as the bounds tell."""
        if self.exceeds(self.lower):
            return "refuted"
        return "undecided" if self.exceeds(self.upper) else "proved"

    @property
    def boxes(self) -> int:
        """The number of boxes, including those that were halved."""
        if self.unread:
            return sum(map(len, self.unread))
        return 2 * (len(self.closed) + len(self.open)) - len(self.objective.pieces)

    def keep_trees(self, trees: Sequence[str], upper: float) -> None:
        """Take the boxes of a file for those of the search, and its bound for all of them."""
        self.closed, self.open = [], []
        self.unread, self.stated = tuple(trees), upper

    def read_trees(self) -> None:
        """Make boxes of the trees of a file."""
        if self.unread:
            self.open = [
                Leaf(piece, path, self.stated, "")
                for piece, tree in enumerate(self.unread)
                for path in _paths(tree)
            ]
            self.unread = ()

    def trees(self) -> list[str]:
        """Return the boxes of each piece as the preorder of a tree.

        ``.`` is a box that is not halved.
        """
        if self.unread:
            return list(self.unread)
        trees: list[list[str]] = [[] for _ in self.objective.pieces]
        before = [""] * len(trees)
        leaves = (*self.closed, *self.open)
        # capital letters, here those of the lower halves, come first
        for path, piece in sorted((leaf.path.swapcase(), leaf.piece) for leaf in leaves):
            steps = enumerate(zip(before[piece], path, strict=False), 1)
            # up to where it is the other half, whose halving was already written
            known = next((n for n, (old, new) in steps if old != new), 0)
            trees[piece].append(path[known:].lower() + ".")
            before[piece] = path
        return ["".join(tree) for tree in trees]

    def exceeds(self, value: float) -> bool:
        """Return whether a value would be on the wrong side of the limit."""
        limit = self.objective.sign * self.limit
        return value > limit or (self.strict and value == limit)

    def unfinished(self, tolerance: float, reached: float = -math.inf) -> list[Leaf]:
        """Return the open boxes that matter, the worst first; the others become closed.

        However far boxes are halved, there will always be one whose bound is not below ``reached``.
        """
        if self.status == "refuted":
            return []
        enough = near(max(self.lower, reached), tolerance)
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
        return {name: nearest(value) for name, value in self.exact_witness().items()}

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


def _paths(tree: str) -> Iterator[str]:
    """Yield the paths of those boxes of a tree that are not halved."""
    waiting = [""]
    for step in tree:
        path = waiting.pop()
        if step == ".":
            yield path
        else:
            waiting += (path + step.upper(), path + step)


def near(value: float, tolerance: float) -> float:
    """Return how large a bound may be that is near enough to a value."""
    return value + tolerance * max(1.0, abs(value))


def nearest(number: Fraction) -> float:
    """Return the nearest float, infinity beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def extrema(
    claim: str, ranges: dict[str, Interval], alpha: Interval, scale: Interval
) -> list[Extremum]:
    """Return the extrema that decide a claim, of which nothing is known yet."""
    return [
        Extremum(
            name,
            Fraction(limit),
            strict,
            Objective(kind, sign, alpha, scale, ranges["mu"], omega, pieces),
        )
        for name, limit, strict, kind, sign, omega, pieces in _extrema(claim, ranges)
    ]


def _extrema(
    claim: str, box: dict[str, Interval]
) -> Iterator[tuple[str, int | Fraction, bool, str, int, Interval, tuple[Piece, ...]]]:
    nothing = Fraction(0), Fraction(0)
    if claim == "repulsion":
        pieces: tuple[Piece, ...] = (Piece(Box(*box["mu"], *box["nu"])),)
        yield "largest 1 - trace + det", 0, True, "repulsion", 1, nothing, pieces
        return
    omega = box["omega"]
    if claim == "contraction":
        pieces = _largest_tau(box)
        yield "largest singular value", 1, True, "contraction", 1, omega, pieces
    elif claim == "invariance":
        pieces = _largest_tau(box)  # any other split of v into nu and tau would do
        for kind, limits in (("mean", box["mu"]), ("variance", box["nu"])):
            for size, sign, limit in zip(("smallest", "largest"), (-1, 1), limits, strict=True):
                yield f"{size} new {kind}", limit, False, kind, sign, omega, pieces
    elif claim == "variance_decreases":
        pieces = _smallest_nu(box)
        yield "largest change of the variance", 0, True, "change", 1, omega, pieces
    else:
        pieces = _largest_nu(box)
        yield "smallest change of the variance", 0, True, "change", -1, omega, pieces


def _largest_tau(box: dict[str, Interval]) -> tuple[Piece, ...]:
    """Return pieces on which the largest tau for given v, min(v/nu_low, tau_high), is linear."""
    nu_low, tau_high = box["nu"][0], box["tau"][1]
    return _pieces(box, nu_low * tau_high, {"slope": 1 / nu_low}, {"constant": tau_high})


def _smallest_nu(box: dict[str, Interval]) -> tuple[Piece, ...]:
    """Return pieces on which the smallest nu for given v, max(nu_low, v/tau_high), is linear."""
    nu_low, tau_high = box["nu"][0], box["tau"][1]
    return _pieces(box, nu_low * tau_high, {"constant": nu_low}, {"slope": 1 / tau_high})


def _largest_nu(box: dict[str, Interval]) -> tuple[Piece, ...]:
    """Return pieces on which the largest nu for given v, min(v/tau_low, nu_high), is linear."""
    nu_high, tau_low = box["nu"][1], box["tau"][0]
    return _pieces(box, nu_high * tau_low, {"slope": 1 / tau_low}, {"constant": nu_high})


def _pieces(
    box: dict[str, Interval],
    border: Fraction,
    below: dict[str, Fraction],
    above: dict[str, Fraction],
) -> tuple[Piece, ...]:
    """Return the boxes of (m, v) below and above a border of v."""
    products = [mu * omega for mu in box["mu"] for omega in box["omega"]]
    m = min(products), max(products)
    low, high = (nu * tau for nu, tau in zip(box["nu"], box["tau"], strict=True))
    pieces = (Piece(Box(*m, low, border), **below), Piece(Box(*m, border, high), **above))
    return tuple(piece for piece in pieces if piece.box.v_low < piece.box.v_high) or pieces[:1]
