"""Verifies what the file of a certificate says, with code that is independent of the search.

The search and the check have two modules in common: ``selu_sym._exact.arb``, which converts
fractions to balls, and ``selu_sym.certify.schema``, which reads the file. All formulas, bounds and
the halving of boxes are written twice, independently of each other.
"""

from __future__ import annotations

import os
from fractions import Fraction
from typing import TYPE_CHECKING

from selu_sym.certify import schema
from selu_sym.certify._check import basin
from selu_sym.certify._check.halving import always_negative, leaves
from selu_sym.certify._check.means import Side
from selu_sym.certify._check.quantities import Box, FixedPoints, Layers

if TYPE_CHECKING:
    from selu_sym.certify.basins import BasinCertificate
    from selu_sym.certify.certificate import Certificate

BOXES_AT_WITNESS = 500
"""How many boxes of alpha and scale to look at for the value at the witness."""

BOXES_TO_BEGIN_WITH = 1000
"""How many boxes to look at for each piece of a certificate, whatever its own boxes are."""

BOXES_FOR_ONE = 20
"""How many more for each box of the certificate, before it counts as wrong."""


def check(certificate: Certificate | BasinCertificate | str | os.PathLike[str]) -> bool:
    """Verify everything that a certificate states, with code that is independent of the search.

    Parameters
    ----------
    certificate : Certificate, BasinCertificate, or the path of a file

    Returns
    -------
    bool
        True if every statement of the certificate is proved as it stands, for every alpha and scale
        in its intervals: the witness lies in the box and its value reaches one bound, no layer has
        a value beyond the other bound, and the status is what these bounds imply.

    Raises
    ------
    CertificateError
        If the file is not a certificate, or contradicts itself.
    OSError
        If it cannot be read.

    Notes
    -----
    ``tolerance`` says how narrow the enclosure was meant to be; it is not a statement to verify.
    False means that something was not proved. It may still be true, if its proof would take more
    than twenty times as many boxes as the certificate has, plus a thousand. A check takes about as
    long as the search.

    Source: ``derivations.stability``, from which its bounds are written down again, independently.

    Examples
    --------
    >>> import selu_sym
    >>> from selu_sym import certify
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> box = dict(mu=(-0.1, 0.1), omega=(-0.1, 0.1), nu=(0.8, 1.5), tau=(0.95, 1.1))
    >>> certify.check(certify.contraction(p, **box))
    True
    """
    if isinstance(certificate, str | os.PathLike):
        data = schema.parse_any(schema.read(certificate))
    else:
        data = schema.parse_any(certificate.to_json())
    if isinstance(data, schema.BasinFile):
        return basin.holds(data)
    ranges: dict[str, Side] = {name: (low, high) for name, (low, high) in data.ranges}
    limits = _limits(data.claim, ranges)
    if data.status != _status(data, limits):
        return False
    selu: Box = ()
    if isinstance(data, schema.LayerFile):
        selu = (data.alpha[0], data.alpha[1]), (data.scale[0], data.scale[1])
    kind = FixedPoints if data.claim == "repulsion" else Layers
    return all(
        _holds(kind(name, extremum.sign, ranges), extremum, selu)
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


def _holds(quantity: Layers | FixedPoints, extremum: schema.ExtremumOfFile, selu: Box) -> bool:
    """Return whether the value at the witness, and all values, are what is stated."""
    return _never_exceeded(quantity, extremum, selu) and _reached(quantity, extremum, selu)


def _reached(quantity: Layers | FixedPoints, extremum: schema.ExtremumOfFile, selu: Box) -> bool:
    if extremum.reached is None or extremum.witness is None:
        return True
    witness = dict(extremum.witness)
    m, v = quantity.net_input(witness)
    excess = quantity.at(witness, Fraction(extremum.reached))
    if excess is None:
        return True
    return always_negative(excess, iter([((m, m), (v, v), *selu)]), BOXES_AT_WITNESS)


def _never_exceeded(
    quantity: Layers | FixedPoints, extremum: schema.ExtremumOfFile, selu: Box
) -> bool:
    if extremum.upper is None:
        return True
    upper = Fraction(extremum.upper)
    if isinstance(quantity, Layers) and quantity.name == "singular value" and upper < 0:
        return False
    pieces = quantity.pieces()
    if len(pieces) != len(extremum.trees):
        return False
    for piece, tree in zip(pieces, extremum.trees, strict=True):
        excess = quantity.on(piece, upper)
        boxes = leaves(tree, (*piece.sides, *selu))
        if not always_negative(excess, boxes, BOXES_TO_BEGIN_WITH + BOXES_FOR_ONE * len(tree)):
            return False
    return True
