"""What an activation and its net input must be for their Gaussian means to be known."""

from __future__ import annotations

import warnings
from typing import Literal, TypeAlias

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric import validation
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import Means, estimated_error, on_nodes, tail_shares
from selu_sym._numeric.validation import Bools, Values

Keeps: TypeAlias = Literal["second_moment", "variance", "gradient"]
"""What a gain keeps."""

CALLABLE_ROUNDOFF = 1e-25
"""Variance, in second moments, that rounding errors of a callable make."""

LARGEST_ERROR = 1e-9
"""Estimated error of the means of a callable beyond which there is a warning."""

LARGEST_TAIL = 0.01
"""Share of a mean beyond what is integrated with which it is not known."""


def require_known(keeps: object) -> None:
    """Raise ValueError unless a gain can keep this."""
    if keeps not in ("second_moment", "variance", "gradient"):
        raise ValueError(f"keeps must be 'second_moment', 'variance' or 'gradient', got {keeps!r}")


def is_inside(m: Values, v: Values) -> Bools:
    """Return where a net input is one that means are computed for."""
    kernels = generated.activation_kernels
    inside: Bools = (v >= kernels.SMALLEST_INPUT_VARIANCE) & (v <= kernels.LARGEST_INPUT_VARIANCE)
    return inside & (np.abs(m) <= kernels.MOST_DEVIATIONS * np.sqrt(v))


def require_domain(m: Values, v: Values, advice: str = "") -> None:
    """Raise ValueError, with advice, if a net input is beyond what is integrated."""
    inside = is_inside(m, v)
    if np.all(inside):
        return
    where = validation.first_place(np.logical_not(inside))
    at_m, at_v = (float(np.asarray(value)[where]) for value in (m, v))
    kernels = generated.activation_kernels
    raise ValueError(
        f"the net input must have a variance between {kernels.SMALLEST_INPUT_VARIANCE:g} and "
        f"{kernels.LARGEST_INPUT_VARIANCE:g} and a mean within {kernels.MOST_DEVIATIONS} "
        f"deviations of 0, got mean {at_m!r} and variance {at_v!r}{validation.at_index(where)}"
        f"{advice}"
    )


def require_continuous(source: Source) -> None:
    """Raise ValueError if an activation jumps: its squared derivative has no finite mean."""
    if source.jumps:
        places = ", ".join(f"{place:g}" for place, _ in source.jumps)
        raise ValueError(
            f"activation must be continuous where gradients matter, and {source.name!r} jumps at "
            f"{places}: the mean of its squared derivative is infinite"
        )


def checked_error(
    source: Source, m: Values, v: Values, found: Means, *, stacklevel: int = 3
) -> float:
    """Return the estimated error of means, with a warning where it is large.

    It is 0 for the catalogue, whose accuracy is tested. Raise ValueError if a callable or a mean of
    it is not finite.
    """
    if not source.calculated:
        return 0.0
    tail = require_means(source, m, v, found)
    error = max(estimated_error(source, m, v, found), tail)
    if error > LARGEST_ERROR:
        advice = (
            "the rest lies beyond 9.5 standard deviations of the net input, where the integration "
            "ends"
            if tail == error
            else "pass its kinks, and its derivative if it has a formula"
        )
        warnings.warn(
            f"the means of {source.name!r} are known to about {error:.1g} only, relatively: "
            f"{advice}",
            UserWarning,
            stacklevel,
        )
    return error


def require_means(source: Source, m: Values, v: Values, found: Means) -> float:
    """Return which share of a callable's means lies beyond what is integrated.

    Raise ValueError if the callable or a mean of it is not finite.
    """
    _require_finite(source, m, v, found)
    tail, relative = tail_shares(source, m, v, found)
    if relative > LARGEST_TAIL:
        raise ValueError(
            "activation must have squares f^2 and f'^2 that, times the net input's density, fall "
            f"within 9.5 standard deviations of its mean, and those of {source.name!r} do not: "
            "their means are infinite, or not known"
        )
    return min(tail, 1.0)


def _require_finite(source: Source, m: Values, v: Values, found: Means) -> None:
    """Raise ValueError if a callable is not finite for a net input, or a mean overflows."""
    finite = np.isfinite([np.ravel(value) for value in found[:5]]).all(axis=0)
    if finite.all():
        return
    index = np.flatnonzero(~finite)[0]
    at_m, at_v = (float(np.ravel(value)[index]) for value in (m, v))
    z, *values = on_nodes(source, at_m, at_v)
    for name, value in zip(("activation", "derivative"), values, strict=True):
        places = np.flatnonzero(~np.isfinite(value))
        if places.size:
            nearest = places[np.argmin(np.abs(z[places] - at_m))]
            got = "NaN" if np.isnan(value[nearest]) else f"{value[nearest]:g}"
            raise ValueError(
                f"{name} must be finite for the net inputs in question, got {got} at "
                f"{z[nearest]:.3g} (of the function you passed)"
            )
    raise ValueError(
        "activation must have means of its square and of its derivative's square that float64 can "
        f"hold, and those of {source.name!r} overflow for the mean {at_m!r} and the variance "
        f"{at_v!r} of the net input"
    )


def is_constant(source: Source, found: Means) -> Bools:
    """Return where an activation does not vary, but for rounding errors of a callable."""
    return found.variance <= (CALLABLE_ROUNDOFF * found.second_moment if source.calculated else 0.0)
