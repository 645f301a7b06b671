"""SELU parameters, and their stability, to any number of digits.

Arguments are exact: int, Fraction, Decimal and decimal strings ("-0.1" is minus one
tenth), while a float stands for its binary value (-0.1 is
-0.1000000000000000055511151231257827...).

Every digit comes from ball arithmetic (python-flint): each operation rounds outwards, so that a
result is a ball that contains the true value, and the working precision grows until the ball is
small enough. That a SELU exists, that none does, and that a fixed point attracts is proved in
the same way. The functions may be called from several threads, and leave the precisions of
python-flint and of mpmath as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

import flint
import mpmath
from mpmath import libmp

from selu_sym._exact import solve
from selu_sym._exact.arb import rational, working_precision
from selu_sym._exact.numbers import Exact, exact, positive
from selu_sym._exact.solve import Balls
from selu_sym._generated import arb_kernels
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.fixed_point import NoFixedPointError
from selu_sym._numeric.weights import Weights

_kernels: Any = arb_kernels  # mypy cannot count the arguments that tuples hold

__all__ = [
    "Enclosure",
    "Exact",
    "PreciseParameters",
    "PreciseStability",
    "enclose",
    "gradient_gain",
    "selu_parameters",
    "stability",
]

Number = TypeVar("Number")


@dataclass(frozen=True)
class _Solution(Generic[Number]):
    """What was found, and for what."""

    alpha: Number
    scale: Number
    mean: Fraction
    variance: Fraction
    weights: Weights
    digits: int

    def __iter__(self) -> Iterator[Number]:
        return iter((self.alpha, self.scale))


@dataclass(frozen=True)
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

    def __str__(self) -> str:
        alpha, scale = (decimal(value, self.digits) for value in self)
        return f"alpha = {alpha}\nscale = {scale}"


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
    target = _target(mean, variance, weights, digits)
    alpha, scale = map(_number, _refined(target, _parameters))
    return PreciseParameters(alpha, scale, target.mean, target.variance, target.weights, digits)


@dataclass(frozen=True)
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
    >>> alpha, scale = enclose("-0.1", 2, weights="unit-sum", digits=20)
    >>> print(alpha.str(20), scale.str(20))
    [1.9769021954242004000 +/- 3.95e-21] [1.0738512396160456822 +/- 3.81e-20]
    """
    target = _target(mean, variance, weights, digits)
    alpha, scale = _refined(target, _parameters)
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


def stability(
    mean: Exact = 0, variance: Exact = 1, *, weights: Weights | None = None, digits: int = 50
) -> PreciseStability:
    """Return whether the fixed point (mean, variance) of its SELU attracts, decided by balls.

    Parameters
    ----------
    mean, variance, weights
        As for :func:`selu_parameters`.
    digits : int
        Significant decimal digits of the spectral radius, and of its distance from 1.

    Returns
    -------
    PreciseStability
        With ``attracting``, ``spectral_radius`` and ``margin``, which is 1 - spectral_radius.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError, ArithmeticError
        As :func:`selu_parameters`.

    Notes
    -----
    Accuracy: as of :func:`selu_parameters`. The sign of the margin is proved. It is computed in
    a form that does not cancel, so that it is known also where it is 1e-1000000.

    Source: ``derivations.complement.attraction``.

    Examples
    --------
    >>> print(stability("-0.1", 2, weights="normalized"))
    attracting (spectral radius 0.7117582351)
    >>> print(stability(10, 1, weights="unit-sum"))
    NOT attracting (spectral radius 1 + 3.01e-27)
    """
    target = _target(mean, variance, weights, digits)
    margin, radius = map(_number, _refined(target, _attraction))
    return PreciseStability(radius, margin, digits)


def gradient_gain(
    mean: Exact = 0,
    variance: Exact = 1,
    *,
    weights: Weights | None = None,
    digits: int = 50,
) -> mpmath.mpf:
    r"""Return by how much a layer multiplies the second moment of gradients that go back.

    .. math:: \chi = \tau E[f'(z)^2]

    for the SELU f with the fixed point (mean, variance), and its net input z.

    Parameters
    ----------
    mean, variance, weights, digits
        As for :func:`selu_parameters`.

    Returns
    -------
    mpmath number

    Raises
    ------
    NoFixedPointError, ValueError, TypeError, ArithmeticError
        As :func:`selu_parameters`.

    Notes
    -----
    Accuracy: as of :func:`selu_parameters`.

    Source: ``derivations.propagation``; :func:`selu_sym.gradient_gain` in float64.

    Examples
    --------
    >>> print(decimal(gradient_gain(digits=40), 40))
    1.07157499245579925757465634999827637944
    """
    target = _target(mean, variance, weights, digits)
    (chi,) = map(_number, _refined(target, _gain))
    return chi


class _Target(NamedTuple):
    """What is asked for, checked and exact."""

    mean: Fraction
    variance: Fraction
    weights: Weights
    digits: int
    sums: tuple[Fraction, ...]
    """(omega, tau) of the weights, empty where they are independent."""

    independent: tuple[Fraction, ...]
    """(tau, bias variance) of independent weights, empty where they are not."""

    net_input: tuple[Fraction, Fraction]
    """(m, v)."""

    asked: str
    """The target in the words of the caller."""

    @property
    def tau(self) -> Fraction:
        """Sum of squares of a unit's weights."""
        return self.sums[1] if self.sums else self.independent[0]


def _target(mean: Exact, variance: Exact, weights: Weights | None, digits: int) -> _Target:
    """Return the exact target, or say what is wrong with it."""
    mu, nu = exact("mean", mean), positive("variance", variance)
    model = weight_models.chosen(weights, mu, stacklevel=4)  # where the public function is called
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ValueError(f"digits must be a positive integer, got {digits!r}")
    sums = tuple(exact("weights", total) for total in weight_models.sums(model) or ())
    independent: tuple[Fraction, ...] = ()
    if not sums:
        independent = tuple(map(Fraction, astuple(weight_models.independent(model))))
    m, v = (_kernels.net_input if sums else _kernels.net_input_iid)(mu, nu, *sums, *independent)
    asked = f"mean {mean}, variance {variance} with weights {model!r}"
    return _Target(mu, nu, model, digits, sums, independent, (Fraction(m), v), asked)


def _refined(target: _Target, quantities: Callable[[_Target, Balls, Balls], Balls]) -> Balls:
    """Return balls of small relative radius, from a function of (target, solution, moments).

    It returns no balls where its working precision does not suffice.
    """
    bits = target.digits * 3322 // 1000 + 1  # log2(10) is 3.3219...

    def evaluated() -> tuple[Any, Balls]:
        gap, solution, moments = _solved(flint.ctx.prec, *_rationals(target))
        return gap, quantities(target, solution, moments) if solution else ()

    try:
        gap, balls = solve.refined(evaluated, bits, *target.net_input)
    except ArithmeticError as error:
        raise ArithmeticError(
            f"{target.digits} digits at {target.asked}: {error}; ask for fewer"
        ) from None
    if not balls:
        raise NoFixedPointError(
            f"no SELU with alpha > 0 and scale > 0 has the fixed point {target.asked}: "
            f"the existence gap is {gap.str(5, radius=False)}, and must be positive"
        )
    return balls


@lru_cache(maxsize=2)
def _solved(_precision: int, *problem: Any) -> tuple[Any, Balls, Balls]:
    """Return what :func:`solve.solve` does at a working precision.

    Who asks for parameters, gradients and stability of a target, as the command line does, has
    it solved once. A precision is often increased once, and the next quantity starts below.
    """
    return solve.solve(*problem)


@lru_cache(maxsize=2)
def _tails(_precision: int, m: Any, v: Any) -> Balls:
    """Return (P, T0, T1, T2, p0) at a working precision, for several quantities as well."""
    tails: Balls = _kernels.all_tails(m, v)
    return tails


def _parameters(_target: _Target, solution: Balls, _moments: Balls) -> Balls:
    """Return (alpha, scale)."""
    return solution


def _attraction(target: _Target, solution: Balls, moments: Balls) -> Balls:
    """Return (1 - spectral radius, spectral radius)."""
    m, v, mu, nu = _rationals(target)
    A, B, _, D, A_minor, *_ = moments
    alpha, x = solution
    y = x * alpha
    P, T0, *others = _tails(flint.ctx.prec, m, v)
    tau = rational(target.tau)
    if target.sums:
        omega = rational(target.sums[0])
        complement = _kernels.linear_complement(
            A, A_minor, B, D, P, T0, *others, x, y, m, v, mu, nu, omega, tau
        )
    else:
        complement = _kernels.iid_complement(A, P, *others, x, y, mu, tau)
    r, margin = _kernels.attraction(*complement)
    return (margin, 1 - margin) if r > 0 or r < 0 else ()


def _gain(target: _Target, solution: Balls, _moments: Balls) -> Balls:
    """Return (gradient gain,)."""
    m, v, *_ = _rationals(target)
    P, _, _, T2, _ = _tails(flint.ctx.prec, m, v)
    return (_kernels.gradient_gain(P, T2, *solution, rational(target.tau)),)


def _rationals(target: _Target) -> Balls:
    """Return (m, v, mu, nu) as python-flint has them."""
    return tuple(map(rational, (*target.net_input, target.mean, target.variance)))


def _number(ball: Any) -> Any:
    """Return the midpoint of a ball as an mpmath number, whatever the precisions are."""
    mantissa, exponent = map(int, ball.mid().man_exp())
    return mpmath.mp.make_mpf(libmp.from_man_exp(mantissa, exponent))


def decimal(number: Any, digits: int) -> str:
    """Return an mpmath number, rounded to a number of digits, as text."""
    _, mantissa, exponent, size = number._mpf_
    if abs(exponent) <= solve.LARGEST_PRECISION:
        text: str = libmp.to_str(number._mpf_, digits)
        return text
    # mpmath takes minutes where a power of ten is itself a number of thousands of digits
    with working_precision(2 * size + 2 * exponent.bit_length()):
        ball = flint.arb((mantissa, exponent))
        return ("-" if number < 0 else "") + str(ball.str(digits, radius=False))
