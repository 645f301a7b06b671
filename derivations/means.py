r"""The Gaussian means of any activation f: integrals, and their closed forms.

For z ~ N(m, v) the four means are

    M1 = E f(z),  M2 = E f(z)^2,  S1 = E f'(z),  S2 = E f'(z)^2,

and Var f = E (f - M1)^2. A product of a polynomial, an exponential of a quadratic polynomial and
powers of the normal distribution function is evaluated in five steps, each of them a function here:

1. **a completed square** (:func:`completed_square`): the exponential turns the density into that
   of another normal distribution, times a factor;
2. **integration by parts** (:func:`truncated_moment`): moments over an interval by a recurrence;
3. **the characteristic function** (:func:`trigonometric_mean`): sines and cosines;
4. **Stein's lemma** (:func:`stein`): E[(z - m) g] = v E g' lowers powers of z beside Phi;
5. **Phi of a normal variable** (:func:`phi_mean`): E Phi(k z), and E Phi(k z)^2 by Owen's T.

Where a factor is none of these, no closed form is known, and :func:`closed_form` says which one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import (
    Add,
    Ei,
    Expr,
    Function,
    Integer,
    Integral,
    Mul,
    Poly,
    Pow,
    cos,
    diff,
    erf,
    erfi,
    exp,
    expand,
    oo,
    pi,
    powsimp,
    simplify,
    sin,
    sqrt,
)
from sympy.simplify.fu import TR8

from derivations.moments import density
from derivations.pieces import ONE, ZERO, Activation, Piece
from derivations.special import OwensT, Phi
from derivations.symbols import m, v, z


class NoClosedForm(Exception):  # noqa: N818 - it is an answer, and no error
    """No closed form is known; the message says of what."""


@dataclass(frozen=True)
class ClosedForm:
    """A mean in closed form, or None with the reason."""

    value: Expr | None
    reason: str = ""


@dataclass(frozen=True)
class Means:
    """The integrands, piece by piece, of the means of an activation."""

    first: tuple[Piece, ...]
    second: tuple[Piece, ...]
    derivative: tuple[Piece, ...]
    squared_derivative: tuple[Piece, ...]
    jumps: tuple[tuple[Expr, Expr], ...]
    """Where the activation jumps, and by how much: point masses of its derivative."""

    def integrals(self) -> tuple[Expr, Expr, Expr, Expr | None]:
        """Return (M1, M2, S1, S2), unevaluated; S2 is None where the activation jumps."""
        first, second, derivative, squared = (
            Add(
                *(
                    Integral(piece.expression * density(z, m, v), (z, piece.low, piece.high))
                    for piece in pieces
                    if piece.expression != 0
                )
            )
            for pieces in (self.first, self.second, self.derivative, self.squared_derivative)
        )
        return first, second, derivative + self._masses(), None if self.jumps else squared

    def closed_forms(self) -> tuple[ClosedForm, ClosedForm, ClosedForm, ClosedForm]:
        """Return (M1, M2, S1, S2) in closed form where one is known."""
        first, second, derivative, squared = (
            closed_form(pieces)
            for pieces in (self.first, self.second, self.derivative, self.squared_derivative)
        )
        if derivative.value is not None:
            derivative = ClosedForm(derivative.value + self._masses())
        if self.jumps:
            squared = ClosedForm(None, "the derivative is infinite at a jump, and so is its square")
        return first, second, derivative, squared

    def _masses(self) -> Expr:
        return Add(*(height * density(place, m, v) for place, height in self.jumps))


def means(activation: Activation) -> Means:
    """Return the four means of an activation."""

    def squared(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(Piece(p.expression**2, p.low, p.high) for p in pieces)

    pairs = zip(activation.kinks, activation.jumps, strict=True)
    return Means(
        activation.pieces,
        squared(activation.pieces),
        activation.derivative,
        squared(activation.derivative),
        tuple((place, height) for place, height in pairs if not height.is_zero),
    )


@cache
def closed_form(pieces: tuple[Piece, ...]) -> ClosedForm:
    """Return the mean of a function that consists of pieces, or why none is known."""
    try:
        return ClosedForm(
            Add(*(gaussian_mean(piece.expression, piece.low, piece.high) for piece in pieces))
        )
    except NoClosedForm as unknown:
        return ClosedForm(None, str(unknown))


def gaussian_mean(function: Expr, low: Expr = -oo, high: Expr = oo) -> Expr:
    """Return E[g(z) 1{low < z < high}] for z ~ N(m, v) in closed form, term by term."""
    expanded = expand(powsimp(expand(TR8(in_phi(function)))), power_exp=False)
    return Add(*(_term(term, low, high) for term in Add.make_args(expanded)))


def in_phi(function: Expr) -> Expr:
    """Write erf(x) = 2 Phi(sqrt(2) x) - 1."""
    return function.replace(erf, lambda x: 2 * Phi(sqrt(2) * x) - 1)


@dataclass(frozen=True)
class Factors:
    """A term, as coefficient z^power e^exponent trigonometric Phi(slope z)^order."""

    coefficient: Expr = ONE
    power: int = 0
    exponent: Expr = ZERO
    trigonometric: Expr = ONE
    slope: Expr = ZERO
    order: int = 0


def factors(term: Expr) -> Factors:
    """Take a term apart, or say what no closed form is known for."""
    coefficient, power, exponent, trigonometric = Integer(1), 0, Integer(0), Integer(1)
    slope, order = Integer(0), 0
    for factor in Mul.make_args(term):
        base, degree = factor.as_base_exp() if isinstance(factor, Pow) else (factor, Integer(1))
        if not factor.has(z):
            coefficient *= factor
        elif base == z and degree.is_Integer and degree > 0:
            power += int(degree)
        elif isinstance(factor, exp) and factor.args[0].is_polynomial(z):
            exponent += factor.args[0]
        elif isinstance(factor, sin | cos) and _is_linear(factor.args[0]):
            trigonometric *= factor
        elif isinstance(base, Phi) and degree.is_Integer and _is_linear(base.args[0]):
            slope, order = diff(base.args[0], z), order + int(degree)
        else:
            names = sorted({str(f.func) for f in factor.atoms(Function) if f.has(z)})
            raise NoClosedForm(f"none is known with {', '.join(names) or factor}")
    return Factors(coefficient, power, exponent, trigonometric, slope, order)


def _is_linear(argument: Expr) -> bool:
    return bool(argument.is_polynomial(z)) and Poly(argument, z).degree() == 1


def _term(term: Expr, low: Expr, high: Expr) -> Expr:
    """Return the mean of one term over an interval."""
    if term == 0:
        return Integer(0)
    parts = factors(term)
    factor, mean, variance = completed_square(parts.exponent)
    if parts.order == 0 and parts.trigonometric == 1:
        value = truncated_moment(parts.power, low, high)
    elif (low, high) != (-oo, oo):
        raise NoClosedForm("none is known for Phi, sine or cosine over a part of the line")
    elif parts.order == 0 and parts.power == 0:
        value = trigonometric_mean(parts.trigonometric)
    elif parts.trigonometric == 1:
        value = phi_moment(parts.power, parts.slope, parts.order)
    else:
        raise NoClosedForm("none is known for a sine or cosine times Phi or a power")
    return parts.coefficient * factor * value.subs({m: mean, v: variance}, simultaneous=True)


def completed_square(exponent: Expr) -> tuple[Expr, Expr, Expr]:
    """Return (c, mean, variance) with e^exponent times the density of N(m, v) that of N(mean,
    variance) times c.

    For the exponent a z - b z^2 + d, completing the square gives the variance w = v/(1 + 2 b v)
    and the mean (m + a v)/(1 + 2 b v).
    """
    polynomial = Poly(exponent, z)
    if polynomial.degree() > 2:
        raise NoClosedForm(f"none is known with the exponential of {exponent}")
    constant, linear, quadratic = (polynomial.coeff_monomial(z**k) for k in range(3))
    narrowing = 1 - 2 * quadratic * v
    mean = (m + linear * v) / narrowing
    rest = constant + (mean**2 * narrowing - m**2) / (2 * v)
    return exp(simplify(rest)) / sqrt(narrowing), simplify(mean), v / narrowing


def truncated_moment(power: int, low: Expr = -oo, high: Expr = oo) -> Expr:
    """Return J_n = E[z^n 1{low < z < high}] by parts.

    Since v times the density's derivative is -(z - m) times the density,

        J_n = m J_(n-1) + (n - 1) v J_(n-2) - v (high^(n-1) p(high) - low^(n-1) p(low)),

    and J_0 is the probability of the interval.
    """
    if power == 0:
        return _below(high) - _below(low)
    ends = Integer(0)
    for end, sign in ((high, 1), (low, -1)):
        if end not in (oo, -oo):
            ends += sign * end ** (power - 1) * density(end, m, v)
    lower = (power - 1) * v * truncated_moment(power - 2, low, high) if power > 1 else Integer(0)
    return expand(m * truncated_moment(power - 1, low, high) + lower - v * ends)


def _below(end: Expr) -> Expr:
    """Return P(z < end)."""
    if end in (oo, -oo):
        return Integer(1 if end == oo else 0)
    return Phi((end - m) / sqrt(v))


def trigonometric_mean(function: Expr) -> Expr:
    """Return E cos(k z + c) = e^(-k^2 v/2) cos(k m + c), and the same of the sine."""
    rate = diff(function.args[0], z)
    return exp(-(rate**2) * v / 2) * function.subs(z, m)


def stein(function: Expr) -> tuple[Expr, Expr]:
    """Return the two functions whose means are equal by Stein's lemma: (z - m) g and v g'."""
    return (z - m) * function, v * diff(function, z)


def phi_mean(slope: Expr, order: int) -> Expr:
    """Return E Phi(k z)^order for orders up to 2.

    With a standard normal x, Phi(k z) is P(x < k z | z), and x - k z is normal, too: its mean is
    -k m and its variance 1 + k^2 v. Two such x have the correlation k^2 v/(1 + k^2 v), and the
    probability that both are below k z is Owen's (1956):

        E Phi(k z)^2 = Phi(h) - 2 T(h, 1/sqrt(1 + 2 k^2 v)),   h = k m/sqrt(1 + k^2 v).
    """
    if order > 2:
        raise NoClosedForm(f"none is known of Phi to the power {order}")
    h = slope * m / sqrt(1 + slope**2 * v)
    if order == 1:
        return Phi(h)
    return Phi(h) - 2 * OwensT(h, 1 / sqrt(1 + 2 * slope**2 * v))


def phi_moment(power: int, slope: Expr, order: int) -> Expr:
    """Return E[z^n Phi(k z)^order] by Stein's lemma.

    E[z g] = m E g + v E g' with g = z^(n-1) Phi(k z)^order, whose derivative has a lower power of z
    and a lower power of Phi.
    """
    if order == 0:
        return truncated_moment(power)
    if power == 0:
        return phi_mean(slope, order)
    smaller = z ** (power - 1) * Phi(slope * z) ** order
    derivative = expand(stein(smaller)[1] / v)
    return m * gaussian_mean(smaller) + v * gaussian_mean(derivative)


def reciprocal_means() -> tuple[Expr, Expr, Expr, Expr]:
    """Return E (1 + abs(z))^-n of z ~ N(0, v) for n from 1 to 4.

    With a = 1/(2 v), the first is an integral over a half line,

        int_0^oo e^(-a x^2)/(1 + x) dx = e^(-a) (pi erfi(sqrt(a)) - Ei(a))/2

    (e^(-a) erfi(sqrt(a)) is Dawson's function times 2/sqrt(pi)), and the others follow from it by
    parts: (n - 1) I_n = 1 - 2 a (I_(n-2) - I_(n-1)).
    """
    a = 1 / (2 * v)
    integrals = [sqrt(pi / a) / 2, exp(-a) * (pi * erfi(sqrt(a)) - Ei(a)) / 2]
    for n in (2, 3, 4):
        integrals.append((1 - 2 * a * (integrals[n - 2] - integrals[n - 1])) / (n - 1))
    first, second, third, fourth = (integral / integrals[0] for integral in integrals[1:])
    return first, second, third, fourth


def softsign_means() -> tuple[Expr, Expr, Expr, Expr]:
    """Return (M1, M2, S1, S2) of softsign, z/(1 + abs(z)), at m = 0, in closed form.

    f^2 = (1 - 1/(1 + abs(z)))^2, and f' = (1 + abs(z))^-2. At other m none is known.
    """
    first, second, _, fourth = reciprocal_means()
    return ZERO, 1 - 2 * first + second, second, fourth


def variance(activation: Activation) -> Expr:
    """Return Var f = E (f - M1)^2, unevaluated: the form that does not cancel."""
    mean = Function("M_1")(m, v)
    return Add(
        *(
            Integral((p.expression - mean) ** 2 * density(z, m, v), (z, p.low, p.high))
            for p in activation.pieces
        )
    )
