r"""Shaped activations: a scale and a shift of the input, too, for a network of a given depth.

A layer computes y(z) = a f(s z + t) + b of its net input z ~ N(0, 1), where y has the second
moment 1. So f sees u = s z + t ~ N(t, s^2), and each mean of y is one of f at m = t, v = s^2
(:mod:`derivations.means`). Two maps of one layer decide what a signal does over many layers:

* **Q(q)** = E y(sqrt(q) z)^2, the map of second moments. Q(1) = 1, and its slope there is rho.
* **C(c)** = E[y(z1) y(z2)] for net inputs of the correlation c, the map of correlations. C(1) = 1,
  its slope there is chi, the gradient gain, and C(0) = (E y)^2.

Four numbers are free: a, b, s and t. Three ways to choose them are:

* **DKS** (Martens et al. 2021, arXiv 2110.01765): rho = 1, C(0) = 0, and chi given.
* **TAT** (Zhang et al. 2022, arXiv 2203.08120): rho = 1, chi = 1, and the curvature C''(1) given.
* **attracting**: chi = 1, the correlation at the network's end given, and the smallest abs(rho) < 1
  with which every second moment comes to 1.

With rho = 1 nothing brings a second moment back. How far below 1 it can be, a bound says
(:func:`slope_bound`): abs(chi - rho) <= sqrt(C''(1)).
"""

from __future__ import annotations

from sympy import (
    Derivative,
    Eq,
    Expr,
    Function,
    Integral,
    Rational,
    Symbol,
    acos,
    diff,
    expand,
    oo,
    pi,
    simplify,
    solve,
    sqrt,
    symbols,
)

from derivations.activations import ACTIVATIONS, slope
from derivations.means import means
from derivations.moments import density
from derivations.symbols import c, m, mu, tau, v, z
from derivations.transformed import M1, S2, V, a, b, escape_slope, second_moment_slope, sign

s = Symbol("s", positive=True)
"""The factor of the input."""

t = Symbol("t", real=True)
"""What is added to the input."""

T2 = Symbol("T_2", positive=True)
"""E f''(u)^2. Infinite where f has a kink."""

rho = Symbol("rho", real=True)
"""The slope Q'(1) of the map of second moments."""

chi = Symbol("chi", positive=True)
"""The slope C'(1) of the map of correlations: the gradient gain."""

L = Symbol("L", positive=True, integer=True)
"""The depth of a network of plain layers."""

zeta = Symbol("zeta", positive=True)
"""The slope at 1 of the network's map of correlations (DKS)."""

kappa = Symbol("kappa", positive=True)
"""The curvature at 1 of the network's map of correlations (TAT)."""


def mean() -> Expr:
    """Return E y = a M1 + b. Its square is C(0)."""
    return a * M1 + b


def second_moment() -> Expr:
    """Return E y^2 = Q(1) = C(1)."""
    return a**2 * V + mean() ** 2


def gradient_gain() -> Expr:
    """Return chi = C'(1) = E y'^2 = a^2 s^2 S2."""
    return a**2 * s**2 * S2


def curvature() -> Expr:
    """Return C''(1) = E y''^2 = a^2 s^4 T2, by Price's theorem."""
    return a**2 * s**4 * T2


def moment_slope() -> Expr:
    """Return rho = Q'(1) = E[z y y'].

    It is :func:`derivations.transformed.second_moment_slope` of f at N(t, s^2), where a change of
    q changes the variance s^2 q.
    """
    return expand(second_moment_slope().subs({tau: s**2, v: s**2, mu: mean()}))


def slope_steps() -> tuple[Eq, ...]:
    """Return the equations behind the bound on abs(chi - rho).

    1. Stein's lemma, E[z g(z)] = E g'(z), with g = y y': rho = E y'^2 + E[y y''];
    2. Cauchy and Schwarz: E[y y'']^2 <= E y^2 E y''^2, where E y^2 = 1.
    """
    y = Function("y")(z)
    weight = density(z, m, v).subs({m: 0, v: 1})

    def of(integrand: Expr) -> Expr:
        return Integral(integrand * weight, (z, -oo, oo))

    first, second = diff(y, z), diff(y, z, 2)
    return (
        Eq(of(z * y * first), of(diff(y * first, z))),
        Eq(rho, chi + of(y * second)),
        Eq(of(y * second) ** 2, of(y**2) * of(second**2), evaluate=False),
    )


def slope_bound() -> Expr:
    """Return what abs(chi - rho) is at most: the root of the curvature."""
    return sqrt(curvature())


def with_gain() -> tuple[Expr, Expr, Expr]:
    """Return (a, b, mean) of Q(1) = 1 and a given chi, for a sign of the mean.

    It exists for chi <= s^2 S2/V, and so always for chi <= 1, by Poincare's inequality.
    """
    (scale,) = solve(Eq(gradient_gain(), chi), a)
    center = sign * sqrt(1 - scale**2 * V)
    return scale, center - scale * M1, center


def with_centre() -> tuple[Expr, Expr]:
    """Return (a, b) of Q(1) = 1 and C(0) = 0: y has the mean 0 and the variance 1."""
    scale = 1 / sqrt(V)
    return scale, -scale * M1


def dks_conditions() -> tuple[Eq, Eq]:
    """Return what is left of DKS's conditions for (s, t): on rho, and on chi.

    L plain layers have the network's slope zeta where each has chi = zeta^(1/L).
    """
    scale, shift = with_centre()
    chosen = {a: scale, b: shift}
    return (
        Eq(simplify(moment_slope().subs(chosen)), 1),
        Eq(gradient_gain().subs(chosen), zeta ** (1 / L)),
    )


def tat_conditions() -> tuple[Eq, Eq]:
    """Return what is left of TAT's conditions for (s, t): on rho, and on the curvature.

    With chi = 1 the curvatures of L plain layers add up to the network's kappa.
    """
    scale, _, _ = with_gain()
    return Eq(attracting_slope(), 1), Eq(curvature().subs(a, scale).subs(chi, 1), kappa / L)


def attracting_slope() -> Expr:
    """Return rho where chi = 1 and Q(1) = 1, for a sign of the mean."""
    scale, shift, _ = (part.subs(chi, 1) for part in with_gain())
    return simplify(moment_slope().subs({a: scale, b: shift}))


def escape(left: Expr, right: Expr) -> Expr:
    """Return the limit of Q(q)/q for q to infinity, by the slopes of f at both ends.

    Below 1, no second moment grows for ever.
    """
    return escape_slope(left, right).subs({tau: s**2})


def relu_steps() -> dict[str, Expr]:
    """Return the shaped ReLU of chi = 1 in closed form, by t.

    relu(s z + t) = s relu(z + t/s), so s = 1 loses nothing. S2 is P(u > 0) = Phi(t), whence
    a = Phi(t)^(-1/2). The second derivative is a delta where u = 0, and y = b there, so that
    rho = 1 + E[y y''] = 1 + a b p(t), p the normal density.
    """
    at = {m: t, v: 1}
    forms = [form.value.subs(at) for form in means(ACTIVATIONS["relu"]).closed_forms()]
    first, second, _, squared = map(simplify, forms)
    values = {M1: first, V: simplify(second - first**2), S2: squared, s: 1, chi: 1}
    scale, shift, center = (simplify(part.subs(values)) for part in with_gain())
    peak = density(t, m, v).subs({m: 0, v: 1})
    return {"a": scale, "b": shift, "mean": center, "rho": 1 + scale * shift * peak}


def leaky_relu_map() -> tuple[Expr, Expr]:
    """Return (a, C(c)) of the leaky ReLU without shifts, as TAT takes it: Q(q) = q and chi = 1.

    With the slope k, f = (1 + k) z/2 + (1 - k) abs(z)/2, and a^2 = 2/(1 + k^2). The terms of an
    odd and an even factor vanish, E[z1 z2] = c, and

        E abs(z1 z2) = 2 (sqrt(1 - c^2) + c asin(c))/pi.

    The published form (He et al. 2015; Cho and Saul 2009) has acos(c) = pi/2 - asin(c).
    """
    scale = sqrt(2 / (1 + slope**2))
    linear, even = (1 + slope) / 2, (1 - slope) / 2
    absolute = 2 * (sqrt(1 - c**2) + c * (pi / 2 - acos(c))) / pi
    return scale, scale**2 * (linear**2 * c + even**2 * absolute)


def leaky_relu_map_and_slopes() -> tuple[Expr, Expr, Expr]:
    """Return C(c) of the leaky ReLU without shifts, and its derivatives by c and by the slope."""
    _, mapped = leaky_relu_map()
    return mapped, simplify(diff(mapped, c)), simplify(diff(mapped, slope))


def decay_steps() -> tuple[tuple[Eq, Expr], tuple[Eq, Expr]]:
    """Return how d = 1 - c falls with the depth L where chi = 1: equations and their solutions.

    A smooth activation has C(1 - d) = 1 - d + C_2 d^2/2 + ... with C_2 = C''(1). A kink makes the
    curvature infinite and the next term k d^(3/2). To leading order for a large depth:

    * smooth: d' = -C_2 d^2/2, solved by 2/(C_2 L);
    * kinked: d' = -k d^(3/2), solved by 4/(k L)^2. The ReLU without shifts has
      k = 2 sqrt(2)/(3 pi), and so 44.41/L^2.
    """
    distance = Function("d")(L)
    curved, kinked = symbols("C_2 k", positive=True)
    slope_by_depth = Derivative(distance, L)
    return (
        (Eq(slope_by_depth, -curved * distance**2 / 2), 2 / (curved * L)),
        (Eq(slope_by_depth, -kinked * distance ** Rational(3, 2)), 4 / (kinked * L) ** 2),
    )
