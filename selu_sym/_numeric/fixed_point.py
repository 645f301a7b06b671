"""Alpha and scale from the four numbers of the problem, in float64: the solver.

A problem is (m, v, mu, nu): the Gaussian net input N(m, v), and the mean and variance that the
SELU shall make of it. Where it is solvable the solution is in closed form; what takes care here
is the size of the numbers, and deciding existence.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from selu_sym._generated import math_kernels
from selu_sym._numeric import validation
from selu_sym._numeric.moments import (
    Moments,
    blockwise,
    chooser,
    elementwise,
    kernels_for,
    primary_moments,
    remaining_moments,
    single,
    with_exact_variance,
)

ORDINARY = (2.0**-100, 2.0**100)
"""Variances and squared means whose powers in the solution are normal doubles."""


class NoFixedPointError(ValueError):
    """No alpha > 0 and scale > 0 exist that give the moments asked for."""


def fixed_point(m: Any, v: Any, mu: Any, nu: Any, missing: str) -> tuple[Any, Any]:
    """Return alpha and scale, with NaN or an error where there are none."""
    if missing not in ("raise", "nan"):
        raise ValueError(f"missing must be 'raise' or 'nan', got {missing!r}")
    alpha, scale, gap = elementwise(_solve, m, v, mu, nu)
    exists = gap > 0
    if exists is not True and not np.all(exists):
        if missing == "raise":
            raise NoFixedPointError(explanation(m, v, mu, nu, gap))
        alpha, scale = (np.where(exists, value, np.nan)[()] for value in (alpha, scale))
    lost = exists > (_is_normal(alpha) & _is_normal(scale))  # there is one, but no doubles for it
    if lost is not False and np.any(lost):
        if missing == "raise":
            raise ValueError(_out_of_range(m, v, mu, nu, lost))
        alpha, scale = (np.where(lost, np.nan, value)[()] for value in (alpha, scale))
    return alpha, scale


def _is_normal(value: Any) -> Any:
    """Say where a number is neither infinite nor so small that it has lost digits."""
    size = abs(value)
    return (size >= sys.float_info.min) & (size <= sys.float_info.max)


def _solve(m: Any, v: Any, mu: Any, nu: Any) -> tuple[Any, Any, Any]:
    """Return (alpha, scale, existence gap) of floats, or of arrays of one dimension."""
    beyond = single(is_beyond, m, v, mu, nu)
    if beyond is True:
        return _solve_by_balls(m, v, mu, nu)
    solved = blockwise(_solve_by_moments, m, v, mu, nu, *primary_moments(m, v))
    undecided = solved[-1] != solved[-1]
    return chooser(m)(beyond | undecided, _solve_by_balls, solved, m, v, mu, nu)


def is_beyond(m: Any, v: Any, mu: Any, nu: Any) -> Any:
    """Say where powers of the moments may underflow or overflow."""
    low, high = ORDINARY
    inside = (v >= low) & (v <= high) & (nu >= low) & (nu <= high)
    far = abs(m) > math_kernels.FARTHEST_MEAN * v**0.5
    return far | (abs(mu) > high**0.5) | (inside == False)  # noqa: E712


def _solve_by_moments(m: Any, v: Any, mu: Any, nu: Any, *primary: Any) -> tuple[Any, Any, Any]:
    """Return the same in closed form, with a gap of NaN where that does not decide its sign."""
    kernels = kernels_for(m)
    moments = Moments(*remaining_moments(m, v, *primary))
    moments = with_exact_variance(m, v, moments, mu < 0)
    gap = kernels.existence_gap(*moments, m, v, mu, nu)
    size = kernels.gap_magnitude(*moments[:3], moments.V, m, v, mu, nu)
    # with weights of unit sum the gap's difference is exactly zero for mu > 0, all else positive
    certain = (m == mu) & (v == nu) & (mu >= 0)
    (gap,) = chooser(m)(
        (abs(gap) <= math_kernels.GAP_ERROR * size) & (certain == False),  # noqa: E712
        lambda gap: (gap * math.nan,),
        (gap,),
        gap,
    )
    if isinstance(gap, float) and not gap > 0:
        return math.nan, math.nan, gap
    alpha, scale = kernels.fixed_point(*moments[:4], gap, mu, nu)
    return alpha, scale, gap


def _solve_by_balls(m: Any, v: Any, mu: Any, nu: Any) -> tuple[Any, Any, Any]:
    """Return the same by ball arithmetic, which takes some hundred times as long."""
    from selu_sym._exact.solve import nearest  # noqa: PLC0415 - python-flint is needed for few targets

    if isinstance(m, float):
        return nearest(m, v, mu, nu)
    problems = zip(*(x.tolist() for x in (m, v, mu, nu)), strict=True)
    alpha, scale, gap = np.array([nearest(*problem) for problem in problems]).T
    return alpha, scale, gap


def _out_of_range(m: Any, v: Any, mu: Any, nu: Any, lost: Any) -> str:
    """Say for the first place whose parameters are no doubles what was asked for."""
    where = validation.first_place(lost)
    m_, v_, mu_, nu_ = (float(np.asarray(x)[where]) for x in (m, v, mu, nu))
    return (
        f"alpha and scale of the SELU that maps N({m_:.6g}, {v_:.6g}) to mean {mu_:.6g} and "
        f"variance {nu_:.6g} are beyond what float64 can hold; try selu_sym.precise"
    )


def explanation(m: Any, v: Any, mu: Any, nu: Any, gap: Any) -> str:
    """Say for the first place without a solution what was asked for, and why it has none."""
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
