"""The claims: what is to be proved of a SELU and a box of layers, as extrema to enclose."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from concurrent.futures import Executor
from fractions import Fraction
from typing import Concatenate, ParamSpec, TypeAlias

from selu_sym import precise
from selu_sym._exact.arb import ends
from selu_sym._exact.numbers import Exact, exact
from selu_sym._parameters import SeluParameters
from selu_sym.certify._search.enclosures import Interval
from selu_sym.certify._search.extrema import extrema
from selu_sym.certify._search.search import search
from selu_sym.certify.certificate import Certificate
from selu_sym.precise import Enclosure, PreciseParameters

Range = tuple[Exact, Exact]
"""Lower and upper end of a side of a box, at their exact values."""


P = ParamSpec("P")

Selu: TypeAlias = SeluParameters | Enclosure | PreciseParameters


def _claim(
    prove: Callable[Concatenate[str, P], Certificate],
) -> Callable[[Callable[[], None]], Callable[P, Certificate]]:
    """Return a decorator that turns a documented function without a body into a claim."""

    def named(documented: Callable[[], None]) -> Callable[P, Certificate]:
        @functools.wraps(documented, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
        def claim(*args: P.args, **kwargs: P.kwargs) -> Certificate:
            signature.bind(*args, **kwargs)  # an error names the function that was called
            return prove(documented.__name__, *args, **kwargs)

        signature = inspect.signature(prove)
        _, *parameters = signature.parameters.values()
        signature = signature.replace(parameters=parameters)
        claim.__dict__["__signature__"] = signature
        return claim

    return named


def _prove(
    claim: str,
    p: Selu,
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
    """Prove or refute a claim about the layers of a box."""
    box = _ranges(mu=mu, omega=omega, nu=nu, tau=tau)
    alpha, scale = _enclosed(p)
    start = Certificate(claim, box, tolerance, extrema(claim, box, alpha, scale))
    return search(start, executor, progress, max_boxes)


@_claim(_prove)
def contraction() -> None:
    """Prove or refute that the layer map is a contraction: its Jacobian's largest singular
    value is below 1 everywhere in a box.

    Parameters
    ----------
    p : SeluParameters, Enclosure or PreciseParameters
        The SELU. "proved" means that the claim holds for every alpha and scale in the enclosure,
        "refuted" that at one layer it fails for every one of them. For SeluParameters the enclosure
        contains both the floats and the exact solution that they round.
    mu, omega, nu, tau : pairs of numbers
        The box: the mean of the activations before the layer, the sum of its weights, the variance
        of these activations, and the sum of the squared weights. Numbers are as in
        :mod:`selu_sym.precise`: ``("-0.1", "0.1")`` is exact.
    executor : concurrent.futures.Executor, optional
        What runs the search; by default the processors of this machine.
    progress : bool
        Whether to show a progress bar (needs tqdm).
    tolerance : float
        The width that the enclosure of the extremum should have, relative to the extremum if that
        is above 1.
    max_boxes : int
        The number of boxes after which the search stops, even if it is undecided.

    Returns
    -------
    Certificate

    Raises
    ------
    ValueError, TypeError
        If the box is empty, a variance or tau is not positive, or p is of another type.

    Notes
    -----
    Ctrl-C ends the search. The certificate then says what was reached, and :func:`resume`
    continues from there.

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


@_claim(_prove)
def invariance() -> None:
    """Prove or refute that the layer map takes the (mu, nu) part of a box into itself.

    Parameters, results and errors are those of :func:`contraction`. The bounds enclose the
    smallest and the largest new mean and new variance.

    Notes
    -----
    Together with :func:`contraction` this is the condition of Banach's fixed-point theorem:
    moments in the box converge to a fixed point in it. Source: theorem 1 of Klambauer et al. 2017.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> print(invariance(p, mu=(-0.1, 0.1), omega=(-0.1, 0.1), nu=(0.8, 1.5), tau=(1, 1)).status)
    proved
    """


@_claim(_prove)
def variance_decreases() -> None:
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


@_claim(_prove)
def variance_increases() -> None:
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


def repulsion(
    mu: Range,
    nu: Range,
    *,
    executor: Executor | None = None,
    progress: bool = False,
    tolerance: float = float("inf"),
    max_boxes: int = 1_000_000,
) -> Certificate:
    """Prove or refute that no fixed point in a box attracts, for unit-sum weights.

    Parameters
    ----------
    mu, nu : pairs of numbers
        The box of fixed points: mean and variance. Each fixed point has its own SELU.
    executor, progress, max_boxes
        As for :func:`contraction`.
    tolerance : float
        The width that the enclosure of the extremum should have. By default the search ends as
        soon as the claim is decided.

    Returns
    -------
    Certificate
        The extremum is the largest value of 1 - trace + det of the Jacobian. Where that is
        negative, there is a real eigenvalue above 1. "refuted" does not mean that a fixed point
        attracts.

    Raises
    ------
    ValueError, TypeError
        As :func:`contraction`.

    Notes
    -----
    Notebook 8 shows that for unit-sum weights there is always exactly one such SELU.

    Source: ``derivations.stability``.

    Examples
    --------
    >>> print(repulsion(mu=("-0.2", 0), nu=(1, "2.5")).status)
    proved
    """
    box = _ranges(mu=mu, nu=nu)
    none = Fraction(0), Fraction(0)
    start = Certificate("repulsion", box, tolerance, extrema("repulsion", box, none, none))
    return search(start, executor, progress, max_boxes)


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
        It is not changed. If it was read from a file, all of its boxes are bounded again, because
        a file is not trusted.
    executor, progress, max_boxes
        As for :func:`contraction`; the count of boxes starts again at 0.

    Returns
    -------
    Certificate
        Of the same claim about the same box, as :func:`contraction` returns it.

    Raises
    ------
    ValueError, TypeError
        As :func:`contraction`.

    Notes
    -----
    What was proved of a part of the box is kept, so that two searches of n boxes do the work of
    one of 2 n. Source: as of the claim.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> box = dict(mu=(-0.1, 0.1), omega=(-0.1, 0.1), nu=(0.8, 1.5), tau=(0.95, 1.1))
    >>> stopped = contraction(p, **box, max_boxes=1)
    >>> print(stopped.status, resume(stopped).status)
    undecided proved
    """
    return search(copy.deepcopy(certificate), executor, progress, max_boxes)


def _ranges(**ranges: Range) -> dict[str, Interval]:
    """Return the exact box, or raise an error that names the side which is wrong."""
    box = {}
    for name, side in ranges.items():
        try:
            low, high = side
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a pair of numbers, got {side!r}") from None
        interval = exact(name, low), exact(name, high)
        if interval[0] > interval[1]:
            raise ValueError(f"{name} must be a pair of a lower and an upper end, got {side!r}")
        if name in ("nu", "tau") and interval[0] <= 0:
            raise ValueError(f"{name} must be positive, got {low!r}")
        box[name] = interval
    return box


def _enclosed(p: Selu) -> tuple[Interval, Interval]:
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
