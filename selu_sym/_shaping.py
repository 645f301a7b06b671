"""Activations that are shaped for a network's depth: what users call."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

import numpy as np

from selu_sym._numeric import shaping, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.activation_checks import (
    checked_error,
    require_continuous,
    require_means,
)
from selu_sym._numeric.callables import ActivationLike, Function, source_of
from selu_sym._numeric.gaussian_means import means
from selu_sym._numeric.shaping import Family, Layer, Network, Shapes
from selu_sym._numeric.weights import Weights
from selu_sym._transformed import TransformedActivation

__all__ = ["shape_for_depth"]

Conditions: TypeAlias = Literal["attracting", "dks", "tat"]

Depth: TypeAlias = int | Callable[[Callable[[float], float]], float]
"""Plain layers, or a function of one layer's map r that returns what the network makes of 0."""

LARGEST_CORRELATION = 0.98
"""That a network may be asked to make of 0: beyond, the series of kinks take too many terms."""

CORRELATIONS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Those that a message may advise."""

SMALLER_BASIN = (0.1, 10.0)
"""The same of the basin."""

LEAKY_PATH = np.linspace(-1 + 1e-9, 0.0, 20)
"""Negative slopes of a leaky ReLU, from the linear one on."""

EVERYTHING = (1e-6, 1e6)
"""The second moments that ``basin="global"`` stands for, where a bound far out holds beyond."""


def shape_for_depth(
    activation: ActivationLike,
    depth: Depth,
    *,
    conditions: Conditions = "attracting",
    correlation: float = 0.8,
    slope: float | None = None,
    basin: Literal["global"] | tuple[float, float] = "global",
    network_slope: float = 1.5,
    curvature: float = 0.3,
    weights: Weights = "iid",
    param: float | tuple[float, ...] | None = None,
    kinks: Iterable[float] = (),
    derivative: Function | None = None,
) -> TransformedActivation[float]:
    r"""Return an activation with scale and shift, of the input too, for a network of a depth.

    .. math:: y = a f(s z + t) + b, \qquad E[y^2] = 1

    for the net input z ~ N(0, tau + beta) that follows from the second moment 1. Let Q be the map
    of second moments from layer to layer, with the slope rho at 1, and C the map of correlations,
    with the slope chi at 1 (the gradient gain). The conditions are one of

    * ``"attracting"``: chi = 1, the network takes the correlation 0 to the given one, and abs(rho)
      is the smallest with which all second moments of the basin come to 1;
    * ``"dks"`` (deep kernel shaping): rho = 1, C(0) = 0, and the network's slope at 1 as given;
    * ``"tat"`` (tailored activations): rho = 1, chi = 1, and the network's curvature at 1 as given;
      for ``"leaky_relu"`` without a param the slope with which the network takes 0 to the given
      correlation.

    Parameters
    ----------
    activation : str or callable
        As of :func:`activation_moments`.
    depth : int or callable
        Number of plain layers. Or a function ``net(r)`` that returns what the network makes of 0,
        given what one layer makes of a number, r: for residual branches and the like.
    conditions : "attracting", "dks" or "tat"
        What is asked for.
    correlation : float
        Correlation between 0 and 0.98 that the network makes of 0 (attracting).
    slope : float, optional
        Prescribes rho in place of the smallest (attracting).
    basin : "global" or (low, high)
        Second moments that must come to 1 (attracting). "global" are those from 1e-6 to 1e6, and
        all beyond by the slopes of f far out.
    network_slope : float
        The network's slope at 1, above 1 (dks).
    curvature : float
        The network's curvature at 1, above 0 (tat).
    weights
        A model of independent weights, as in :func:`selu_parameters`. Convolutions want
        delta-orthogonal ones.
    param, kinks, derivative
        As of :func:`activation_moments`.

    Returns
    -------
    TransformedActivation
        With ``input_scale`` s/sqrt(tau + beta), ``input_shift`` t, ``scale`` a and ``shift`` b.
        :func:`gradient_gain` and :func:`stability` say chi and rho of it.

    Raises
    ------
    ValueError
        As :func:`activation_moments`. If an argument is out of its range, the activation jumps, the
        weights have given sums, or no layer holds the conditions; for "tat", if the activation has
        a kink, which makes the curvature infinite.

    Warns
    -----
    UserWarning
        As :func:`activation_moments`, of a callable. If the smallest slope is not attained: for few
        layers, a softplus, ELU or SELU comes the nearer to it the larger s is, for then it looks
        like a ReLU. The s at the border is taken.

    Notes
    -----
    Accuracy: the conditions hold to 1e-12. The smallest rho is looked for among s from 0.003 to 30
    and t from -8 to 8. There rho hardly depends on t, so t and what follows from it have 6 digits.
    The basin is computed on a grid of second moments, not proved: each comes nearer to 1, by 0.01
    percent at least. Where the smallest rho does not hold that, the last t on the way to it is
    taken that does, to 1e-7.

    Which correlation: a smaller one keeps inputs further apart. With momentum, 100 layers learn
    digits better with 0.4 than with the default, by 0.013 to 0.067 (GELU) and 0.013 to 0.016 (ReLU)
    in pairs of three seeds, and 200 layers of GELU by 0.20 to 0.44. With Adam two of three pairs
    say so; on breast cancer, and with 200 layers of ReLU, three seeds give no order (notebook 15).

    A few layers make inputs alike by large steps alone. A ReLU attracts from everywhere for t > 0
    only, and then makes less of 0 than He's ReLU does in as many layers: 0.7772 in 6, 0.8091 in 7.
    So the default takes 7 layers, also with GELU. The error's message says which correlation has a
    solution.

    Source: ``derivations.shaping``; J. Martens et al. 2021, arXiv 2110.01765 (dks); G. Zhang,
    A. Botev, J. Martens 2022, arXiv 2203.08120 (tat). The attracting conditions are new.

    Examples
    --------
    >>> q = shape_for_depth("relu", 48)
    >>> print(f"{q.scale:.5f} relu({q.input_scale:g} z + {q.input_shift:.5f}) {q.shift:+.5f}")
    1.03497 relu(1 z + 1.50294) -1.80419
    """
    network = _network(depth)
    model = weight_models.independent(weight_models.checked(weights))
    net_variance = model.tau + model.bias_variance
    share = model.tau / net_variance
    found: Layer | None
    source = source_of(activation, param, kinks, derivative)
    leaky = source.name == "leaky_relu" and not source.calculated
    if conditions == "tat" and leaky and param is None:
        target = _between("correlation", correlation, 0.0, LARGEST_CORRELATION)
        shapes, found = _leaky(_leaky_slope(network, target, share), share)
        source = shapes.source
    else:
        require_continuous(source)
        if source.calculated:
            require_means(source, 0.0, 1.0, means(source, 0.0, 1.0))
        shapes = Shapes(source, share)
        if conditions == "attracting":
            found = _attracting(shapes, depth, correlation, slope, basin)
        elif conditions == "dks":
            found = _dks(shapes, network, network_slope)
        elif conditions == "tat":
            found = _tat(shapes, network, curvature)
        else:
            raise ValueError(f"conditions must be 'attracting', 'dks' or 'tat', got {conditions!r}")
    if found is None:
        if conditions == "attracting":
            advice = _advice(shapes, depth, correlation, slope, basin)
        else:
            other = "conditions='attracting' with "
            advice = _advice(shapes, depth, LARGEST_CORRELATION, None, "global", other)
        raise ValueError(
            f"no a f(s z + t) + b of {source.name!r} holds the conditions {conditions!r} for this "
            f"depth: {advice}"
        )
    s = found.s / math.sqrt(net_variance)
    named = source.name if isinstance(activation, str) else activation
    inner = source.with_input(s, found.t)
    if source.calculated:
        checked_error(inner, 0.0, net_variance, means(inner, 0.0, net_variance))
    mean, variance = found.mean, 1 - found.mean**2
    return TransformedActivation(
        named,
        source.parameters,
        *(s, found.t, found.a, found.b, mean, variance),
        weight_models.checked(weights),
        inner,
    )


def _attracting(
    shapes: Shapes,
    depth: Depth,
    correlation: float,
    slope: float | None,
    basin: Literal["global"] | tuple[float, float],
) -> Layer | None:
    """Return the layer of gain 1 for a correlation, with the smallest or a given slope."""
    family, repulsion = _attraction(shapes, depth, correlation, basin)
    if slope is None:
        found = shaping.smallest_slope(family, repulsion)
        if found is not None and shaping.is_at_the_border(found):
            warnings.warn(
                f"the smallest slope of {shapes.source.name!r} is not attained: beyond the input "
                f"scale {found.s:.4g} and the input shift {found.t:.4g} it falls on, towards that "
                "of the two straight lines that the activation looks like from far; 'relu' or a "
                "'leaky_relu' has it",
                UserWarning,
                stacklevel=3,
            )
        return found
    wanted = _between("slope", slope, -1.0, 1.0)
    return _first(one for one in family.crossings(lambda q: q.slope - wanted) if repulsion(one) < 0)


def _attraction(
    shapes: Shapes,
    depth: Depth,
    correlation: float,
    basin: Literal["global"] | tuple[float, float],
) -> tuple[Family, Callable[[Layer], float]]:
    """Return the layers of gain 1 for a correlation, and what is below 0 where they attract."""
    target = _between("correlation", correlation, 0.0, LARGEST_CORRELATION)
    low, high = _basin(basin)
    network = _network(depth)

    def excess(layer: Layer) -> float:
        return min(network(shapes.correlations(layer, target)), 1.0) - target

    def rough_excess(layer: Layer) -> float:
        assert isinstance(depth, int)
        layers = shaping.layers_to(target, shapes.correlations(layer, target))
        return math.log(depth / min(layers, 1e300))

    def repulsion(layer: Layer) -> float:
        far = _growth_far_out(shapes, layer) if basin == "global" else 0.0
        return max(shapes.repulsion(layer, low, high), far - 1 + shaping.SHORTENED_BY)

    long = isinstance(depth, int) and depth > shaping.LONG
    free = shaping.is_homogeneous(shapes.source)
    empty = basin == "global" and shapes.always_grows()
    return Family(shapes.with_gain, excess, rough_excess if long else None, free, empty), repulsion


def _advice(
    shapes: Shapes,
    depth: Depth,
    correlation: float,
    slope: float | None,
    basin: Literal["global"] | tuple[float, float],
    prefix: str = "",
) -> str:
    """Return which attracting layers there are instead, for the end of a message."""

    def smallest(number: float, basin: Literal["global"] | tuple[float, float]) -> Layer | None:
        return shaping.smallest_slope_of_grid(*_attraction(shapes, depth, number, basin))

    if slope is not None and (found := smallest(correlation, basin)) is not None:
        return f"the smallest slope that attracts is {found.slope:.3g}: leave slope out to take it"
    lower = [number for number in CORRELATIONS if number < correlation]
    # the largest one and, if the smallest one has a solution, those between
    if lower and smallest(lower[-1], basin) is not None:
        return f"{prefix}correlation={lower[-1]:g} has a solution"
    if len(lower) > 1 and smallest(lower[0], basin) is not None:
        between = (number for number in lower[-2::-1] if smallest(number, basin) is not None)
        return f"{prefix}correlation={next(between):g} has a solution"
    if lower and basin == "global" and smallest(lower[0], SMALLER_BASIN) is not None:
        return f"{prefix}correlation={lower[0]:g} and basin={SMALLER_BASIN} has a solution"
    return "take another activation, or another depth"


def _growth_far_out(shapes: Shapes, layer: Layer) -> float:
    """Return what large second moments are multiplied by, from the slopes of f at both ends."""
    left, right = shapes.source.ends[2:]
    growth = shapes.share * (layer.a * layer.s) ** 2 * (left**2 + right**2) / 2
    return 0.0 if math.isnan(growth) else growth


def _dks(shapes: Shapes, network: Network, network_slope: float) -> Layer | None:
    """Return the layer of mean 0 and slope 1, with the gain that makes the network's slope."""
    wanted = _between("network_slope", network_slope, 1.0, math.inf) - 1
    # slopes less 1, from 0 on: they multiply in a row, and are averaged where branches meet
    gain = shaping.layer_value(network, lambda p: lambda x: x + p * (1 + x), wanted)
    if gain is None:
        return None
    family = Family(shapes.with_mean_0, lambda layer: layer.gain - 1 - gain)
    return _first(family.crossings(lambda layer: layer.slope - 1))


def _tat(shapes: Shapes, network: Network, curvature: float) -> Layer | None:
    """Return the layer of gain 1 and slope 1, with the curvature that makes the network's."""
    wanted = _between("curvature", curvature, 0.0, math.inf)
    if any(shapes.source.kinks()):
        raise ValueError(
            f"activation must be smooth for 'tat', got {shapes.source.name!r}, whose kink makes "
            "the curvature infinite: use 'attracting', or 'leaky_relu' without a param"
        )
    own = shaping.layer_value(network, lambda p: lambda x: x + p, wanted)
    if own is None:
        return None
    family = Family(shapes.with_gain, lambda layer: shapes.curvature(layer) - own)
    return _first(family.crossings(lambda layer: layer.slope - 1))


def _leaky_slope(network: Network, target: float, share: float) -> float:
    """Return the slope of a leaky ReLU whose network takes the correlation 0 to a target."""

    def excess(x: float) -> float:
        shapes, layer = _leaky(-x, share)
        return network(shapes.correlations(layer, target)) - target

    found = shaping.crossing(excess, LEAKY_PATH)
    if found is None:
        raise ValueError(
            f"correlation must be one that a leaky ReLU's network makes of 0, got {target!r}: with "
            "the slope 1 it keeps 0, and with the slope 0 it makes the most of it"
        )
    return -found


def _leaky(slope: float, share: float) -> tuple[Shapes, Layer]:
    """Return a leaky ReLU of gain 1 without shifts, which keeps each second moment."""
    shapes = Shapes(source_of("leaky_relu", slope, (), None), share)
    layer = shapes.with_gain(1.0, 0.0, 1)
    assert layer is not None  # its gain is (1 + slope^2)/2 a^2
    return shapes, layer


def _network(depth: Depth) -> Network:
    if callable(depth):
        return lambda layer: float(depth(layer))
    return shaping.plain(validation.count("depth", depth))


def _basin(basin: Literal["global"] | tuple[float, float]) -> tuple[float, float]:
    if basin == "global":
        return EVERYTHING
    if isinstance(basin, tuple) and len(basin) == 2:
        low, high = (float(validation.positive("basin", end)) for end in basin)
        if low < 1 < high:
            return low, high
    raise ValueError(f"basin must be 'global' or (low, high) with low < 1 < high, got {basin!r}")


def _between(name: str, value: float, low: float, high: float) -> float:
    number = validation.finite(name, value)
    if not (isinstance(number, float) and low < number < high):
        raise ValueError(f"{name} must be between {low:g} and {high:g}, got {value!r}")
    return number


def _first(layers: Iterable[Layer | None]) -> Layer | None:
    return next((layer for layer in layers if layer is not None), None)
