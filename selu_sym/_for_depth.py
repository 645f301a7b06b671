"""The SELU whose gradients stay within a growth over so many layers: what users call."""

from __future__ import annotations

import math

import numpy as np

from selu_sym._numeric import search, validation
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Weights, checked
from selu_sym._parameters import selu_parameters
from selu_sym._propagation import gradient_gain
from selu_sym._selu import SeluParameters

__all__ = ["for_depth"]

VARIANCES = np.geomspace(1e-10, 1e8, 721)
"""Where the largest variance is looked for, before it is found."""


def for_depth(
    depth: int,
    growth: float = 10.0,
    mean: float = 0.0,
    weights: Weights = "iid",
    *,
    rate: float = 0.0,
) -> SeluParameters:
    r"""Return the SELU of the largest variance whose gradients stay within a growth.

    .. math:: \chi(\nu)^{\text{depth}} = \text{growth}

    for the largest such variance nu, where chi is the :func:`gradient_gain` of a layer.

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
    rate : float
        Rate of the alpha dropout after each activation, in [0, 1): it multiplies the gain
        (:func:`gradient_gain`).

    Returns
    -------
    SeluParameters
        With ``gradient_gain(p, rate)**depth`` equal to growth, within 1e-9 relative.

    Raises
    ------
    ValueError
        If depth is no positive integer, growth is not positive, rate is outside [0, 1), or among
        the fixed points with variances between 1e-10 and 1e8 there is none of the largest variance
        that keeps the growth. Without biases and dropout, independent weights have none for a
        growth of 1 or less.

    Notes
    -----
    The growth is that of wide layers, in the mean over networks: it holds for a width that is large
    against the depth. Single networks of a given width differ from it by factors, which
    ``propagate(p, depth, width=...)`` estimates as ``gradient_growth_deviation``.

    Variances are looked at in steps of 6 percent, and in finer ones next to the border of existence
    and where the gain is smallest; then Brent's method finds where the gain crosses. For
    independent weights, with biases and without, chi increases with the variance at each mean from
    -2 to 1 that was tried, which is seen and not proved. For weights of given sums and a mean that
    is not 0, it can decrease first.

    Source: ``derivations.propagation``.

    Examples
    --------
    >>> p = for_depth(64, growth=2.0)
    >>> print(f"variance {p.variance:.4f}, alpha {p.alpha:.4f}, scale {p.scale:.4f}")
    variance 0.1078, alpha 1.2116, scale 1.0231
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    depth = validation.count("depth", depth)
    limit = float(validation.positive("growth", growth)) ** (1 / depth)
    mu, model = float(validation.finite("mean", mean)), checked(weights)
    dropped = validation.single_rate(rate)

    def gains(exponents: FloatArray) -> FloatArray:
        variances = np.exp(exponents)
        p = selu_parameters(mu, variances, weights=model, missing="nan")
        return np.asarray(gradient_gain(p, dropped))

    exponents = np.log(VARIANCES)
    values = gains(exponents)
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        raise ValueError(
            f"no SELU has a fixed point of mean {mu!r} with a variance between "
            f"{VARIANCES[0]:g} and {VARIANCES[-1]:g} and weights {model!r}"
        )
    least, largest = np.inf, -np.inf
    runs = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
    for run in reversed(runs):  # ranges of variances in which fixed points exist
        x, y = search.refined(gains, exponents, values, run, limit)
        least, largest = min(least, y.min()), max(largest, y.max())
        kept = np.flatnonzero(y <= limit)
        if not kept.size:
            continue
        if kept[-1] == len(y) - 1:
            raise ValueError(
                f"no variance is the largest one that keeps the growth {growth!r} over {depth} "
                f"layers: fixed points of mean {mu!r} with weights {model!r} keep it up to the "
                f"variance {math.exp(x[-1]):.6g}, where the gain is {y[-1]:.10g}, and none was "
                "found right above it; use selu_parameters with a smaller variance"
            )
        low, high = x[kept[-1] : kept[-1] + 2]
        found = brentq(
            lambda e: gains(np.array([e])).item() - limit, low, high, xtol=1e-15, rtol=1e-14
        )
        return selu_parameters(mu, math.exp(found), weights=model)
    raise ValueError(
        f"growth must be such that the gain of a layer, growth**(1/depth) = {limit:.10g}, lies "
        f"between the gains seen at fixed points of mean {mu!r} with weights {model!r}, "
        f"{least:.10g} and {largest:.10g}; got growth {growth!r}, depth {depth}"
    )
