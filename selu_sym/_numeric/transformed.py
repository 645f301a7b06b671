"""Scale and shift of an activation on plain numbers: balance, slopes and basins."""

from __future__ import annotations

import math

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric.activation_checks import is_inside
from selu_sym._numeric.catalogue import Source
from selu_sym._numeric.gaussian_means import Means, means
from selu_sym._numeric.validation import FloatArray, Values
from selu_sym._numeric.weights import Iid

RANGE = np.geomspace(1e-8, 1e8, 801)
"""Second moments, in units of the fixed point's, among which others are looked for."""

NEAR = np.geomspace(1e-5, 0.04, 40)
"""Distances from the fixed point, in the same units, where the map is looked at as well."""


def gap(source: Source, second_moment: float, model: Iid) -> tuple[float, Means]:
    """Return the square of the balanced mean, which must not be negative, and the means."""
    v = model.tau * second_moment + model.bias_variance
    found = means(source, 0.0, v, slopes=True)
    value = generated.activation_kernels.balance_gap(
        found.variance, found.derivative_second_moment, second_moment, model.tau
    )
    square = float(value)
    roundoff = generated.activation_kernels.MEANS_ROUNDOFF * second_moment
    return 0.0 if abs(square) < roundoff else square, found


def largest_bias_variance(source: Source, second_moment: float, tau: float) -> float:
    """Return the largest variance of biases with which balance exists."""
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    def value(bias_variance: float) -> float:
        return gap(source, second_moment, Iid(tau, bias_variance))[0]

    high = second_moment * tau
    while value(high) > 0 and high < generated.activation_kernels.LARGEST_INPUT_VARIANCE / 2:
        high *= 2
    return float(brentq(value, 0.0, high, xtol=1e-14, rtol=1e-14)) if value(high) < 0 else high


def roots(source: Source, second_moment: float, model: Iid) -> list[tuple[float, ...]]:
    """Return (slope, scale, shift, mean, variance) of both balanced fixed points.

    The one with the smaller absolute slope is first; of equal ones, that of positive mean.
    """
    _, found = gap(source, second_moment, model)
    v = model.tau * second_moment + model.bias_variance
    solutions = []
    kernels = generated.activation_kernels
    for sign in (1, -1):
        # what is 0 but for rounding may be below it
        least = kernels.least_second_moment(
            found.variance, found.derivative_second_moment, model.tau
        )
        total = max(second_moment, float(least))
        a, b, mean, spread = map(
            float,
            kernels.balance(
                found.mean, found.variance, found.derivative_second_moment, total, model.tau, sign
            ),
        )
        rho = float(kernels.second_moment_slope(found.R1, found.R2, a, mean, model.tau, v))
        solutions.append((rho, a, b, mean, spread))
    return sorted(solutions, key=lambda root: round(abs(root[0]), kernels.SLOPE_DIGITS))


def moments(source: Source, a: Values, b: Values, m: Values, v: Values) -> tuple[Values, Values]:
    """Return mean and variance of y = a f(z) + b for z ~ N(m, v)."""
    found = means(source, m, v)
    return generated.activation_kernels.transformed_moments(found.mean, found.variance, a, b)


def second_moments(source: Source, a: float, b: float, model: Iid, q: Values) -> Values:
    """Return E y^2 one layer after a second moment q."""
    v = model.tau * q + model.bias_variance
    mean, variance = moments(source, a, b, 0.0 * v, v)
    with np.errstate(over="ignore", invalid="ignore"):  # of a callable that grows fast
        return variance + np.square(mean)


def basin(
    source: Source, a: float, b: float, model: Iid, second_moment: float, slope: float
) -> tuple[float, float]:
    """Return between which second moments all come to the fixed point.

    It is looked for among :data:`RANGE` and :data:`NEAR`: the next other fixed points on both
    sides, 0 and infinity where there are none. That no moment between them leaves, and that none
    has the period two, is looked at, too. With the slope 1 moments may come to the fixed point from
    one side, and leave it on the other one: then it is an end itself.
    """
    if not -1 < slope < 1 + generated.activation_kernels.UNDECIDED_SLOPE:
        return second_moment, second_moment
    q = second_moment * np.unique(np.concatenate([RANGE[RANGE != 1], 1 - NEAR, 1 + NEAR]))
    q = q[is_inside(0.0, model.tau * q + model.bias_variance)]
    below, above = q[q < second_moment][::-1], q[q > second_moment]
    low = _reach(source, a, b, model, second_moment, below, 0.0)
    high = _reach(source, a, b, model, second_moment, above, math.inf)
    escapes = escape(source, a, model.tau) > 1 + generated.activation_kernels.MEANS_ROUNDOFF
    if math.isinf(high) and escapes:
        high = float(q[-1])
    if low == high:
        return low, high
    return _kept_inside(source, a, b, model, second_moment, (low, high))


def _reach(
    source: Source, a: float, b: float, model: Iid, fixed: float, q: FloatArray, end: float
) -> float:
    """Return how far second moments come nearer to the fixed point, of those on one side of it.

    They begin with the nearest one. Those next to it whose change is below the accuracy of the map
    say nothing; farther out such a one is an end.
    """
    mapped = np.asarray(second_moments(source, a, b, model, q))
    with np.errstate(invalid="ignore"):
        change = mapped - q
    # of the variance, and of the mean with its two terms; the shift is as accurate as the scale
    size = np.sqrt(mapped)
    accuracy = generated.activation_kernels.MEANS_ROUNDOFF * size * (size + abs(b) + fixed**0.5)
    decided = np.abs(change) > accuracy
    nearer = decided & ((change > 0) == (q < fixed))
    if not decided.any():
        return fixed
    first = int(np.argmax(decided))
    if not nearer[first]:
        return fixed
    others = np.flatnonzero(~nearer[first:])
    if not others.size:
        return end
    last = first + int(others[0])
    return _edge(source, a, b, model, float(q[last - 1]), float(q[last]))


def escape(source: Source, a: float, tau: float) -> float:
    """Return the limit of E y^2/q for large q."""
    return float(generated.activation_kernels.escape_slope(a, tau, *source.ends[2:]))


def _edge(source: Source, a: float, b: float, model: Iid, inside: float, outside: float) -> float:
    """Return the fixed point between two second moments."""
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    def change(q: float) -> float:
        return float(second_moments(source, a, b, model, q) - q)

    there, beyond = change(inside), change(outside)
    if not math.isfinite(beyond):
        return inside
    if beyond == 0 or (there > 0) == (beyond > 0):
        return outside
    return float(brentq(change, inside, outside, xtol=1e-300, rtol=1e-13))


def _kept_inside(
    source: Source, a: float, b: float, model: Iid, fixed: float, ends: tuple[float, float]
) -> tuple[float, float]:
    """Return the ends if no second moment between them is mapped outside, nearer ones else."""
    low, high = ends
    largest = fixed * RANGE[-1] if math.isinf(high) else high
    smallest = max(low, fixed * RANGE[0])
    q = np.geomspace(smallest, largest, 402)[1:-1]
    v = model.tau * q + model.bias_variance
    q = q[is_inside(0.0, v)]
    if not q.size:
        return ends
    mapped = second_moments(source, a, b, model, q)
    while True:  # nearer ends may let others leave
        leaves = (mapped > high) if low == 0 else (mapped <= low) | (mapped >= high)
        leaves &= (q > low) & (q < high)
        lower, upper = q[leaves & (q < fixed)], q[leaves & (q > fixed)]
        if not (lower.size or upper.size):
            return low, high
        low = float(lower[-1]) if lower.size else low
        high = float(upper[0]) if upper.size else high


def global_second_moment(source: Source, given: float, model: Iid) -> float:
    """Return the smallest second moment to which all others come, as balanced.

    Where f is linear far out, E y^2/q tends to tau a^2 (l^2 + r^2)/2 with the slopes l and r at
    both ends, and a^2 = 1/(tau S2): moments do not escape where S2 is at least (l^2 + r^2)/2.
    Where S2 comes to that from below, there is a smallest one; where it is so everywhere there is
    none, and the given one is returned.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - it takes long to load

    left, right = source.ends[2:]
    enough = (left**2 + right**2) / 2

    def excess(log_variance: Values) -> Values:
        v = np.exp(log_variance)
        return means(source, 0.0 * v, v).derivative_second_moment - enough

    kernels = generated.activation_kernels
    lowest = max(kernels.SMALLEST_INPUT_VARIANCE, model.bias_variance * (1 + 1e-9))
    variances = np.linspace(math.log(lowest), math.log(kernels.LARGEST_INPUT_VARIANCE / 2), 400)
    # of the ReLU it is 0 everywhere, but for a rounding
    there = np.asarray(excess(variances)) >= -kernels.MEANS_ROUNDOFF * enough
    for index in np.flatnonzero(there[1:] & ~there[:-1]):
        ends = variances[index], variances[index + 1]
        # a rounding above the border, so that nothing escapes
        v = math.exp(brentq(lambda x: float(excess(x)), *ends, xtol=1e-15)) * (1 + 4e-15)
        border = (v - model.bias_variance) / model.tau
        if _attracts_all(source, border, model):
            return border
    if _attracts_all(source, given, model):
        return given
    raise ValueError(
        f"basin must be left out for {source.name!r}: at no second moment do all others come to "
        "the balanced fixed point, for those far above it grow"
    )


def _attracts_all(source: Source, second_moment: float, model: Iid) -> bool:
    """Return whether all second moments come to a balanced one."""
    if gap(source, second_moment, model)[0] < 0:
        return False
    slope, a, b, *_ = roots(source, second_moment, model)[0]
    low, high = basin(source, a, b, model, second_moment, slope)
    return low == 0 and math.isinf(high)


def spectral_radius(jacobian: FloatArray) -> float:
    """Return the largest absolute eigenvalue."""
    return float(np.max(np.abs(np.linalg.eigvals(jacobian))))
