"""What users call for shaped activations with proved digits; :mod:`selu_sym.precise` exports it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, cast

import flint

from selu_sym._exact.arb import ball, ends, rational, working_precision
from selu_sym._exact.gains import ProvedNumber, proved
from selu_sym._exact.numbers import Exact, checked_digits, exact
from selu_sym._exact.projections import Function
from selu_sym._exact.shaping import (
    BoxOf,
    Layer,
    NotProved,
    Problem,
    Solution,
    Unknown,
    solve,
)
from selu_sym._generated import arb_kernels
from selu_sym._numeric import catalogue, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.shaping import is_homogeneous
from selu_sym._numeric.weights import Weights
from selu_sym._shaping import LARGEST_CORRELATION
from selu_sym._shaping import shape_for_depth as in_float64
from selu_sym._transformed import TransformedActivation

arb = flint.arb

Conditions: TypeAlias = Literal["attracting", "dks", "tat"]

Five: TypeAlias = tuple[ProvedNumber, ProvedNumber, ProvedNumber, ProvedNumber, ProvedNumber]

NAMES = {"s": "input_scale", "t": "input_shift"}


@dataclass(frozen=True, repr=False)
class PreciseShape:
    """An activation y = scale * f(input_scale * x + input_shift) + shift with proved digits.

    ``str`` shows the digits.

    Attributes
    ----------
    activation : str
        The activation f.
    param : tuple of ProvedNumber or Fraction
        Its parameters as they were given. For "leaky_relu" and ``conditions="tat"`` the slope that
        was found.
    input_scale, input_shift, scale, shift : ProvedNumber
        The four numbers.
    second_moment_slope : ProvedNumber
        rho, the slope of the map of second moments at 1.
    conditions : "attracting", "dks" or "tat"
        What they hold.
    given : tuple of str
        Which of the four numbers were taken at the exact value of a float64: a solution is proved
        for that number.
    box : dict
        An interval, as two fractions, of each unknown. In this box there is one solution and no
        other, for what is given.
    digits : int
        Significant decimal digits that are proved.
    """

    activation: str
    param: tuple[ProvedNumber | Fraction, ...]
    input_scale: ProvedNumber
    input_shift: ProvedNumber
    scale: ProvedNumber
    shift: ProvedNumber
    second_moment_slope: ProvedNumber
    conditions: Conditions
    given: tuple[str, ...]
    box: BoxOf
    digits: int

    def __str__(self) -> str:
        rows = [("activation", self.activation)]
        if self.param and isinstance(self.param[0], ProvedNumber):
            rows.append(("param", str(self.param[0])))
        for name in ("input_scale", "input_shift", "scale", "shift", "second_moment_slope"):
            note = " (given)" if name in self.given else ""
            rows.append((name.replace("_", " "), f"{getattr(self, name)}{note}"))
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    __repr__ = __str__


def shape_for_depth(
    activation: str,
    depth: int,
    *,
    conditions: Conditions = "attracting",
    correlation: Exact = "0.8",
    slope: Exact | None = None,
    basin: Literal["global"] | tuple[float, float] = "global",
    network_slope: Exact = "1.5",
    curvature: Exact = "0.3",
    weights: Weights = "iid",
    param: Exact | tuple[Exact, ...] | None = None,
    digits: int = 50,
) -> PreciseShape:
    r"""Return an activation that is shaped for a depth, to a number of proved digits.

    .. math:: y = a f(s z + t) + b, \qquad E[y^2] = 1

    as :func:`selu_sym.shape_for_depth` finds it. An interval Newton step (Krawczyk's) on balls
    proves that a solution exists, and that a box around it holds no other.

    Parameters
    ----------
    activation : str
        A name of :func:`selu_sym.list_activations`: a smooth activation, or one whose pieces are
        polynomials and exponentials.
    depth : int
        Number of plain layers; no functions.
    conditions : "attracting", "dks" or "tat"
        As of :func:`selu_sym.shape_for_depth`.
    correlation, slope, network_slope, curvature : Exact
        As of :func:`selu_sym.shape_for_depth`, at their exact values.
    basin : "global" or (low, high)
        As of :func:`selu_sym.shape_for_depth`. It is not proved here: see
        :func:`selu_sym.certify.basin`.
    weights
        A model of independent weights.
    param : Exact, or a tuple of them
        The activation's parameters.
    digits : int
        Significant decimal digits.

    Returns
    -------
    PreciseShape

    Raises
    ------
    ValueError, TypeError
        As :func:`selu_sym.shape_for_depth`; if the activation is not of the kind above.
    ArithmeticError
        If no solution is proved, or the digits take a series of more than 1,500 terms, as with a
        kink for correlations above 0.9.

    Notes
    -----
    For "attracting" without a slope, the smallest slope over the shift t of the input is so flat
    that t is known to seven digits. So t is taken at the exact value that float64 found, as the
    attribute ``given`` says, and s, a and b that follow from it are proved. The ReLU and the leaky
    ReLU have no such freedom: their s is 1 (as the unit of the net input's deviation), and t is
    proved.

    Source: ``derivations.shaping``; R. Krawczyk, *Newton-Algorithmen zur Bestimmung von Nullstellen
    mit Fehlerschranken*, 1969.

    Examples
    --------
    >>> from selu_sym import precise
    >>> print(precise.shape_for_depth("relu", 48, digits=30))
    activation           relu
    input scale          1.00000000000000000000000000000 (given)
    input shift          1.50294127246000276776446074782
    scale                1.03496551769348323803966286504
    shift                -1.80419091175417102761763031908
    second moment slope  0.759220671554039754316762452182
    """
    checked_digits(digits)
    if not isinstance(activation, str):
        raise TypeError(
            f"activation must be a name of selu_sym.list_activations(), got {activation!r}: of a "
            "function no digits can be proved; use selu_sym.shape_for_depth"
        )
    if callable(depth):
        raise TypeError(
            "depth must be a number of plain layers: of a network that is a function no digits are "
            "proved; use selu_sym.shape_for_depth"
        )
    layers = validation.count("depth", depth)
    bits = digits * 3322 // 1000 + 8
    target = exact("correlation", correlation)
    if not 0 < target < LARGEST_CORRELATION:
        raise ValueError(
            f"correlation must be between 0 and {LARGEST_CORRELATION:g}, got {correlation!r}"
        )
    given = () if param is None else param if isinstance(param, tuple) else (param,)
    numbers = tuple(exact("param", value) for value in given)
    growth, bend = exact("network_slope", network_slope), exact("curvature", curvature)
    found = in_float64(
        activation,
        layers,
        conditions=conditions,
        correlation=float(target),
        slope=None if slope is None else float(exact("slope", slope)),
        basin=basin,
        network_slope=float(growth),
        curvature=float(bend),
        weights=weights,
        param=tuple(map(float, numbers)) or None,
    )
    model = weight_models.independent(found.weights)
    tau, biases = Fraction(model.tau), Fraction(model.bias_variance)
    try:
        if conditions == "tat" and activation == "leaky_relu":
            return _leaky(found, layers, target, tau, biases, digits, bits)
        source = catalogue.source(activation, tuple(map(float, numbers)) or None)
        function = Function(source, numbers or None)
        _require_supported(function, activation)
        aims = target, None if slope is None else exact("slope", slope), growth, bend
        problem = _problem(function, found, conditions, layers, aims, (tau, biases))
        start: dict[Unknown, Fraction] = {
            "s": Fraction(found.input_scale * math.sqrt(tau + biases)),
            "t": Fraction(found.input_shift),
        }
        if problem.unknowns == ("t",):
            start["s"] = Fraction(1)
        solution = solve(problem, start, bits)
    except NotProved as error:
        raise ArithmeticError(f"{digits} digits of {activation!r}: {error}") from None
    return _result(found, numbers, conditions, problem.unknowns, solution, tau + biases, digits)


def _require_supported(function: Function, activation: str) -> None:
    if not function.is_supported():
        raise ValueError(
            "activation must be smooth, or of pieces that are polynomials and exponentials, got "
            f"{activation!r}"
        )


def _problem(
    function: Function,
    found: TransformedActivation,
    conditions: Conditions,
    depth: int,
    aims: tuple[Fraction, Fraction | None, Fraction, Fraction],
    weights: tuple[Fraction, Fraction],
) -> Problem:
    """Return what is to be solved, for (tau, beta).

    The aims are (correlation, slope, network slope, curvature).
    """
    target, slope, growth, bend = aims
    tau, biases = weights
    aim = rational(target)
    unknowns: tuple[Unknown, ...] = ("s", "t")
    residuals: Callable[[Layer], tuple[flint.arb_series, ...]]
    if conditions == "dks":

        def residuals(layer: Layer) -> tuple[flint.arb_series, ...]:
            root = (arb(rational(growth)).log() / depth).exp()
            return layer.gain - root, layer.slope - 1

    elif conditions == "tat":

        def residuals(layer: Layer) -> tuple[flint.arb_series, ...]:
            return layer.curvature - arb(rational(bend / depth)), layer.slope - 1

    elif slope is not None and not is_homogeneous(function.source):
        wanted = rational(slope)

        def residuals(layer: Layer) -> tuple[flint.arb_series, ...]:
            return layer.correlation - arb(aim), layer.slope - arb(wanted)

    else:
        unknowns = ("t",) if is_homogeneous(function.source) else ("s",)

        def residuals(layer: Layer) -> tuple[flint.arb_series, ...]:
            return (layer.correlation - arb(aim),)

    return Problem(
        function,
        tau / (tau + biases),
        depth if conditions == "attracting" else 0,
        conditions == "dks",
        1 if found.mean > 0 else -1,
        float(target) + min(0.01, (1 - float(target)) / 4),
        unknowns,
        residuals,
        conditions == "tat",
    )


def _result(
    found: TransformedActivation,
    numbers: tuple[Fraction, ...],
    conditions: Conditions,
    unknowns: tuple[Unknown, ...],
    solution: Solution,
    net_variance: Fraction,
    digits: int,
) -> PreciseShape:
    with working_precision(digits * 4 + 64):
        root = ball(net_variance).sqrt()
        s = solution.s / root
        box = {
            NAMES[name]: side if name == "t" else _over(side, root)
            for name, side in solution.box.items()
        }
        shown = tuple(
            proved(x, digits) for x in (s, solution.t, solution.a, solution.b, solution.slope)
        )
    return PreciseShape(
        found.source.name,
        numbers or tuple(map(Fraction, found.param)),
        *cast("Five", shown),
        conditions,
        tuple(NAMES[name] for name in ("s", "t") if name not in unknowns),
        box,
        digits,
    )


def _over(side: tuple[Fraction, Fraction], root: flint.arb) -> tuple[Fraction, Fraction]:
    """Return an interval divided by a number, rounded inwards."""
    low, high = (ends(ball(end) / root) for end in side)
    return low[1], high[0]


def _leaky(
    found: TransformedActivation,
    depth: int,
    target: Fraction,
    tau: Fraction,
    biases: Fraction,
    digits: int,
    bits: int,
) -> PreciseShape:
    """Return the leaky ReLU that takes 0 to a correlation, with its slope proved.

    Its map of correlations does not depend on the share of the weights in the net input.
    """
    x, box = Fraction(found.param[0]), None
    radius = Fraction(1, 2**10)
    with working_precision(bits + 96):
        for _ in range(60):
            value, change = _through(ball(x), depth)
            step = -(value - ball(target)) / change
            y = x + ends(step.mid())[0]
            _, over = _through(ball(x) + arb(0, ball(radius).upper()), depth)
            inside = step + (1 - over / change.mid()) * arb(0, ball(radius).upper())
            if abs(inside) < ball(radius):
                box = box or {"param": (x - radius, x + radius)}
                slope = ball(x) + inside
                if slope.rel_accuracy_bits() > bits + 16:
                    break
                x, radius = y, radius / 2**16 if radius > Fraction(1, 2 ** (bits + 60)) else radius
            else:
                radius /= 4
        else:
            raise NotProved("a Krawczyk step failed")
        share = arb(rational(tau / (tau + biases)))
        a = (2 / (share * (1 + slope**2))).sqrt()
        mean_of_f = (1 - slope) / (2 * arb.pi()).sqrt()
        variance = (1 + slope**2) / 2 - mean_of_f**2
        mean = (1 - a * a * variance).sqrt() if biases else a * mean_of_f
        shift = mean - a * mean_of_f if biases else arb(0)
        # E[z y y'] = a^2 E[z f f'] + a b E[z f'], with E[z f'] = (1 - slope)/sqrt(2 pi)
        rho = share * (a * a * (1 + slope**2) / 2 + a * shift * mean_of_f)
        net = ball(tau + biases).sqrt()
        shown = tuple(proved(x, digits) for x in (1 / net, arb(0), a, shift, rho))
        return PreciseShape(
            "leaky_relu",
            (proved(slope, digits),),
            *cast("Five", shown),
            "tat",
            ("input_scale", "input_shift"),
            box,
            digits,
        )


def _through(slope: flint.arb, depth: int) -> tuple[flint.arb, flint.arb]:
    """Return what a network makes of the correlation 0, and the derivative by the slope."""
    c, change = arb(0), arb(0)
    for _ in range(depth):
        c, by_c, by_slope = arb_kernels.leaky_relu_map_and_slopes(slope, c)
        change = by_c * change + by_slope
    return c, change
