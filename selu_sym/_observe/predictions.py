"""What the outputs of activations should be: predictions from the network's input."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from selu_sym import _generated as generated
from selu_sym._numeric import transformed
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.validation import FloatArray, Values
from selu_sym._numeric.weights import Iid
from selu_sym._observe.functions import LARGEST, SMALLEST
from selu_sym._observe.steps import ACTIVATIONS, FixedPoint, Kind, Prediction, Step
from selu_sym._propagation import Propagation, gradient_gain, propagate
from selu_sym._selu import SeluParameters
from selu_sym._stability import moment_map
from selu_sym._transformed import FIELDS, TransformedActivation

TINY_SECOND_MOMENT = 1e-30
"""Stands for the second moment of an example that is all zeros."""

SLOPE_STEP = 1e-3
"""Relative step by which the map of second moments is differentiated."""

NO_GAIN: tuple[Kind, ...] = ("normalization", "pooling", "sum", "join", "other")
"""Steps whose factor of gradients is not predicted."""


def predict(steps: list[Step]) -> None:
    """Set ``predicted`` of the activations.

    Each example has a second moment of its own at the input, which is followed from activation to
    activation. An activation with a fixed point is predicted for the weights that it assumes; any
    other one for the weights that the layer before it has.
    """
    longest = sum(step.kind in ACTIVATIONS for step in steps)

    found: dict[tuple[object, ...], Propagation] = {}

    def bands(p: FixedPoint, units: int) -> Propagation:
        """Return the deviations of all layers, computed once for layers of equal activations."""
        numbers = (
            [getattr(p, name) for name in FIELDS] if isinstance(p, TransformedActivation) else [p]
        )
        key = (*numbers, units)
        if key not in found:
            model = assumed(p)
            assert model is not None
            found[key] = propagate(replace(p, weights=model), longest, width=units)
        return found[key]

    for step in steps:
        weights = step.origin() if step.kind in ACTIVATIONS else None
        if weights is None or weights.kind != "weights" or weights.input is None:
            continue
        origin = weights.origin()
        start = None if origin is None or weights.is_changed_since(origin) else origin.predicted
        seconds = weights.input.by_example if start is None else start.by_example
        if not np.all(np.isfinite(seconds)):
            continue
        seconds = np.maximum(seconds, TINY_SECOND_MOMENT)
        units = weights.units if start is None else min(start.units, weights.units)
        depth = 1 if start is None else start.depth + 1
        if step.p is not None and assumed(step.p) is not None:
            step.predicted = _of_fixed_point(step.p, seconds, depth, units, bands(step.p, units))
        elif step.known is not None and weights.held is not None:
            model = Iid(weights.held.tau * weights.inside, weights.held.bias_variance)
            before = 0.0 if start is None else start.second_deviation
            step.predicted = _of_function(step, model, seconds, before, depth, units)


def _of_fixed_point(
    p: FixedPoint, seconds: FloatArray, depth: int, units: int, band: Propagation
) -> Prediction:
    """Return the prediction for an activation with a fixed point, for the weights it assumes."""
    model = assumed(p)
    assert model is not None
    mean, variance = _moments(p, model, seconds)
    outputs = np.asarray(variance + np.asarray(mean) ** 2)
    average = float(np.mean(mean))
    assert band.mean_deviation is not None
    assert band.variance_deviation is not None
    deviations = float(band.mean_deviation[depth]), float(band.variance_deviation[depth])
    moments = average, float(outputs.mean()) - average**2
    assert band.gradient_growth_deviation is not None
    before, here = band.gradient_growth_deviation[depth - 1 : depth + 1].tolist()
    gain = float(gradient_gain(p))
    return Prediction(
        moments, deviations, outputs, depth, units, gain, log_gain_variance=here**2 - before**2
    )


def _moments(p: FixedPoint, model: Iid, seconds: FloatArray) -> tuple[Values, Values]:
    """Return mean and variance of outputs, for any second moments of examples.

    ``moment_map`` of an activation with scale and shift refuses those of raw numbers and of zeros.
    """
    if isinstance(p, SeluParameters):
        return moment_map(0.0, seconds, p, weights=model)
    v = np.clip(model.tau * seconds + model.bias_variance, SMALLEST, LARGEST)
    return transformed.moments(p.source, p.scale, p.shift, np.zeros(v.shape), v)


def _of_function(
    step: Step, model: Iid, seconds: FloatArray, before: float, depth: int, units: int
) -> Prediction:
    """Return the prediction for a known activation after known weights.

    The deviations are those of ``derivations.propagation``, given that of the second moment before.
    """
    assert step.known is not None
    v = model.tau * seconds + model.bias_variance
    first, outputs, slopes = step.known.means(v)
    average, second = float(first.mean()), float(outputs.mean())
    typical = float(np.mean(v))
    m1, m2, m3, m4 = step.known.powers(typical)
    near, far = (step.known.at(typical * (1 + sign * SLOPE_STEP)) for sign in (-1, 1))
    per_input = model.tau / (2 * SLOPE_STEP * typical)
    slope, mean_slope = (far[1] - near[1]) * per_input, (far[0] - near[0]) * per_input
    fluctuations = kernels_for(m1).next_fluctuations(
        *(m1, m2, m3, m4, slope, mean_slope), before**2, units
    )
    of_second, of_mean, of_variance = (math.sqrt(max(float(x), 0.0)) for x in fluctuations)
    return Prediction(
        (average, max(second - average**2, 0.0)),
        (of_mean, of_variance),
        outputs,
        depth,
        units,
        model.tau * float(slopes.mean()),
        of_second,
    )


def gain(step: Step) -> float:
    """Return the predicted factor of gradients, going back from an activation to the one before.

    It is that of the activation and its weights, by those of other weights in between and of
    dropouts that drop. It is NaN where nothing is predicted, as past a pooling or a normalization.
    """
    between = list(step.between())
    if any(one.kind in NO_GAIN for one in between):
        return math.nan
    if step.predicted is not None:
        own = step.predicted.gain
    else:
        own = math.nan if step.p is None else float(gradient_gain(step.p))
    further = [one for one in between if one.kind == "weights"][1:]
    held = (math.nan if one.held is None else one.held.tau * one.inside for one in further)
    dropped = (gain_of_dropout(one, one.rate) for one in between if one.drops)
    return own * math.prod(held) * math.prod(dropped)


def gain_of_dropout(step: Step, rate: float) -> float:
    """Return q a^2 for a dropout of a rate, a the scale of what is kept: 1/q in plain dropout."""
    keep = 1 - rate
    if keep <= 0:
        return 0.0
    scale = 1 / keep if step.p is None else float(step.p.dropout_affine(rate)[0])
    return float(generated.activation_kernels.gain_after_dropout(keep, scale))


def assumed(p: FixedPoint) -> Iid | None:
    """Return the model of independent weights that a fixed point is for, or None if for others."""
    weights = weight_models.checked(p.weights)
    fixed = weight_models.sums(weights)
    if fixed is None:
        return weight_models.independent(weights)
    return Iid(fixed[1]) if p.mean == 0 else None
