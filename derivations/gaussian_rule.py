r"""One rule for the Gaussian means of any activation.

The integrals of :mod:`derivations.means` are sums over pieces, and each piece is integrated over
panels by Gauss-Legendre rules, for z ~ N(m, v) and s = sqrt(v):

* **Which part counts** (:func:`limits`). At the distance d s from m, the point of the piece next to
  m has the density e^(-d^2/2) times the largest. At the distance s sqrt(d^2 + R^2) the density is
  e^(-R^2/2) times that: integrals over the piece end there, and what is exponentially small is
  relatively exact, too.
* **A polynomial** times the density has the scale s, and takes one panel (:func:`flat_node`).
* **Any other piece** has two scales, s and the activation's own width h about 0. Within
  :data:`INNER` deviations of 0, in the variable w of z = c sinh(w), c = s h/(s + h), both are of
  the order 1 (:func:`curved_node`). Beyond, there is only s. Where s is small
  (:func:`needs_flat_panel`) it takes one flat panel.

**Pairs** of net inputs take two integrals, one within the other. The outer integrand bends at the
kinks: between them it takes the double exponential rule of H. Takahasi and M. Mori (1974), whose
nodes accumulate at both ends (:func:`double_exponential_node`).

The variance is the mean of (f - M1)^2, and how moments change with m and v needs no second
derivatives (:func:`derivations.transformed.second_moment_slope`).
"""

from __future__ import annotations

from sympy import Expr, Integer, Max, Min, Rational, Symbol, cosh, diff, exp, pi, sinh, sqrt, tanh

from derivations.formula import Steps
from derivations.quadrature import unit_rule
from derivations.symbols import m, v, z

DEVIATIONS_INTEGRATED = Rational(19, 2)
"""R: e^(-R^2/2) is 3e-20."""

INNER = Integer(2)
"""Deviations about 0 within which the activation's width counts."""

FLAT_NODES = 52
"""Nodes of a panel that has the scale s alone."""

CURVED_NODES = 56
"""Nodes of a panel that has both scales."""

FLAT_BELOW = Rational(1, 5)
"""s, in widths, below which there are no curved panels."""

SATURATED_FROM = Integer(4)
"""Deviations of m from 0 from which on the variance is that of f less its limit."""

SMALLEST_INPUT_VARIANCE = Rational(1, 10**12)
"""Smallest variance of a net input for which means are computed."""

LARGEST_INPUT_VARIANCE = Integer(10**8)
"""The largest one."""

MOST_DEVIATIONS = Integer(30)
"""Deviations of a net input's mean from 0 up to which means are computed."""

LAST_STEP = Rational(33, 10)
"""The t of the double exponential rule's last node, about as far as float64 tells it from 1."""

u = Symbol("u", positive=True)
"""Where in a panel a node is, between 0 and 1."""

low, high = Symbol("low", real=True), Symbol("high", real=True)
"""The ends of a piece, or of a panel."""

width = Symbol("h", positive=True)
"""The width of the activation."""

s = Symbol("s", positive=True)
"""sqrt(v)."""


def limits() -> Steps:
    """Return between which ends a piece is integrated."""
    nearest, reach = Symbol("p", real=True), Symbol("r", positive=True)
    return Steps(
        (
            (nearest, Min(Max(m, low), high)),
            (reach, sqrt((nearest - m) ** 2 + DEVIATIONS_INTEGRATED**2 * v)),
        ),
        (Max(low, m - reach), Min(high, m + reach)),
    )


def flat_node() -> Steps:
    """Return a node z of a panel, and dz/du."""
    length = Symbol("dz", real=True)
    return Steps(((length, high - low),), (low + length * u, length))


def weight() -> Steps:
    """Return the density at a node."""
    factor, x = Symbol("k", positive=True), Symbol("x", real=True)
    return Steps(
        ((factor, 1 / sqrt(2 * v)), (x, (z - m) * factor)),
        (factor / sqrt(pi) * exp(-(x**2)),),
    )


def inner() -> Expr:
    """Return how far from 0 the curved panels reach."""
    return INNER * sqrt(v)


def curve_factor() -> Steps:
    """Return the c of z = c sinh(w)."""
    return Steps(((s, sqrt(v)),), (s * width / (s + width),))


c = Symbol("c", positive=True)
"""The factor of the curved panels' variable."""


def curved_node() -> Steps:
    """Return a node z of a panel whose ends are in the variable w, and dz/du."""
    length, w = Symbol("dz", real=True), Symbol("w", real=True)
    return Steps(
        ((length, c * (high - low)), (w, low + (high - low) * u)),
        (c * sinh(w), length * cosh(w)),
    )


def needs_flat_panel() -> Expr:
    """Return where s is so small that one flat panel takes both sides of 0.

    Within 9.5 deviations the next singularity is then far, in units of the panel.
    """
    return s <= FLAT_BELOW * Min(width, 1)


t = Symbol("t", real=True)
"""The variable in which the nodes of the double exponential rule are evenly spaced."""


def double_exponential_node() -> Steps:
    """Return a node x = tanh(pi/2 sinh(t)) between -1 and 1, and dx/dt."""
    y = Symbol("y", real=True)
    argument = pi / 2 * sinh(t)
    # 1/cosh^2, the derivative of tanh, as 1 - tanh^2 cancels
    return Steps(((y, argument),), (tanh(y), diff(argument, t) / cosh(y) ** 2))


def flat_rule() -> tuple[Expr, ...]:
    """Return the nodes of the flat panels between 0 and 1, then their weights."""
    return unit_rule(FLAT_NODES)


def curved_rule() -> tuple[Expr, ...]:
    """Return the nodes of the curved panels between 0 and 1, then their weights."""
    return unit_rule(CURVED_NODES)
