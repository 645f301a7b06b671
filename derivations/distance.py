"""How far apart a layer moves two inputs, to full relative accuracy for inputs that are alike.

For a pair of net inputs of the correlation c near 1, 1 - c' is a small difference. It is a multiple
of half the mean squared distance of the activations,

    M(c) = E[(f(z1) - f(z2))^2]/2 = K(1) - K(c) = int_c^1 K'(t) dt,

and by Price's theorem an integral of orthant probabilities, all positive. With the angle
t = cos(phi) they are integrals over the angle as well, and of the two integrals one has a closed
form (:func:`distance_near_edge`): M is a sum of four positive integrals over an angle, for
0 <= c <= 1, and is computed to the same relative accuracy however close c is to 1.
"""

from __future__ import annotations

from sympy import (
    Expr,
    Integer,
    Max,
    Rational,
    Symbol,
    acos,
    asin,
    asinh,
    cos,
    cosh,
    exp,
    pi,
    sin,
    sinh,
    sqrt,
    symbols,
)

from derivations.correlation import (
    I_1_complement,
    angle_steps,
    delta,
    pair_mean_slope,
    s,
    theta,
    w,
)
from derivations.formula import Steps
from derivations.symbols import alpha, c, tau, v

d = Symbol("d", nonnegative=True)
"""The decorrelation 1 - c of a pair."""

M = Symbol("M", nonnegative=True)
"""E[(f(z1) - f(z2))^2]/2, half the mean squared distance of two activations."""

HALF_ANGLE = symbols("sine cosine", nonnegative=True)
"""sin(theta/2) and cos(theta/2)."""

PEAK = Rational(1, 4)
"""k/cos(theta/2) where :func:`distance_near_peak` takes over."""

FORGOTTEN = Integer(36)
"""e^-36 is less than the roundoff 2^-51."""


def distance_slope(variance: Expr = v, correlation: Expr = c) -> Expr:
    """Return M'(c) = -K'(c), where M(c) = K(1) - K(c) and M(1) = 0."""
    return -pair_mean_slope(variance, correlation)


def next_decorrelation() -> Expr:
    """Return 1 - c' = tau M/v, where v is the variance of the net inputs one layer on.

    For independent weights, 1 - c' = (v - tau K - beta)/v with v = tau K(1) + beta. For weights of
    the sum 0 and the sum of squares tau, two net inputs have the covariance tau (K - F_1^2) with
    F_1 = E[f], and v is that at c = 1, so that the same is left.
    """
    return tau * M / v


def distance_limits() -> Steps:
    """Return the limits of the four integrals that are not 0, six of them in their order.

    The first integral and the last begin at 0. The third one is over t with
    k = sin(theta/2) sinh(t) (:func:`distance_near_peak`). It grows like e^t, so that what is
    further than :data:`FORGOTTEN` below its end is not seen in float64.
    """
    half, end = symbols("half end", nonnegative=True)
    edge, nearest, border = (asinh(sqrt(v) * angle) for angle in (2 * half, half, acos(PEAK)))
    return Steps(
        ((half, asin(sqrt(d / 2))), (end, asinh(PEAK * sqrt((2 - d) / d)))),
        (edge, nearest, border, Max(0, end - FORGOTTEN), end, half),
    )


def distance_near_edge() -> Steps:
    """Return the integrand of M/lamda^2 that is next to the edges of the quadrants.

    With t = cos(phi), M(cos(theta)) is v times the integral of sin(phi) E[f'(z1) f'(z2)] over
    phi from 0 to theta. There P_pp = (pi - phi)/(2 pi), and Q_pm is the integral of
    I_1(s sin(delta))/(2 pi) over delta from 0 to phi. Integrating over phi first leaves

        v/(2 pi) (cos(delta) - cos(theta)) I_1(s sin(delta)).

    Q_mm is the integral of I_1(2 s p)/pi, p = cos(phi/2) cos(u), over u from 0 to (pi - phi)/2.
    With p in the place of u, and h = phi/2 integrated over first, it becomes 4 v/pi times the
    integral of

        I_1(2 s p) (sqrt(1 - p^2) - sqrt(cos(h)^2 - p^2))

    over p from 0 to 1, where h is the largest one that belongs to p: for p < sin(theta)/2 it is
    half of delta = asin(2 p), whose integral is part of this one. Both differences are written
    without cancellation.
    """
    i, p = symbols("i p", nonnegative=True)
    half_sine, half_cosine = sin(delta / 2) ** 2, cos(delta / 2) ** 2
    weight = 2 * sin((theta + delta) / 2) * sin((theta - delta) / 2)
    below = half_sine / (sqrt(1 - p**2) + half_cosine) * cos(delta)
    total = (pi - delta) * sin(delta) + 2 * alpha * weight * i + 4 * alpha**2 * below * i
    return Steps(
        (
            (theta, 2 * asin(sqrt(d / 2))),
            *angle_steps(),
            (i, 1 - I_1_complement(s * sin(delta))),
            (p, sin(delta) / 2),
        ),
        (v * total * cosh(w) / (2 * pi * s),),
    )


def distance_between() -> Steps:
    """Return the integrand of M/lamda^2 for sin(theta)/2 < p, up to k = :data:`PEAK` cos(theta/2).

    In this range of :func:`distance_near_edge`, h is theta/2. With p = cos(theta/2) sin(delta) and
    k = cos(theta/2) cos(delta), the difference of the two roots is
    sin(theta/2)^2/(sqrt(sin(theta/2)^2 + k^2) + k), and dp = k d(delta).
    """
    k, p = symbols("k p", nonnegative=True)
    sine, cosine = HALF_ANGLE
    root = sine**2 / (sqrt(sine**2 + k**2) + k)
    return Steps(
        (
            (sine, sqrt(d / 2)),
            (cosine, sqrt(1 - d / 2)),
            *angle_steps(),
            (k, cosine * cos(delta)),
            (p, cosine * sin(delta)),
        ),
        (4 * alpha**2 * v / pi * (1 - I_1_complement(2 * s * p)) * root * k * cosh(w) / s,),
    )


def distance_near_peak() -> Steps:
    """Return the integrand of M/lamda^2 from there to p = cos(theta/2), over t.

    The two roots change within k of the size of sin(theta/2). With k = sin(theta/2) sinh(t) that is
    of the scale 1, their difference is sin(theta/2) e^(-t), and dp = k dk/p.
    """
    k, y, p = symbols("k y p", nonnegative=True)
    sine, _ = HALF_ANGLE
    return Steps(
        (
            (sine, sqrt(d / 2)),
            (s, sqrt(v)),
            (k, sine * sinh(w)),
            (y, sine * cosh(w)),
            (p, sqrt(1 - y**2)),
        ),
        (4 * alpha**2 * v / pi * (1 - I_1_complement(2 * s * p)) * sine * exp(-w) * k * y / p,),
    )


def distance_at_peak() -> Steps:
    """Return the integrand of M/lamda^2 for p = cos(u) > cos(theta/2), over u.

    There cos(h) = p, so that one root is left.
    """
    i_1 = 1 - I_1_complement(2 * s * cos(w))
    return Steps(((s, sqrt(v)),), (4 * alpha**2 * v / pi * i_1 * sin(w) ** 2,))


DISTANCE = (distance_near_edge, distance_between, distance_near_peak, distance_at_peak)
"""The integrands of M/lamda^2, in the order of :func:`distance_limits`."""
