"""Pairs of net inputs, and what is expected of them."""

from __future__ import annotations

import math

import numpy as np

from selu_sym._numeric import catalogue
from selu_sym._numeric.catalogue import Source
from selu_sym.kernels._pairs import Layer
from tests import double_integrals

VARIANCES = ((1e-4, 3e-4), (0.7, 1.3), (1e4, 1.0), (1e4, 1e4))

WHOLE = slice(None)


def pair(layer: Layer, v1: float, v2: float, c: float, level: int = 1) -> list[float]:
    """Return what a level says of one pair."""
    evaluate = layer.pairs(np.array([v1]), np.array([v2]), level)
    found = evaluate(WHOLE, WHOLE, np.array([[math.acos(c)]]), level)
    return [part.item() for part in found]


def expected(source: Source, v1: float, v2: float, c: float) -> list[float]:
    """Return E[f(z1) f(z2)] and E[f'(z1) f'(z2)] by double integrals."""
    bends = [piece.low for piece in source.pieces[1:]] or [0.0]
    return [double_integrals.pair_mean(f, v1, v2, c, bends) for f in (source, source.derivative)]


def sizes(source: Source, v1: float, v2: float) -> list[float]:
    """Return the geometric means of E f^2, and of E f'^2, of both."""
    first, second = (expected(source, v, v, 1.0) for v in (v1, v2))
    return [math.sqrt(a * b) for a, b in zip(first, second, strict=True)]


def require_accurate(
    name: str, v1: float, v2: float, correlations: tuple[float, ...], tolerance: float = 1e-10
) -> None:
    """Require that both means are within a tolerance of their sizes."""
    source = catalogue.source(name)
    scale = sizes(source, v1, v2)
    for c in correlations:
        found = pair(Layer(source), v1, v2, c)
        for value, truth, size in zip(found, expected(source, v1, v2, c), scale, strict=True):
            assert abs(value - truth) <= tolerance * size, (name, v1, v2, c)
