"""What the weights of a layer are: as they were drawn, or as they are held now."""

from __future__ import annotations

import math

import numpy as np

from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym._observe.steps import Step

DRIFT = 0.25
"""Relative difference up to which held weights may be drawn ones that training has moved."""

MOST_ERRORS = 4
"""Standard errors up to which a number of random weights counts as the expected one."""

SETTLED = 20
"""How often singular vectors are computed anew until a spectral norm is near to what it will be."""


def read_weights(
    step: Step, tau: float, weights: int, biases: FloatArray | None, drawn: Iid | None = None
) -> None:
    """Set what a step says of the weights that its layer holds.

    `tau` is measured on `weights` numbers. What is held decides. If it is what the initializers
    draw, as far as chance can tell, or near to it, their exact model is taken.
    """
    bias_mean, bias_variance, of_bias = _of_biases(biases)
    if not math.isfinite(tau) or not math.isfinite(bias_mean):
        step.broken = "its weights hold NaN or infinity"
        return
    if tau == 0:
        step.flaw = "all of its weights are 0"
        return
    step.bias_mean = bias_mean
    step.held = Iid(tau, bias_variance)
    error = math.sqrt(2 / weights)
    if drawn is not None and abs(math.log(tau / drawn.tau)) <= DRIFT + MOST_ERRORS * error:
        step.model = drawn
        if abs(bias_variance - drawn.bias_variance) > MOST_ERRORS * of_bias + DRIFT * drawn.tau:
            step.model = Iid(drawn.tau, bias_variance)
        return
    step.initializer = ""
    step.model, step.uncertainty = step.held, (error, of_bias)


def _of_biases(biases: FloatArray | None) -> tuple[float, float, float]:
    """Return mean and variance of biases, and the variance's standard error.

    The mean is 0 if it differs from that by no more than chance.
    """
    if biases is None or not biases.size:
        return 0.0, 0.0, 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        mean, variance = float(biases.mean()), float(biases.var())
    if abs(mean) <= MOST_ERRORS * math.sqrt(variance / biases.size):
        mean, variance = 0.0, float(np.mean(biases**2))
    return mean, variance, math.sqrt(2 / biases.size) * variance
