"""What to write so that a stack keeps its signal and its gradients."""

from __future__ import annotations

import math

from selu_sym._numeric import catalogue
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.weights import Iid
from selu_sym._observe.findings import ADVISED_GROWTH, TENFOLD, model_code
from selu_sym._observe.links import Link
from selu_sym._observe.predictions import assumed
from selu_sym._observe.steps import FixedPoint, Step
from selu_sym._selu import SeluParameters

MOST_REPELLED = 5.0
"""By how much a fixed point that is advised may multiply a small deviation over the layers. More of
it makes a change of 60 per cent in one layer, which chance makes, tenfold."""

SAME_TAU = 0.1
"""Relative difference up to which new weights would be the old ones."""


def for_depth(step: Step, p: FixedPoint, layers: int, rate: float = 0.0) -> str:
    """Return what to write for a fixed point that holds gradients over a depth."""
    iid = assumed(p)
    model = "" if iid in (None, Iid()) else f", weights={model_code(iid)}"
    if not isinstance(p, SeluParameters):
        q = f"selu_sym.shape_for_depth({_code(p.source)}, depth={layers}{model})"
        return f"use {step.words.transformed.format(q=q)}"
    mean = "" if p.mean == 0 else f", mean={p.mean:g}"
    growth = f"growth={ADVISED_GROWTH:g}"  # with room for chance below the tenfold change
    of_rate = f", rate={rate:g}" if rate else ""
    return f"take the fixed point of selu_sym.for_depth({layers}, {growth}{mean}{model}{of_rate})"


def remedy(part: list[Link], layers: int) -> str:
    """Return what keeps the signal in these layers."""
    last = part[-1]
    known, words = last.step.known, last.step.words
    taus = [link.weights.held.tau for link in part if link.weights and link.weights.held]
    if known is None or not taus:
        return "normalize before each activation"
    inside = [link.weights.inside for link in part if link.weights]
    _, second, slope = known.at(1.0)
    tau = 1 / second / (sum(inside) / len(inside))
    typical = math.exp(sum(map(math.log, taus)) / len(taus))
    keeps = 1 / TENFOLD < (slope / second) ** layers < TENFOLD  # gradients, too
    repels = known.repulsion(1.0) ** layers > MOST_REPELLED
    if repels or not keeps or abs(math.log(tau / typical)) < SAME_TAU:
        if not known.has_balance:
            return "normalize before each activation"
        q = f"selu_sym.balance({_code(known.source)})"
        return (
            f"use {words.transformed.format(q=q)} after weights of variance 1/n, which keeps both"
        )
    layers_of: dict[str, list[str]] = {}
    for weights in (link.weights for link in part if link.weights):
        drawn = _scaled(weights, tau, math.sqrt(tau / typical))
        layers_of.setdefault(drawn, []).append(repr(weights.name))
    if len(layers_of) == 1:
        return f"use {next(iter(layers_of))}, which keeps it"
    each = [f"{code} in {', '.join(names)}" for code, names in layers_of.items()]
    return f"use {'; '.join(each)}, which keeps it"


def _scaled(weights: Step, tau: float, factor: float) -> str:
    """Return how to draw the weights of a layer with a given tau."""
    scale, words = tau / weights.tau_of_scale, weights.words
    if not words.scaled:
        return words.scaled_outputs.format(factor=f"{factor:.4g}")
    if abs(scale / 2 - 1) < 0.05:
        return words.he
    return words.scaled.format(tau=f"{scale:.4g}", gain=f"{math.sqrt(scale):.4g}")


def _code(source: Source) -> str:
    """Return Python code of the arguments that name an activation."""
    code = repr(source.name)
    if source.parameters != catalogue.source(source.name).parameters:
        code += f", param=({', '.join(f'{value:g}' for value in source.parameters)},)"
    return code
