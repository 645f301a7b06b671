"""Computer-checked proofs about the layer map. Needs the extra ``certify`` (python-flint).

Each function takes a SELU and a box of (mu, omega, nu, tau), and proves or refutes a claim for
*every* layer in it, whose inputs have mean mu and variance nu and whose weights have the sum
omega and the sum of squares tau: the theorems of the SELU paper are such claims.

The result is a :class:`Certificate`. It says what was proved, with an enclosure of the extremum
that decides; it can be saved, and :func:`check` verifies it from the file with other code.

**How.** The claims depend on mu and omega by the net input's mean m = mu omega, and on nu and
tau by its variance v = nu tau, and for given (m, v) the worst omega, tau or nu is known: the
singular value grows with abs(omega) and tau, the change of the variance falls with nu. So four
dimensions are two, exactly. Branch and bound halves boxes of (m, v) until the bounds of
``selu_sym._enclosures`` decide.

**Where.** ``executor=None`` is this process, and its other processors once the work is worth it.
Any ``concurrent.futures.Executor`` will do; ``dask.distributed.Client(...).get_executor()`` is the
way to a cluster. The certificate is the same wherever it is computed.

Searches of more than some thousand boxes start processes, and so, as always with
``multiprocessing``, a script must call them below ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

try:
    import flint
except ImportError as error:
    raise ImportError(
        "selu_sym.certify needs python-flint: pip install selu-sym[certify]"
    ) from error

from selu_sym import precise
from selu_sym._enclosures import (
    Bound,
    Box,
    Interval,
    Objective,
    Piece,
    bounds,
    largest_omega,
)
from selu_sym._parameters import SeluParameters
from selu_sym.precise import Enclosure, Exact, PreciseParameters

__all__ = [
    "Certificate",
    "Extremum",
    "check",
    "contraction",
    "invariance",
    "repulsion",
    "resume",
    "variance_decreases",
    "variance_increases",
]

Range = tuple[Exact, Exact]
"""Lower and upper end of a side of a box, at their exact values."""

Status = Literal["proved", "refuted", "undecided"]

CHUNK = 64
"""Boxes in one task for an executor."""

WORTH_A_POOL = 4096
"""Boxes that this process bounds alone before it starts others."""

RESTARTS = 3
"""How often a pool is started again after a process of it died."""


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

    def unfinished(self, tolerance: float) -> list[Leaf]:
        """Return the open boxes that matter, the worst first; the others become closed."""
        if self.status == "refuted":
            return []
        limit = self.objective.sign * self.limit
        keep = [
            leaf
            for leaf in self.open
            if leaf.upper > self.lower + tolerance
            or leaf.upper > limit
            or (self.strict and leaf.upper == limit)
        ]
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
        return {name: float(value) for name, value in self.exact_witness().items()}

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
            f"{name} in [{float(low):g}, {float(high):g}]"
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
                f"claimed to be {relation} {float(extremum.limit):g}"
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


def contraction(
    p: SeluParameters | Enclosure | PreciseParameters,
    mu: Range,
    omega: Range,
    nu: Range,
    tau: Range,
    *,
    executor: Executor | None = None,
    progress: bool = False,
    tolerance: float = 1e-5,
    max_boxes: int = 1_000_000,
) -> Certificate:
    """Prove or refute that the layer map is a contraction: its Jacobian's largest singular
    value is below 1 everywhere in a box.

    Parameters
    ----------
    p : SeluParameters, Enclosure or PreciseParameters
        The SELU. Proved is the claim for every alpha and scale in the enclosure. For
        SeluParameters that is the hull of the floats and of the exact solution that they round.
    mu, omega, nu, tau : pairs of numbers
        The box: mean and variance of the activations before, sum and sum of squares of the
        weights. Numbers as in :mod:`selu_sym.precise`: ``("-0.1", "0.1")`` is exact.
    executor : concurrent.futures.Executor, optional
        Where the boxes are bounded; by default on this machine.
    progress : bool
        Whether to show a progress bar (needs tqdm).
    tolerance : float
        How narrow the enclosure of the extremum shall be.
    max_boxes : int
        After how many boxes to stop, undecided if need be.

    Returns
    -------
    Certificate

    Raises
    ------
    ValueError, TypeError
        If the box is empty, a variance or tau is not positive, or p is of another type.

    Notes
    -----
    Ctrl-C ends the search; the certificate then says what was reached, and :func:`resume`
    goes on from there.

    Source: ``derivations.stability``; theorem 1 of Klambauer et al. 2017.

    Examples
    --------
    >>> import selu_sym
    >>> paper = selu_sym.precise.enclose(0, 1)
    >>> near_0 = ("-0.1", "0.1")
    >>> proof = contraction(paper, near_0, near_0, nu=("0.8", "1.5"), tau=("0.95", "1.1"))
    >>> proof.status
    'proved'
    """
    box = _ranges(mu=mu, omega=omega, nu=nu, tau=tau)
    extremum = _extremum(
        "largest singular value", 1, True, "contraction", 1, p, box, _largest_tau(box)
    )
    return _search(
        Certificate("contraction", box, tolerance, [extremum]), executor, progress, max_boxes
    )


def invariance(
    p: SeluParameters | Enclosure | PreciseParameters,
    mu: Range,
    omega: Range,
    nu: Range,
    tau: Range,
    *,
    executor: Executor | None = None,
    progress: bool = False,
    tolerance: float = 1e-5,
    max_boxes: int = 1_000_000,
) -> Certificate:
    """Prove or refute that the layer map takes the (mu, nu) part of a box into itself.

    Parameters, results and errors are those of :func:`contraction`. The bounds enclose the
    smallest and the largest new mean and new variance.

    Notes
    -----
    With :func:`contraction` it is the condition of Banach's theorem: moments in the box come
    to a fixed point in it. Source: theorem 1 of Klambauer et al. 2017.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> print(invariance(p, mu=(-0.1, 0.1), omega=(-0.1, 0.1), nu=(0.8, 1.5), tau=(1, 1)).status)
    proved
    """
    box = _ranges(mu=mu, omega=omega, nu=nu, tau=tau)
    pieces = _largest_tau(box)  # any other split of v into nu and tau would do
    extrema = [
        _extremum(f"{size} new {kind}", limit, False, kind, sign, p, box, pieces)
        for kind, limits in (("mean", box["mu"]), ("variance", box["nu"]))
        for size, sign, limit in zip(("smallest", "largest"), (-1, 1), limits, strict=True)
    ]
    return _search(
        Certificate("invariance", box, tolerance, extrema), executor, progress, max_boxes
    )


def variance_decreases(
    p: SeluParameters | Enclosure | PreciseParameters,
    mu: Range,
    omega: Range,
    nu: Range,
    tau: Range,
    *,
    executor: Executor | None = None,
    progress: bool = False,
    tolerance: float = 1e-5,
    max_boxes: int = 1_000_000,
) -> Certificate:
    """Prove or refute that every layer of a box has a smaller variance than the one before.

    Parameters, results and errors are those of :func:`contraction`. The bounds enclose the
    largest change, new variance minus nu.

    Notes
    -----
    Source: theorem 2 of Klambauer et al. 2017.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> box = dict(mu=(-1, 1), omega=(-0.1, 0.1), nu=(3, 16), tau=(0.8, 1.25))
    >>> print(variance_decreases(p, **box).status)
    proved
    """
    box = _ranges(mu=mu, omega=omega, nu=nu, tau=tau)
    extremum = _extremum(
        "largest change of the variance", 0, True, "change", 1, p, box, _smallest_nu(box)
    )
    return _search(
        Certificate("variance_decreases", box, tolerance, [extremum]), executor, progress, max_boxes
    )


def variance_increases(
    p: SeluParameters | Enclosure | PreciseParameters,
    mu: Range,
    omega: Range,
    nu: Range,
    tau: Range,
    *,
    executor: Executor | None = None,
    progress: bool = False,
    tolerance: float = 1e-5,
    max_boxes: int = 1_000_000,
) -> Certificate:
    """Prove or refute that every layer of a box has a larger variance than the one before.

    Parameters, results and errors are those of :func:`contraction`. The bounds enclose the
    smallest change, new variance minus nu.

    Notes
    -----
    Source: theorem 3 of Klambauer et al. 2017.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> box = dict(mu=(-0.1, 0.1), omega=(-0.1, 0.1), nu=(0.02, 0.16), tau=(0.8, 1.25))
    >>> print(variance_increases(p, **box).status)
    proved
    """
    box = _ranges(mu=mu, omega=omega, nu=nu, tau=tau)
    extremum = _extremum(
        "smallest change of the variance", 0, True, "change", -1, p, box, _largest_nu(box)
    )
    return _search(
        Certificate("variance_increases", box, tolerance, [extremum]), executor, progress, max_boxes
    )


def repulsion(
    mu: Range,
    nu: Range,
    *,
    executor: Executor | None = None,
    progress: bool = False,
    tolerance: float = float("inf"),
    max_boxes: int = 1_000_000,
) -> Certificate:
    """Prove or refute that no fixed point in a box attracts for unit-sum weights.

    Parameters
    ----------
    mu, nu : pairs of numbers
        The box of fixed points, by mean and variance. Each has a SELU of its own.
    executor, progress, max_boxes
        As for :func:`contraction`.
    tolerance : float
        How narrow the enclosure of the extremum shall be; by default it only need decide.

    Returns
    -------
    Certificate
        The extremum is the largest value of 1 - trace + det of the Jacobian. Where that is
        negative, there is a real eigenvalue above 1. That it is not does not mean that a fixed
        point attracts.

    Raises
    ------
    ValueError, TypeError
        As :func:`contraction`.

    Notes
    -----
    That there is always exactly one such SELU for unit-sum weights is shown in notebook 8.

    Source: ``derivations.stability``.

    Examples
    --------
    >>> print(repulsion(mu=("-0.2", 0), nu=(1, "2.5")).status)
    proved
    """
    box = _ranges(mu=mu, nu=nu)
    nothing = Fraction(0), Fraction(0)
    pieces = (Piece(Box(*box["mu"], *box["nu"])),)
    objective = Objective("repulsion", 1, nothing, nothing, nothing, nothing, pieces)
    extremum = Extremum("largest 1 - trace + det", Fraction(0), True, objective)
    return _search(
        Certificate("repulsion", box, tolerance, [extremum]), executor, progress, max_boxes
    )


def resume(
    certificate: Certificate,
    *,
    executor: Executor | None = None,
    progress: bool = False,
    max_boxes: int = 1_000_000,
) -> Certificate:
    """Go on with a search that ended undecided, from the boxes where it stopped.

    Parameters
    ----------
    certificate : Certificate
        It is not changed.
    executor, progress, max_boxes
        As for :func:`contraction`; the boxes are counted anew.

    Returns
    -------
    Certificate
    """
    copy = Certificate.from_json(certificate.to_json())
    return _search(copy, executor, progress, max_boxes)


def check(certificate: Certificate | str | os.PathLike[str]) -> bool:
    """Verify a certificate, or a file of one, with other code than that which found it.

    Parameters
    ----------
    certificate : Certificate, or the path of a file

    Returns
    -------
    bool
        True if the claim's status and the enclosures of all its extrema are right: if the boxes
        cover everything, the bound holds on each, and the value at the witness is as large as
        stated.

    Notes
    -----
    See ``selu_sym._recheck``. It derives the Jacobian by the automatic differentiation of power
    series, where the search uses generated formulas, and it knows nothing of monotony.
    """
    from selu_sym import _recheck  # noqa: PLC0415 - what is not checked need not load it

    if not isinstance(certificate, Certificate):
        certificate = Certificate.load(certificate)
    return _recheck.verify(json.loads(certificate.to_json()))


def _extremum(
    name: str,
    limit: int | Fraction,
    strict: bool,
    kind: str,
    sign: int,
    p: SeluParameters | Enclosure | PreciseParameters,
    box: dict[str, Interval],
    pieces: tuple[Piece, ...],
) -> Extremum:
    alpha, scale = _enclosed(p)
    objective = Objective(kind, sign, alpha, scale, box["mu"], box["omega"], pieces)
    return Extremum(name, Fraction(limit), strict, objective)


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


def _search(
    certificate: Certificate, executor: Executor | None, progress: bool, max_boxes: int
) -> Certificate:
    """Halve the boxes of all extrema until they are decided and enclosed, or the budget ends.

    All rounds are the same whoever bounds the boxes, and so is the certificate.
    """
    start = time.monotonic() - certificate.seconds
    budget = certificate.boxes + max_boxes
    with _Workers(executor) as workers, _bar(progress) as show:
        with contextlib.suppress(KeyboardInterrupt):
            for extremum in certificate.extrema:
                if not extremum.open and not extremum.closed:
                    roots = [(i, "") for i in range(len(extremum.objective.pieces))]
                    _bound(certificate, extremum, roots, workers)
                while certificate.boxes < budget:
                    leaves = extremum.unfinished(certificate.tolerance)
                    leaves = leaves[: max(1, (budget - certificate.boxes) // 2)]
                    if not leaves:
                        break
                    halves = [
                        (leaf.piece, leaf.path + half)
                        for leaf in leaves
                        for half in (leaf.axis, leaf.axis.upper())
                    ]
                    _bound(certificate, extremum, halves, workers, replaced=set(leaves))
                    show(certificate, extremum)
        certificate.seconds = time.monotonic() - start
    return certificate


def _bound(
    certificate: Certificate,
    extremum: Extremum,
    places: list[tuple[int, str]],
    workers: _Workers,
    replaced: set[Leaf] = frozenset(),  # type: ignore[assignment]
) -> None:
    """Bound boxes, and let them take the place of those that they are halves of."""
    boxes = [(piece, extremum.box(piece, path)) for piece, path in places]
    found = workers.bounds(extremum.objective, boxes)
    leaves = [
        Leaf(piece, path, bound.upper, bound.axis)
        for (piece, path), bound in zip(places, found, strict=True)
    ]
    extremum.open = [leaf for leaf in extremum.open if leaf not in replaced] + leaves
    best = max(found, key=lambda bound: bound.lower)
    if best.lower > extremum.lower:
        extremum.lower, extremum.point = best.lower, best.point
    certificate.boxes += len(boxes)


class _Workers:
    """Bounds boxes here, or with an executor; starts processes of its own once it is worth it."""

    def __init__(self, executor: Executor | None) -> None:
        self._given = executor
        self._pool: ProcessPoolExecutor | None = None
        self._done = 0

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def bounds(self, objective: Objective, boxes: list[tuple[int, Box]]) -> list[Bound]:
        """Return the bounds, in the order of the boxes."""
        self._done += len(boxes)
        chunks = [boxes[i : i + CHUNK] for i in range(0, len(boxes), CHUNK)]
        if self._given is not None:
            return self._spread(self._given, objective, chunks)
        if len(chunks) == 1 or self._done < WORTH_A_POOL or (os.cpu_count() or 1) == 1:
            return bounds(objective, boxes)
        for attempt in range(RESTARTS + 1):
            try:
                return self._spread(self._started(), objective, chunks)
            except BrokenExecutor:  # a process was killed: what it had to do is done again
                self._stop()
                if attempt == RESTARTS:
                    raise
        raise AssertionError

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent
            )
        return self._pool

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    @staticmethod
    def _spread(
        executor: Executor, objective: Objective, chunks: list[list[tuple[int, Box]]]
    ) -> list[Bound]:
        futures = [executor.submit(bounds, objective, chunk) for chunk in chunks]
        try:
            return [bound for future in futures for bound in future.result()]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _bar(progress: bool) -> Iterator[Callable[[Certificate, Extremum], None]]:
    """Give a function that shows how far a search is."""
    if not progress:
        yield lambda certificate, extremum: None
        return
    from tqdm import tqdm  # noqa: PLC0415 - only for a bar

    with tqdm(unit=" boxes") as bar:

        def show(certificate: Certificate, extremum: Extremum) -> None:
            bar.update(certificate.boxes - bar.n)
            low, high = extremum.enclosure
            bar.set_description(f"{extremum.name} in [{low:.6g}, {high:.6g}]")
            bar.set_postfix(open=len(extremum.open))

        yield show


def _ranges(**ranges: Range) -> dict[str, Interval]:
    """Return the exact box, or say what is wrong with it."""
    box = {}
    for name, ends in ranges.items():
        try:
            low, high = ends
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a pair of numbers, got {ends!r}") from None
        interval = precise.exact(name, low), precise.exact(name, high)
        if interval[0] > interval[1]:
            raise ValueError(f"{name} must be a pair of a lower and an upper end, got {ends!r}")
        if name in ("nu", "tau") and interval[0] <= 0:
            raise ValueError(f"{name} must be positive, got {low!r}")
        box[name] = interval
    return box


def _enclosed(p: SeluParameters | Enclosure | PreciseParameters) -> tuple[Interval, Interval]:
    """Return intervals that contain alpha and scale."""
    if isinstance(p, Enclosure):
        alpha, scale = (_ends(ball) for ball in p)
        return alpha, scale
    if isinstance(p, PreciseParameters):
        p_exact = precise.enclose(p.mean, p.variance, weights=p.weights, digits=p.digits)
        return _enclosed(p_exact)
    if not isinstance(p, SeluParameters):
        raise TypeError(f"p must be SeluParameters or an Enclosure, got {p!r}")
    if not isinstance(p.alpha, float) or not isinstance(p.scale, float):
        raise TypeError("p must be the parameters of one fixed point, got arrays")
    floats = Fraction(p.alpha), Fraction(p.scale)
    if p.weights is None:
        return (floats[0], floats[0]), (floats[1], floats[1])
    solution = _enclosed(precise.enclose(p.mean, p.variance, weights=p.weights, digits=20))  # type: ignore[arg-type]
    alpha, scale = (
        (min(low, x), max(high, x)) for (low, high), x in zip(solution, floats, strict=True)
    )
    return alpha, scale


def _ends(ball: Any) -> Interval:
    """Return the exact ends of an interval that contains a ball."""
    with flint.ctx.workprec(128):
        low, high = (
            Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
            for mantissa, exponent in (ball.lower().man_exp(), ball.upper().man_exp())
        )
    return low, high


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
