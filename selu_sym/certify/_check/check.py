"""Verifies what the file of a certificate says, independently of the search.

It shares no code with the search and no formulas but the definition: the mean and the second
moment of the SELU stand here as they follow from the Gaussian integrals, and every derivative
comes from automatic differentiation (:mod:`selu_sym.certify._check.jets`). Limits, pieces and
what is to be maximized follow here from the claim and its ranges. It does not use that any of
these is monotonous, only the mean value theorem. Where a box of the certificate is too large for
that, it is halved until it is not; if that takes too many boxes (``PATIENCE``), the answer is no.

The largest singular value s of a Jacobian J is bounded without roots. With t and d the trace and
the determinant of J^T J, the eigenvalues of J^T J are the zeros of p(x) = x^2 - t x + d, so that
s <= u if and only if p(u^2) >= 0 and 2 u^2 >= t, and s >= u if p(u^2) <= 0 or 2 u^2 <= t.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint

from selu_sym._exact.arb import ball, hull, working_precision
from selu_sym.certify import schema
from selu_sym.certify._check.jets import Jet, moments_at, moments_on

if TYPE_CHECKING:
    from selu_sym.certify.certificate import Certificate

BITS = 64
"""Precision of the balls' midpoints, to begin with."""

MOST_BITS = 4096
"""Precision at which what is still open counts as wrong."""

PATIENCE_AT_WITNESS = 1000
"""How many boxes of alpha and scale to look at for the value at the witness."""

ORDER = 6
"""Of derivatives: bounds need the fourth ones, and those the next two."""

PATIENCE = 20_000, 100
"""Boxes to look at, and how many more for each box of the certificate, before it is wrong."""

Side = tuple[Fraction, Fraction]

Box = tuple[Side, ...]
"""Sides of m and v, and then, for layers, of alpha and scale."""

Keep = Callable[[Any], Any]
"""Takes a number that others are computed from, and returns it with the smallest ball known."""

Goal = Callable[[Box, Callable[[int, int], Any], list[Any], Keep], list[Any]]
"""Takes a box, moments of it and its sides as balls or jets; returns what shall not exceed 0."""


def check(certificate: Certificate | str | os.PathLike[str]) -> bool:
    """Verify all that a certificate, or a file of one, says, with other code than the search's.

    Parameters
    ----------
    certificate : Certificate, or the path of a file

    Returns
    -------
    bool
        True if every statement of the file is proved, as it is stated: that the layer which it
        calls the witness lies in the box and has a value that is at least the one bound, that no
        layer has one beyond the other bound, for every alpha and scale in the intervals, and
        that the status is what these bounds say.

    Raises
    ------
    CertificateError
        If the file is none of a certificate, or contradicts itself.
    OSError
        If it cannot be read.

    Notes
    -----
    ``tolerance`` says how near the bounds were to be, and is no statement. False means that not
    everything is proved: a true statement may be among it, where its proof would take a hundred
    times as many boxes as the certificate has. It takes about as long as the search. See
    ``selu_sym.certify.check`` for the method, and ``selu_sym.certify.schema`` for the file.
    """
    if isinstance(certificate, str | os.PathLike):
        data = schema.parse(schema.read(certificate))
    else:
        data = schema.parse(certificate.to_json())
    ranges: dict[str, Side] = {name: (low, high) for name, (low, high) in data.ranges}
    limits = _limits(data.claim, ranges)
    if data.status != _status(data, limits):
        return False
    nothing: list[Fraction] = []
    selu = [tuple(getattr(data, name, nothing)) for name in ("alpha", "scale")]
    sides = tuple(side for side in selu if side)
    kind = _FixedPoints if data.claim == "repulsion" else _Layers
    return all(
        kind(name, extremum.sign, ranges).holds(extremum, sides)
        for (name, _, _), extremum in zip(limits, data.extrema, strict=True)
    )


def _limits(claim: str, ranges: dict[str, Side]) -> list[tuple[str, Fraction, bool]]:
    """Return the quantity of each extremum, its limit, and whether the claim excludes that."""
    if claim == "contraction":
        return [("singular value", Fraction(1), True)]
    if claim == "invariance":
        kinds = (("mean", ranges["mu"]), ("variance", ranges["nu"]))
        return [(kind, limit, False) for kind, side in kinds for limit in side]
    return [("gap" if claim == "repulsion" else "change", Fraction(0), True)]


def _status(data: schema.File, limits: list[tuple[str, Fraction, bool]]) -> str:
    """Return what the bounds, if they are right, say of the claim."""
    words = set()
    for (_, limit, strict), extremum in zip(limits, data.extrema, strict=True):
        signed = extremum.sign * limit
        reached, upper = extremum.reached, extremum.upper
        if reached is not None and (reached > signed or (strict and reached == signed)):
            words.add("refuted")
        elif upper is not None and (upper < signed or (not strict and upper == signed)):
            words.add("proved")
        else:
            words.add("undecided")
    return next(word for word in ("refuted", "undecided", "proved") if word in words)


class _Quantity:
    """A quantity of layers, or of fixed points, times a sign."""

    def __init__(self, name: str, sign: int, ranges: dict[str, Side]) -> None:
        self.name, self.sign, self.ranges = name, sign, ranges

    def holds(self, extremum: Any, selu: Box) -> bool:
        """Say whether the value at the witness, and all values, are what is stated."""
        return self._never_exceeded(extremum, selu) and self._reached(extremum, selu)

    def _reached(self, extremum: Any, selu: Box) -> bool:
        if extremum.reached is None:
            return True
        witness = dict(extremum.witness)
        m, v = self.net_input(witness)
        goal = self.goal_at(witness, Fraction(extremum.reached))
        box = ((m, m), (v, v), *selu)
        return goal is None or _never_positive(goal, any, iter([box]), PATIENCE_AT_WITNESS)

    def _never_exceeded(self, extremum: Any, selu: Box) -> bool:
        if extremum.upper is None:
            return True
        pieces = self.pieces()
        upper = Fraction(extremum.upper)
        return len(pieces) == len(extremum.trees) and all(
            _holds_on(self.goal_on(linear, upper), tree, (*sides, *selu))
            for (sides, linear), tree in zip(pieces, extremum.trees, strict=True)
        )

    def net_input(self, witness: dict[str, Fraction]) -> tuple[Fraction, Fraction]:
        """Return m and v."""
        raise NotImplementedError

    def pieces(self) -> list[tuple[Box, Side]]:
        """Return boxes (m, v) that cover the domain, and the constant and slope of what is linear
        in v on each.
        """
        raise NotImplementedError

    def goal_at(self, witness: dict[str, Fraction], value: Fraction) -> Goal | None:
        """Return numbers of which one shall not exceed 0; None if the value is surely reached."""
        raise NotImplementedError

    def goal_on(self, linear: Side, bound: Fraction) -> Goal:
        """Return numbers none of which shall exceed 0."""
        raise NotImplementedError


class _Layers(_Quantity):
    """The largest singular value, the new mean and variance, and the variance's change."""

    def net_input(self, witness: dict[str, Fraction]) -> tuple[Fraction, Fraction]:
        return witness["mu"] * witness["omega"], witness["nu"] * witness["tau"]

    def pieces(self) -> list[tuple[Box, Side]]:
        """Return those on which the largest tau, or the smallest or largest nu, is linear in v."""
        (nu_low, nu_high), (tau_low, tau_high) = self.ranges["nu"], self.ranges["tau"]
        products = [mu * omega for mu in self.ranges["mu"] for omega in self.ranges["omega"]]
        m = min(products), max(products)
        low, high = nu_low * tau_low, nu_high * tau_high
        zero = Fraction(0)
        if self.name != "change":  # tau <= min(v/nu_low, tau_high)
            border, below, above = nu_low * tau_high, (zero, 1 / nu_low), (tau_high, zero)
        elif self.sign > 0:  # nu >= max(nu_low, v/tau_high)
            border, below, above = nu_low * tau_high, (nu_low, zero), (zero, 1 / tau_high)
        else:  # nu <= min(v/tau_low, nu_high)
            border, below, above = nu_high * tau_low, (zero, 1 / tau_low), (nu_high, zero)
        both: list[tuple[Box, Side]] = [
            ((m, (low, border)), below),
            ((m, (border, high)), above),
        ]
        return [piece for piece in both if piece[0][1][0] < piece[0][1][1]] or both[:1]

    def goal_at(self, witness: dict[str, Fraction], value: Fraction) -> Goal | None:
        if self.name == "singular value" and value <= 0:
            return None
        omega, tau, nu = (ball(witness[name]) for name in ("omega", "tau", "nu"))
        least = ball(value)

        def goal(box: Box, moments: Any, sides: list[Any], keep: Keep) -> list[Any]:
            if self.name == "singular value":
                p, gap = self._characteristic(moments, sides, omega, tau, least * least)
                return [p, gap]
            return [least - self._value(moments, sides, nu)]

        return goal

    def goal_on(self, linear: Side, bound: Fraction) -> Goal:
        constant, slope = map(ball, linear)
        most = ball(bound)

        def goal(box: Box, moments: Any, sides: list[Any], keep: Keep) -> list[Any]:
            extreme = sides[1] * slope + constant
            if self.name == "singular value":
                omega = ball(self._largest_omega(box[0]))
                p, gap = self._characteristic(moments, sides, omega, extreme, most * most)
                return [-p, -gap, *([] if bound >= 0 else [flint.arb(1)])]
            return [self._value(moments, sides, extreme) - most]

        return goal

    def _value(self, moments: Any, sides: list[Any], nu: Any) -> Any:
        """Return the signed mean, variance, or change of the variance."""
        _, _, alpha, scale = sides
        mean = (moments(0, 0) + moments(1, 0) * alpha) * scale
        if self.name == "mean":
            return mean * self.sign
        square = (moments(2, 0) + moments(3, 0) * (alpha * alpha)) * (scale * scale)
        variance = square - mean * mean
        return (variance - nu if self.name == "change" else variance) * self.sign

    def _characteristic(
        self, moments: Any, sides: list[Any], omega: Any, tau: Any, x: Any
    ) -> tuple[Any, Any]:
        """Return p(x) and 2 x - t for the Jacobian by (mu, nu)."""
        _, _, alpha, scale = sides

        def mean(n: int) -> Any:
            """Return the derivatives of the mean by m."""
            return (moments(0, n) + moments(1, n) * alpha) * scale

        def square(n: int) -> Any:
            return (moments(2, n) + moments(3, n) * (alpha * alpha)) * (scale * scale)

        mean_m, mean_v, twice = mean(1), mean(2) / 2, mean(0) * 2
        a, b = mean_m * omega, mean_v * tau
        c = (square(1) - twice * mean_m) * omega
        d = (square(2) / 2 - twice * mean_v) * tau
        trace, determinant = a * a + b * b + c * c + d * d, a * d - b * c
        return determinant * determinant - trace * x + x * x, 2 * x - trace

    def _largest_omega(self, m: Side) -> Fraction:
        """Return a bound of abs(omega) for mu omega in m."""
        (mu_low, mu_high), (low, high) = self.ranges["mu"], self.ranges["omega"]
        if mu_low > 0 or mu_high < 0:
            farthest = max(abs(x / mu) for x in m for mu in (mu_low, mu_high))
            return min(farthest, max(abs(low), abs(high)))
        if m[0] <= 0 <= m[1]:
            return max(abs(low), abs(high))
        positive = m[0] > 0
        candidates = [high] if high > 0 and (mu_high > 0 if positive else mu_low < 0) else []
        candidates += [-low] if low < 0 and (mu_low < 0 if positive else mu_high > 0) else []
        return max(candidates, default=Fraction(0))


class _FixedPoints(_Quantity):
    """1 - trace + det of the Jacobian at the fixed point (m, v), for unit-sum weights."""

    def net_input(self, witness: dict[str, Fraction]) -> tuple[Fraction, Fraction]:
        return witness["mu"], witness["nu"]

    def pieces(self) -> list[tuple[Box, Side]]:
        """Return the box: nothing is linear in v."""
        return [((self.ranges["mu"], self.ranges["nu"]), (Fraction(0), Fraction(0)))]

    def goal_at(self, witness: dict[str, Fraction], value: Fraction) -> Goal | None:
        return lambda box, *numbers: [ball(value) - self._gap(*numbers)]

    def goal_on(self, linear: Side, bound: Fraction) -> Goal:
        return lambda box, *numbers: [self._gap(*numbers) - ball(bound)]

    @staticmethod
    def _gap(moments: Any, sides: list[Any], keep: Keep) -> Any:
        """Return 1 - trace + det, written so that nothing cancels where z is hardly ever negative.

        With L and M the means of z and z^2 where z < 0, the conditions A x + B y = m and
        C x^2 + D y^2 = v + m^2 for x = lamda and y = lamda alpha are, with u = x - 1,

            F = L - u A - y B = 0 and G = M - u (2 + u) C - y^2 D = 0,

        so that u is a root of Q u^2 + 2 h u + r. For fixed u and y, the new mean is m - F and the
        new second moment v + m^2 - G, and 1 - trace + det is F_m G_v - F_v G_m.
        """
        A, B, C, D, L, M = (moments(i, 0) for i in range(6))
        BB = B * B
        Q, h, r = BB * C + A * A * D, BB * C - L * A * D, L * L * D - BB * M
        root = keep((h * h - Q * r).sqrt())
        u = keep(-r / (h + root))
        y = keep((L - u * A) / B)
        w, yy = u * (u + 2), y * y
        F_m, F_v = (moments(4, n) - u * moments(0, n) - y * moments(1, n) for n in (1, 2))
        G_m, G_v = (moments(5, n) - w * moments(2, n) - yy * moments(3, n) for n in (1, 2))
        # by the heat equation, derivatives by v are half of the second ones by m
        return (F_m * G_v - F_v * G_m) / 2


def _holds_on(goal: Goal, tree: str, box: Box) -> bool:
    """Say whether none of the numbers exceeds 0 on any box of a tree of halves."""
    left = PATIENCE[0] + PATIENCE[1] * len(tree)
    return _never_positive(goal, all, _leaves(tree, box), left)


def _leaves(tree: str, box: Box) -> Iterator[Box]:
    """Yield the boxes that are not halved."""
    waiting = [box]
    for step in tree:
        here = waiting.pop()
        if step == ".":
            yield here
        else:
            waiting += reversed(_halves(here, "mv".index(step)))


def _halves(box: Box, axis: int) -> tuple[Box, Box]:
    low, high = box[axis]
    middle = (low + high) / 2
    return (
        (*box[:axis], (low, middle), *box[axis + 1 :]),
        (*box[:axis], (middle, high), *box[axis + 1 :]),
    )


def _never_positive(
    goal: Goal, which: Callable[[Iterator[bool]], bool], boxes: Iterator[Box], patience: int
) -> bool:
    """Say whether on each part of some boxes all, or any, of the numbers do not exceed 0."""
    waiting: list[Box] = []
    bits = BITS
    for _ in range(patience):
        if not waiting:
            waiting, bits = list(itertools.islice(boxes, 1)), BITS
        if not waiting:
            return True
        here = waiting.pop()
        with working_precision(bits, terms=ORDER + 1):
            verdict = _verdict(goal, which, here)
        if verdict is None:  # the digits do not suffice
            bits *= 2
            if bits > MOST_BITS:
                return False
            waiting.append(here)
        elif verdict == DISPROVED:
            return False
        elif verdict != PROVED:
            waiting += _halves(here, verdict)
    return False


PROVED, DISPROVED = -1, -2


def _verdict(goal: Goal, which: Callable[[Iterator[bool]], bool], box: Box) -> int | None:
    """Return PROVED, DISPROVED, the side to halve, or None where the precision is too small."""
    centre = [ball((low + high) / 2) for low, high in box]
    there, moments = moments_at(centre[0], centre[1], ORDER)
    kept: list[Any] = []

    def keep(number: Any) -> Any:
        kept.append(number)
        return number

    values = goal(box, moments, centre, keep)
    if not which(value <= 0 for value in values):
        return DISPROVED if not which(not value > 0 for value in values) else None
    if all(low == high for low, high in box):
        return PROVED
    hulls = [hull(low, high) for low, high in box]
    distances = [side - middle for side, middle in zip(hulls, centre, strict=True)]
    radii = [ball((high - low) / 2) for low, high in box]
    width = len(box)
    one, zero = flint.arb(1), flint.arb(0)
    jets = [
        Jet(side, tuple(one if i == j else zero for j in range(width)))
        for i, side in enumerate(hulls)
    ]
    on_box = moments_on(hulls[0], hulls[1], (distances[0], distances[1]), there, width)
    at_centre = iter(kept)
    found = goal(box, on_box, jets, lambda jet: jet.sharpened(next(at_centre), distances))
    spreads = [
        [abs(slope) * radius for slope, radius in zip(jet.slopes, radii, strict=True)]
        if isinstance(jet, Jet)
        else [zero] * width
        for jet in found
    ]

    def small(jet: Any, value: Any, spread: list[Any]) -> bool:
        whole = jet.value if isinstance(jet, Jet) else jet
        return bool(whole <= 0 or value + sum(spread, zero) <= 0)

    fine = [small(*each) for each in zip(found, values, spreads, strict=True)]
    if which(iter(fine)):
        return PROVED
    worst = next(i for i, good in enumerate(fine) if not good)
    if isinstance(found[worst], Jet) and _exceeded(goal, which, box, found[worst].slopes):
        return DISPROVED
    return _axis(spreads[worst], box)


def _exceeded(
    goal: Goal, which: Callable[[Iterator[bool]], bool], box: Box, slopes: tuple[Any, ...]
) -> bool:
    """Say whether the numbers surely exceed 0 at the corner to which the slopes point."""
    corner = [ball(side[bool(slope.mid() > 0)]) for side, slope in zip(box, slopes, strict=True)]
    _, moments = moments_at(corner[0], corner[1], ORDER)
    return not which(not value > 0 for value in goal(box, moments, corner, lambda number: number))


def _axis(spread: list[Any], box: Box) -> int:
    """Return the side along which a number varies most, or that is the longest for its place."""
    sizes = [float(x.upper()) if x.is_finite() else float("inf") for x in spread]
    if float("inf") in sizes or max(sizes) == 0:
        sizes = [float((high - low) / (1 + abs(high))) for low, high in box]
        (v_low, v_high) = box[1]
        sizes[1] = float((v_high - v_low) / v_high)
    return max(range(len(sizes)), key=sizes.__getitem__)
