"""Any activation with scale and shift, of PyTorch's tensors, by PyTorch's own functions."""

# no `from __future__ import annotations`: TorchScript reads those of `transformation`

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from selu_sym._transformed import TransformedActivation
from selu_sym.torch._arguments import require_floating, single_activation

QUICK = 1.702
"""The factor of the quick GELU's input."""


class Numbers(NamedTuple):
    """The numbers of a f(s x + t) + b, and the name and the parameter of f."""

    name: str
    param: float
    input_scale: float
    input_shift: float
    scale: float
    shift: float


def transformed(x: Tensor, q: TransformedActivation[float]) -> Tensor:
    r"""Return an activation with scale and shift of a tensor, elementwise.

    .. math:: y = a f(s x + t) + b

    with a and b the ``scale`` and ``shift`` of q, s and t its ``input_scale`` and ``input_shift``.

    Parameters
    ----------
    x : tensor
        Of any shape and dtype float16, bfloat16, float32 or float64.
    q : TransformedActivation
        From :func:`selu_sym.standardize`, :func:`selu_sym.balance` or
        :func:`selu_sym.shape_for_depth`, with an activation that has a name.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not a tensor of a floating-point dtype, or q is not a TransformedActivation.
    ValueError
        If q holds arrays, or its activation is a function of NumPy arrays.

    Notes
    -----
    The function f is PyTorch's own, as ``torch.nn.functional.gelu``, with its kernels, derivatives
    and exporters. PyTorch lacks ``"squareplus"``, ``"gaussian"`` and ``"squared_relu"``, which are
    written in a few of its operations. Scale and shift are one operation for float32 and float64,
    and two for float16 and bfloat16, where one would round the shift. What changes nothing is left
    out. Compiled, all is one loop.

    Accuracy: that of PyTorch's f; scale, f and shift each round to the dtype of x. Derivatives are
    PyTorch's, too. Those of the three functions that it lacks are finite for every finite x.

    Source: ``derivations.activations``, ``derivations.transformed``.

    Examples
    --------
    >>> import selu_sym
    >>> q = selu_sym.balance("gelu")
    >>> transformed(torch.tensor([-1.0, 0.0, 1.0]), q)
    tensor([-1.1445, -0.9095,  0.3366])
    """
    single_activation(q)
    require_floating(x)
    return transformation(x, *numbers(q))


def numbers(q: TransformedActivation[float]) -> Numbers:
    """Return what :func:`transformation` takes, with factors of f folded into scales."""
    name, s, t, a = str(q.activation), q.input_scale, q.input_shift, q.scale
    param = q.param[0] if q.param else 0.0
    if name == "selu":
        name, a = "elu", a * q.param[1]
    elif name == "prelu":
        name = "leaky_relu"
    elif name in ("quick_gelu", "silu", "softplus"):
        k = QUICK if name == "quick_gelu" else param
        name = "softplus" if name == "softplus" else "silu"
        s, t, a = s * k, t * k, a / k
    return Numbers(name, param, s, t, a, q.shift)


numbers._dynamo_marked_constant = True  # type: ignore[attr-defined]
"""As by ``torch.compiler.assume_constant_result``, which would import the compiler."""


def transformation(
    x: Tensor,
    name: str,
    param: float,
    input_scale: float,
    input_shift: float,
    scale: float,
    shift: float,
) -> Tensor:
    """Return a f(s x + t) + b."""
    return affine(function(affine(x, input_scale, input_shift), name, param), scale, shift)


def affine(x: Tensor, scale: float, shift: float) -> Tensor:
    """Return scale * x + shift by as few operations as keep the digits of both."""
    if shift == 0.0:
        return x if scale == 1.0 else scale * x
    if scale == 1.0:
        return x + shift
    if not torch.jit.is_scripting():  # noqa: SIM102 - which TorchScript needs in an `if` of its own
        if isinstance(x, torch.fx.Proxy):
            return scale * x + shift
    if x.dtype == torch.float16 or x.dtype == torch.bfloat16:  # noqa: PLR1714 - TorchScript
        return scale * x + shift
    return torch.rsub(x, shift, alpha=-scale)


def function(x: Tensor, name: str, param: float) -> Tensor:  # noqa: PLR0911, PLR0912
    """Return an activation by its name in :func:`selu_sym.list_activations`."""
    if name == "linear":
        return x
    if name == "relu":
        return functional.relu(x)
    if name == "leaky_relu":
        return functional.leaky_relu(x, param)
    if name == "gelu":
        return functional.gelu(x)
    if name == "silu":
        return functional.silu(x)
    if name == "elu":
        return functional.elu(x, param)
    if name == "tanh":
        return torch.tanh(x)
    if name == "mish":
        return functional.mish(x)
    if name == "gelu_tanh":
        return functional.gelu(x, approximate="tanh")
    if name == "softplus":
        # PyTorch's own threshold, 20, would leave 10 digits of double precision
        return functional.softplus(x, 1.0, 40.0)
    if name == "relu6":
        return functional.relu6(x)
    if name == "squared_relu":
        return functional.relu(x).square()
    if name == "celu":
        return functional.celu(x, param)
    if name == "hard_silu":
        return functional.hardswish(x)
    if name == "sigmoid":
        return torch.sigmoid(x)
    if name == "hard_sigmoid":
        return functional.hardsigmoid(x)
    if name == "log_sigmoid":
        return functional.logsigmoid(x)
    if name == "hard_tanh":
        return functional.hardtanh(x)
    if name == "tanh_shrink":
        return functional.tanhshrink(x)
    if name == "softsign":
        return functional.softsign(x)
    if name == "soft_shrink":
        return functional.softshrink(x, param)
    if name == "hard_shrink":
        return functional.hardshrink(x, param)
    if name == "threshold":
        return functional.threshold(x, param, 0.0)
    if name == "erf":
        return torch.erf(x)
    if name == "sin":
        return torch.sin(x)
    if name == "cos":
        return torch.cos(x)
    if name == "squareplus":
        return squareplus(x, param)
    if name == "gaussian":
        return gaussian(x)
    raise ValueError("PyTorch has no activation " + name)


def squareplus(x: Tensor, b: float) -> Tensor:
    """Return (x + sqrt(x^2 + b))/2 without cancellation, overflow, or a kink at 0."""
    z = wide(x)
    size = torch.where(z < 0, -z, z)
    near = size.clamp(max=2.0**27 * math.sqrt(b))  # beyond, the root is the size to rounding
    y = size + (b / 2) / (near + (near * near + b).sqrt())
    return torch.where(z < 0, (b / 4) / y, y).to(x.dtype)


def gaussian(x: Tensor) -> Tensor:
    """Return exp(-x^2)."""
    z = wide(x).clamp(-64.0, 64.0)  # beyond, all is 0, and the slope at infinity would be NaN
    return torch.exp(-z * z).to(x.dtype)


def wide(x: Tensor) -> Tensor:
    """Return the values in at least single precision; those of a ``torch.fx.Proxy`` as they are."""
    if not torch.jit.is_scripting():  # noqa: SIM102 - as above
        if isinstance(x, torch.fx.Proxy):
            return x
    return x if x.dtype == torch.float64 else x.to(torch.float32)
