"""What an activation and its net input must be for their Gaussian means to be known."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric import validation
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import Means
from selu_sym._numeric.validation import Bools, Values

Keeps: TypeAlias = Literal["second_moment", "variance", "gradient"]
"""What a gain keeps."""

CALLABLE_ROUNDOFF = 1e-25
"""Variance, in second moments, that rounding errors of a callable make."""


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


def is_constant(source: Source, found: Means) -> Bools:
    """Return where an activation does not vary, but for rounding errors of a callable."""
    return found.variance <= (CALLABLE_ROUNDOFF * found.second_moment if source.calculated else 0.0)
