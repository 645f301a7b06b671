"""SELU parameters and their stability, gains and shaped activations, to any number of digits.

Arguments are exact: int, Fraction, Decimal and decimal strings ("-0.1" is minus one
tenth), while a float stands for its binary value (-0.1 is
-0.1000000000000000055511151231257827...).

Every digit comes from ball arithmetic (python-flint): each operation rounds outwards, so that a
result is a ball that contains the true value. The working precision grows until the ball is
small enough. Balls also prove that a SELU exists or does not, and that a fixed point attracts.
The functions may be called from several threads, and leave the precisions of python-flint and of
mpmath as they are.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Concatenate, Generic, ParamSpec, TypeAlias, TypeVar, cast

import flint
import mpmath
from mpmath import libmp

from selu_sym._exact import quantities
from selu_sym._exact.decimals import decimal, nearest_mpf
from selu_sym._exact.gains import ProvedNumber, enclose_gain, gain
from selu_sym._exact.numbers import Exact
from selu_sym._exact.shaped import PreciseShape, shape_for_depth
from selu_sym._numeric.weights import Weights, required
from selu_sym._selu import SeluParameters

__all__ = [
    "Enclosure",
    "Exact",
    "PreciseParameters",
    "PreciseShape",
    "PreciseStability",
    "ProvedNumber",
    "enclose",
    "enclose_gain",
    "gain",
    "gradient_gain",
    "selu_parameters",
    "shape_for_depth",
    "stability",
]

Number = TypeVar("Number", mpmath.mpf, flint.arb)
Returned = TypeVar("Returned")
Options = ParamSpec("Options")


@dataclass(frozen=True, repr=False)
class _Solution(Generic[Number]):
    """Alpha and scale, and the fixed point that they are for."""

    alpha: Number
    scale: Number
    mean: Fraction
    variance: Fraction
    weights: Weights
    digits: int

    def __iter__(self) -> Iterator[Number]:
        return iter((self.alpha, self.scale))

    def __repr__(self) -> str:
        alpha, scale = self._in_digits()
        target = f"mean={self.mean!r}, variance={self.variance!r}, weights={self.weights!r}"
        name = type(self).__name__
        return f"{name}(alpha={alpha}, scale={scale}, {target}, digits={self.digits})"

    def __str__(self) -> str:
        alpha, scale = self._in_digits()
        return f"alpha = {alpha}\nscale = {scale}"

    def _in_digits(self) -> tuple[str, str]:
        """Return alpha and scale as text, with the digits that were asked for."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class PreciseParameters(_Solution[mpmath.mpf]):
    """The SELU with a given fixed point, as mpmath numbers.

    It unpacks: ``alpha, scale = parameters``.

    Attributes
    ----------
    alpha, scale : mpmath.mpf
        The SELU's alpha and lambda.
    mean, variance : Fraction
        Mean and variance of the activations, as they were given.
    weights : "iid", "normalized", "unit-sum" or (omega, tau)
        The weight model.
    digits : int
        Significant decimal digits asked for.
    """

    @property
    def saturation(self) -> mpmath.mpf:
        """-alpha * scale, the limit of selu(z) for z to minus infinity; as accurate as they are."""
        product = libmp.mpf_mul(self.alpha._mpf_, self.scale._mpf_)  # exact
        return mpmath.mp.make_mpf(libmp.mpf_neg(product))

    def _in_digits(self) -> tuple[str, str]:
        return decimal(self.alpha, self.digits), decimal(self.scale, self.digits)


def selu_parameters(
    mean: Exact = 0, variance: Exact = 1, *, weights: Weights | None = None, digits: int = 50
) -> PreciseParameters:
    """Return the SELU with the fixed point (mean, variance) to a number of digits.

    Parameters
    ----------
    mean, variance : int, Fraction, Decimal, decimal string or float
        Mean and variance > 0 of the activations, at their exact values.
    weights : "iid", "normalized", "unit-sum" or (omega, tau), optional
        The weight model, as in :func:`selu_sym.selu_parameters`, with the same default.
    digits : int
        Significant decimal digits of alpha and scale, at most about 78,900.

    Returns
    -------
    PreciseParameters
        With alpha and scale as mpmath numbers. mpmath prints them with its own current
        precision; ``str(parameters)`` shows all digits.

    Raises
    ------
    NoFixedPointError
        If it is proved that no alpha > 0 and scale > 0 exist.
    ValueError
        If variance is not positive, a value is not finite, or digits is below 1.
    TypeError
        If a value is of none of the types above.
    ArithmeticError
        If the digits asked for, or the proof that a solution exists or not, need more than
        2**18 bits of working precision.

    Warns
    -----
    UserWarning
        If no weights are given and the mean is not 0.

    Notes
    -----
    Accuracy: alpha, scale and the saturation value are within 1e-9 units of the last of the
    digits asked for, and so within 0.500000001 when they are rounded to that many digits, as
    ``str(parameters)`` does. They are the midpoints of the balls of :func:`enclose`.

    Domain: all finite numbers; far tails (mean/deviation in the thousands and beyond) and
    variances like 1e-300 or 1e4000 cost a few bits more.

    Source: ``derivations.fixed_point`` with the moments of
    ``derivations.stable.moments_by_mills_ratio``.

    Examples
    --------
    >>> print(selu_parameters("-0.1", 2, weights="unit-sum", digits=30))
    alpha = 1.97690219542420039999605200832
    scale = 1.07385123961604568216197535023
    """
    target = quantities.target(mean, variance, weights, digits)
    alpha, scale = map(nearest_mpf, quantities.enclosed(target, quantities.parameters))
    return PreciseParameters(alpha, scale, target.mean, target.variance, target.weights, digits)


@dataclass(frozen=True, repr=False)
class Enclosure(_Solution[flint.arb]):
    """Balls that contain the SELU's parameters, as numbers of python-flint (``flint.arb``).

    It unpacks: ``alpha, scale = enclosure``.

    Attributes
    ----------
    alpha, scale : flint.arb
        Balls that contain the SELU's alpha and lambda.
    mean, variance : Fraction
        Mean and variance of the activations, as they were given.
    weights : "iid", "normalized", "unit-sum" or (omega, tau)
        The weight model.
    digits : int
        Significant decimal digits asked for.
    """

    def _in_digits(self) -> tuple[str, str]:
        return self.alpha.str(self.digits), self.scale.str(self.digits)


def enclose(
    mean: Exact = 0, variance: Exact = 1, *, weights: Weights | None = None, digits: int = 50
) -> Enclosure:
    """Return balls that provably contain alpha and scale of a fixed point.

    Parameters
    ----------
    mean, variance, weights, digits
        As for :func:`selu_parameters`.

    Returns
    -------
    Enclosure
        With alpha and scale as ``flint.arb`` balls, whose radii are at most
        ``10**-digits`` of their midpoints.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError, ArithmeticError
        As :func:`selu_parameters`.

    Notes
    -----
    Every operation of Arb's ball arithmetic rounds outwards, so each result contains the
    true value.

    Source: as :func:`selu_parameters`; F. Johansson, *Arb: efficient arbitrary-precision
    midpoint-radius interval arithmetic*, 2017.

    Examples
    --------
    >>> print(enclose("-0.1", 2, weights="unit-sum", digits=20))
    alpha = [1.9769021954242004000 +/- 3.95e-21]
    scale = [1.0738512396160456822 +/- 3.81e-20]
    """
    target = quantities.target(mean, variance, weights, digits)
    alpha, scale = quantities.enclosed(target, quantities.parameters)
    return Enclosure(alpha, scale, target.mean, target.variance, target.weights, digits)


@dataclass(frozen=True)
class PreciseStability:
    """Whether a fixed point attracts, as mpmath numbers.

    Attributes
    ----------
    spectral_radius : mpmath.mpf
        Largest absolute eigenvalue of the layer map's Jacobian.
    margin : mpmath.mpf
        1 - spectral_radius, to as many digits of its own.
    digits : int
        Significant decimal digits asked for.
    """

    spectral_radius: mpmath.mpf
    margin: mpmath.mpf
    digits: int

    @property
    def attracting(self) -> bool:
        """Whether nearby moments come to the fixed point, as for a spectral radius below 1."""
        return bool(self.margin > 0)

    def __str__(self) -> str:
        says = "attracting" if self.attracting else "NOT attracting"
        return f"{says} (spectral radius {self.radius_in_words()})"

    def radius_in_words(self) -> str:
        """Return the spectral radius, as 1 + or - something where its digits would not tell."""
        radius = decimal(self.spectral_radius, min(self.digits, 10))
        if radius not in ("1.0", "1"):
            return radius
        return f"1 {'-' if self.attracting else '+'} {decimal(abs(self.margin), 3)}"


Solved: TypeAlias = PreciseParameters | Enclosure | SeluParameters[float]
"""A SELU with a fixed point, from a function of this module or of :mod:`selu_sym`."""


def _also_of_a_target(
    function: Callable[Concatenate[Solved, Options], Returned],
) -> Callable[Concatenate[Solved, Options], Returned]:
    """Let a function of a solution take (mean, variance) as well, as up to version 0.2."""

    @functools.wraps(function)
    def either(
        p: Solved | Exact | None = None, *rest: Options.args, **options: Options.kwargs
    ) -> Returned:
        if isinstance(p, PreciseParameters | Enclosure | SeluParameters):
            return function(p, *rest, **options)
        name = function.__name__
        warnings.warn(
            f"precise.{name}(mean, variance) is deprecated; "
            f"write precise.{name}(precise.selu_parameters(mean, variance))",
            DeprecationWarning,
            stacklevel=2,
        )
        solve = cast("Callable[..., PreciseParameters]", selu_parameters)
        first = () if p is None else (p,)
        return cast("Callable[[Solved], Returned]", function)(solve(*first, *rest, **options))

    return cast("Callable[Concatenate[Solved, Options], Returned]", either)


def _target_of(p: Solved, digits: int | None, what: str) -> quantities.Target:
    """Return the target of a solution, with the digits asked for, or those of the solution."""
    if digits is None:
        digits = 50 if isinstance(p, SeluParameters) else p.digits
    return quantities.target(p.mean, p.variance, required(p.weights, what), digits)


@_also_of_a_target
def stability(p: Solved, *, digits: int | None = None) -> PreciseStability:
    """Return whether a fixed point attracts, decided by balls.

    Parameters
    ----------
    p : PreciseParameters, Enclosure or SeluParameters
        From :func:`selu_parameters`, :func:`enclose` or :func:`selu_sym.selu_parameters`. Its mean
        and variance are taken at their exact values; alpha and scale are computed again.
    digits : int, optional
        Significant decimal digits of the spectral radius, and of its distance from 1. By default
        those of p, and 50 for floats.

    Returns
    -------
    PreciseStability
        With ``attracting``, ``spectral_radius`` and ``margin``, which is 1 - spectral_radius.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError, ArithmeticError
        As :func:`selu_parameters`; a ValueError also if p has no weight model
        (:func:`selu_sym.match_moments`).

    Warns
    -----
    DeprecationWarning
        If it is called with (mean, variance, weights=, digits=), as up to version 0.2.

    Notes
    -----
    Accuracy: as of :func:`selu_parameters`. The sign of the margin is proved. It is computed in
    a form that does not cancel, so that it is known also where it is 1e-1000000.

    Source: ``derivations.complement.attraction``; :func:`selu_sym.stability` in float64.

    Examples
    --------
    >>> print(stability(selu_parameters("-0.1", 2, weights="normalized")))
    attracting (spectral radius 0.7117582351)
    >>> print(stability(selu_parameters(10, 1, weights="unit-sum")))
    NOT attracting (spectral radius 1 + 3.01e-27)
    """
    target = _target_of(p, digits, "stability")
    margin, radius = map(nearest_mpf, quantities.enclosed(target, quantities.attraction))
    return PreciseStability(radius, margin, target.digits)


@_also_of_a_target
def gradient_gain(p: Solved, *, digits: int | None = None) -> mpmath.mpf:
    r"""Return by how much a layer multiplies the second moment of gradients that go back.

    .. math:: \chi = \tau E[f'(z)^2]

    for the SELU f at its fixed point, and its net input z.

    Parameters
    ----------
    p, digits
        As for :func:`stability`.

    Returns
    -------
    mpmath number

    Raises
    ------
    NoFixedPointError, ValueError, TypeError, ArithmeticError
        As :func:`stability`.

    Warns
    -----
    DeprecationWarning
        As :func:`stability`.

    Notes
    -----
    Accuracy: as of :func:`selu_parameters`.

    Source: ``derivations.propagation``; :func:`selu_sym.gradient_gain` in float64.

    Examples
    --------
    >>> print(decimal(gradient_gain(selu_parameters(digits=40)), 40))
    1.07157499245579925757465634999827637944
    """
    target = _target_of(p, digits, "the gradient gain")
    (chi,) = map(nearest_mpf, quantities.enclosed(target, quantities.gradient_gain))
    return chi
