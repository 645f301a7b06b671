"""SELU parameters to any number of digits.

Arguments are exact: int, Fraction, Decimal and decimal strings ("-0.1" is minus one
tenth), while a float stands for its binary value (-0.1 is
-0.1000000000000000055511151231257827...).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
import numpy as np

from selu_sym import _weights
from selu_sym._generated import mpmath_kernels as kernels
from selu_sym._parameters import NoFixedPointError
from selu_sym._weights import Weights

__all__ = ["Exact", "PreciseParameters", "selu_parameters"]

Exact: TypeAlias = int | float | str | Fraction | Decimal
"""A number that is taken at its exact value."""

GUARD_BITS = 32
"""Bits computed beyond those asked for."""

LARGEST_PRECISION = 2**18
"""Bits of precision at which :func:`selu_parameters` gives up."""

LARGEST_EXPONENT = 4000
"""Largest power of ten in an argument; beyond it exact fractions only waste memory."""


@dataclass(frozen=True)
class PreciseParameters:
    """The SELU with a given fixed point, as mpmath numbers.

    It unpacks: ``alpha, scale = parameters``.
    """

    alpha: Any
    scale: Any
    mean: Fraction
    variance: Fraction
    weights: Weights
    digits: int

    def __iter__(self) -> Iterator[Any]:
        return iter((self.alpha, self.scale))

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
    model = _weights.checked(weights)
    mu, nu = exact("mean", mean), exact("variance", variance)
    if nu <= 0:
        raise ValueError(f"variance must be positive, got {variance!r}")
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ValueError(f"digits must be a positive integer, got {digits!r}")

    wanted = int(digits * 3.3219280948873626) + GUARD_BITS
    precision = wanted
    previous = _evaluated(mu, nu, model, precision)
    while precision < LARGEST_PRECISION:
        precision *= 2
        current = _evaluated(mu, nu, model, precision)
        if _agree(previous, current, wanted - GUARD_BITS // 2):
            gap, alpha, scale = current
            if not gap > 0:
                raise NoFixedPointError(
                    f"no SELU with alpha > 0 and scale > 0 has the fixed point mean {mean}, "
                    f"variance {variance} with weights {weights!r}: the existence gap is "
                    f"{mpmath.nstr(gap, 5)}, and must be positive"
                )
            with mpmath.workdps(digits):
                return PreciseParameters(+alpha, +scale, mu, nu, model, digits)
        previous = current
    raise ArithmeticError(
        f"{digits} digits at mean {mean}, variance {variance} need more than "
        f"{LARGEST_PRECISION} bits of working precision"
    )


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


def _evaluated(mu: Fraction, nu: Fraction, weights: Weights, precision: int) -> tuple[Any, ...]:
    """Return (gap, alpha, scale) in a working precision; NaN for the last two if gap <= 0."""
    with mpmath.workprec(precision):
        mean, variance = (mpmath.mpf(x.numerator) / x.denominator for x in (mu, nu))
        m, v = _weights.net_input(mean, variance, weights, kernels)
        A, B, C, D = kernels.half_line_moments(m, v)
        A_minor, _, C_minor, _ = kernels.half_line_moments(-abs(m), v)
        gap = kernels.existence_gap(A, B, C, D, A_minor, C_minor, m, v, mean, variance)
        if not gap > 0:
            return gap, mpmath.nan, mpmath.nan
        return gap, *kernels.fixed_point(A, B, C, D, gap, mean, variance)


def _agree(first: tuple[Any, ...], second: tuple[Any, ...], bits: int) -> bool:
    """Say whether all values agree to a number of bits (NaN with NaN, too).

    The first value is the existence gap. Zero is what it is where all its digits cancel.
    """
    return second[0] != 0 and all(
        (mpmath.isnan(x) and mpmath.isnan(y)) or abs(x - y) <= abs(y) * mpmath.ldexp(1, -bits)
        for x, y in zip(first, second, strict=True)
    )
