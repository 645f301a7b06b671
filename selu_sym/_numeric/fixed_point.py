"""Alpha and scale from the four numbers of the problem, in float64: the solver.

A problem is (m, v, mu, nu): the Gaussian net input N(m, v), and the mean and variance of the
activations. Its solution has a closed form, if it exists. The difficulties are powers beyond the
doubles, and the decision whether a solution exists.
"""

from __future__ import annotations

import math
import sys
from typing import cast

import numpy as np

from selu_sym._generated import math_kernels
from selu_sym._numeric import validation
from selu_sym._numeric.elementwise import (
    absolute,
    blockwise,
    choose,
    elementwise,
    exceeds,
    opposite,
    single,
)
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.moments import (
    HalfLineMoments,
    primary_moments,
    remaining_moments,
    usual_primary_moments,
    with_exact_variance,
)
from selu_sym._numeric.validation import Bools, Values

ORDINARY = (2.0**-100, 2.0**100)
"""Variances and squared means whose powers in the solution are normal doubles."""


class NoFixedPointError(ValueError):
    """No alpha > 0 and scale > 0 exist that give the moments asked for."""


def fixed_point(
    m: Values, v: Values, mu: Values, nu: Values, missing: str
) -> tuple[Values, Values]:
    """Return alpha and scale; where there are none, NaN or an error as ``missing`` says."""
    if missing not in ("raise", "nan"):
        raise ValueError(f"missing must be 'raise' or 'nan', got {missing!r}")
    alpha, scale, gap = elementwise(_solve, m, v, mu, nu)
    exists = gap > 0
    if exists is not True and not np.all(exists):
        if missing == "raise":
            raise NoFixedPointError(explanation(m, v, mu, nu, gap))
        alpha, scale = (_with_nan(value, opposite(exists)) for value in (alpha, scale))
    (lost,) = elementwise(_is_lost, alpha, scale, gap)
    if lost is not False and np.any(lost):
        if missing == "raise":
            raise ValueError(_out_of_range(m, v, mu, nu, lost))
        alpha, scale = (_with_nan(value, lost) for value in (alpha, scale))
    return alpha, scale


def _with_nan(value: Values, where: Bools) -> Values:
    """Return the value with NaN where a condition holds; of an array, the array itself."""
    if isinstance(value, float):
        return math.nan if where else value
    np.copyto(value, np.nan, where=where)
    return value


def _is_lost(alpha: Values, scale: Values, gap: Values) -> tuple[Bools]:
    """Return where alpha and scale exist, but are infinite or so small that they lose digits."""
    small, large = sys.float_info.min, sys.float_info.max
    sizes = absolute(alpha), absolute(scale)
    normal = (sizes[0] >= small) & (sizes[0] <= large) & (sizes[1] >= small) & (sizes[1] <= large)
    return ((gap > 0) & opposite(normal),)


def _solve(m: Values, v: Values, mu: Values, nu: Values) -> tuple[Values, Values, Values]:
    """Return (alpha, scale, existence gap) of floats, or of arrays of one dimension."""
    beyond = single(is_beyond, m, v, mu, nu)
    if beyond is True:
        return _solve_by_balls(m, v, mu, nu)
    alpha, scale, gap = (_solve_by_moments if isinstance(m, float) else _solve_array)(m, v, mu, nu)
    undecided = gap != gap  # noqa: PLR0124 - NaN
    return choose(beyond | undecided, _solve_by_balls, (alpha, scale, gap), m, v, mu, nu)


def is_beyond(m: Values, v: Values, mu: Values, nu: Values) -> Bools:
    """Return where powers of the moments may underflow or overflow."""
    low, high = ORDINARY
    inside = (v >= low) & (v <= high) & (nu >= low) & (nu <= high)
    far = exceeds(absolute(m), math_kernels.FARTHEST_MEAN * v**0.5) | (
        absolute(mu) > math.sqrt(high)
    )
    return far | opposite(inside)


def _solve_array(m: Values, v: Values, mu: Values, nu: Values) -> tuple[Values, Values, Values]:
    """Return the same as :func:`_solve_by_moments`, for long arrays in less time.

    All elements are solved by the usual form of the moments, in one pass over each block. The few
    elements that need another form are then solved again together.
    """
    alpha, scale, gap, wrong = blockwise(_solve_usually, m, v, mu, nu)
    present = cast("tuple[Values, Values, Values]", (alpha, scale, gap))
    return choose(cast("Bools", wrong), _solve_by_moments, present, m, v, mu, nu)


def _solve_usually(
    m: Values, v: Values, mu: Values, nu: Values
) -> tuple[Values, Values, Values, Bools]:
    """Return the same by the usual form of the moments, and where another form is needed."""
    primary, wrong = usual_primary_moments(m, v)
    far_below = kernels_for(m).needs_variance_far_below(m, v) & (mu < 0)
    moments = remaining_moments(m, v, *primary)
    return *_solve_with(moments, m, v, mu, nu), wrong | far_below


def _solve_by_moments(
    m: Values, v: Values, mu: Values, nu: Values
) -> tuple[Values, Values, Values]:
    """Return the same by the form of each moment that is for its place."""
    moments = remaining_moments(m, v, *primary_moments(m, v))
    return _solve_with(with_exact_variance(m, v, moments, mu < 0), m, v, mu, nu)


def _solve_with(
    moments: HalfLineMoments, m: Values, v: Values, mu: Values, nu: Values
) -> tuple[Values, Values, Values]:
    """Return the same in closed form, with a gap of NaN where rounding may change its sign."""
    kernels = kernels_for(m)
    gap = kernels.existence_gap(*moments, m, v, mu, nu)
    size = kernels.gap_magnitude(*moments[:3], moments.V, m, v, mu, nu)
    # with weights of unit sum the gap's difference is exactly zero for mu > 0, all else positive
    certain = (m == mu) & (v == nu) & (mu >= 0)
    decided = exceeds(absolute(gap), math_kernels.GAP_ERROR * size) | certain
    (gap,) = choose(opposite(decided), lambda gap: (gap * math.nan,), (gap,), gap)
    if isinstance(gap, float) and not gap > 0:
        return math.nan, math.nan, gap
    alpha, scale = kernels.fixed_point(*moments[:4], gap, mu, nu)
    return alpha, scale, gap


def _solve_by_balls(m: Values, v: Values, mu: Values, nu: Values) -> tuple[Values, Values, Values]:
    """Return the same by ball arithmetic, which takes some hundred times as long."""
    from selu_sym._exact.solve import nearest  # noqa: PLC0415 - python-flint is needed for few targets

    problems = np.atleast_2d(np.transpose([m, v, mu, nu])).tolist()
    found = [nearest(*problem) for problem in problems]
    if isinstance(m, float):
        return found[0]
    alpha, scale, gap = np.transpose(found)
    return alpha, scale, gap


def _out_of_range(m: Values, v: Values, mu: Values, nu: Values, lost: Bools) -> str:
    """Return the message for the first place whose parameters are beyond the doubles."""
    where = validation.first_place(lost)
    m_, v_, mu_, nu_ = (float(np.asarray(x)[where]) for x in (m, v, mu, nu))
    return (
        f"alpha and scale of the SELU that maps N({m_:.6g}, {v_:.6g}) to mean {mu_:.6g} and "
        f"variance {nu_:.6g} are beyond what float64 can hold; try selu_sym.precise"
    )


def explanation(m: Values, v: Values, mu: Values, nu: Values, gap: Values) -> str:
    """Return the message for the first place without a solution, with the condition that fails."""
    missing = np.logical_not(np.greater(gap, 0))
    where = validation.first_place(missing)
    m_, v_, mu_, nu_, gap_ = (float(np.asarray(x)[where]) for x in (m, v, mu, nu, gap))
    what = (
        f"no SELU with alpha > 0 and scale > 0 maps N({m_:.6g}, {v_:.6g}) "
        f"to mean {mu_:.6g} and variance {nu_:.6g}"
    )
    if where:
        what += f" ({validation.at_index(where).lstrip()}, one of {missing.sum()})"
    if not gap_ < 0:
        return f"{what}: ball arithmetic does not decide the condition for one"
    above, below = ("A", "C") if mu_ >= 0 else ("B", "D")
    return (
        f"{what}: {above}^2 (variance + mean^2) must exceed {below} mean^2, and is {-gap_:.3g} "
        "below it. Choose a mean nearer to 0 or a larger variance."
    )
