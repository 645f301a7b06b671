"""Verifies certificates of :mod:`selu_sym.certify` from their JSON, independently of the search.

It shares no code with the search and no formulas but the definition: the mean and the second
moment of the SELU stand here as they follow from the Gaussian integrals, and every derivative
comes from automatic differentiation, that is, from computing with power series whose
coefficients are balls. It does not use that anything is monotonous, only the mean value theorem.
Where a box of the certificate is too large for that, it is halved until it is not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import flint

from selu_sym.certify.certificate import Certificate

BITS = 80
"""Precision of the balls' midpoints."""

DEEPEST = 60
"""How often a box is halved before it counts as wrong."""

Side = tuple[Fraction, Fraction]


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
    See ``selu_sym.certify.check``: it derives the Jacobian by the automatic differentiation of
    power series, where the search uses generated formulas, and it knows nothing of monotony.
    """
    if not isinstance(certificate, Certificate):
        certificate = Certificate.load(certificate)
    return _verified(json.loads(certificate.to_json()))


def _verified(data: dict[str, Any]) -> bool:
    """Say whether the status and the enclosures of a certificate are right."""
    ranges = {name: _side(ends) for name, ends in data["ranges"].items()}
    found = [(x["objective"]["kind"], x["objective"]["sign"]) for x in data["extrema"]]
    if set(found) != CLAIMS[data["claim"]] or data["status"] != _status(data["extrema"]):
        return False
    with flint.ctx.workprec(BITS):
        return all(_verify(extremum, data, ranges) for extremum in data["extrema"])


def _status(extrema: list[dict[str, Any]]) -> str:
    """Return what the numbers of the extrema, if they are right, say of the claim."""
    words = set()
    for extremum in extrema:
        sign, strict = extremum["objective"]["sign"], extremum["strict"]
        limit = sign * Fraction(extremum["limit"])
        lower, upper = float(extremum["lower"]), _largest(extremum)
        if lower > limit or (strict and lower == limit):
            words.add("refuted")
        elif upper < limit or (not strict and upper == limit):
            words.add("proved")
        else:
            words.add("undecided")
    return next(word for word in ("refuted", "undecided", "proved") if word in words)


def _largest(extremum: dict[str, Any]) -> float:
    return max(float(leaf["upper"]) for leaf in (*extremum["closed"], *extremum["open"]))


def _verify(extremum: dict[str, Any], data: dict[str, Any], ranges: dict[str, Side]) -> bool:
    """Say whether an extremum's bounds hold: at its witness, and on all of its boxes."""
    objective = extremum["objective"]
    alpha, scale = (_side(objective[name]) for name in ("alpha", "scale"))
    kind = _Repulsion if objective["kind"] == "repulsion" else _Quantity
    quantity = kind(objective["kind"], objective["sign"], alpha, scale, ranges)
    paths = _paths(extremum)
    if not _consistent(extremum, ranges) or paths is None:
        return False
    tolerance = Fraction(min(float(data["tolerance"]), 1.0))
    limit = objective["sign"] * Fraction(extremum["limit"])
    lower, largest = float(extremum["lower"]), _largest(extremum)
    if lower > limit:
        reached = quantity.reaches(extremum["witness"], max(limit, Fraction(lower) - tolerance))
    else:
        reached = quantity.reaches(extremum["witness"], Fraction(lower) - tolerance)
    if largest == float("inf"):
        return reached
    upper = Fraction(largest) + tolerance
    if Fraction(largest) <= limit < upper:
        upper = limit  # the claim itself leaves no tolerance
    boxes = _boxes(objective["pieces"], paths)
    return reached and all(quantity.stays_below(upper, m, v) for m, v in boxes)


CLAIMS: dict[str, set[tuple[str, int]]] = {
    "contraction": {("contraction", 1)},
    "invariance": {(kind, sign) for kind in ("mean", "variance") for sign in (-1, 1)},
    "variance_decreases": {("change", 1)},
    "variance_increases": {("change", -1)},
    "repulsion": {("repulsion", 1)},
}
"""The quantities that decide each claim, and whether their maximum or minimum does."""


def _consistent(extremum: dict[str, Any], ranges: dict[str, Side]) -> bool:
    """Say whether an extremum has the limit of its claim, and pieces that cover the box."""
    kind, sign = extremum["objective"]["kind"], extremum["objective"]["sign"]
    limits = {
        "contraction": (Fraction(1), True),
        "mean": (ranges["mu"][sign > 0], False),
        "variance": (ranges["nu"][sign > 0], False),
        "change": (Fraction(0), True),
        "repulsion": (Fraction(0), True),
    }
    if (Fraction(extremum["limit"]), extremum["strict"]) != limits[kind]:
        return False
    products, (v, v_end) = _net_inputs(ranges)
    for piece in extremum["objective"]["pieces"]:
        m_low, m_high, v_low, v_high = (Fraction(end) for end in piece["box"])
        if m_low > min(products) or m_high < max(products) or v_low > v:
            return False
        v = max(v, v_high)
    return v >= v_end


def _net_inputs(ranges: dict[str, Side]) -> tuple[list[Fraction], Side]:
    """Return numbers among which are the smallest and the largest m, and the range of v."""
    if "omega" not in ranges:
        return list(ranges["mu"]), ranges["nu"]
    (nu_low, nu_high), (tau_low, tau_high) = ranges["nu"], ranges["tau"]
    products = [mu * omega for mu in ranges["mu"] for omega in ranges["omega"]]
    return products, (nu_low * tau_low, nu_high * tau_high)


def _paths(extremum: dict[str, Any]) -> list[list[str]] | None:
    """Return the paths of each piece's boxes, None if those of a piece do not cover it."""
    leaves = [*extremum["closed"], *extremum["open"]]
    pieces = range(len(extremum["objective"]["pieces"]))
    paths = [[leaf["path"] for leaf in leaves if leaf["piece"] == i] for i in pieces]
    return paths if all(map(_complete, paths)) else None


def _complete(paths: list[str]) -> bool:
    """Say whether the paths are the ends of a whole tree of halves."""
    if paths == [""]:
        return True
    steps = sorted({path[:1] for path in paths})
    return steps in (["M", "m"], ["V", "v"]) and all(
        _complete([path[1:] for path in paths if path[0] == step]) for step in steps
    )


def _boxes(pieces: list[dict[str, Any]], paths: list[list[str]]) -> Iterator[tuple[Side, Side]]:
    """Yield the boxes (m, v) that the paths lead to."""
    for piece, ends in zip(pieces, paths, strict=True):
        for path in ends:
            m_low, m_high, v_low, v_high = (Fraction(end) for end in piece["box"])
            sides = {"m": (m_low, m_high), "v": (v_low, v_high)}
            for step in path:
                low, high = sides[step.lower()]
                middle = (low + high) / 2
                sides[step.lower()] = (middle, high) if step.isupper() else (low, middle)
            yield sides["m"], sides["v"]


class _Quantity:
    """What is to stay below a bound."""

    def __init__(
        self, kind: str, sign: int, alpha: Side, scale: Side, ranges: dict[str, Side]
    ) -> None:
        self.kind, self.sign, self.ranges = kind, sign, ranges
        self.alpha, self.scale = _ball(*alpha), _ball(*scale)

    def reaches(self, witness: dict[str, str], value: Fraction) -> bool:
        """Say whether a layer lies in the box and has a value that is not below a given one."""
        mu, omega, nu, tau = (Fraction(witness[name]) for name in ("mu", "omega", "nu", "tau"))
        numbers = {"mu": mu, "omega": omega, "nu": nu, "tau": tau}
        if not all(low <= numbers[k] <= high for k, (low, high) in self.ranges.items()):
            return False
        m, v = (mu * omega,) * 2, (nu * tau,) * 2
        if self.kind == "contraction":
            found = self._singular_value(self._jacobian(m, v, 0), _exact(omega), _exact(tau))
        else:
            found = self._plain(m, v, 0) - (self.sign * _exact(nu) if self.kind == "change" else 0)
        return bool(found.lower() >= _exact(value))

    def stays_below(self, bound: Fraction, m: Side, v: Side, depth: int = 0) -> bool:
        """Say whether it is at most the bound on a box of (m, v), halving that where needed."""
        if self._upper(m, v) <= _exact(bound):
            return True
        if depth == DEEPEST:
            return False
        if (m[1] - m[0]) * (1 + abs(v[1])) > (v[1] - v[0]) * (1 + abs(m[1])):
            middle = (m[0] + m[1]) / 2
            halves = [((m[0], middle), v), ((middle, m[1]), v)]
        else:
            middle = (v[0] + v[1]) / 2
            halves = [(m, (v[0], middle)), (m, (middle, v[1]))]
        return all(self.stays_below(bound, *half, depth + 1) for half in halves)

    def _upper(self, m: Side, v: Side) -> Any:
        """Return an upper bound on a box, from the ends that the box leaves for each factor."""
        (nu_low, nu_high), (tau_low, tau_high) = self.ranges["nu"], self.ranges["tau"]
        if self.kind == "contraction":
            tau = min(tau_high, v[1] / nu_low)
            entries = self._jacobian(m, v, 1)
            omega = _exact(self._largest_omega(m))
            return self._singular_value(entries, omega, _exact(tau)).upper()
        value = self._plain(m, v, 1)
        if self.kind == "change":
            smallest, largest = max(nu_low, v[0] / tau_high), min(nu_high, v[1] / tau_low)
            value -= _exact(smallest) if self.sign > 0 else -_exact(largest)
        return value.upper()

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

    def _plain(self, m: Side, v: Side, order: int) -> Any:
        """Return a ball of the signed mean or variance on a box; order 0 at a point."""
        centre = self._moments(*_middle(m, v), 0, 0)
        which = 0 if self.kind == "mean" else 1
        value = self.sign * centre[which][0]
        if order:
            for direction, side in (((1, 0), m), ((0, 1), v)):
                slope = self._moments(_ball(*m), _ball(*v), *direction)[which][1]
                value += _symmetric(abs(slope) * _exact((side[1] - side[0]) / 2))
        return value

    def _jacobian(self, m: Side, v: Side, order: int) -> list[list[Any]]:
        """Return balls that contain [[g1_m, g1_v], [g2_m, g2_v]] on a box; order 0 at a point."""
        along = [self._moments(*_middle(m, v), *d) for d in ((1, 0), (0, 1))]
        entries = [[along[j][i][1] for j in (0, 1)] for i in (0, 1)]
        if order:
            box = _ball(*m), _ball(*v)
            by_m, by_v, diagonal = (self._moments(*box, *d) for d in ((1, 0), (0, 1), (1, 1)))
            radii = [_exact((side[1] - side[0]) / 2) for side in (m, v)]
            for i in (0, 1):
                mm, vv = 2 * by_m[i][2], 2 * by_v[i][2]
                mv = diagonal[i][2] - by_m[i][2] - by_v[i][2]
                for j, row in enumerate(((mm, mv), (mv, vv))):
                    spread = sum(
                        (abs(x) * r for x, r in zip(row, radii, strict=True)), flint.arb(0)
                    )
                    entries[i][j] += _symmetric(spread)
        return entries

    @staticmethod
    def _singular_value(entries: list[list[Any]], omega: Any, tau: Any) -> Any:
        """Return a ball of the largest singular value, by trace and determinant."""
        (a, b), (c, d) = [(row[0] * omega, row[1] * tau) for row in entries]
        trace = (a * a + b * b + c * c + d * d).nonnegative_part()
        determinant = a * d - b * c
        smallest, largest = abs(determinant).lower().nonnegative_part(), abs(determinant).upper()
        ends = []
        for t, det in ((trace.upper(), smallest), (trace.lower().nonnegative_part(), largest)):
            root = (t * t - 4 * det * det).nonnegative_part().sqrt()
            ends.append(((t + root) / 2).sqrt())
        return ends[0].union(ends[1])

    def _moments(self, m: Any, v: Any, dm: int, dv: int) -> tuple[Any, Any]:
        """Return mean and variance of the SELU along a line, as power series of degree 2."""
        with _three_terms():
            A, B, C, D = _half_line_moments(m, v, dm, dv)
            mean = (A + B * self.alpha) * self.scale
            square = C + D * (self.alpha * self.alpha)
            variance = square * (self.scale * self.scale) - mean * mean
        return mean, variance


class _Repulsion(_Quantity):
    """1 - trace + det of the Jacobian at the fixed point (m, v), for unit-sum weights."""

    def reaches(self, witness: dict[str, str], value: Fraction) -> bool:
        """Say whether a fixed point lies in the box and has a value not below a given one."""
        mu, nu = Fraction(witness["mu"]), Fraction(witness["nu"])
        inside = all(
            low <= number <= high
            for number, (low, high) in zip((mu, nu), self.ranges.values(), strict=True)
        )
        return inside and bool(self._gap((mu, mu), (nu, nu)).value.lower() >= _exact(value))

    def _upper(self, m: Side, v: Side) -> Any:
        """Return an upper bound on a box, by the mean value theorem."""
        slope = self._gap(m, v)
        middle = [((side[0] + side[1]) / 2,) * 2 for side in (m, v)]
        bound = self._gap(*middle).value
        for derivative, side in ((slope.by_m, m), (slope.by_v, v)):
            bound += abs(derivative) * _exact((side[1] - side[0]) / 2)
        return bound.upper()

    @staticmethod
    def _gap(m: Side, v: Side) -> _Dual:
        """Return the gap on a box, with its derivatives by m and v."""
        box = _ball(*m), _ball(*v)
        centre = _middle(m, v)
        dm, dv = (ball - middle for ball, middle in zip(box, centre, strict=True))
        lines = [_half_line_moments(*box, *d) for d in ((1, 0), (0, 1), (1, 1))]
        there = _half_line_moments(*centre, 1, 0)
        moments, by_m, by_v = [], [], []
        for i in range(4):
            along_m, along_v, diagonal = (line[i] for line in lines)
            mm, vv = 2 * along_m[2], 2 * along_v[2]
            mv = diagonal[2] - along_m[2] - along_v[2]
            value = there[i][0] + along_m[1] * dm + along_v[1] * dv
            moments.append(_Dual(value, along_m[1], along_v[1]))
            by_m.append(_Dual(along_m[1], mm, mv))
            by_v.append(_Dual(along_v[1], mv, vv))
        A, B, C, D = moments
        mean, variance = _Dual(box[0], flint.arb(1), flint.arb(0)), _Dual(box[1], 0, 1)
        square = variance + mean * mean
        quotient = B * B * C + A * A * D
        root = (square * quotient - C * D * mean * mean).sqrt()
        x = (A * D * mean - B * root) / quotient
        y = (B * C * mean + A * root) / quotient
        mean_m, mean_v = (x * d[0] + y * d[1] for d in (by_m, by_v))
        square_m, square_v = (x * x * d[2] + y * y * d[3] for d in (by_m, by_v))
        two, one = _Dual(flint.arb(2), 0, 0), _Dual(flint.arb(1), 0, 0)
        variance_m, variance_v = square_m - two * mean * mean_m, square_v - two * mean * mean_v
        return (one - mean_m) * (one - variance_v) - mean_v * variance_m


class _Dual:
    """A ball with its derivatives by m and v."""

    def __init__(self, value: Any, by_m: Any, by_v: Any) -> None:
        self.value, self.by_m, self.by_v = value, by_m, by_v

    def __add__(self, other: _Dual) -> _Dual:
        return _Dual(self.value + other.value, self.by_m + other.by_m, self.by_v + other.by_v)

    def __sub__(self, other: _Dual) -> _Dual:
        return _Dual(self.value - other.value, self.by_m - other.by_m, self.by_v - other.by_v)

    def __mul__(self, other: _Dual) -> _Dual:
        return _Dual(
            self.value * other.value,
            self.by_m * other.value + self.value * other.by_m,
            self.by_v * other.value + self.value * other.by_v,
        )

    def __truediv__(self, other: _Dual) -> _Dual:
        value = self.value / other.value
        return _Dual(
            value,
            (self.by_m - value * other.by_m) / other.value,
            (self.by_v - value * other.by_v) / other.value,
        )

    def sqrt(self) -> _Dual:
        """Return the square root."""
        root = self.value.sqrt()
        return _Dual(root, self.by_m / (2 * root), self.by_v / (2 * root))


def _half_line_moments(m: Any, v: Any, dm: int, dv: int) -> tuple[Any, Any, Any, Any]:
    """Return A, B, C and D along a line, as power series of degree 2.

    The coefficients contain those at every point of the balls m and v.
    """
    with _three_terms():
        x, y = flint.arb_series([m, dm]), flint.arb_series([v, dv])
        root = y.sqrt()

        def tail(i: int) -> Any:
            """Return E[e^(iz) 1{z<0}]."""
            lognormal = (x * i + y * i * i / 2).exp()
            return lognormal * ((x + y * i) / (root * flint.arb(2).sqrt())).erfc() / 2

        tails = [tail(i) for i in range(3)]
        above = 1 - tails[0]
        density = (-x * x / (y * 2)).exp() / (root * (2 * flint.arb.pi()).sqrt())
        return (
            x * above + y * density,
            tails[1] - tails[0],
            (x * x + y) * above + x * y * density,
            tails[2] - tails[1] * 2 + tails[0],
        )


class _three_terms:  # noqa: N801 - used like a function
    """Have power series of degree 2."""

    def __enter__(self) -> None:
        self._cap, flint.ctx.cap = flint.ctx.cap, 3

    def __exit__(self, *_: object) -> None:
        flint.ctx.cap = self._cap


def _middle(m: Side, v: Side) -> tuple[Any, Any]:
    return _exact((m[0] + m[1]) / 2), _exact((v[0] + v[1]) / 2)


def _symmetric(radius: Any) -> Any:
    """Return a ball around zero with a given radius."""
    end = radius.upper()
    return (-end).union(end)


def _exact(number: Fraction) -> Any:
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


def _ball(low: Fraction, high: Fraction) -> Any:
    return _exact(low).union(_exact(high))


def _side(ends: list[str]) -> Side:
    low, high = (Fraction(end) for end in ends)
    return low, high
