r"""Scale and shift of any activation: fixed points, gradients, and both at once.

A layer computes y = a f(z) + b of its net input z ~ N(m, v). With the four means of f
(:mod:`derivations.means`):

* **Scale and shift** give y any mean and variance (:func:`scale_and_shift`).
* **Gradients** going back are multiplied by chi = tau a^2 S2 (:func:`gradient_gain`), and by
  Poincare's inequality (:func:`poincare_steps`) Var f <= v S2: for independent weights they grow
  at mean 0 without biases, whatever f is.
* **Balance** (:func:`balance`) is chi = 1 with the second moment S kept, for independent weights.
  It exists exactly where Var f <= tau S S2 (:func:`balance_gap`), and has two roots, by the sign
  of the mean.
* **Which root attracts** the slope rho of the map of second moments says
  (:func:`second_moment_slope`).
"""

from __future__ import annotations

from sympy import (
    Derivative,
    Eq,
    Expr,
    Function,
    Integer,
    Integral,
    Rational,
    Symbol,
    diff,
    simplify,
    solve,
    sqrt,
    symbols,
)

from derivations.activations import ACTIVATIONS
from derivations.means import means
from derivations.moments import density
from derivations.symbols import S, beta, m, mu, nu, tau, v, z

a = Symbol("a", positive=True)
"""The factor of the activation."""

b = Symbol("b", real=True)
"""What is added to it."""

M1 = Symbol("M_1", real=True)
"""E f(z)."""

S1 = Symbol("S_1", real=True)
"""E f'(z)."""

V, S2 = symbols("V S_2", positive=True)
"""Var f(z), and E f'(z)^2."""

R1, R2, Q = symbols("R_1 R_2 Q", real=True)
"""E[(z - m) f'], E[(z - m) (f - M1) f'] and E[(f - M1) f']: what v and m change the moments by."""

UNDECIDED_SLOPE = Rational(1, 10**11)
"""Distance from 1 within which float64 does not decide whether a slope is above 1."""

MEANS_ROUNDOFF = Rational(1, 10**13)
"""Relative difference of two terms, in float64, that may be equal but for rounding errors."""

SLOPE_DIGITS = Integer(9)
"""Decimals to which slopes of balanced roots are compared: equal ones differ by rounding errors."""

sign = Symbol("sigma", real=True)
"""The sign of the mean, 1 or -1."""


def conditions() -> tuple[Eq, Eq]:
    """Return the conditions that y = a f(z) + b has the mean mu and the variance nu."""
    return Eq(a * M1 + b, mu), Eq(a**2 * V, nu)


def moments() -> tuple[Expr, Expr]:
    """Return the mean and the variance of y."""
    mean, variance = conditions()
    return mean.lhs, variance.lhs


def scale_and_shift() -> tuple[Expr, Expr]:
    """Return (a, b), the solution of :func:`conditions` with a > 0."""
    mean, variance = conditions()
    (scale,) = solve(variance, a)
    (shift,) = solve(mean, b)
    return scale, shift.subs(a, scale)


def gradient_gain() -> Expr:
    """Return chi = tau a^2 S2."""
    return tau * a**2 * S2


def gain_at_fixed_point() -> Expr:
    """Return chi where y has the variance nu: tau nu S2/Var f."""
    return gradient_gain().subs(a, scale_and_shift()[0])


def poincare_steps() -> tuple[Eq, ...]:
    """Return the equations that prove Var f <= v S2, with equality for linear f alone.

    For a pair (z1, z2) of N(m, v) with the correlation t, K(t) = E[f(z1) f(z2)]:

    1. K(1) - K(0) = Var f;
    2. K'(t) = v E[f'(z1) f'(z2)] (Price's theorem);
    3. so Var f is the integral of that over 0 < t < 1.

    S2 - E[f'(z1) f'(z2)] is half of E[(f'(z1) - f'(z2))^2]: positive for t < 1, unless f' is
    constant. So the integral is at most v S2.
    """
    t = Symbol("t", real=True)
    K, slopes = Function("K"), Function("D")
    return (
        Eq(K(1) - K(0), V, evaluate=False),
        Eq(Derivative(K(t), t), v * slopes(t), evaluate=False),
        Eq(V, v * Integral(slopes(t), (t, 0, 1)), evaluate=False),
    )


def least_gain() -> Expr:
    """Return what chi is at least, by Poincare, for independent weights and biases.

    With Var f <= v S2 and v = tau S + beta, chi >= tau nu/(tau S + beta).
    """
    net_variance = tau * S + beta
    return gain_at_fixed_point().subs(S2, V / net_variance)


def balance() -> tuple[Expr, Expr, Expr, Expr]:
    """Return (a, b, mean, variance) of chi = 1 with the second moment S, for a sign of the mean."""
    (scale,) = solve(Eq(gradient_gain(), 1), a)
    spread = scale**2 * V
    mean = sign * sqrt(S - spread)
    return scale, mean - scale * M1, mean, spread


def balance_gap() -> Expr:
    """Return S - Var f/(tau S2), the square of the mean: balance exists where it is not negative.

    Without biases, v = tau S, it never is, by Poincare.
    """
    return S - balance()[3]


def least_second_moment() -> Expr:
    """Return the smallest S that can be balanced at a given v, where the mean is 0."""
    (least,) = solve(balance_gap(), S)
    return least


def by_variance(function: Expr) -> tuple[Expr, Expr]:
    """Return the derivative of the density in v, and half of its second derivative in z.

    They are equal, so that by parts d/dv E g(z) = E[g'']/2 = E[(z - m) g']/(2 v): kinks count.
    """
    weight = density(z, m, v)
    return diff(weight, v), diff(weight, z, 2) / 2


def by_parts() -> tuple[Expr, Expr]:
    """Return -(z - m)/v times the density, and its derivative in z: they are equal."""
    weight = density(z, m, v)
    return -(z - m) / v * weight, diff(weight, z)


def second_moment_slope() -> Expr:
    """Return rho, the derivative in q of E[y^2] for z ~ N(m, tau q + beta).

    The integrand is y^2, and :func:`by_variance` with g = y^2 makes rho = tau E[(z - m) y y']/v.
    With y = a (f - M1) + mu and y' = a f' that is

        rho = tau (a^2 E[(z - m) (f - M1) f'] + a mu E[(z - m) f'])/v.
    """
    distance, centred, slope = symbols("d g h")  # z - m, f - M1 and f'
    integrand = (distance * (a * centred + mu) * a * slope).expand()
    terms = {distance * centred * slope: R2, distance * slope: R1}
    return tau / v * integrand.subs(terms)


def moment_derivatives() -> tuple[Expr, Expr, Expr, Expr]:
    """Return the derivatives of the mean of y in m and v, then of its variance.

    By m, a mean changes by that of the derivative; by v as in :func:`by_variance`.
    """
    return a * S1, a * R1 / (2 * v), 2 * a**2 * Q, a**2 * R2 / v


END_SLOPES = symbols("left right", real=True)
"""The slopes of f far below 0, and far above."""


def escape_slope(left: Expr = END_SLOPES[0], right: Expr = END_SLOPES[1]) -> Expr:
    """Return the limit of E[y^2]/q for q to infinity, by the slopes of f at both ends.

    Far out, f is linear on each side, and half of the net inputs are there: tau a^2 (left^2 +
    right^2)/2. Below 1, no second moment grows for ever.
    """
    return tau * a**2 * (left**2 + right**2) / 2


def relu_balance() -> dict[str, Expr]:
    """Return what balance makes of the ReLU at beta = 0, in closed form.

    Var f = v (1 - 1/pi)/2, S2 = 1/2 and M1 = sqrt(v/(2 pi)), whence a = sqrt(2/tau), and the root
    of positive mean is He's: no shift, rho = 1. That of negative mean has b = -2 sqrt(S/pi) and
    rho = 1 - 2/pi.
    """
    relu = means(ACTIVATIONS["relu"])
    at = {m: 0, v: tau * S}
    first, second, _, squared = (simplify(form.value.subs(at)) for form in relu.closed_forms())
    spread = simplify(second - first**2)
    values = {M1: first, V: spread, S2: squared}
    scale, shift, mean, _ = (simplify(part.subs(values)) for part in balance())
    # z f' = f: the ReLU is homogeneous
    rho = second_moment_slope().subs({R1: first, R2: spread, mu: mean, a: scale, v: tau * S})
    return {"a": scale, "b": shift, "mean": mean, "rho": simplify(rho)}
