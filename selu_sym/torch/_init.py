"""Weights for PyTorch's layers, as a weight model has them."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, TypeVar, get_args

import torch
from torch import Tensor, nn

from selu_sym._activations import gain as gain_of
from selu_sym._numeric import validation
from selu_sym._numeric.weights import Iid, Weights, independent, required, sums
from selu_sym._parameters import SeluParameters
from selu_sym._transformed import TransformedActivation
from selu_sym.torch._arguments import FixedPoint
from selu_sym.torch._following import weights_for_what_follows

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)

EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)
NORMALIZATIONS = (nn.LayerNorm, nn.RMSNorm)
"""Layers whose parameters may be matrices, but weigh no inputs that are summed."""

Layer: TypeAlias = (
    nn.Linear
    | nn.Conv1d
    | nn.Conv2d
    | nn.Conv3d
    | nn.ConvTranspose1d
    | nn.ConvTranspose2d
    | nn.ConvTranspose3d
)
Module = TypeVar("Module", bound=nn.Module)

Distribution: TypeAlias = Literal["normal", "uniform", "orthogonal", "delta_orthogonal"]


def init_(
    module: Module,
    p: FixedPoint | None = None,
    *,
    gain: str | float | None = None,
    distribution: Distribution | None = None,
) -> Module:
    """Draw weights and biases as a fixed point, or an activation's gain, asks for, in place.

    Parameters
    ----------
    module : torch.nn.Module
        The weights and biases of each Linear, Conv1d to Conv3d and ConvTranspose1d to
        ConvTranspose3d in it are drawn again, with PyTorch's own generators, which
        ``torch.manual_seed`` controls. Other layers are left as they are; a warning names those
        that have matrices of weights.
    p : SeluParameters or TransformedActivation
        From :func:`selu_sym.selu_parameters`, :func:`selu_sym.balance` and the like. With n the
        number of inputs of a unit, its weight model says what is drawn:

        * independent weights of mean 0 and variance tau/n, uniform for ``"torch"`` and names that
          end in "uniform", orthogonal (to each other, as far as there are enough inputs) for
          ``"orthogonal"``, else normal; biases are normal with the model's variance, or 0;
        * weights of each unit with sum omega and sum of squares tau, in a random direction, for
          ``"normalized"``, ``"unit-sum"`` and (omega, tau); biases are 0.

    gain : str or float
        In place of p, for networks with any activation: independent weights of mean 0 and variance
        gain^2/n, biases 0. A number, or the name of an activation, which stands for
        :func:`selu_sym.gain` of it. With ``"read"``, each layer gets the gain of the activation
        that follows it, or 1 if none does. Modules of this package that follow have weight models,
        which are drawn. Normalization, dropout, pooling and sums may stand between.
    distribution : "normal", "uniform", "orthogonal" or "delta_orthogonal", optional
        How independent weights are distributed; by default as their name says, else "normal".
        Delta-orthogonal kernels of convolutions are an orthogonal matrix at the place in their
        middle, and 0 elsewhere; weights of other layers are orthogonal.

    Returns
    -------
    torch.nn.Module
        The module itself.

    Raises
    ------
    TypeError
        If p is neither of the two, or not exactly one of p and gain is given.
    ValueError
        If p has no weight model (:func:`selu_sym.match_moments`), the module has none of these
        layers, a lazy layer has no shape yet, or a layer has too few inputs for its weights to
        have sum omega and sum of squares tau; if a gain is not positive or no activation has its
        name; if activations are to be read and ``torch.fx`` cannot trace the module, or different
        ones follow a layer; if weights of given sums shall have a distribution.

    Warns
    -----
    UserWarning
        If layers of other classes have matrices of weights, which are left as they are.

    Notes
    -----
    A transposed convolution with a stride computes neighbouring outputs from different subsets of
    its kernel. Each subset is drawn as the weights of one unit, so that the net input has the same
    moments at every output, except at the border.

    ``"glorot_normal"`` and ``"glorot_uniform"`` stand for variance 1/n here, which they have in
    layers of equal width. PyTorch's own biases have a variance, too: ``selu_sym.Iid.torch(n)``.

    In a network of one activation that is drawn with its gain, net inputs have the variance 1 if
    the network's inputs have the second moment of the activations, 1/gain^2. From other inputs, a
    ReLU keeps the variance that they make, and other activations may leave it:
    :func:`selu_sym.balance` has scale and shift that bring it back.

    Source: ``derivations.moments.net_input`` and ``net_input_iid``, ``derivations.means``;
    delta-orthogonal kernels: L. Xiao et al. 2018, arXiv 1806.05393.

    Examples
    --------
    >>> import selu_sym
    >>> _ = torch.manual_seed(0)
    >>> layer = torch.nn.Linear(1000, 1000)
    >>> _ = init_(layer, selu_sym.selu_parameters(0.0, 1.0, weights="he_normal"))
    >>> print(f"{1000 * layer.weight.var():.2f} {layer.bias.abs().sum():.0f}")
    2.00 0
    >>> model = torch.nn.Sequential(torch.nn.Linear(1000, 1000), torch.nn.GELU())
    >>> _ = init_(model, gain="read")
    >>> print(f"{1000 * model[0].weight.var():.2f} {selu_sym.gain('gelu') ** 2:.2f}")
    2.35 2.35
    """
    if (p is None) == (gain is None):
        raise TypeError("init_ needs a fixed point p, or a gain, and not both")
    if distribution not in (None, *get_args(Distribution)):
        known = ", ".join(map(repr, get_args(Distribution)))
        raise ValueError(f"distribution must be one of {known}, got {distribution!r}")
    drawn = {name: layer for name, layer in module.named_modules() if isinstance(layer, LAYERS)}
    left = _named(_with_other_weights(module, drawn))
    if not drawn:
        others = f"; init_ does not draw {left}" if left else ""
        raise ValueError(f"module must have Linear or Conv layers, got {module!r}{others}")
    lazy = {name: layer for name, layer in drawn.items() if _is_lazy(layer)}
    if lazy:
        raise ValueError(
            f"the weights of {_named(lazy)} have no shape yet: call the module with an example "
            "before init_"
        )
    models = _models(module, p, gain, drawn)
    if distribution is not None and any(map(sums, models)):
        raise ValueError("distribution must be left out with weights of given sums")
    with torch.no_grad():
        for layer, weights in zip(drawn.values(), models, strict=True):
            _draw_(layer, weights, distribution)
    if left:
        warnings.warn(f"init_ left the weights of {left} as they are", UserWarning, stacklevel=2)
    return module


def _models(
    module: nn.Module, p: FixedPoint | None, gain: str | float | None, drawn: Mapping[str, Layer]
) -> list[Weights]:
    """Return the weight model of each layer."""
    if gain == "read":
        return weights_for_what_follows(module, drawn)
    if gain is None:
        if not isinstance(p, SeluParameters | TransformedActivation):
            raise TypeError(
                "p must be SeluParameters, as selu_parameters returns, or a TransformedActivation, "
                f"as standardize, balance and shape_for_depth return, got {p!r}"
            )
        return [required(p.weights, "init_")] * len(drawn)
    number = gain_of(gain) if isinstance(gain, str) else validation.positive("gain", gain)
    return [Iid(float(number) ** 2)] * len(drawn)


def _is_lazy(layer: nn.Module) -> bool:
    """Return whether a layer waits for its first input to know the shape of its weights."""
    return isinstance(layer, nn.modules.lazy.LazyModuleMixin) and layer.has_uninitialized_params()


def _with_other_weights(module: nn.Module, drawn: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Return the layers that have matrices of weights, and are not drawn."""
    ours = {id(part) for layer in drawn.values() for part in layer.modules()}
    return {
        name: layer
        for name, layer in module.named_modules()
        if id(layer) not in ours
        and not isinstance(layer, EMBEDDINGS + NORMALIZATIONS)
        and any(_is_matrix(weight) for weight in layer.parameters(recurse=False))
    }


def _is_matrix(weight: Tensor) -> bool:
    """Return whether a parameter has two dimensions or more, or no shape yet."""
    return nn.parameter.is_lazy(weight) or weight.dim() >= 2


def _named(layers: Mapping[str, nn.Module]) -> str:
    """Return the names and classes of layers, as words of a message."""
    return ", ".join(
        f"{name!r} ({type(layer).__name__})" if name else type(layer).__name__
        for name, layer in layers.items()
    )


def _draw_(layer: Layer, weights: Weights, distribution: Distribution | None) -> None:
    """Draw the weights and biases of a layer."""
    name = distribution or (weights if isinstance(weights, str) else "")
    beta, fixed = 0.0, sums(weights)
    dtype = torch.promote_types(layer.weight.dtype, torch.float32)
    drawn = torch.empty_like(layer.weight, dtype=dtype, requires_grad=False)
    for whole in _parts(layer, drawn):
        part = whole
        if name == "delta_orthogonal":
            whole.zero_()
            for size in whole.shape[3:]:
                part = part.select(3, (size - 1) // 2)
        rows = part.new_empty(math.prod(part.shape[:2]), math.prod(part.shape[2:]))
        if fixed:
            _draw_with_sums_(rows, *fixed)
        else:
            model = independent(weights)
            beta = model.bias_variance
            # each group of a delta-orthogonal kernel is a matrix; otherwise units are orthogonal
            groups = len(part) if name == "delta_orthogonal" else 1
            for group in rows.chunk(groups):
                _draw_independent_(group, name, model)
        part.copy_(rows.view(part.shape))
    _set(layer, drawn)
    if layer.bias is not None:
        layer.bias.normal_(0, math.sqrt(beta))


def _parts(layer: Layer, weight: Tensor) -> Iterator[Tensor]:
    """Yield views of weights, each of shape (groups, units of a group, inputs of a unit ...)."""
    if not isinstance(layer, TRANSPOSED):
        yield (
            weight[None]
            if isinstance(layer, nn.Linear)
            else weight.unflatten(0, (layer.groups, -1))
        )
        return
    grouped = weight.unflatten(0, (layer.groups, -1)).transpose(1, 2)
    # every step-th place of a kernel reaches the same places of the output
    steps = [
        stride // math.gcd(stride, dilation)
        for stride, dilation in zip(layer.stride, layer.dilation, strict=True)
    ]
    for firsts in itertools.product(*map(range, steps)):
        places = (slice(first, None, step) for first, step in zip(firsts, steps, strict=True))
        part = grouped[(..., *places)]
        if part.numel():  # a kernel may have fewer places than a stride has steps
            yield part


def _set(layer: Layer, weight: Tensor) -> None:
    """Give a layer its weights, also one that computes them from others."""
    if torch.nn.utils.parametrize.is_parametrized(layer, "weight"):
        layer.weight = weight.to(layer.weight.dtype)
    elif "weight" in layer._parameters:
        layer.weight.copy_(weight)
        return
    if not torch.allclose(layer.weight, weight.to(layer.weight.dtype), rtol=1e-2, atol=1e-4):
        raise ValueError(f"the weights of {layer!r} are computed from others, and cannot be drawn")


def _draw_independent_(rows: Tensor, name: str, model: Iid) -> None:
    """Draw the weights of units, a row each, by the distribution of a name."""
    units, inputs = rows.shape
    if name.endswith("orthogonal"):
        torch.nn.init.orthogonal_(rows, math.sqrt(model.tau * max(1, units / inputs)))
    elif name == "torch" or name.endswith("uniform"):
        bound = math.sqrt(3 * model.tau / inputs)
        rows.uniform_(-bound, bound)
    else:
        rows.normal_(0, math.sqrt(model.tau / inputs))


def _draw_with_sums_(rows: Tensor, omega: float, tau: float) -> None:
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
