"""The inverse of signal propagation: the fixed point for a depth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from selu_sym import _validation
from selu_sym._parameters import SeluParameters, selu_parameters
from selu_sym._propagation import gradient_gain
from selu_sym._weights import Weights, checked

__all__ = ["for_depth"]

VARIANCES = np.geomspace(1e-10, 1e8, 721)
"""Where :func:`for_depth` looks for the largest variance, before it finds it."""


def for_depth(
    depth: int, growth: float = 10.0, mean: float = 0.0, weights: Weights = "iid"
) -> SeluParameters:
    """Return the SELU of the largest variance whose gradients stay within a growth.

    Gradients grow by :func:`gradient_gain` a layer, over the depth by chi^depth: the larger the
    fixed point's variance, the more.

    Parameters
    ----------
    depth : int
        Number of layers, at least 1.
    growth : float
        Largest factor by which the second moment of gradients may grow over all layers, > 0.
    mean : float
        Mean of the fixed point.
    weights
        The weight model, as in :func:`selu_parameters`.

    Returns
    -------
    SeluParameters
        With ``gradient_gain(p)**depth`` equal to growth, within 1e-9 relative.

    Raises
    ------
    ValueError
        If depth is no positive integer, growth is not positive, or no variance between 1e-10 and
        1e8 has fixed points on both sides of the growth: without biases, no growth of 1 or less
        is possible.

    Notes
    -----
    Variances are looked at in steps of 6 percent, from large ones down, and between the first
    one that keeps the growth and the next, Brent's method finds the border. At each mean from -2
    to 1 that was tried, with biases and without, chi increases over all of them. That is seen,
    not proved, and nothing depends on it but that no step hides a larger variance.

    Source: ``derivations.propagation``.

    Examples
    --------
    >>> p = for_depth(64, growth=2.0)
    >>> print(f"variance {p.variance:.4f}, alpha {p.alpha:.4f}, scale {p.scale:.4f}")
    variance 0.1078, alpha 1.2116, scale 1.0231
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    depth = _validation.count("depth", depth)
    limit = float(_validation.positive("growth", growth)) ** (1 / depth)
    mu, model = float(_validation.finite("mean", mean)), checked(weights)

    def excess(exponent: Any) -> Any:
        p = selu_parameters(mu, np.exp(exponent), weights=model, missing="nan")
        return gradient_gain(p) - limit

    exponents = np.log(VARIANCES)
    values = excess(exponents)
    if np.isnan(values).all():
        raise ValueError(
            f"no SELU has a fixed point of mean {mu!r} with a variance between "
            f"{VARIANCES[0]:g} and {VARIANCES[-1]:g} and weights {model!r}"
        )
    least, largest = (float(bound(values) + limit) for bound in (np.nanmin, np.nanmax))
    kept = np.flatnonzero(values <= 0)
    if not kept.size or kept[-1] == len(values) - 1:
        raise ValueError(
            f"growth must be such that the gain of a layer, growth**(1/depth) = {limit:.10g}, lies "
            f"between the gains seen at fixed points of mean {mu!r} with weights {model!r}, "
            f"{least:.10g} and {largest:.10g}; got growth {growth!r}, depth {depth}"
        )
    low, high = exponents[kept[-1] : kept[-1] + 2]
    exponent = brentq(lambda x: float(excess(float(x))), low, high, xtol=1e-15, rtol=1e-14)
    return selu_parameters(mu, math.exp(exponent), weights=model)
