r"""Kernels of infinitely wide networks: pairs of net inputs with variances of their own.

In a wide network the net inputs of two inputs are a Gaussian pair (z1, z2) with the variances v1
and v2 and the covariance q = sqrt(v1 v2) cos(theta). One layer with the activation f makes of them

    K = E[f(z1) f(z2)],    K' = E[f'(z1) f'(z2)],

and a network is a recursion in these two (:func:`next_covariance`, :func:`next_tangent`: R. Neal,
*Priors for infinite networks*, 1994; A. Jacot, F. Gabriel, C. Hongler, arXiv 1806.07572). Three
facts do all the work, as in :mod:`derivations.correlation`, which has the SELU's map at one
variance:

* **Price's theorem** for variances of their own (:func:`price_step`): dK/dq = K', and
  dK'/dq = E[f''(z1) f''(z2)], in which a kink is a point mass. A closed form is an integral over q
  (:func:`homogeneous`, :func:`error_function`), or a derivative (:func:`gaussian`);
* **Stein's lemma**, which lowers powers (:func:`gelu`, :func:`orthant_moment`);
* **a completed square** (:func:`orthant_mean`): pieces that are polynomials times exponentials
  lead to the bivariate normal distribution function, wherever their kinks are.

Their differences cancel in float64, and an exponential of 1e10000 stands beside a probability of
1e-10000. There, pairs are integrated in polar coordinates (:func:`wedge`, any f without a kink
beside 0), or over q itself (:func:`kink_integrand`, any f that is linear between its kinks).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sympy import (
    Add,
    Expr,
    Integer,
    Rational,
    Symbol,
    atan,
    cos,
    diff,
    exp,
    expand,
    integrate,
    oo,
    pi,
    powsimp,
    simplify,
    sin,
    sinh,
    sqrt,
)

from derivations.activations import slope
from derivations.formula import Steps
from derivations.functions import Orthant, normal_cdf, standard_pair_density
from derivations.means import factors, in_phi, truncated_moment
from derivations.moments import density
from derivations.pieces import Activation
from derivations.symbols import beta, m, tau, v, z

v1, v2 = Symbol("v1", positive=True), Symbol("v2", positive=True)
"""The variances of the two net inputs."""

q = Symbol("q", real=True)
"""Their covariance."""

theta = Symbol("theta", nonnegative=True)
"""Their angle as vectors: q = sqrt(v1 v2) cos(theta)."""

z1, z2 = Symbol("z1", real=True), Symbol("z2", real=True)
"""The net inputs."""

K, K_slope = Symbol("K", real=True), Symbol("K_slope", real=True)
"""E[f(z1) f(z2)] and E[f'(z1) f'(z2)]."""

covariance, tangent = Symbol("Sigma", real=True), Symbol("Theta", real=True)
"""Of the net inputs of a layer: their covariance, and the tangent kernel."""


def pair_density() -> Expr:
    """Return the density of (z1, z2)."""
    root1, root2 = sqrt(v1), sqrt(v2)
    standard = standard_pair_density(z1 / root1, z2 / root2, q / (root1 * root2))
    return standard / (root1 * root2)


def price_step() -> tuple[Expr, Expr]:
    """Return d/dq of the pair's density, and its mixed derivative (R. Price, 1958)."""
    return diff(pair_density(), q), diff(pair_density(), z1, z2)


def heat_step() -> tuple[Expr, Expr]:
    """Return d/dv1 of the pair's density, and half its second derivative by z1.

    By parts, dK/dv1 = E[f''(z1) f(z2)]/2: how a kernel changes with a variance.
    """
    return diff(pair_density(), v1), diff(pair_density(), z1, 2) / 2


def next_covariance() -> Expr:
    """Return tau K + beta, the covariance of the net inputs one layer on."""
    return tau * K + beta


def next_tangent() -> Expr:
    """Return the tangent kernel one layer on.

    It is the sum over all parameters of the products of two derivatives, with weights
    sqrt(tau/n) w and biases sqrt(beta) b and standard normal w and b. Those of the new layer give
    its covariance, and each older one passes the new weights and f'.
    """
    return covariance + tau * K_slope * tangent


Pair = tuple[Expr, Expr]
"""(K, K'), functions of v1, v2 and theta."""


def by_angle(expression: Expr) -> Expr:
    """Write the covariance in terms of the angle."""
    return expression.subs(q, sqrt(v1) * sqrt(v2) * cos(theta))


def homogeneous(degree: int) -> Pair:
    """Return the pair of max(z, 0)^n, the arc-cosine kernel (Y. Cho and L. Saul, 2009).

    K of the degree 0 is Sheppard's probability that both are positive, (pi - theta)/(2 pi). The
    slope of max(z, 0)^n is n max(z, 0)^(n - 1), and at theta = pi there is nothing: integrating
    dK/dtheta = -sqrt(v1 v2) sin(theta) K' from there gives the next degree.
    """
    if degree == 0:
        return (pi - theta) / (2 * pi), Integer(0)
    t = Symbol("t", real=True)
    slope_mean = degree**2 * homogeneous(degree - 1)[0]
    change = expand((sqrt(v1) * sqrt(v2) * sin(theta) * slope_mean).subs(theta, t))
    return simplify(integrate(change, (t, theta, pi))), slope_mean


def rectified() -> Pair:
    """Return the pair of a z for z < 0, z for z > 0.

    It is a z + (1 - a) max(z, 0), and by Stein's lemma E[z1 max(z2, 0)] = q/2.
    """
    mean, derivative = homogeneous(1)
    linear = slope**2 + slope * (1 - slope)
    return (
        by_angle(linear * q) + (1 - slope) ** 2 * mean,
        linear + (1 - slope) ** 2 * derivative,
    )


def relu() -> Pair:
    """Return the pair of the ReLU."""
    return homogeneous(1)


def squared_relu() -> Pair:
    """Return the pair of the squared ReLU."""
    return homogeneous(2)


def linear() -> Pair:
    """Return the pair of the identity."""
    return by_angle(q), Integer(1)


def spread(width: Expr) -> Expr:
    """Return (1 + w v1)(1 + w v2) - w^2 q^2, as a sum of positive terms."""
    return 1 + width * (v1 + v2) + width**2 * v1 * v2 * sin(theta) ** 2


def gaussian() -> Pair:
    """Return the pair of e^(-z^2).

    The density times e^(-z1^2 - z2^2) is an unnormalized Gaussian, whose determinant gives
    K = ((1 + 2 v1)(1 + 2 v2) - 4 q^2)^(-1/2). K' is its derivative.
    """
    determinant = Symbol("D", positive=True)
    value = 1 / sqrt(determinant)
    slope = diff(value, determinant) * (-8 * q)
    return tuple(by_angle(e).subs(determinant, spread(Integer(2))) for e in (value, slope))


def error_function() -> Pair:
    """Return the pair of erf (C. Williams, *Computing with infinite networks*, 1996).

    K' = 4/pi E[e^(-z1^2 - z2^2)]. K is 0 at q = 0; its integral is an arcsine, here an arctangent
    so that it keeps its digits where the arcsine's argument is near 1.
    """
    mean, _ = gaussian()
    ratio = by_angle(2 * q) / sqrt(spread(Integer(2)))
    return 2 / pi * atan(ratio), 4 / pi * mean


def gelu() -> Pair:
    """Return the pair of z Phi(z).

    With G = E[phi(z1) phi(z2)] = ((1 + v1)(1 + v2) - q^2)^(-1/2)/(2 pi), whose integral over q is
    P = E[Phi(z1) Phi(z2)], Stein's lemma gives one after the other

        E[z1 phi(z1) Phi(z2)] (1 + v1) = q G,
        E[phi(z1) z2 Phi(z2)] = v2 G - q E[z1 phi(z1) Phi(z2)],
        E[Phi(z1) z2 phi(z2)] (1 + v2) = q G,
        K = v1 E[phi(z1) z2 Phi(z2)] + q (P + E[Phi(z1) z2 phi(z2)])
          = q P + G (v1 v2 - q^2 + q^2 (1/(1 + v1) + 1/(1 + v2))).

    K' is the derivative, with dP/dq = G and dG/dq = q G/((1 + v1)(1 + v2) - q^2).
    """
    G, P, D = Symbol("G"), Symbol("P"), Symbol("D", positive=True)
    parts = 1 / (1 + v1) + 1 / (1 + v2)
    apart = v1 * v2 * sin(theta) ** 2  # v1 v2 - q^2
    mean = q * P + G * (apart + q**2 * parts)
    slope = P + q * G + 2 * q * (parts - 1) * G + (apart + q**2 * parts) * q * G / D
    angle = Rational(1, 4) + atan(q / sqrt(D)) / (2 * pi)
    values = {G: 1 / (2 * pi * sqrt(D)), P: angle}
    return tuple(by_angle(e.subs(values).subs(D, spread(Integer(1)))) for e in (mean, slope))


def oscillating(sign: int) -> Pair:
    """Return the pair of the sine (sign -1) or the cosine (1).

    z1 - z2 and z1 + z2 are normal, and E cos(z) = e^(-v/2) of z ~ N(0, v).
    """
    roots = sqrt(v1), sqrt(v2)
    product = 4 * roots[0] * roots[1]
    minus = (roots[0] - roots[1]) ** 2 + product * sin(theta / 2) ** 2
    plus = (roots[0] - roots[1]) ** 2 + product * cos(theta / 2) ** 2
    near, far = exp(-minus / 2) / 2, exp(-plus / 2) / 2
    return near + sign * far, near - sign * far


def sine() -> Pair:
    """Return the pair of the sine."""
    return oscillating(-1)


def cosine() -> Pair:
    """Return the pair of the cosine."""
    return oscillating(1)


def slopes(derivation: Callable[[], Pair]) -> tuple[Expr, ...]:
    """Return the derivatives of K by v1 and v2, then those of K' by theta, v1 and v2.

    The angle stays as it is where a variance changes.
    """
    mean, slope_mean = derivation()
    return (
        *(diff(mean, variable) for variable in (v1, v2)),
        *(diff(slope_mean, variable) for variable in (theta, v1, v2)),
    )


@cache
def orthant_moment(power1: int, power2: int, h: Expr, k: Expr, c: Expr) -> Expr:
    """Return E[x^a y^b 1{x<h, y<k}] of a standard normal pair with the correlation c.

    Stein's lemma for x times x^(a-1) y^b, whose borders are point masses:

        J(a, b) = (a - 1) J(a - 2, b) + c b J(a - 1, b - 1)
                  - h^(a-1) phi(h) E[y^b 1{y<k} | x = h] - c k^b phi(k) E[x^(a-1) 1{x<h} | y = k].
    """
    if -oo in (h, k):
        return Integer(0)
    if power1 == 0 and power2 > 0:
        return orthant_moment(power2, 0, k, h, c)
    if power1 == 0:
        if oo in (h, k):
            other = k if h == oo else h
            return Integer(1) if other == oo else normal_cdf(other)
        return Orthant(h, k, c)
    total = Integer(0)
    if power1 > 1:
        total += (power1 - 1) * orthant_moment(power1 - 2, power2, h, k, c)
    if power2 > 0:
        total += c * power2 * orthant_moment(power1 - 1, power2 - 1, h, k, c)
    for end, other, at_end, rest, factor in (
        (h, k, power1 - 1, power2, 1),
        (k, h, power2, power1 - 1, c),
    ):
        if end != oo:
            inside = truncated_moment(rest, -oo, other).subs(
                {m: c * end, v: 1 - c**2}, simultaneous=True
            )
            total -= factor * end**at_end * density(end, Integer(0), Integer(1)) * inside
    return total


def orthant_mean(activation: Activation, derivative: bool = False) -> Expr:
    """Return K in terms of the bivariate normal distribution function, or K'.

    It is there for pieces that are polynomials times exponentials of a z: ELU, CELU, SELU, ReLU6,
    hard tanh, hard sigmoid, hard SiLU, soft shrink and others, also with an input scale and shift.
    e^(a z1 + b z2) times the density is e^e times that of the pair shifted by
    (a v1 + b q, a q + b v2), with e = (a^2 v1 + 2 a b q + b^2 v2)/2.
    """
    pieces = activation.derivative if derivative else activation.pieces
    terms = [
        (sign, end, factors(term))
        for piece in pieces
        for sign, end in ((1, piece.high), (-1, piece.low))
        if end != -oo
        for term in Add.make_args(expand(powsimp(expand(in_phi(piece.expression)))))
        if term != 0
    ]
    return Add(
        *(
            sign1 * sign2 * _tilted(first, second, end1, end2)
            for sign1, end1, first in terms
            for sign2, end2, second in terms
        )
    )


def _tilted(first: object, second: object, end1: Expr, end2: Expr) -> Expr:
    """Return the mean of the product of two terms below two borders."""
    a, b = diff(first.exponent, z), diff(second.exponent, z)
    constant = first.exponent.subs(z, 0) + second.exponent.subs(z, 0)
    shift1, shift2 = a * v1 + b * q, a * q + b * v2
    root1, root2 = sqrt(v1), sqrt(v2)
    h, k = (end1 - shift1) / root1, (end2 - shift2) / root2
    x, y = Symbol("x"), Symbol("y")
    product = expand((root1 * x + shift1) ** first.power * (root2 * y + shift2) ** second.power)
    total = Integer(0)
    for (i, j), coefficient in product.as_poly(x, y).terms():
        total += coefficient * orthant_moment(i, j, h, k, q / (root1 * root2))
    size = exp(constant + (a**2 * v1 + 2 * a * b * q + b**2 * v2) / 2)
    return first.coefficient * second.coefficient * size * total


r = Symbol("r", nonnegative=True)
"""The radius of the pair in polar coordinates, of density r e^(-r^2/2)."""

delta = Symbol("delta", nonnegative=True)
"""The angle from the edge of a wedge, on which z1 = 0."""

omega = Symbol("omega", nonnegative=True)
"""The angle of a wedge."""


def wedge() -> tuple[Expr, Expr, Expr]:
    """Return abs(z1)/sqrt(v1), abs(z2)/sqrt(v2) and the weight at a point of a wedge.

    The lines z1 = 0 and z2 = 0 divide the plane into four wedges: two of the angle
    pi - theta, in which both have the same sign, and two of the angle theta. In polar coordinates
    a smooth f has no other scale than its width, and a kink at 0 is an edge.
    """
    return r * sin(delta), r * sin(omega - delta), r * exp(-(r**2) / 2) / (2 * pi)


h, k = Symbol("h", real=True), Symbol("k", real=True)
"""Two kinks, in deviations of their net inputs."""

psi = Symbol("psi", nonnegative=True)
"""asin(abs(c)): how far the integral over the covariance goes."""

w = Symbol("w", nonnegative=True)
"""What is integrated over: the distance pi/2 - phi is gap sinh(w)."""

gap = Symbol("gap", positive=True)
"""abs(h - k), or a small number where that is less."""


def kink_integrand() -> Steps:
    """Return what is integrated over w, for K' and for K/sqrt(v1 v2), of two unit kinks.

    Where f is linear between its kinks k_i, f'' is a sum of point masses, and

        dK'/dq = sum of kappa_i kappa_j p(k_i, k_j; q),

    p being the density of the pair. K' is E f'(z1) E f'(z2) at q = 0. With q = sqrt(v1 v2) sin(phi)
    the density's root cancels, and an integral of
    e^(-(h^2 - 2 h k sin(phi) + k^2)/(2 cos(phi)^2))/(2 pi) is left; for K, whose second derivative
    that is, times sin(psi) - sin(phi). With chi = pi/2 - phi the exponent is
    -(h - k)^2/(2 sin(chi)^2) - h k/(1 + cos(chi)), of the scale h - k. For q < 0 it is the negative
    of the same with -k in the place of k.
    """
    chi, size, far = Symbol("chi", nonnegative=True), Symbol("size"), Symbol("far")
    dchi = diff(gap * sinh(w), w)
    return Steps(
        (
            (chi, gap * sinh(w)),
            (far, pi / 2 - psi),
            (
                size,
                exp(-((h - k) ** 2) / (2 * sin(chi) ** 2) - h * k / (1 + cos(chi)))
                * dchi
                / (2 * pi),
            ),
        ),
        (
            size,
            # cos(far) - cos(chi), of near angles
            size * 2 * sin((chi + far) / 2) * sin((chi - far) / 2),
        ),
    )


CLOSED: dict[str, Callable[[], Pair]] = {
    "linear": linear,
    "relu": relu,
    "leaky_relu": rectified,
    "prelu": rectified,
    "squared_relu": squared_relu,
    "erf": error_function,
    "gelu": gelu,
    "sin": sine,
    "cos": cosine,
    "gaussian": gaussian,
}
"""The activations whose pairs have elementary closed forms, by their names."""
