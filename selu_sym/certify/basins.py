"""Basins: from which second moments layers come to the fixed one, proved by balls."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from selu_sym._exact.arb import working_precision
from selu_sym._exact.numbers import Exact, exact, positive
from selu_sym._numeric import catalogue
from selu_sym._numeric import weights as weight_models
from selu_sym._transformed import TransformedActivation
from selu_sym.certify import schema
from selu_sym.certify._search.basins import PRECISION, Layers
from selu_sym.certify.schema import CertificateError


@dataclass(frozen=True)
class BasinCertificate:
    """What is proved of the second moments of an activation with scale and shift.

    Second moments q are in units of ``second_moment``, and Q is the map of them from layer to
    layer.

    Attributes
    ----------
    activation : str
        The activation f of y = scale * f(input_scale * x + input_shift) + shift.
    param : tuple of Fraction
        Its parameters.
    numbers : tuple of Fraction
        input_scale, input_shift, scale and shift, the exact values of the floats.
    weights : tuple of Fraction
        tau and the variance of the biases.
    second_moment : Fraction
        The unit.
    range : tuple of Fraction
        From which to which second moment the claim is.
    near : Fraction
        A distance d to 1: from 1 - d to 1 + d, abs(Q') is at most ``slope``, and Q does not leave.
    slope, ratio : float
        In the rest of the range, abs(Q(q) - 1) is at most ``ratio`` times abs(q - 1). If both are
        below 1, every second moment of the range comes to the only fixed one.
    beyond : bool
        Whether the ratio holds for all second moments above the range, too.
    witness : Fraction or None
        A second moment that moves away from 1, where the claim is refuted.
    status : "proved", "refuted" or "undecided"
    cells : int
        How many intervals the proof took.
    """

    activation: str
    param: tuple[Fraction, ...]
    numbers: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    second_moment: Fraction
    range: tuple[Fraction, ...]
    near: Fraction
    slope: float
    ratio: float
    beyond: bool
    witness: Fraction | None
    status: Literal["proved", "refuted", "undecided"]
    cells: int

    def __str__(self) -> str:
        low, high = map(float, self.range)
        lines = [f"basin of {self.activation}: {self.status} from {low:g} to {high:g}"]
        if self.status == "proved":
            lines[0] += " and beyond" if self.beyond else ""
            near = float(self.near)
            lines.append(f"  within {near:g} of 1 the slope is at most {self.slope:g}")
            lines.append(f"  elsewhere the distance to 1 falls to {self.ratio:g} of it, or less")
        if self.witness is not None:
            lines.append(f"  {float(self.witness):g} moves away from 1")
        return "\n".join([*lines, f"  {self.cells} intervals"])

    def to_json(self) -> str:
        """Return the certificate as JSON, as ``selu_sym.certify.schema`` describes it."""

        def written(value: object) -> object:
            if isinstance(value, tuple):
                return [written(part) for part in value]
            return str(value) if isinstance(value, Fraction) else value

        data = {name: written(value) for name, value in asdict(self).items()}
        return json.dumps({"claim": "basin", **data}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> BasinCertificate:
        """Return the certificate that :meth:`to_json` wrote.

        Raise CertificateError, a ValueError, if the text is not the certificate of a basin or
        contradicts itself. Whether it is true is a question for :func:`selu_sym.certify.check`.
        """
        data = schema.parse_any(text)
        if not isinstance(data, schema.BasinFile):
            raise CertificateError("claim", data.claim, "must be 'basin'")
        values = dict(data)
        del values["claim"]
        for name in ("param", "numbers", "weights", "range"):
            values[name] = tuple(values[name])
        return cls(**values)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate to a JSON file."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BasinCertificate:
        """Read a certificate from a file; errors are those of :meth:`from_json`."""
        return cls.from_json(schema.read(path))


def basin(
    q: TransformedActivation,
    low: Exact = "1e-6",
    high: Exact = "1e6",
    *,
    max_cells: int = 4000,
) -> BasinCertificate:
    r"""Prove or refute that layers bring every second moment of a range to the fixed one.

    In units of the fixed second moment, Q(q) is what a layer makes of q. Two inequalities are
    proved by balls, for the exact values of the numbers of ``q``:

    * within a distance d of 1, \|Q'(q)\| <= slope < 1, and Q maps this interval into itself. So by
      Banach's theorem it holds one fixed second moment, to which all in it come;
    * elsewhere in the range, \|Q(q) - 1\| <= ratio \|q - 1\| with a ratio below 1. So the distance
      to 1 falls geometrically, until it is below d.

    Parameters
    ----------
    q : TransformedActivation
        What :func:`selu_sym.shape_for_depth`, :func:`selu_sym.balance` or
        :func:`selu_sym.standardize` returned for a named activation and independent weights.
    low, high : Exact
        The range, around 1, in units of the fixed second moment.
    max_cells : int
        How many intervals the proof may take for each ratio that is tried.

    Returns
    -------
    BasinCertificate
        ``beyond`` says whether all second moments above the range come, too: so it is where
        tau (scale input_scale)^2 (l^2 + r^2)/2 < 1, with the slopes l and r of f far out.

    Raises
    ------
    TypeError, ValueError
        If q is of another type, an array, or of an activation without a proof; if the weights are
        not independent; if 1 is not in the range.

    Notes
    -----
    "refuted" means that some second moment of the range moves away from 1, so that there is a
    second fixed one between.

    Between two second moments, Q follows from what it is there: sqrt(v) Q is a log-convex function
    of 1/v, where v is the variance of the net input. Shaped activations take up to a few seconds.
    Where Q(q)/q tends to 1, as for balanced ones with ``basin="global"``, integrals far out take
    longer: GELU's takes two seconds, Mish's is not decided within minutes.

    Source: ``derivations.shaping``.

    Examples
    --------
    >>> import selu_sym
    >>> print(basin(selu_sym.shape_for_depth("relu", 48)))
    basin of relu: proved from 1e-06 to 1e+06 and beyond
      within 0.03125 of 1 the slope is at most 0.9705
      elsewhere the distance to 1 falls to 0.97 of it, or less
      34 intervals
    """
    layers = _layers(q)
    ends = positive("low", low), positive("high", high)
    if not ends[0] < Fraction(1, 2) or not ends[1] > 2:
        raise ValueError(f"low and high must be below 1/2 and above 2, got {low!r} and {high!r}")
    with working_precision(PRECISION):
        status, near, slope, ratio, beyond, witness = _proved(layers, ends, max_cells)
    return BasinCertificate(
        layers.source.name,
        layers.parameters,
        layers.numbers,
        (layers.tau, layers.biases),
        layers.second_moment,
        ends,
        near,
        slope,
        ratio,
        beyond,
        witness,
        status,
        min(layers.cells, schema.MOST_CELLS),
    )


def _proved(
    layers: Layers, ends: tuple[Fraction, Fraction], most: int
) -> tuple[
    Literal["proved", "refuted", "undecided"], Fraction, float, float, bool, Fraction | None
]:
    """Return (status, near, slope, ratio, beyond, witness)."""
    found = layers.near()
    if found is None:
        return "undecided", Fraction(1, 4), 1.0, 1.0, False, None
    near, slope = found
    witness = layers.leaving(*ends, near)
    if witness is not None:
        return "refuted", near, slope, 1.0, False, witness
    for ratio in layers.ratios(*ends, near):
        before = layers.cells
        if layers.nearer(*ends, near, ratio, before + most):
            return "proved", near, slope, ratio, layers.stays_beyond(ends[1], ratio), None
    return "undecided", near, slope, 1.0, False, None


def _layers(q: TransformedActivation) -> Layers:
    if not isinstance(q, TransformedActivation):
        raise TypeError(f"q must be a TransformedActivation, got {q!r}")
    if np.ndim(q.scale):
        raise ValueError(f"q must be a single one, got arrays of shape {np.shape(q.scale)}")
    name = q.activation
    if not isinstance(name, str) or name not in schema.BASIN_PARAMETERS:
        names = ", ".join(schema.BASIN_PARAMETERS)
        raise ValueError(f"q must be of one of the activations {names}, got {name!r}")
    model = weight_models.independent(q.weights)
    a, b = float(q.scale), float(q.shift)
    total = float(q.mean) ** 2 + float(q.variance)
    return Layers(
        catalogue.source(name, q.param or None),
        tuple(exact("param", value) for value in q.param),
        (Fraction(q.input_scale), Fraction(q.input_shift), Fraction(a), Fraction(b)),
        Fraction(model.tau),
        Fraction(model.bias_variance),
        Fraction(total),
    )
