"""The activations that notebook 15 compares, by the names of their methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from selu_sym import (
    SeluParameters,
    TransformedActivation,
    activation_moments,
    balance,
    for_depth,
    gain,
    selu_parameters,
    shape_for_depth,
)

__all__ = ["METHODS", "with_gain", "with_other_mean"]

Shaped = SeluParameters | TransformedActivation


def with_gain(activation: str) -> TransformedActivation:
    """Return an activation with the gain that keeps the second moment 1, and no shift."""
    scale, moments = gain(activation), activation_moments(activation)
    mean, variance = scale * moments.mean, scale**2 * moments.variance
    return replace(balance(activation), scale=scale, shift=0.0, mean=mean, variance=variance)


def with_other_mean(balanced: TransformedActivation) -> TransformedActivation:
    """Return the other of the two balanced activations, whose mean has the other sign."""
    return replace(balanced, shift=balanced.shift - 2 * balanced.mean, mean=-balanced.mean)


def _shaped(
    conditions: str, activation: str, depth: int, correlation: float = 0.8
) -> TransformedActivation:
    return shape_for_depth(activation, depth, conditions=conditions, correlation=correlation)


def _balanced(activation: str, sign: int, depth: int) -> TransformedActivation:
    q = balance(activation)
    return q if sign * q.mean > 0 else with_other_mean(q)


METHODS: dict[str, Callable[[int], Shaped]] = {
    "SELU (0, 1)": lambda depth: selu_parameters(0.0, 1.0, weights="iid"),
    "SELU for depth": for_depth,
    "attracting ReLU": partial(_shaped, "attracting", "relu"),
    "attracting GELU": partial(_shaped, "attracting", "gelu"),
    "gain ReLU": lambda depth: with_gain("relu"),
    "gain GELU": lambda depth: with_gain("gelu"),
    "balanced- GELU": partial(_balanced, "gelu", -1),
    "balanced+ GELU": partial(_balanced, "gelu", 1),
    "DKS GELU": partial(_shaped, "dks", "gelu"),
    "TAT GELU": partial(_shaped, "tat", "gelu"),
    "TAT leaky ReLU": partial(_shaped, "tat", "leaky_relu"),
    "attracting tanh": partial(_shaped, "attracting", "tanh"),
    "DKS tanh": partial(_shaped, "dks", "tanh"),
    "TAT tanh": partial(_shaped, "tat", "tanh"),
    "gain tanh": lambda depth: with_gain("tanh"),
    "balanced tanh": partial(_balanced, "tanh", 1),
    "attracting SiLU": partial(_shaped, "attracting", "silu"),
    "DKS SiLU": partial(_shaped, "dks", "silu"),
    "TAT SiLU": partial(_shaped, "tat", "silu"),
    "gain SiLU": lambda depth: with_gain("silu"),
    "balanced- SiLU": partial(_balanced, "silu", -1),
    "balanced+ SiLU": partial(_balanced, "silu", 1),
    "attracting softplus": partial(_shaped, "attracting", "softplus"),
    "DKS softplus": partial(_shaped, "dks", "softplus"),
    "TAT softplus": partial(_shaped, "tat", "softplus"),
    "attracting Mish": partial(_shaped, "attracting", "mish"),
    "balanced- ReLU": partial(_balanced, "relu", -1),
    "attracting ReLU, 0.4": partial(_shaped, "attracting", "relu", correlation=0.4),
    "attracting GELU, 0.4": partial(_shaped, "attracting", "gelu", correlation=0.4),
}
"""A method's activation for a depth, with weights of variance 1/n, and without biases."""
