"""What PyTorch's modules and functions do to moments, and what modules say of their weights."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

import numpy as np
import torch
from torch import nn

from selu_sym._numeric.catalogue import Param
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym._observe import functions
from selu_sym._observe.held import read_weights
from selu_sym._observe.padding import Taps, share_inside
from selu_sym._observe.steps import Kind, Step, Words, fixed_point

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
WEIGHTS = (nn.Linear, *CONVOLUTIONS, *TRANSPOSED)

Transposed: TypeAlias = "nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d"
Convolution: TypeAlias = "nn.Conv1d | nn.Conv2d | nn.Conv3d | Transposed"
WithWeights: TypeAlias = "nn.Linear | Convolution"

KINDS: dict[Kind, tuple[type, ...]] = {
    "alpha dropout": (nn.AlphaDropout, nn.FeatureAlphaDropout),
    "dropout": (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
    "passthrough": (nn.Flatten, nn.Identity, nn.Unflatten),
    "padding": (nn.modules.padding._ConstantPadNd,),
    "normalization": (
        nn.modules.batchnorm._NormBase,
        nn.GroupNorm,
        nn.LayerNorm,
        nn.RMSNorm,
    ),
    "pooling": (
        nn.modules.pooling._AdaptiveAvgPoolNd,
        nn.modules.pooling._AdaptiveMaxPoolNd,
        nn.modules.pooling._AvgPoolNd,
        nn.modules.pooling._LPPoolNd,
        nn.modules.pooling._MaxPoolNd,
    ),
    "other": (
        nn.Embedding,
        nn.EmbeddingBag,
        nn.GLU,
        nn.LogSoftmax,
        nn.MultiheadAttention,
        nn.RNNBase,
        nn.RNNCellBase,
        nn.Softmax,
        nn.Softmax2d,
        nn.Softmin,
        nn.modules.loss._Loss,
    ),
}
"""What modules do to the moments, and the classes of modules that do it."""

PARAMETERS = ("negative_slope", "alpha", "beta", "lambd", "threshold")
"""What PyTorch calls the first parameter of an activation."""

RECURRENT = (nn.RNNBase, nn.RNNCellBase)
"""Modules that compute their gates in one function."""

NAMES: dict[Kind, tuple[str, ...]] = {
    "weights": ("linear", *(f"conv{n}d" for n in (1, 2, 3))),
    "sum": ("add", "add_", "__add__", "__iadd__", "__radd__", "sub", "sub_", "__sub__", "__isub__"),
    "passthrough": (
        *("view", "reshape", "flatten", "permute", "transpose", "contiguous", "to", "float"),
        *("half", "double", "bfloat16", "clone", "unflatten", "squeeze", "unsqueeze", "expand"),
        *("__getitem__", "chunk", "split", "unbind", "swapaxes", "movedim", "roll", "type", "cpu"),
    ),
    "join": ("cat", "concat", "concatenate", "stack", "hstack", "vstack"),
    "normalization": (
        *("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "normalize"),
    ),
    "pooling": (
        "mean",
        *(f"{kind}_pool{n}d" for kind in ("avg", "max", "lp") for n in (1, 2, 3)),
        *(f"adaptive_{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2, 3)),
    ),
    "dropout": ("dropout", "dropout_", "dropout1d", "dropout2d", "dropout3d"),
    "alpha dropout": ("alpha_dropout", "alpha_dropout_", "feature_alpha_dropout"),
    "padding": ("pad", "constant_pad_nd"),
}
"""What functions do to the moments."""

SCALES = ("mul", "mul_", "__mul__", "__imul__", "__rmul__", "div", "div_", "__truediv__")
"""Functions that scale by numbers or weights, or multiply what is made of the examples."""

OF_NAME = {name: kind for kind, names in NAMES.items() for name in names}

NO_ACTIVATIONS = ("linear", "threshold", "identity", "erf", "sin", "cos", "gaussian")
"""Names of functions that are activations elsewhere."""

WORDS = Words(
    "standardize it",
    "padding=0",
    ", or draw others with selu_sym.torch.init_(module, p)",
    of_selu=" of selu_sym.torch.SELU",
    he="torch.nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')",
    scaled="torch.nn.init.normal_(layer.weight, 0, ({tau} / n) ** 0.5) with n inputs a unit",
    transformed="selu_sym.torch.Transformed({q})",
    zero_biases="set them to 0 with torch.nn.init.zeros_(layer.bias)",
)


def to_numpy(tensor: torch.Tensor) -> FloatArray:
    """Return the numbers of a tensor in float64."""
    numbers: FloatArray = tensor.detach().cpu().double().numpy()
    return numbers


def kind_of(module: nn.Module) -> Kind | None:
    """Return what a module does to the moments, None if its calls of others tell."""
    if isinstance(module, WEIGHTS):
        return "weights"
    if fixed_point(module) is not None:
        return "alpha dropout" if hasattr(module, "rate") else "selu"
    holds_others = any(module.children())
    for kind, classes in KINDS.items():
        if isinstance(module, classes):
            # timm's normalizations hold the activation after them
            return None if kind == "normalization" and holds_others else kind
    if holds_others or any(p.dim() > 1 for p in module.parameters()):
        return None
    own = type(module).__module__ == nn.ReLU.__module__
    return "activation" if own or functions.named(type(module).__name__) else None


def unseen_in(module: nn.Module) -> str:
    """Return the words for what a module computes unseen; empty if it is seen."""
    name = type(module).__name__
    is_quantized = type(module).__module__.split(".quantized")[0] in ("torch.ao.nn", "torch.nn")
    if is_quantized and "PackedParams" not in name:
        return f"weights of {name} {{name!r}}, which is quantized"
    if isinstance(module, nn.MultiheadAttention):
        what = "weights and softmax"
    elif isinstance(module, RECURRENT):
        functions_in = getattr(module, "nonlinearity", "sigmoid and tanh")
        what = f"weights, and {functions_in}"
    else:
        return ""
    return f"{what} in {name} {{name!r}}, which one function computes"


def is_drawn(module: nn.Module) -> bool:
    """Return whether the weights of a module are its own, and not computed from others."""
    if "weight" in module._parameters:
        return True
    computed = getattr(module, "parametrizations", {})
    return "weight" in computed and all(
        isinstance(part, nn.utils.parametrizations._WeightNorm) for part in computed["weight"]
    )


def spectral_hooks(module: nn.Module) -> list[Callable[..., object]]:
    """Return the hooks that divide the weights of a module by their spectral norm."""
    kind = sys.modules[nn.utils.spectral_norm.__module__].SpectralNorm
    return [hook for hook in module._forward_pre_hooks.values() if isinstance(hook, kind)]


def parameter_of(module: nn.Module) -> Param:
    """Return the parameter of an activation module, None if it has its usual one."""
    for name in PARAMETERS:
        value = getattr(module, name, None)
        if isinstance(value, int | float):
            return float(value)
    if isinstance(module, nn.PReLU) and module.weight.numel() == 1:
        return float(module.weight.detach())
    return None


@dataclass(frozen=True)
class Geometry:
    """Which products of weights and inputs a layer sums, by the arguments of a convolution."""

    shape: tuple[int, ...]
    """The shape of the weights."""

    stride: tuple[int, ...] = ()
    padding: tuple[int, ...] | str = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    is_transposed: bool = False
    """Whether the axis of inputs comes before that of outputs."""

    @classmethod
    def of_module(cls, module: WithWeights) -> Geometry:
        """Return the geometry of a module."""
        shape = tuple(module.weight.shape)
        if isinstance(module, nn.Linear):
            return cls(shape)
        sizes = module.stride, module.padding, module.dilation
        return cls(shape, *sizes, module.groups, isinstance(module, TRANSPOSED))

    @classmethod
    def of_call(cls, shape: tuple[int, ...], given: dict[str, object]) -> Geometry:
        """Return the geometry of a call of ``linear``, or of ``conv1d`` to ``conv3d``."""
        dimensions = len(shape) - 2
        padding = given.get("padding", 0)
        return cls(
            shape,
            _sizes(given.get("stride", 1), dimensions),
            padding if isinstance(padding, str) else _sizes(padding, dimensions),
            _sizes(given.get("dilation", 1), dimensions),
            cast("int", given.get("groups", 1)),
        )

    @property
    def units(self) -> int:
        """The width of the layer, of a convolution the number of channels."""
        return self.shape[1] * self.groups if self.is_transposed else self.shape[0]

    @property
    def inputs(self) -> float:
        """The number of products that a unit sums, on average."""
        products = math.prod(self.shape) / self.units
        return products / math.prod(self.stride) if self.is_transposed else products

    @property
    def outputs(self) -> float:
        """The number of products that an input takes part in, on average."""
        inputs = self.shape[0] if self.is_transposed else self.shape[1] * self.groups
        products = math.prod(self.shape) / inputs
        return products if self.is_transposed else products / math.prod(self.stride)

    def taps(self, sizes: Sequence[int], outputs: Sequence[int]) -> Iterator[Taps]:
        """Yield each dimension of a convolution, given the sizes of its input and its output."""
        for index, (size, output) in enumerate(zip(sizes, outputs, strict=True)):
            kernel, stride, dilation = (
                numbers[index] for numbers in (self.shape[2:], self.stride, self.dilation)
            )
            if isinstance(self.padding, str):
                before = dilation * (kernel - 1) // 2 if self.padding == "same" else 0
            else:
                before = self.padding[index]
            yield Taps(size, kernel, stride, dilation, before, output, self.is_transposed)


def _sizes(size: object, dimensions: int) -> tuple[int, ...]:
    """Return a size in each dimension: PyTorch takes one number for all of them."""
    each = (size,) if isinstance(size, int) else tuple(cast("Iterable[int]", size))
    return each * dimensions if len(each) == 1 else each


ARGUMENTS = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
"""The arguments of functions with weights, in their order."""


def bound(args: tuple[object, ...], named: dict[str, object]) -> dict[str, object]:
    """Return the arguments of a function with weights by their names, in their order."""
    given = dict(zip(ARGUMENTS, args, strict=False)) | named
    return {name: given[name] for name in ARGUMENTS if name in given}


def read_call(step: Step, given: dict[str, object], y: torch.Tensor) -> None:
    """Set what the step of a function with weights says of them, given its arguments by name."""
    x, weight, bias = (given.get(name) for name in ARGUMENTS[:3])
    assert isinstance(x, torch.Tensor)
    assert isinstance(weight, torch.Tensor)
    if weight.dim() == 1:  # linear with a single unit
        weight = weight[None]
    biases = bias if isinstance(bias, torch.Tensor) else None
    _read(step, Geometry.of_call(tuple(weight.shape), given), weight, biases, x, y)


def read_module(step: Step, module: WithWeights, x: torch.Tensor, y: torch.Tensor) -> None:
    """Set what the step of a module with weights says of them."""
    _read(step, Geometry.of_module(module), module.weight, module.bias, x, y)
    if getattr(module, "padding_mode", "zeros") != "zeros":
        step.inside = 1.0
    if isinstance(module, TRANSPOSED):  # PyTorch's initializers count other inputs
        step.words = replace(
            WORDS,
            no_padding=_padding_that_cuts(module),
            border="sums fewer products at the border, and so loses {share:.0%} of tau",
            he="selu_sym.torch.init_(layer, gain='relu')",
            scaled="selu_sym.torch.init_(layer, gain={gain})",
        )

    if not is_drawn(module):
        step.words = replace(step.words, draw="", scaled="")


def _read(
    step: Step,
    geometry: Geometry,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    x: torch.Tensor,
    y: torch.Tensor,
) -> None:
    """Set what a step that makes y from x says of its weights."""
    step.units = geometry.units
    read_tensors(step, weight, bias, geometry.inputs)
    step.outputs_by_inputs = geometry.outputs / geometry.inputs
    dimensions = len(geometry.shape) - 2
    if dimensions:
        step.inside = share_inside(geometry.taps(x.shape[-dimensions:], y.shape[-dimensions:]))


def _padding_that_cuts(module: Transposed) -> str:
    """Return the padding that cuts the border off, where outputs sum fewer products."""
    sizes = zip(module.kernel_size, module.stride, module.dilation, strict=True)
    cut = tuple(max(0, dilation * (kernel - 1) + 1 - stride) for kernel, stride, dilation in sizes)
    return f"padding={cut[0] if len(set(cut)) == 1 else cut}"


def read_tensors(
    step: Step, weight: torch.Tensor, bias: torch.Tensor | None, inputs: float
) -> None:
    """Set what a step says of its weights, given how many products a unit sums."""
    values = to_numpy(weight)
    biases = None if bias is None else to_numpy(bias)
    rows = values.reshape(len(values), -1)
    with np.errstate(invalid="ignore", over="ignore"):
        spread = rows.std()
        sums = rows.sum(1).std()
        size = np.abs(rows).sum() / len(rows)
    if spread == 0:
        step.flaw = f"all of its weights are {rows.flat[0]:g}"
    elif not (len(rows) > 1 and sums <= 1e-3 * size):
        # otherwise the weights of each unit have the same sum: they are not independent
        read_weights(step, inputs * float(np.mean(values**2)), values.size, biases)


def weights_of(module: nn.Module) -> Iid:
    r"""Return the weight model of the weights and biases that a PyTorch module has.

    .. math:: \tau = n \overline{w^2}, \quad \beta = \overline{b^2}

    with n the number of products that a unit sums. The means are over all weights and over all
    biases, because modules do not remember how these were drawn. A SELU after the module takes the
    model as ``weights``.

    Parameters
    ----------
    module : torch.nn.Module
        Linear, Conv1d to Conv3d, or ConvTranspose1d to ConvTranspose3d.

    Returns
    -------
    Iid

    Raises
    ------
    ValueError
        If the module is another one, or all of its weights are 0.

    Notes
    -----
    Source: ``derivations.moments.net_input_iid``.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> print(f"{weights_of(torch.nn.Linear(1000, 1000)).tau:.2f}")
    0.33
    """
    if not isinstance(module, WEIGHTS):
        known = ", ".join(kind.__name__ for kind in WEIGHTS)
        raise ValueError(f"module must be one of {known}; got {type(module).__name__}")
    weight = to_numpy(module.weight)
    bias = 0.0 if module.bias is None else float(np.mean(to_numpy(module.bias) ** 2))
    return Iid(Geometry.of_module(module).inputs * float(np.mean(weight**2)), bias)
