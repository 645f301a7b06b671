"""The half-line moments in forms that float64 arithmetic computes to its last digits.

The closed forms of :mod:`derivations.moments` are exact, but in floating point
e^(2(m+v)) overflows, and B, D (for small v) and A, C (for m << 0) are differences of
nearly equal numbers. The forms here are the same functions, written so that nothing
overflows and nothing cancels. With s = sqrt(v), a = m/s, phi the standard normal density,
M Mills' ratio, and I_k the Taylor coefficients of M (:mod:`derivations.functions`):

    A = s phi(a) I_1(-a)                 C = 2 s^2 phi(a) I_2(-a)
    B = phi(a) (M(a+s) - M(a))           D = phi(a) (M(a+2s) - 2 M(a+s) + M(a))

So A and C are derivatives of Mills' ratio, and B and D its first and second difference
with step s. Each is computed in one of a few ways, chosen by where (a, s) lies:

* **A, C** at -|m|, the other sign by reflection, z to -z (:func:`remaining_moments`). For
  small |a| by their closed forms (:func:`moments_by_differences`); for large |a|, where
  those cancel, by the continued fraction of the ratios I_k/I_{k-1}.
* **B, D** by differences of tails (:func:`moments_by_differences`); where these cancel,
  which is for small s, by the Taylor series about x = a + s, the middle of the three
  points, in which *every term is positive*:

      B = -phi(a) sum_{k>=1} s^k I_k(x),    D = 2 phi(a) sum_{j>=1} s^(2j) I_2j(x).

  Its coefficients satisfy I_{k-1} = x I_k + (k+1) I_{k+1}, the derivatives of
  M' = x M - 1. For x <= 0 this recurrence only adds when it is run upwards
  (:func:`moments_below_by_series`); for large x the I_k are its minimal solution, and it must be
  run downwards, as the same continued fraction (:func:`moments_below_by_fraction`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce
from typing import Any

from sympy import (
    QQ,
    Abs,
    And,
    Expr,
    Integer,
    Max,
    Min,
    Piecewise,
    Poly,
    Rational,
    Symbol,
    binomial,
    cancel,
    exp,
    factor,
    fraction,
    horner,
    pi,
    sqrt,
    symbols,
)
from sympy.codegen.cfunctions import expm1
from sympy.polys.ring_series import rs_mul, rs_series_inversion
from sympy.polys.rings import ring

from derivations.formula import Steps
from derivations.functions import MillsRatio, erfcx, mills_coefficient
from derivations.symbols import A, B, C, D, m, v

FRACTION_START = Rational(5, 4)
"""The continued fraction is used from this |a| (for A, C) or this x (for B, D) on.

Below it the closed forms and the recurrence upwards lose at most a digit; above it the
fraction's :data:`FRACTION_LEVELS` suffice for float64."""

FAR_BELOW_DEVIATION = Rational(1, 2)
"""sqrt(v) below which :func:`variance_far_below` is used. For a larger one, no term of
:func:`variance_by_tails` is much larger than V."""

SATURATED_MEAN = -Rational(7, 10)
"""Mean, about -log(2), below which V loses fewer digits by :func:`variance_by_tails` than as
D - B^2."""

LARGEST_POSITION = Integer(2**500)
"""Largest position x that is computed with: the square of x must not overflow."""

FRACTION_LEVELS = 34
"""Levels of the continued fraction, and terms of the series that is summed with it."""

SERIES_TERMS = 24
"""Terms of the series whose coefficients come by the upward recurrence."""

TAIL_ORDER = 5
"""Number of corrections in the estimate with which the continued fraction starts."""

s = Symbol("s", positive=True)
"""sqrt(v)."""

g = Symbol("g", positive=True)
"""e^(-a^2/2), the factor by which the tails decay. With 1 in its place, the forms give the tails
divided by it, which do not underflow."""

x = Symbol("x", real=True)
"""Position at which the Taylor coefficients are taken: |a| for A and C, a + s for B and D."""

u = Symbol("u", positive=True)
"""sqrt(x^2 + 4k + 2) in the estimate of r_k."""

p = Symbol("p", positive=True)
"""x/u in the estimate of r_k."""

w = Symbol("w", positive=True)
"""1/(u^2 (1 + p)) in the estimate of r_k."""

A_minor, C_minor = symbols("A_minor C_minor", positive=True)
"""A and C at -|m|: the moments of the half line with the smaller probability."""

V = Symbol("V", positive=True)
"""D - B^2, the variance of (e^z - 1) 1{z<0}."""


def mills_forms() -> dict[Symbol, Expr]:
    """Return A, B, C and D as derivatives and differences of Mills' ratio."""
    a, step = m / sqrt(v), sqrt(v)
    phi = exp(-(a**2) / 2) / sqrt(2 * pi)
    start, middle, end = (MillsRatio(a + i * step) for i in range(3))
    return {
        A: step * phi * mills_coefficient(1, -a),
        B: phi * (middle - start),
        C: 2 * step**2 * phi * mills_coefficient(2, -a),
        D: phi * (end - 2 * middle + start),
    }


def moments_by_mills_ratio() -> Steps:
    """Return (A, B, C, D, A_minor, C_minor, V) for ball arithmetic, from Mills' ratio alone.

    No exponentially small number is computed as a difference of larger ones, however large
    abs(m)/s is. Cancellation costs a number of bits that grows like the logarithms of abs(m)/s, s
    and 1/s, and a few more bits of precision make up for it. For the same reason A and C at
    -abs(m), and P = P(z > 0) beside T_0 = 1 - P, come from Mills' ratio on the other side.
    """
    phi, above, *tails = symbols("phi P T0:3", positive=True)
    density = decay() / sqrt(2 * pi)
    forms = mills_forms()
    return Steps(
        (
            (phi, density),
            *zip((above, *tails), tails_by_mills_ratio(phi)[:-1], strict=True),
        ),
        (
            *(forms[symbol].subs(density, phi) for symbol in (A, B, C, D)),
            *(forms[symbol].subs(m, -Abs(m)).subs(density, phi) for symbol in (A, C)),
            variance_by_tails(above, *tails),
        ),
    )


def tails_by_mills_ratio(phi: Expr | None = None) -> tuple[Expr, ...]:
    """Return (P, T_0, T_1, T_2, p_0): T_i = phi(a) M(a + i s), and P is T_0 at -m."""
    phi = decay() / sqrt(2 * pi) if phi is None else phi
    step = sqrt(v)
    tails = (phi * MillsRatio(m / step + i * step) for i in range(3))
    return phi * MillsRatio(-m / step), *tails, phi / step


def variance_by_tails(above: Expr, t0: Expr, t1: Expr, t2: Expr) -> Expr:
    """Return V = D - B^2 from P and T_0 to T_2.

    For m far below zero, B^2 and D both tend to 1, but no term here does.
    """
    return t2 - t1**2 + above * (t0 - 2 * t1)


def decay() -> Expr:
    """Return :data:`g`, in terms of which phi(a) M(x) = g/2 erfcx(x/sqrt(2))."""
    return exp(-(m**2) / (2 * v))


def scaled_tail(i: int) -> Expr:
    """Return g/2 erfcx(abs(y)) for y = (m + i v)/sqrt(2 v)."""
    return g / 2 * erfcx(Abs(m + i * v) / sqrt(2 * v))


def tail(i: int, scaled: Expr | None = None) -> Expr:
    """Return T_i = E[e^(iz) 1{z<0}] without overflow.

    Completing the square, T_i = g/2 erfcx(y) with y = (m + i v)/sqrt(2 v). For
    y < 0, erfcx(y) = 2 e^(y^2) - erfcx(-y) takes the large part out; the exponent
    i m + i^2 v/2 is then below -i^2 v/2. ``scaled`` stands for :func:`scaled_tail` where
    that is computed already.
    """
    scaled = scaled_tail(i) if scaled is None else scaled
    whole = exp(Min(i * m + Rational(i**2, 2) * v, 0))
    return Piecewise((whole - scaled, m + i * v < 0), (scaled, True))


def probability_above(scaled: Expr | None = None) -> Expr:
    """Return P(z > 0) = 1 - T_0, which is T_0 at -m."""
    scaled = scaled_tail(0) if scaled is None else scaled
    return Piecewise((scaled, m < 0), (1 - scaled, True))


def minor_moments_by_fraction() -> Steps:
    """Return A and C at -|m|, as M times the ratios I_1/I_0 and I_2/I_1."""
    steps = [(s, sqrt(v)), (x, Min(Abs(m) / s, LARGEST_POSITION)), *mills_ratio_steps()]
    first = s * g / 2 * erfcx(x / sqrt(2)) * ratio(1)
    return Steps((*steps, (A_minor, first)), (A_minor, 2 * s * A_minor * ratio(2)))


def moments_by_differences() -> Steps:
    """Return (A_minor, B, C_minor, D, V) in the forms that need no series.

    A and C at -|m| by their closed forms, B = T_1 - T_0, D = T_2 - 2 T_1 + T_0, and V by
    :func:`variance_by_tails`.
    """
    half, ratio_0, density = symbols("h e0 d", positive=True)
    scaled = symbols("q0:3", positive=True)
    above, *tails = symbols("P T0:3", positive=True)
    return Steps(
        (
            (s, sqrt(v)),
            (half, g / 2),
            (ratio_0, erfcx(Abs(m) / (sqrt(2) * s))),
            (density, sqrt(2 / pi) * s),
            (scaled[0], half * ratio_0),
            *((scaled[i], half * erfcx(Abs(m + i * v) / (sqrt(2) * s))) for i in (1, 2)),
            *((tails[i], tail(i, scaled[i])) for i in range(3)),
            (above, probability_above(scaled[0])),
        ),
        (
            half * (density - Abs(m) * ratio_0),
            tails[1] - tails[0],
            half * ((m**2 + v) * ratio_0 - Abs(m) * density),
            tails[2] - 2 * tails[1] + tails[0],
            variance_by_tails(above, *tails),
        ),
    )


def remaining_moments() -> tuple[Expr, Expr, Expr]:
    """Return A and C from their values at -|m|, and V from B and D if it is not saturated.

    For m > 0, A(m) - A(-m) = E[z] = m and C(m) + C(-m) = E[z^2] = m^2 + v.
    """
    c_value = Piecewise((m**2 + v - C_minor, m > 0), (C_minor, True))
    variance = Piecewise((V, m < SATURATED_MEAN), (D - B**2, True))
    return A_minor + Max(m, 0), c_value, variance


def moments_below_by_series() -> Steps:
    """Return B and D as their series, the coefficients by upward recurrence.

    The coefficients are phi(a) I_k(x): for k = 0 that is T_1, and M' = x M - 1 gives the
    one for k = 1.
    """
    coefficients = symbols(f"I0:{SERIES_TERMS + 1}", positive=True)
    steps = [
        (s, sqrt(v)),
        (x, m / s + s),
        (coefficients[0], tail(1)),
        (coefficients[1], g / sqrt(2 * pi) - x * coefficients[0]),
    ]
    for k in range(1, SERIES_TERMS):
        step = (coefficients[k - 1] - x * coefficients[k]) / (k + 1)
        steps.append((coefficients[k + 1], step))
    b, d = Integer(0), Integer(0)
    for k in range(SERIES_TERMS, 0, -1):
        steps.append((b_sum(k), s * (coefficients[k] + b)))
        b = b_sum(k)
        if k % 2 == 0:
            steps.append((d_sum(k), s**2 * (coefficients[k] + d)))
            d = d_sum(k)
    return Steps(tuple(steps), (-b, 2 * d))


def moments_below_by_fraction() -> Steps:
    """Return B and D as their series, factored by the ratios r_k = I_k/I_{k-1}, for large x."""
    return series_by_fraction(m / s + s, s)


def variance_far_below() -> Steps:
    """Return V = D - B^2 for m far below zero, where B^2 and D agree to many digits.

    Without the cut at zero, e^z - 1 has the mean W = e^(m+v/2) - 1 and the variance
    e^(2m+v) (e^v - 1), a lognormal's. The cut takes away what lies above it, which is little:
    B_above = E[(e^z-1) 1{z>0}] and D_above = E[(e^z-1)^2 1{z>0}] are B and D at -m with the
    step -s, and with B = W - B_above the rest is

        V = e^(2m+v) (e^v - 1) - D_above - B_above^2 + 2 W B_above.
    """
    above = series_by_fraction(Abs(m) / s - s, -s)
    b_above, d_above, mean = Symbol("B_above"), Symbol("D_above"), Symbol("W", negative=True)
    lognormal = exp(Min(2 * m + v, 0)) * expm1(Min(v, 1))
    return Steps(
        (
            *above.assignments,
            *zip((b_above, d_above), above.results, strict=True),
            (mean, expm1(Min(m + v / 2, 0))),
        ),
        (lognormal - d_above - b_above**2 + 2 * mean * b_above,),
    )


def series_by_fraction(middle: Expr, step: Expr) -> Steps:
    """Return phi (M(x) - M(x-t)) and phi (M(x+t) - 2 M(x) + M(x-t)) for a step t about x.

    sum_{k>=1} t^k I_k = I_0 t r_1 (1 + t r_2 (1 + t r_3 (...))).
    """
    scale = Symbol("I0", positive=True)
    steps = [
        (s, sqrt(v)),
        (x, Min(middle, LARGEST_POSITION)),
        (scale, g / 2 * erfcx(x / sqrt(2))),
        *mills_ratio_steps(),
    ]
    b, d = Integer(0), Integer(0)
    for k in range(FRACTION_LEVELS, 0, -1):
        steps.append((h(k), step * ratio(k)))
        steps.append((b_sum(k), h(k) * (1 + b)))
        b = b_sum(k)
        if k % 2:
            steps.append((d_sum(k), h(k) * h(k + 1) * (1 + d)))
            d = d_sum(k)
    return Steps(tuple(steps), (-scale * b, 2 * scale * d))


def indexed(name: str) -> Callable[[int], Symbol]:
    """Return the symbols of a sequence, by their index."""
    return lambda k: Symbol(f"{name}{k}", positive=True)


ratio = indexed("r")
"""r_k = I_k/I_{k-1}."""

h = indexed("h")
"""r_k times the step."""

b_sum, d_sum = indexed("b"), indexed("d")
"""Partial sums of the series of B and D, from the last term down to the k-th."""

correction = indexed("c")
"""Partial sums of the series in :func:`mills_ratio_estimate`."""


def mills_ratio_steps() -> list[tuple[Symbol, Expr]]:
    """Return the steps that compute r_k at x for k = FRACTION_LEVELS + 1, ..., 1.

    The recurrence of the I_k divided by I_k is r_k = 1/(x + (k+1) r_{k+1}). Downwards,
    for x > 0, each step shrinks the error of the estimate that it starts from.
    """
    levels = [(ratio(k), 1 / (x + (k + 1) * ratio(k + 1))) for k in range(FRACTION_LEVELS, 0, -1)]
    return [*mills_ratio_estimate_steps(FRACTION_LEVELS + 1), *levels]


def mills_ratio_estimate_steps(k: int) -> list[tuple[Symbol, Expr]]:
    """Return the steps that estimate r_k for large k.

    r_k is 2/(x + u) times a series in 1/u^2, with u = sqrt(x^2 + 4k + 2). The coefficient
    of 1/u^(2j) is a polynomial in p = x/u over (1 + p)^j, so the series is nested in
    w = 1/(u^2 (1 + p)).
    """
    steps = [(u, sqrt(x**2 + 4 * k + 2)), (p, x / u), (w, 1 / (u**2 * (1 + p)))]
    nested = Integer(0)
    for j in range(TAIL_ORDER, 0, -1):
        numerator = horner(cancel(tail_corrections()[j - 1] * (1 + p) ** j), p)
        steps.append((correction(j), w * (numerator + nested)))
        nested = correction(j)
    return [*steps, (ratio(k), 2 / (x + u) * (1 + nested))]


@cache
def tail_corrections() -> tuple[Expr, ...]:
    """Return the coefficients c_j(p) of the estimate, p = x/u, from the recurrence.

    Insert r_k = 2/(x+u) S(p, t) with S = 1 + c_1(p) t + ... and t = 1/u^2 into the recurrence
    r_k (x + (k+1) r_{k+1}) = 1, where k and k+1 belong to u^2 and u^2 + 4 at the same x. With
    the quotient q = 1/sqrt(1 + 4t) of these two u it is

        2/(1+p) S(p, t) (p + ((1-p^2)/2 + t) q/(1 + p q) S(p q, t q^2)) = 1.

    In the power t^j, the factor of c_j is 2/(1+p). SymPy's series of expressions take a hundred
    times as long as these, truncated polynomials in t over the rational functions of p.
    """
    functions = QQ.frac_field(p)
    ring_of_series, t = ring("t", functions)
    position, one = functions(p), ring_of_series(1)

    def product(*factors: Any) -> Any:
        return reduce(lambda f, g: rs_mul(f, g, t, TAIL_ORDER + 1), factors, one)

    def inverse(value: Any) -> Any:
        return rs_series_inversion(value, t, TAIL_ORDER + 1)

    def at(polynomial: Expr, value: Any) -> Any:
        terms = Poly(polynomial, p).terms()
        return sum(product(*[value] * i) * functions.from_sympy(c) for (i,), c in terms)

    binomials = (binomial(-Rational(1, 2), i) * 4**i for i in range(TAIL_ORDER + 1))
    q = sum(t**i * functions.from_sympy(c) for i, c in enumerate(binomials))
    next_position, next_t = q * position, product(t, q, q)
    weight = product((1 - position**2) / 2 + t, q, inverse(1 + next_position))
    found: list[Expr] = []
    here = there = one
    for j in range(1, TAIL_ORDER + 1):
        defect = product(here, position + product(weight, there)) * (2 / (1 + position)) - 1
        c = -defect.coeff(t**j) * (1 + position) / 2
        found.append(factor(functions.to_sympy(c)))
        numerator, denominator = (at(f, next_position) for f in fraction(found[-1]))
        here += t**j * c
        there += product(numerator, inverse(denominator), *[next_t] * j)
    return tuple(found)


def moment_forms() -> Steps:
    """Return three conditions: which form to use for A and C, and which two for B and D.

    The first holds where the fraction is used for A and C, the second where the series is used
    for B and D, the third where the fraction is used for them.

    The differences of tails are left where D is less than about a thirtieth of the tails:
    below s = 0.75 for a = 0, and further out for a > 0, where the tails are nearly straight.
    """
    below, above = Min(m, 0), Max(m, 0)
    # s (1 + min(a, 0)^2/5) < 3/4 + 2/5 max(a, 0), times s
    cancelling = v + below**2 / 5 < Rational(3, 4) * s + Rational(2, 5) * above
    border = FRACTION_START * s
    return Steps(
        ((s, sqrt(v)),),
        (Abs(m) > border, And(cancelling, m + v <= border), And(cancelling, m + v > border)),
    )


def needs_variance_far_below() -> Expr:
    """Return the condition under which V is computed by :func:`variance_far_below`.

    There the three points of the differences, m, m + v and m + 2v, all lie at least one
    standard deviation below zero.
    """
    return And(m + 2 * v < -sqrt(v), v < FAR_BELOW_DEVIATION**2)
