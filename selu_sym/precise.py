"""SELU parameters to any number of digits.

Arguments are exact: int, Fraction, Decimal and decimal strings ("-0.1" is minus one
tenth), while a float stands for its binary value (-0.1 is
-0.1000000000000000055511151231257827...).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
import numpy as np

from selu_sym import _weights
from selu_sym._generated import mpmath_kernels
from selu_sym._parameters import NoFixedPointError
from selu_sym._weights import Weights

__all__ = ["Enclosure", "Exact", "PreciseParameters", "enclose", "selu_parameters"]

Exact: TypeAlias = int | float | str | Fraction | Decimal
"""A number that is taken at its exact value."""

GUARD_BITS = 32
"""Bits computed beyond those asked for."""

LARGEST_PRECISION = 2**18
"""Bits of precision at which :func:`selu_parameters` gives up."""

LARGEST_EXPONENT = 4000
"""Largest power of ten in an argument; beyond it exact fractions only waste memory."""


@dataclass(frozen=True)
class _Solution:
    """What was found, and for what. It unpacks: ``alpha, scale = solution``."""

    alpha: Any
    scale: Any
    mean: Fraction
    variance: Fraction
    weights: Weights
    digits: int

    def __iter__(self) -> Iterator[Any]:
        return iter((self.alpha, self.scale))


@dataclass(frozen=True)
class PreciseParameters(_Solution):
    """The SELU with a given fixed point, as mpmath numbers.

    It unpacks: ``alpha, scale = parameters``.
    """

    @property
    def saturation(self) -> Any:
        """-alpha * scale, the limit of selu(z) for z to minus infinity."""
        with mpmath.workdps(self.digits):
            return -self.alpha * self.scale

    def __str__(self) -> str:
        alpha, scale = (mpmath.nstr(value, self.digits) for value in self)
        return f"alpha = {alpha}\nscale = {scale}"


def selu_parameters(
    mean: Exact = 0, variance: Exact = 1, *, weights: Weights = "unit-sum", digits: int = 50
) -> PreciseParameters:
    """Return the SELU with the fixed point (mean, variance) to a number of digits.

    Parameters
    ----------
    mean, variance : int, Fraction, Decimal, decimal string or float
        Mean and variance > 0 of the activations, at their exact values.
    weights : "unit-sum", "normalized", "iid" or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.
    digits : int
        Significant decimal digits of alpha and scale.

    Returns
    -------
    PreciseParameters
        With alpha and scale as mpmath numbers. mpmath prints them with its own current
        precision; ``str(parameters)`` shows all digits.

    Raises
    ------
    NoFixedPointError
        If no alpha > 0 and scale > 0 exist.
    ValueError
        If variance is not positive, a value is not finite, or digits is below 1.
    TypeError
        If a value is of none of the types above.
    ArithmeticError
        If the digits asked for need more than 2**18 bits of working precision.

    Notes
    -----
    The closed form is evaluated with growing precision until two evaluations, one of
    twice the precision of the other, agree in all digits asked for.

    Source: ``derivations.fixed_point`` with the moments in closed form.

    Examples
    --------
    >>> print(selu_parameters("-0.1", 2, digits=30))
    alpha = 1.97690219542420039999605200832
    scale = 1.07385123961604568216197535023
    """
    model, mu, nu = _checked(mean, variance, weights, digits)
    wanted = precision = _bits(digits)
    previous = _evaluated(mu, nu, model, precision)
    while precision < LARGEST_PRECISION:
        precision *= 2
        current = _evaluated(mu, nu, model, precision)
        if _agree(previous, current, wanted - GUARD_BITS // 2):
            gap, *values = current
            if gap < 0:
                text = mpmath.nstr(gap, 5)
                raise NoFixedPointError(_explanation(mean, variance, weights, text))
            with mpmath.workdps(digits):
                alpha, scale = (+value for value in values)
                return PreciseParameters(alpha, scale, mu, nu, model, digits)
        previous = current
    raise ArithmeticError(_too_few_bits(mean, variance, digits))


@dataclass(frozen=True)
class Enclosure(_Solution):
    """Balls that contain the SELU's parameters, as numbers of python-flint (``flint.arb``).

    It unpacks: ``alpha, scale = enclosure``.
    """


def enclose(
    mean: Exact = 0, variance: Exact = 1, *, weights: Weights = "unit-sum", digits: int = 50
) -> Enclosure:
    """Return balls that provably contain alpha and scale of a fixed point.

    Needs the extra ``certify`` (python-flint).

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
    NoFixedPointError
        If it is proved that no alpha > 0 and scale > 0 exist.
    ValueError, TypeError
        As :func:`selu_parameters`.
    ArithmeticError
        If the digits asked for need more than 2**18 bits of working precision.
    ImportError
        If python-flint is not installed.

    Notes
    -----
    Every operation of Arb's ball arithmetic rounds outwards, so each result contains the
    true value. The working precision is doubled until the balls are small enough and
    existence is decided.

    Source: ``derivations.fixed_point`` with the moments in closed form; F. Johansson, *Arb:
    efficient arbitrary-precision midpoint-radius interval arithmetic*, 2017.

    Examples
    --------
    >>> alpha, scale = enclose("-0.1", 2, digits=20)
    >>> print(alpha.str(20), scale.str(20))
    [1.9769021954242004000 +/- 3.95e-21] [1.0738512396160456822 +/- 3.81e-20]
    """
    try:
        import flint  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError("enclose needs python-flint: pip install selu-sym[certify]") from error
    from selu_sym._generated import arb_kernels  # noqa: PLC0415

    model, mu, nu = _checked(mean, variance, weights, digits)
    sums = tuple(exact("weights", total) for total in _weights.sums(model) or ())

    def ball(number: Fraction) -> Any:
        return flint.arb(flint.fmpq(number.numerator, number.denominator))

    precision = _bits(digits)
    while precision <= LARGEST_PRECISION:
        with flint.ctx.workprec(precision):
            gap, alpha, scale = _solved_with(arb_kernels, ball(mu), ball(nu), map(ball, sums))
            if gap < 0:
                raise NoFixedPointError(_explanation(mean, variance, weights, gap.str(5)))
            wanted = ball(Fraction(1, 10**digits))
            small = (value.rad() <= wanted * abs(value) for value in (alpha, scale))
            if gap > 0 and all(small):
                return Enclosure(alpha, scale, mu, nu, model, digits)
        precision *= 2
    raise ArithmeticError(_too_few_bits(mean, variance, digits))


def exact(name: str, value: Exact) -> Fraction:
    """Return the exact value of a number, never evaluating text as code."""
    if isinstance(value, bool) or not isinstance(
        value, int | float | np.integer | np.floating | str | Fraction | Decimal
    ):
        raise TypeError(
            f"{name} must be an int, float, Fraction, Decimal or decimal string, got {value!r}"
        )
    if isinstance(value, np.integer | np.floating):
        value = value.item()
    try:
        if isinstance(value, str):
            value = Fraction(value) if "/" in value else Decimal(value)
        if isinstance(value, Decimal) and value and abs(value.adjusted()) > LARGEST_EXPONENT:
            raise ValueError(f"{name} must be within 1e±{LARGEST_EXPONENT}, got {value}")
        return Fraction(value)
    except (InvalidOperation, OverflowError, ZeroDivisionError):
        pass
    except ValueError as error:
        if str(error).startswith(name):
            raise
    raise ValueError(f"{name} must be a finite decimal number, got {value!r}")


def _checked(
    mean: Exact, variance: Exact, weights: Weights, digits: int
) -> tuple[Weights, Fraction, Fraction]:
    """Return the weight model and the exact mean and variance."""
    model = _weights.checked(weights)
    mu, nu = exact("mean", mean), exact("variance", variance)
    if nu <= 0:
        raise ValueError(f"variance must be positive, got {variance!r}")
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ValueError(f"digits must be a positive integer, got {digits!r}")
    return model, mu, nu


def _bits(digits: int) -> int:
    """Return the bits of a number of decimal digits, with some to spare."""
    return math.ceil(digits * math.log2(10)) + GUARD_BITS


def _evaluated(mu: Fraction, nu: Fraction, weights: Weights, precision: int) -> tuple[Any, ...]:
    """Return (gap, alpha, scale) with mpmath in a working precision."""
    with mpmath.workprec(precision):
        mean, variance = (mpmath.mpf(x.numerator) / x.denominator for x in (mu, nu))
        try:
            return _solved_with(mpmath_kernels, mean, variance, _weights.sums(weights) or ())
        except ZeroDivisionError:  # moments of which all digits have cancelled
            return mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(0)


def _solved_with(kernels: Any, mu: Any, nu: Any, sums: Iterable[Any]) -> tuple[Any, ...]:
    """Return (gap, alpha, scale) by a target's kernels; of zeros if the gap is not positive.

    Without sums of the weights, the model is that of independent weights.
    """
    sums = tuple(sums)
    m, v = kernels.net_input(mu, nu, *sums) if sums else kernels.net_input_iid(mu, nu)
    m = m + 0 * v  # a number of the target, also where it is constant
    moments = kernels.all_moments(m, v)
    gap = kernels.existence_gap(*moments, m, v, mu, nu)
    if not gap > 0:
        return gap, 0 * v, 0 * v
    return gap, *kernels.fixed_point(*moments[:4], gap, mu, nu)


def _agree(first: tuple[Any, ...], second: tuple[Any, ...], bits: int) -> bool:
    """Say whether all values agree to a number of bits.

    The first value is the existence gap. Zero is what it is where all its digits cancel.
    """
    return second[0] != 0 and all(
        abs(x - y) <= abs(y) * mpmath.ldexp(1, -bits) for x, y in zip(first, second, strict=True)
    )


def _explanation(mean: Exact, variance: Exact, weights: Weights, gap: str) -> str:
    return (
        f"no SELU with alpha > 0 and scale > 0 has the fixed point mean {mean}, variance "
        f"{variance} with weights {weights!r}: the existence gap is {gap}, and must be positive"
    )


def _too_few_bits(mean: Exact, variance: Exact, digits: int) -> str:
    return (
        f"{digits} digits at mean {mean}, variance {variance} need more than "
        f"{LARGEST_PRECISION} bits of working precision"
    )
