"""Any activation with scale and shift, of PyTorch's tensors, by PyTorch's own functions."""

# no `from __future__ import annotations`: TorchScript reads those of `transformation`

import functools
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from selu_sym._tensors.transformed import folded
from selu_sym._transformed import TransformedActivation
from selu_sym.torch._arguments import require_floating
from selu_sym.torch._watched import observable


class Numbers(NamedTuple):
    """The name and the parameter of f, and the numbers of a f(s x + t) + b."""

    name: str
    param: float
    input_scale: float
    input_shift: float
    scale: float
    shift: float


@observable
def transformed(x: Tensor, q: TransformedActivation[float]) -> Tensor:
    r"""Return an activation with scale and shift of a tensor, elementwise.

    .. math:: y = a f(s x + t) + b

    Parameters
    ----------
    x : tensor
        Of any shape and dtype float16, bfloat16, float32 or float64.
    q : TransformedActivation
        The activation f and the four numbers s, t, a and b, from :func:`selu_sym.standardize`,
        :func:`selu_sym.balance` or :func:`selu_sym.shape_for_depth`, for one fixed point.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not a tensor of a floating-point dtype, q is not a TransformedActivation, or its
        activation is a Python function.
    ValueError
        If q holds arrays.

    Notes
    -----
    The function f is PyTorch's own, as ``torch.nn.functional.gelu``, with its kernels, derivatives
    and exporters. PyTorch lacks ``"squareplus"``, ``"gaussian"`` and ``"squared_relu"``, which are
    written in a few of its operations. Parameters go into the four numbers where f allows it: a
    ReLU has no scale of its input left, a CELU is an ELU. Scale and shift are one operation for
    float32 and float64, and two for float16 and bfloat16, where one would round the shift. What
    changes nothing is left out. Compiled, all is one loop.

    Accuracy: that of PyTorch's f; scale, f and shift each round to the dtype of x. Derivatives are
    PyTorch's, too. Those of the three functions that it lacks are finite for every finite x.

    ``torch.jit.script`` cannot compile a call of this function, as TorchScript has no type for q.
    It compiles :class:`Transformed`.

    Source: ``derivations.activations``, ``derivations.transformed``.

    Examples
    --------
    >>> import selu_sym
    >>> q = selu_sym.balance("gelu")
    >>> transformed(torch.tensor([-1.0, 0.0, 1.0]), q)
    tensor([-1.1445, -0.9095,  0.3366])
    """
    found = numbers(q)
    require_floating(x)
    return transformation(x, *found)


def numbers(q: TransformedActivation[float]) -> Numbers:
    """Return what :func:`transformation` takes. Raise TypeError or ValueError if q is no such."""
    return _numbers(q) if isinstance(q, TransformedActivation) else _numbers_of(q)


def _numbers_of(q: TransformedActivation[float]) -> Numbers:
    f = folded(q)
    param = f.parameters[0] if f.parameters else 0.0
    return Numbers(f.function, param, f.input_scale, f.input_shift, f.scale, f.shift)


_numbers = functools.lru_cache(maxsize=1024)(_numbers_of)

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
        if isinstance(x, torch.fx.Proxy) or torch.jit.is_tracing() or torch.compiler.is_exporting():
            return scale * x + shift  # which every converter knows
    if x.dtype == torch.float16 or x.dtype == torch.bfloat16:  # noqa: PLR1714 - TorchScript
        return scale * x + shift
    return torch.rsub(x, shift, alpha=-scale)


def function(x: Tensor, name: str, param: float) -> Tensor:  # noqa: PLR0911, PLR0912
    """Return an activation by the name that ``_tensors.transformed`` leaves of it."""
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
    if name == "hard_silu":
        return functional.hardswish(x)
    if name == "sigmoid":
        return torch.sigmoid(x)
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
        return squareplus(x)
    if name == "gaussian":
        return gaussian(x)
    raise ValueError("PyTorch has no activation " + name)


def squareplus(x: Tensor) -> Tensor:
    """Return (x + sqrt(x^2 + 4))/2 without cancellation, overflow, or a kink at 0."""
    z = wide(x)
    size = torch.where(z < 0, -z, z)
    near = size.clamp(max=2.0**28)  # beyond, the root is the size to rounding
    y = size + 2 / (near + (near * near + 4).sqrt())
    return torch.where(z < 0, 1 / y, y).to(x.dtype)


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
