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

from selu_sym import _validation
from selu_sym._moments import (
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

FARTHEST = 30
"""Deviations that the net input's mean may lie above zero. A search found wrong values of alpha
from 36 on, where the negative half line has all but no weight, and none below."""

UNDECIDED = 2.0**-45
"""The relative error of the existence gap's terms, the moments' with a margin."""

ORDINARY = (2.0**-100, 2.0**100)
"""Variances and squared means within these, and abs(m)/sqrt(v) <= 12, need no scaling."""


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
            raise NoFixedPointError(_explanation(m, v, mu, nu, gap))
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
    """Return (alpha, scale, existence gap) of floats, or of arrays of one dimension.

    The gap is NaN where it is not decided.
    """
    extreme = single(_is_extreme, m, v, mu, nu)
    if extreme is True:
        return chooser(m)(True, _solve_scaled_floats, (m, m, m), m, v, mu, nu)
    solved = blockwise(_solve_by_moments, m, v, mu, nu, *primary_moments(m, v))
    return chooser(m)(extreme, _solve_scaled, solved, m, v, mu, nu)


def _is_extreme(m: Any, v: Any, mu: Any, nu: Any) -> Any:
    """Say where the powers of the inputs need scaling."""
    low, high = ORDINARY
    inside = (v >= low) & (v <= high) & (nu >= low) & (nu <= high)
    return (abs(m) > 12 * v**0.5) | (abs(mu) > high**0.5) | (inside == False)  # noqa: E712


def _solve_by_moments(m: Any, v: Any, mu: Any, nu: Any, *primary: Any) -> tuple[Any, Any, Any]:
    """Return the same, given the primary moments."""
    moments = Moments(*remaining_moments(m, v, *primary))
    return _solve_by_all_moments(m, v, mu, nu, with_exact_variance(m, v, moments, mu < 0))


def _solve_by_all_moments(
    m: Any, v: Any, mu: Any, nu: Any, moments: Moments, certain: Any = None
) -> tuple[Any, Any, Any]:
    """Return the same, given all moments; no doubt where the gap is certain to be positive."""
    kernels = kernels_for(m)
    gap = kernels.existence_gap(*moments, m, v, mu, nu)
    size = kernels.gap_magnitude(*moments[:3], moments.V, m, v, mu, nu)
    # with weights of unit sum the gap's difference is exactly zero for mu > 0, all else positive
    same = (m == mu) & (v == nu) & (mu >= 0) if certain is None else certain
    (gap,) = chooser(m)(
        (abs(gap) <= UNDECIDED * size) & (same == False),  # noqa: E712
        lambda gap: (gap * math.nan,),
        (gap,),
        gap,
    )
    if isinstance(gap, float) and not gap > 0:
        return math.nan, math.nan, gap
    alpha, scale = kernels.fixed_point(*moments[:4], gap, mu, nu)
    return alpha, scale, gap


def _solve_scaled_floats(*problem: float) -> tuple[float, ...]:
    """Return what :func:`_solve_scaled` does, for floats."""
    with np.errstate(all="ignore"):
        solved = _solve_scaled(*(np.array([number]) for number in problem))
    return tuple(array.item() for array in solved)


def _solve_scaled(m: Any, v: Any, mu: Any, nu: Any) -> tuple[Any, Any, Any]:
    """Return what :func:`_solve` does for arrays of any size of number.

    The line A x + B y = mu and the ellipse C x^2 + D y^2 = nu + mu^2 keep their form if
    (A, C) is divided by (t, t^2), (B, D) by (u, u^2) and (mu, nu) by (r, r^2), which
    multiplies alpha by t/u and scale by r/t. All three are powers of two, times e^(-a^2/4)
    on the side where the Gaussian has only its tail.
    """
    i = np.frexp(v)[1] // 2
    k = np.maximum(np.where(mu == 0, -2000, np.frexp(mu)[1]), (np.frexp(nu)[1] + 1) // 2)
    certain = (m == mu) & (v == nu) & (mu >= 0)
    m_unit, v_unit = np.ldexp(m, -i), np.ldexp(v, -2 * i)
    mu_unit, nu_unit = np.ldexp(mu, -k), np.ldexp(nu, -2 * k)
    root = np.exp(-(m_unit**2) / (4 * v_unit))
    g, below_zero = root**2, m <= 0
    A_minor, _, C_minor, _, _ = primary_moments(m_unit, v_unit, np.ones_like(m))
    A_minor = A_minor * np.where(below_zero, root, g)
    C_minor = C_minor * np.where(below_zero, 1.0, g)
    shift = _shift_to_limit(m, i)
    m_near, v_near = np.ldexp(m, shift), np.ldexp(v, 2 * shift)
    _, B, _, D, V = primary_moments(m_near, v_near, np.where(below_zero, g, 1.0))
    B = np.where(below_zero, B, root * B)
    kernels = kernels_for(m)
    near = Moments(*remaining_moments(m_near, v_near, A_minor, B, C_minor, D, V))
    V = with_exact_variance(m_near, v_near, near, mu < 0).V
    A, C, _ = kernels.remaining_moments(m_unit, v_unit, A_minor, B, C_minor, D, V)
    moments = Moments(A, B, C, D, A_minor, C_minor, V)
    scaled = _solve_by_all_moments(m_unit, v_unit, mu_unit, nu_unit, moments, certain)
    alpha, scale, gap = scaled
    alpha = np.ldexp(np.where(below_zero, alpha * root, alpha / root), i + np.maximum(shift, 0))
    scale = np.ldexp(np.where(below_zero, scale / root, scale), k - i)
    return alpha, scale, np.where(m_unit > FARTHEST * np.sqrt(v_unit), np.nan, gap)


def _shift_to_limit(m: Any, i: Any) -> Any:
    """Return the power of two that takes m and 2^i, about sqrt(v), to where B and D are limits.

    For small z, e^z - 1 is z in float64, so that B and D scale as A and C do; for large ones
    it is -1, and they do not change.
    """
    size = np.where(m == 0, -2000, np.frexp(m)[1])
    small = -64 - np.maximum(size, i)
    large = 64 + np.maximum(size - i, 0) - i
    return np.maximum(small, 0) + np.minimum(large, 0)


def _out_of_range(m: Any, v: Any, mu: Any, nu: Any, lost: Any) -> str:
    """Say for the first place whose parameters are no doubles what was asked for."""
    where = _validation.first_place(lost)
    m_, v_, mu_, nu_ = (float(np.asarray(x)[where]) for x in (m, v, mu, nu))
    return (
        f"alpha and scale of the SELU that maps N({m_:.6g}, {v_:.6g}) to mean {mu_:.6g} and "
        f"variance {nu_:.6g} are beyond what float64 can hold or find; try selu_sym.precise"
    )


def _explanation(m: Any, v: Any, mu: Any, nu: Any, gap: Any) -> str:
    """Say for the first place without a solution what was asked for, and why it has none."""
    missing = np.logical_not(np.greater(gap, 0))
    where = _validation.first_place(missing)
    m_, v_, mu_, nu_, gap_ = (float(np.asarray(x)[where]) for x in (m, v, mu, nu, gap))
    what = (
        f"no SELU with alpha > 0 and scale > 0 maps N({m_:.6g}, {v_:.6g}) "
        f"to mean {mu_:.6g} and variance {nu_:.6g}"
    )
    if where:
        what += f" ({_validation.at_index(where).lstrip()}, one of {missing.sum()})"
    if not gap_ < 0:
        return f"{what}: the condition for one is not decided in float64; try selu_sym.precise"
    above, below = ("A", "C") if mu_ >= 0 else ("B", "D")
    return (
        f"{what}: {above}^2 (variance + mean^2) must exceed {below} mean^2, and is {-gap_:.3g} "
        "below it. Choose a mean nearer to 0 or a larger variance."
    )
