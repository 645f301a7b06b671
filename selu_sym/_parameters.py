"""SELU parameters for a given fixed point, in float64."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from selu_sym import _sensitivity, _validation
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
from selu_sym._validation import FloatArray, Values
from selu_sym._weights import Weights, checked, finite_net_input

FARTHEST = 30
"""Deviations that the net input's mean may lie above zero. A search found wrong values of alpha
from 36 on, where the negative half line has all but no weight, and none below."""

UNDECIDED = 2.0**-45
"""The relative error of the existence gap's terms, the moments' with a margin."""

ORDINARY = (2.0**-100, 2.0**100)
"""Variances and squared means within these, and abs(m)/sqrt(v) <= 12, need no scaling."""


class NoFixedPointError(ValueError):
    """No alpha > 0 and scale > 0 exist that give the moments asked for."""


@dataclass(frozen=True, eq=False, repr=False)
class SeluParameters:
    """The SELU that maps its net input to a given mean and variance.

    It unpacks: ``alpha, scale = parameters``.
    """

    alpha: Values
    """The SELU's alpha, selu(z) = scale * alpha * (exp(z) - 1) for z <= 0."""

    scale: Values
    """The SELU's lambda, selu(z) = scale * z for z > 0."""

    mean: Values
    """Mean of the activations."""

    variance: Values
    """Variance of the activations."""

    input_mean: Values
    """Mean of the net input."""

    input_variance: Values
    """Variance of the net input."""

    weights: Weights | None
    """The weight model, None where the net input was given (:func:`match_moments`)."""

    def __post_init__(self) -> None:
        """Keep own copies of arrays, which nobody can change."""
        for name, value in list(vars(self).items()):
            if isinstance(value, np.ndarray):
                own = value.copy()
                own.flags.writeable = False
                object.__setattr__(self, name, own)

    def __iter__(self) -> Iterator[Values]:
        return iter((self.alpha, self.scale))

    def __repr__(self) -> str:
        shown = ("alpha", "scale", "mean", "variance", "weights")
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        if self.weights is None:
            return f"SeluParameters({fields})"
        from selu_sym._stability import stability  # noqa: PLC0415 - it imports this module

        return f"SeluParameters({fields}): {stability(self)}"

    @property
    def saturation(self) -> Values:
        """-alpha * scale, the limit of selu(z) for z to minus infinity."""
        return -self.alpha * self.scale

    def dropout_affine(self, rate: npt.ArrayLike) -> tuple[Values, Values]:
        r"""Return the (a, b) with which alpha dropout keeps mean and variance.

        A unit is kept with probability q = 1 - rate or set to the saturation value s.
        Then a x + b has the mean mu and the variance nu again:

        .. math::
            a = \sqrt{\frac{\nu}{q((1-q)(s-\mu)^2 + \nu)}}, \quad
            b = \mu - a (q \mu + (1-q) s)

        Parameters
        ----------
        rate : array_like
            Probability in [0, 1) that a unit is dropped. Broadcasts with the parameters.

        Returns
        -------
        a, b : float, or float64 arrays of the broadcast shape

        Raises
        ------
        ValueError
            If a rate is outside [0, 1).

        Notes
        -----
        Source: ``derivations.dropout``; Klambauer et al. 2017, "New Dropout Technique".

        Examples
        --------
        >>> a, b = selu_parameters(0.0, 1.0).dropout_affine(0.1)
        >>> print(f"{a:.6f} {b:.6f}")
        0.921285 0.161971
        """
        rates, mean, variance, saturation = _validation.broadcast(
            rate=_validation.rate(rate),
            mean=self.mean,
            variance=self.variance,
            saturation=self.saturation,
        )
        a, b = kernels_for(rates).dropout_affine(mean, variance, saturation, 1 - rates)
        return a, b

    def gradient(self) -> FloatArray:
        r"""Return the derivatives of alpha and scale by mean and variance.

        With the net input following from mean and variance by the weight model, so that
        they can be trained:

        .. math::
            \begin{pmatrix}
            \partial\alpha/\partial\mu & \partial\alpha/\partial\nu \\
            \partial\lambda/\partial\mu & \partial\lambda/\partial\nu
            \end{pmatrix}

        Returns
        -------
        float64 array of shape (..., 2, 2), before it the shape of the parameters

        Raises
        ------
        ValueError
            If the parameters are of no weight model (:func:`match_moments`).

        Notes
        -----
        The derivatives solve the linear system that differentiating the two fixed-point
        equations gives. Accuracy: 1e-9 relative, tested for means within [-0.5, 0.5] and
        variances from 0.02 to 12 against differences of sixty digits; 1e-11 at most targets,
        but not where the net input lies three deviations above zero. NaN where alpha is.

        Source: ``derivations.sensitivity``.

        Examples
        --------
        >>> print(selu_parameters(-0.1, 2.0).gradient().round(6))
        [[-0.037247  0.259321]
         [-0.144085  0.004958]]
        """
        if self.weights is None:
            raise ValueError(
                "the gradient needs a weight model, got parameters of match_moments; "
                "use selu_parameters"
            )
        return _sensitivity.gradient(self.weights, *self._problem())

    def condition_numbers(self) -> tuple[Values, Values]:
        r"""Return the relative condition numbers of alpha and scale.

        By how much more, relatively, alpha and scale change than the four inputs of the
        problem, in the worst case and to first order:

        .. math::
            \kappa_\alpha = \frac1\alpha \sum_{p \in \{m, v, \mu, \nu\}}
            \left|p \frac{\partial\alpha}{\partial p}\right|

        The moments m and v of the net input and the moments of the output count as
        independent, as in :func:`match_moments`. The relative errors of the computed alpha
        and scale are a few units in the last place times these numbers.

        Returns
        -------
        condition number of alpha, of scale : float, or float64 arrays

        Notes
        -----
        Source: ``derivations.sensitivity``; N. Higham, *Accuracy and Stability of Numerical
        Algorithms*, section 1.6.

        Examples
        --------
        >>> of_alpha, of_scale = selu_parameters(0.0, 1.0).condition_numbers()
        >>> print(f"{of_alpha:.3f} {of_scale:.3f}")
        0.212 0.986
        """
        return _sensitivity.condition_numbers(*self._problem())

    def _problem(self) -> tuple[Values, ...]:
        """Return the solution, and the four numbers that it solves for."""
        inputs = (self.input_mean, self.input_variance)
        return (self.alpha, self.scale, *inputs, self.mean, self.variance)


def selu_parameters(
    mean: npt.ArrayLike = 0.0,
    variance: npt.ArrayLike = 1.0,
    *,
    weights: Weights = "unit-sum",
    missing: Literal["raise", "nan"] = "raise",
) -> SeluParameters:
    r"""Return the SELU with the fixed point (mean, variance).

    A layer whose activations have this mean and variance feeds the next one a net input
    z ~ N(m, v), which the SELU maps to the same mean and variance again. With x = scale
    and y = scale * alpha that is a line and an ellipse,

    .. math:: A x + B y = \mu, \quad C x^2 + D y^2 = \nu + \mu^2,

    which meet in at most one point with x, y > 0. It is returned in closed form.

    Parameters
    ----------
    mean, variance : array_like
        Mean and variance > 0 of the activations. They broadcast.
    weights : "unit-sum", "normalized", "iid" or (omega, tau)
        The weight model, which gives m and v:

        * ``"unit-sum"``: (mean, variance), weights with sum 1 and sum of squares 1;
        * ``"normalized"``: (0, variance), weights with sum 0 and sum of squares 1;
        * ``"iid"``: (0, variance + mean**2), independent weights of mean 0 and variance
          1/n (LeCun normal), pooled over a layer: the right choice for networks;
        * a pair of numbers: (mean * omega, variance * tau).
    missing : "raise" or "nan"
        What to do where no solution exists: raise, or put NaN for alpha and scale.

    Returns
    -------
    SeluParameters
        Floats where mean and variance are scalars, float64 arrays elsewhere.

    Raises
    ------
    NoFixedPointError
        If no alpha > 0 and scale > 0 exist, unless ``missing="nan"``. One exists exactly
        when C mu^2 < A^2 (nu + mu^2) for mu >= 0, or D mu^2 < B^2 (nu + mu^2) for mu < 0.
    ValueError
        If a variance is not positive, a value is NaN or infinite, the weight model is
        unknown, or alpha or scale is beyond what float64 can hold.
    TypeError
        If a value is not a real number.

    Notes
    -----
    Accuracy: the relative errors are within 150 unit roundoffs (1.7e-14), and mostly within
    one, times the condition numbers (:meth:`SeluParameters.condition_numbers`, where
    they exceed 1) for ``|m|/sqrt(v) <= 8`` and ``1e-8 <= v <= 1e8``; powers are scaled, so that
    they neither overflow nor underflow beyond. Further out the errors grow, and have been seen
    to reach 1e5 such units for m/sqrt(v) between -51 and -34. Where m/sqrt(v) is above 30, or
    the existence condition is nearer to equality than 3e-14 relatively, a target counts as not
    decided in float64, and there is a NoFixedPointError that says so. Parameters beyond the normal
    float64 numbers are a ValueError, or NaN with ``missing="nan"``. ``selu_sym.precise`` has as
    many digits as asked for.

    Source: ``derivations.fixed_point``; Klambauer et al. 2017 (arXiv 1706.02515), whose
    (0, 1) is the default.

    Examples
    --------
    >>> alpha, scale = selu_parameters(mean=0.0, variance=1.0)
    >>> print(f"{alpha:.12f} {scale:.12f}")
    1.673263242354 1.050700987355
    """
    model = checked(weights)
    mu, nu = _validation.broadcast(
        mean=_validation.finite("mean", mean), variance=_validation.positive("variance", variance)
    )
    m, v = finite_net_input(mu, nu, model)
    return _solved(m, v, mu, nu, model, missing)


def match_moments(
    input_mean: npt.ArrayLike,
    input_variance: npt.ArrayLike,
    output_mean: npt.ArrayLike,
    output_variance: npt.ArrayLike,
    *,
    missing: Literal["raise", "nan"] = "raise",
) -> SeluParameters:
    """Return the SELU that maps N(input_mean, input_variance) to given output moments.

    This is the general form of :func:`selu_parameters`, in which the net input need not
    have any relation to the output.

    Parameters
    ----------
    input_mean, input_variance : array_like
        Mean m and variance v > 0 of the Gaussian net input.
    output_mean, output_variance : array_like
        Mean mu and variance nu > 0 that the activations shall have. All four broadcast.
    missing : "raise" or "nan"
        What to do where no solution exists: raise, or put NaN for alpha and scale.

    Returns
    -------
    SeluParameters
        With ``mean`` and ``variance`` those of the output, and ``weights`` None.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_parameters`.

    Notes
    -----
    Source: ``derivations.fixed_point``.

    Examples
    --------
    >>> alpha, scale = match_moments(0.5, 2.0, 0.0, 1.0)
    >>> print(f"{alpha:.6f} {scale:.6f}")
    4.490917 0.486865
    """
    m, v, mu, nu = _validation.broadcast(
        input_mean=_validation.finite("input_mean", input_mean),
        input_variance=_validation.positive("input_variance", input_variance),
        output_mean=_validation.finite("output_mean", output_mean),
        output_variance=_validation.positive("output_variance", output_variance),
    )
    return _solved(m, v, mu, nu, None, missing)


def _solved(
    m: Any, v: Any, mu: Any, nu: Any, weights: Weights | None, missing: str
) -> SeluParameters:
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
    return SeluParameters(alpha, scale, mu, nu, m, v, weights)


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
