"""The claims: what is to be proved of a SELU and a box of layers, as extrema to enclose."""

from __future__ import annotations

from concurrent.futures import Executor
from fractions import Fraction

from selu_sym import precise
from selu_sym._arb import ends
from selu_sym._parameters import SeluParameters
from selu_sym.certify.certificate import Certificate, Extremum
from selu_sym.certify.enclosures import Interval, Objective, Piece
from selu_sym.certify.integrals import Box
from selu_sym.certify.search import search
from selu_sym.precise import Enclosure, Exact, PreciseParameters

Range = tuple[Exact, Exact]
"""Lower and upper end of a side of a box, at their exact values."""


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
        The SELU. Proved is the claim for every alpha and scale in the enclosure, and refuted is
        it for every one, too, at one and the same layer; else it is undecided. For
        SeluParameters that is the hull of the floats and of the exact solution that they round.
    mu, omega, nu, tau : pairs of numbers
        The box: mean and variance of the activations before, sum and sum of squares of the
        weights. Numbers as in :mod:`selu_sym.precise`: ``("-0.1", "0.1")`` is exact.
    executor : concurrent.futures.Executor, optional
        Where the boxes are bounded; by default on this machine.
    progress : bool
        Whether to show a progress bar (needs tqdm).
    tolerance : float
        How narrow the enclosure of the extremum shall be, relative to it where it is above 1.
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
    return search(
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
    return search(Certificate("invariance", box, tolerance, extrema), executor, progress, max_boxes)


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
    return search(
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
    return search(
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
    return search(
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
    return search(copy, executor, progress, max_boxes)


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


def _ranges(**ranges: Range) -> dict[str, Interval]:
    """Return the exact box, or say what is wrong with it."""
    box = {}
    for name, side in ranges.items():
        try:
            low, high = side
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a pair of numbers, got {side!r}") from None
        interval = precise.exact(name, low), precise.exact(name, high)
        if interval[0] > interval[1]:
            raise ValueError(f"{name} must be a pair of a lower and an upper end, got {side!r}")
        if name in ("nu", "tau") and interval[0] <= 0:
            raise ValueError(f"{name} must be positive, got {low!r}")
        box[name] = interval
    return box


def _enclosed(p: SeluParameters | Enclosure | PreciseParameters) -> tuple[Interval, Interval]:
    """Return intervals that contain alpha and scale."""
    if isinstance(p, Enclosure):
        alpha, scale = (ends(ball) for ball in p)
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
