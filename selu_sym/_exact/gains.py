"""Gains of activations to any number of proved digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import flint
import mpmath
from mpmath import libmp

from selu_sym._exact.activation_means import Problem, enclosed
from selu_sym._exact.decimals import nearest_mpf
from selu_sym._exact.numbers import Exact, checked_digits, exact, positive
from selu_sym._numeric import catalogue
from selu_sym._numeric.activation_checks import Keeps, require_continuous, require_known

POWERS: dict[str, Callable[[Problem], flint.arb]] = {
    "second_moment": lambda problem: problem.second_moment(),
    "variance": lambda problem: problem.variance(),
    "gradient": lambda problem: problem.second_moment(slope=True),
}


class ProvedNumber(mpmath.mpf):  # type: ignore[misc]
    """An mpmath number of which a number of decimal digits is proved; ``str`` shows them."""

    digits: int
    """How many."""

    def __str__(self) -> str:
        text: str = libmp.to_str(self._mpf_, self.digits, strip_zeros=False)
        return text

    __repr__ = __str__


def proved(ball: flint.arb, digits: int) -> ProvedNumber:
    """Return the midpoint of a ball whose radius is below the digits."""
    number = ProvedNumber(0)
    number._mpf_ = nearest_mpf(ball)._mpf_
    number.digits = digits
    return number


def gain_ball(
    activation: str,
    param: Exact | tuple[Exact, ...] | None,
    keeps: Keeps,
    input_mean: Exact,
    input_variance: Exact,
    digits: int,
) -> flint.arb:
    """Return a ball that contains a gain, of a relative radius below 10^-digits."""
    require_known(keeps)
    checked_digits(digits)
    if not isinstance(activation, str):
        raise TypeError(
            f"activation must be a name of selu_sym.list_activations(), got {activation!r}: of a "
            "function no digits can be proved; use selu_sym.gain"
        )
    values: tuple[Exact, ...] = (
        () if param is None else param if isinstance(param, tuple) else (param,)
    )
    numbers = tuple(exact("param", value) for value in values)
    source = catalogue.source(activation, tuple(map(float, numbers)) or None)
    if keeps == "gradient":
        require_continuous(source)
    if numbers and len(numbers) < len(source.parameters):
        raise ValueError(
            f"param of {activation!r} must be {len(source.parameters)} numbers, got {param!r}"
        )
    problem = Problem(
        source,
        numbers or None,
        exact("input_mean", input_mean),
        positive("input_variance", input_variance),
    )

    def quantities(problem: Problem) -> Iterator[flint.arb]:
        power = POWERS[keeps](problem)
        if power > 0:
            yield 1 / power.sqrt()

    bits = digits * 3322 // 1000 + 1  # log2(10) is 3.3219...
    try:
        (ball,) = enclosed(problem, quantities, bits)
    except ArithmeticError as error:
        raise ArithmeticError(f"{digits} digits of the gain of {activation!r}: {error}") from None
    return ball


def gain(
    activation: str,
    param: Exact | tuple[Exact, ...] | None = None,
    *,
    keeps: Keeps = "second_moment",
    input_mean: Exact = 0,
    input_variance: Exact = 1,
    digits: int = 50,
) -> ProvedNumber:
    """Return a gain of an activation to a number of proved digits.

    Parameters
    ----------
    activation, param, keeps, input_mean, input_variance
        As of :func:`selu_sym.gain`, with exact numbers; no callables.
    digits : int
        Significant decimal digits.

    Returns
    -------
    ProvedNumber
        An mpmath number; ``str`` shows its digits, within 0.500000001 units of the last.

    Raises
    ------
    ValueError, TypeError
        As :func:`selu_sym.gain`.
    ArithmeticError
        If more than 2**18 bits of working precision are needed.

    Notes
    -----
    Source: ``derivations.means``, integrated by ``flint.acb.integral`` with proved error;
    F. Johansson, *Numerical integration in arbitrary-precision ball arithmetic*, 2018.

    Examples
    --------
    >>> from selu_sym import precise
    >>> print(precise.gain("silu", keeps="variance", digits=30))
    1.78718722210044198203413824424
    """
    return proved(gain_ball(activation, param, keeps, input_mean, input_variance, digits), digits)


def enclose_gain(
    activation: str,
    param: Exact | tuple[Exact, ...] | None = None,
    *,
    keeps: Keeps = "second_moment",
    input_mean: Exact = 0,
    input_variance: Exact = 1,
    digits: int = 50,
) -> flint.arb:
    """Return a ball that provably contains a gain.

    Parameters
    ----------
    activation, param, keeps, input_mean, input_variance, digits
        As of :func:`gain`.

    Returns
    -------
    flint.arb
        Its radius is at most ``10**-digits`` of its midpoint.

    Raises
    ------
    ValueError, TypeError, ArithmeticError
        As :func:`gain`.

    Notes
    -----
    Source: as :func:`gain`.

    Examples
    --------
    >>> from selu_sym import precise
    >>> print(precise.enclose_gain("relu", digits=20).str(20))
    [1.4142135623730950488 +/- 1.69e-21]
    """
    return gain_ball(activation, param, keeps, input_mean, input_variance, digits)
