"""Weights for PyTorch's layers, as a weight model has them."""

from __future__ import annotations

import math
from typing import Any

import torch

from selu_sym._numeric.weights import Iid, independent, required, sums
from selu_sym._parameters import SeluParameters

LAYERS = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)


def init_(module: Any, p: SeluParameters) -> Any:
    """Draw what the fixed point of p assumes of weights and biases, in place.

    Parameters
    ----------
    module : torch.nn.Module
        The weights and biases of each Linear and Conv1d, 2d and 3d in it are drawn anew, with
        PyTorch's own generators, which ``torch.manual_seed`` controls. Other layers are left as
        they are.
    p : SeluParameters
        From :func:`selu_sym.selu_parameters`. With n the number of inputs of a unit, its weight
        model says what is drawn:

        * independent weights of mean 0 and variance tau/n, uniform for ``"torch"`` and names that
          end in "uniform", orthogonal (to each other, as far as there are enough inputs) for
          ``"orthogonal"``, else normal; biases are normal with the model's variance, or 0;
        * weights of each unit with sum omega and sum of squares tau, in a random direction, for
          ``"normalized"``, ``"unit-sum"`` and (omega, tau); biases are 0.

    Returns
    -------
    The module.

    Raises
    ------
    TypeError
        If p is not SeluParameters.
    ValueError
        If p has no weight model (:func:`selu_sym.match_moments`), the module has no such layer, or
        a layer has too few inputs for its weights to have sum omega and sum of squares tau.

    Notes
    -----
    ``"glorot_normal"`` and ``"glorot_uniform"`` stand for variance 1/n here, which they have in
    layers of equal width. PyTorch's own biases have a variance, too: ``selu_sym.Iid.torch(n)``.

    Source: ``derivations.moments.net_input`` and ``net_input_iid``.

    Examples
    --------
    >>> import selu_sym
    >>> _ = torch.manual_seed(0)
    >>> layer = torch.nn.Linear(1000, 1000)
    >>> _ = init_(layer, selu_sym.selu_parameters(0.0, 1.0, weights="he_normal"))
    >>> print(f"{1000 * layer.weight.var():.2f} {layer.bias.abs().sum():.0f}")
    2.00 0
    """
    if not isinstance(p, SeluParameters):
        raise TypeError(f"p must be SeluParameters, as selu_parameters returns, got {p!r}")
    weights = required(p.weights, "init_")
    layers = [layer for layer in module.modules() if isinstance(layer, LAYERS)]
    if not layers:
        raise ValueError(f"module must have Linear or Conv layers, got {module!r}")
    fixed, beta = sums(weights), 0.0
    with torch.no_grad():
        for layer in layers:
            dtype = torch.promote_types(layer.weight.dtype, torch.float32)
            rows = layer.weight.new_empty(layer.weight.flatten(1).shape, dtype=dtype)
            if fixed:
                _draw_with_sums_(rows, *fixed)
            else:
                model = independent(weights)
                beta = model.bias_variance
                _draw_independent_(rows, weights if isinstance(weights, str) else "", model)
            _set(layer, rows.view(layer.weight.shape))
            if layer.bias is not None:
                layer.bias.normal_(0, math.sqrt(beta))
    return module


def _set(layer: Any, weight: Any) -> None:
    """Give a layer its weights, also one that computes them from others."""
    if torch.nn.utils.parametrize.is_parametrized(layer, "weight"):
        layer.weight = weight.to(layer.weight.dtype)
    elif "weight" in layer._parameters:
        layer.weight.copy_(weight)
        return
    if not torch.allclose(layer.weight, weight.to(layer.weight.dtype), rtol=1e-2, atol=1e-4):
        raise ValueError(f"the weights of {layer!r} are computed from others, and cannot be drawn")


def _draw_independent_(rows: Any, name: str, model: Iid) -> None:
    """Draw the weights of units, a row each, by the distribution of a name."""
    units, inputs = rows.shape
    if name == "orthogonal":
        torch.nn.init.orthogonal_(rows, math.sqrt(model.tau * max(1, units / inputs)))
    elif name == "torch" or name.endswith("uniform"):
        bound = math.sqrt(3 * model.tau / inputs)
        rows.uniform_(-bound, bound)
    else:
        rows.normal_(0, math.sqrt(model.tau / inputs))


def _draw_with_sums_(rows: Any, omega: float, tau: float) -> None:
    """Draw the weights of units, a row each, with a given sum and sum of squares."""
    inputs = rows.shape[1]
    rest = tau - omega**2 / inputs
    if inputs < 2 or rest < 0:
        raise ValueError(
            f"weights of sum {omega:g} and sum of squares {tau:g} need layers with "
            f"{max(2, math.ceil(omega**2 / tau))} inputs or more, got one with {inputs}"
        )
    rows.normal_()
    rows -= rows.mean(1, keepdim=True)
    rows *= math.sqrt(rest) / rows.norm(dim=1, keepdim=True)
    rows += omega / inputs
