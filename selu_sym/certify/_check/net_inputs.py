"""What the statements of a certificate are made of, at one net input or on a box of them.

Both have the same names, so that one formula serves for both: at a point they are balls, on a box
jets.
"""

from __future__ import annotations

from math import comb
from typing import Generic, NamedTuple, TypeVar

from flint import arb

from selu_sym.certify._check.jets import Jet
from selu_sym.certify._check.means import (
    Derivatives,
    MomentEnclosures,
    Side,
    meet,
    moments_on,
    product,
)

Number = TypeVar("Number", arb, Jet)
"""A ball or a jet."""


class Parts(NamedTuple, Generic[Number]):
    """What the mean and the variance of the SELU are made of, or the derivatives of all these."""

    A: Number
    B: Number
    U: Number
    V: Number
    W: Number
    """The covariance -A B of z 1{z>0} and (e^z - 1) 1{z<0}, which are not zero at once."""


class NetInput(NamedTuple, Generic[Number]):
    """The means of a net input z ~ N(m, v)."""

    parts: Parts[Number]
    by_m: Parts[Number]
    by_v: Parts[Number]
    half_lines: list[list[Number]]
    """A, B, C, D, L and M, each with two derivatives with respect to m."""


class Covariance(NamedTuple):
    """A covariance K of f(z) and g(z) with its derivatives: n-th ones with respect to m."""

    by_m: Derivatives
    by_v: Derivatives
    """Those of dK/dv, up to n = 2."""

    by_vv: arb


class Expansion(NamedTuple):
    """All derivatives of the moments and of the covariances that there are."""

    moments: MomentEnclosures
    covariances: tuple[Covariance, Covariance, Covariance]


def expansion(m: Side, v: Side) -> Expansion:
    """Return balls of all derivatives on a box."""
    moments = moments_on(m, v)
    return Expansion(moments, _covariances(moments))


def _covariances(x: MomentEnclosures) -> tuple[Covariance, Covariance, Covariance]:
    """Return those of z 1{z>0} and of (e^z - 1) 1{z<0}, and the one of both.

    With F = E[f] and G = E[g], K = E[f g] - F G has the derivative K''/2 + F' G' with respect to v,
    for the heat equation holds for the three means.
    """
    A, B = x.A, x.B
    # their derivatives with respect to m are 2 A P(z < 0), D' - 2 B B' and those of the product
    U = [x.U, *(2 * c for c in _product(A[:4], x.L[1:]))]
    V = [x.V, *(d - 2 * c for d, c in zip(x.D[1:], _product(B[:4], B[1:]), strict=True))]
    W = [-c for c in _product(A, B)]
    return _covariance(U, A, A), _covariance(V, B, B), _covariance(W, A, B)


def _covariance(K: Derivatives, F: Derivatives, G: Derivatives) -> Covariance:
    products = _product(F[1:4], G[1:4])
    by_v = [K[n + 2] / 2 + products[n] for n in range(3)]
    return Covariance(K, by_v, (by_v[2] + product(F[3], G[1]) + product(F[1], G[3])) / 2)


def _product(F: Derivatives, G: Derivatives) -> Derivatives:
    """Return the derivatives of a product."""
    return [
        sum((comb(n, k) * product(F[k], G[n - k]) for k in range(n + 1)), arb(0))
        for n in range(len(F))
    ]


def at_point(known: Expansion) -> NetInput[arb]:
    """Return the balls at one net input."""
    x, covariances = known
    A, B = x.A, x.B
    return NetInput(
        Parts(A[0], B[0], *(c.by_m[0] for c in covariances)),
        Parts(A[1], B[1], *(c.by_m[1] for c in covariances)),
        Parts(A[2] / 2, B[2] / 2, *(c.by_v[0] for c in covariances)),
        [series[:3] for series in x.half_lines],
    )


def on_box(box: Expansion, centre: Expansion, dm: arb, dv: arb, width: int) -> NetInput[Jet]:
    """Return jets on a box, given what is known at its centre and the distances from that.

    Each ball is what the one over the box and that of the mean value theorem have in common.
    ``width`` says how many sides there are, those of the SELU included.
    """
    none = (arb(0),) * (width - 2)

    def jet(value: arb, by_m: arb, by_v: arb) -> Jet:
        return Jet(value, (by_m, by_v, *none))

    half_lines = [
        _sharpened(here, there, [x / 2 for x in here[2:]], dm, dv)
        for here, there in zip(box.moments.half_lines, centre.moments.half_lines, strict=True)
    ]
    A, B, C, D, L, M = half_lines
    moments = MomentEnclosures(A, B, C, D, L, M, box.moments.U, box.moments.V)
    covariances = []
    for here, old, there in zip(
        _covariances(moments), box.covariances, centre.covariances, strict=True
    ):
        by_v = [meet(*both) for both in zip(here.by_v, old.by_v, strict=True)]
        by_m = [meet(*both) for both in zip(here.by_m, old.by_m, strict=True)]
        by_m = _sharpened(by_m, there.by_m, by_v, dm, dv)
        by_v = [meet(by_v[0], there.by_v[0] + by_v[1] * dm + here.by_vv * dv), *by_v[1:]]
        covariances.append(Covariance(by_m, by_v, here.by_vv))
    return NetInput(
        Parts(
            jet(A[0].nonnegative_part(), A[1], A[2] / 2),
            jet(-(-B[0]).nonnegative_part(), B[1], B[2] / 2),
            *(jet(c.by_m[0].nonnegative_part(), c.by_m[1], c.by_v[0]) for c in covariances),
        ),
        Parts(
            *(jet(x[1], x[2], x[3] / 2) for x in (A, B)),
            *(jet(c.by_m[1], c.by_m[2], c.by_v[1]) for c in covariances),
        ),
        Parts(
            *(jet(x[2] / 2, x[3] / 2, x[4] / 4) for x in (A, B)),
            *(jet(c.by_v[0], c.by_v[1], c.by_vv) for c in covariances),
        ),
        [[jet(x[n], x[n + 1], x[n + 2] / 2) for n in range(3)] for x in half_lines],
    )


def _sharpened(
    here: Derivatives, there: Derivatives, by_v: Derivatives, dm: arb, dv: arb
) -> Derivatives:
    """Return narrower balls of derivatives in m, by the mean value theorem, from those in v."""
    found = list(here)
    for n in range(len(by_v) - 1, -1, -1):
        found[n] = meet(found[n], there[n] + found[n + 1] * dm + by_v[n] * dv)
    return found
