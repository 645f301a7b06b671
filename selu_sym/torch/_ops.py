"""The SELU and alpha dropout of PyTorch tensors."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.overrides import handle_torch_function

from selu_sym._generated import torch_kernels as kernels
from selu_sym._numeric import validation
from selu_sym._parameters import SeluParameters
from selu_sym._tensors.arguments import flag, single_parameters
from selu_sym._tensors.dropout import dropout_constants
from selu_sym._tensors.transformed import Kept
from selu_sym.torch import _masks
from selu_sym.torch._arguments import FixedPoint, kept, require_floating, single_fixed_point
from selu_sym.torch._watched import observable


@observable
def selu(x: Tensor, p: SeluParameters[float] | None = None) -> Tensor:
    r"""Return the SELU of a tensor, elementwise.

    .. math::
        \mathrm{selu}(x) = \begin{cases}
        \lambda x & x > 0 \\ \lambda \alpha (e^x - 1) & x \le 0 \end{cases}

    Parameters
    ----------
    x : tensor
        Of any shape and dtype float16, bfloat16, float32 or float64.
    p : SeluParameters, optional
        From :func:`selu_sym.selu_parameters`; by default the paper's, for (0, 1).

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not a tensor of a floating-point dtype, or p is not SeluParameters.
    ValueError
        If p holds arrays.

    Notes
    -----
    Eagerly it is PyTorch's own kernel, ``aten::elu``, with p's alpha and scale: one pass over
    memory, with derivatives of any order, forward and reverse. Traced, exported or compiled, it is
    scale times an ELU with p's alpha, which every exporter supports.

    Accuracy on a CPU: within 8 units in the last place for float32 and float64 over their whole
    range, and 2 for float16 and bfloat16. Compilers and ONNX Runtime compute e^x - 1 in a way that
    has no correct digit near 0. Code that is compiled, or exported by ``torch.export`` or to ONNX,
    therefore uses a polynomial there. What ``torch.jit.trace`` and ``torch.fx`` record does not:
    near 0 it is as accurate as the ELU of whatever runs it. The derivative at 0 is lambda alpha,
    and derivatives are finite for every finite or infinite x. NaN gives NaN.

    ``torch.jit.script`` cannot compile a call of this function, as TorchScript has no type for p.
    It compiles :class:`SELU`.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> selu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-1.1113,  0.0000,  1.0507])
    """
    p = single_parameters(p)
    require_floating(x)
    proxy = isinstance(x, torch.fx.Proxy)
    in_onnx = torch.onnx.is_in_onnx_export()
    if not (proxy or in_onnx or torch.compiler.is_compiling() or torch.jit.is_tracing()):
        y: Tensor = kernels.selu(x, p.alpha, p.scale)
        return y
    wide = x if proxy else _wide(x)
    y = p.scale * kernels.selu(wide, p.alpha, 1.0)
    if proxy:
        return y
    if in_onnx or torch.compiler.is_compiling():
        # what compilers make of it loses all digits near 0, but its derivatives are right
        y = y + kernels.selu_correction_near_0(wide.detach(), y.detach(), p.saturation)
    return y.to(x.dtype)


@observable
def alpha_dropout(
    x: Tensor,
    rate: float = 0.5,
    p: FixedPoint | None = None,
    *,
    training: bool = False,
    noise_shape: Sequence[int | None] | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Return a tensor after alpha dropout, which keeps the mean and variance of p.

    Each unit is kept with probability 1 - rate; otherwise it is set to the SELU's saturation
    value s, or to the ``dropped_value`` of another activation. Then a x + b restores mean and
    variance, with (a, b) = :meth:`~selu_sym.SeluParameters.dropout_affine`. Dropped units
    become a s + b rounded to the dtype, and a and b take that rounding into account, so that
    mean and variance are kept in bfloat16, too.

    Parameters
    ----------
    x : tensor
        The activations, of any shape and dtype float16, bfloat16, float32 or float64.
    rate : float
        Probability in [0, 1) that a unit is dropped.
    p : SeluParameters or TransformedActivation, optional
        As for :func:`selu`, or as for :func:`transformed`, with any activation.
    training : bool
        Whether to drop units. If it is false, or the rate is 0, x itself is returned.
    noise_shape : sequence of int or None, optional
        Shape of the mask, which broadcasts to that of x. None stands for the size of x
        there: with (None, 1, None), all time steps of a (batch, time, units) tensor share
        a mask. By default the shape of x.
    generator : torch.Generator, optional
        The generator that draws the mask, eagerly. By default it is the device's own.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not a tensor of a floating-point dtype, p is neither of the two, or another
        argument is of the wrong kind.
    ValueError
        If rate is outside [0, 1), noise_shape does not broadcast to the shape of x, or p holds
        arrays.

    Notes
    -----
    The mask comes from PyTorch's own generators, which ``torch.manual_seed`` controls, and follows
    ``randomness`` of ``torch.func.vmap``. Eagerly each unit has a uniform float32 number of its
    own. Compiled, 64 bits are drawn, and the mask is a hash of them and the unit's position,
    computed in the loop that uses it; so a seed does not give the mask that it gives eagerly, and
    a mask can have at most 2**32 units. The rate is a constant of a compiled function. If it
    changes, the dropout runs eagerly; with ``fullgraph=True`` that is an error. The output has the
    memory format of x.

    The gradient is a for the units that were kept and 0 for the others, even if values that were
    dropped are infinite or NaN.

    ``torch.jit.script`` cannot compile a call of this function. It compiles :class:`AlphaDropout`.

    Source: ``derivations.dropout``, ``derivations.activation``; Klambauer et al. 2017
    (arXiv 1706.02515), "New Dropout Technique".

    Examples
    --------
    >>> _ = torch.manual_seed(1)
    >>> alpha_dropout(torch.tensor([1.0, 2.0, 3.0, 4.0]), rate=0.5, training=True)
    tensor([ 1.6656, -0.7792, -0.7792,  4.3248])
    """
    point, rate = single_fixed_point(p), validation.single_rate(rate)
    training = flag("training", training)
    require_floating(x)
    own = None if noise_shape is None else validation.noise_shape(noise_shape)
    if isinstance(x, torch.fx.Proxy):
        return _node(alpha_dropout, x, rate, kept(point), training=training, noise_shape=own)
    if own is not None:
        validation.mask_shape(own, tuple(x.shape))
    if not training or rate == 0:
        return x
    random, threshold = _masks.uniform(x, own, rate, generator)
    a, b, d = constants(point, rate, x.dtype)
    if not _is_plain(x):
        y: Tensor = kernels.alpha_dropout(_wide(x), random, threshold, a, b, d)
        return y.to(x.dtype)
    # the same in place: tensors that need not be made are what most of the time goes into
    dropped = random < threshold
    if own is None and x.dtype != torch.float64:
        y = random.fill_(b).add_(x, alpha=a)
    else:
        y = torch.rsub(_wide(x), b, alpha=-a)
    return y.masked_fill_(dropped, d).to(x.dtype)


def _is_plain(x: Tensor) -> bool:
    """Return whether a tensor's operations are computed at once, and nothing else hears of them."""
    return (
        type(x) is Tensor
        and not torch.compiler.is_compiling()
        and not torch.jit.is_tracing()
        and torch._C._functorch.peek_interpreter_stack() is None
        and torch._C._len_torch_dispatch_stack() == 0
    )


@observable
def feature_alpha_dropout(
    x: Tensor, rate: float = 0.5, p: FixedPoint | None = None, *, training: bool = False
) -> Tensor:
    """Return a tensor after alpha dropout of whole channels.

    It is :func:`alpha_dropout` with one mask for all places of a channel.

    Parameters
    ----------
    x : tensor
        Of shape (batch, channels, ...), and at least these two dimensions.
    rate, p, training
        As for :func:`alpha_dropout`.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError, ValueError
        As :func:`alpha_dropout`, and if x has fewer than two dimensions.

    Notes
    -----
    ``torch.jit.script`` cannot compile a call of this function. It compiles
    :class:`FeatureAlphaDropout`.

    Source: ``derivations.dropout``.

    Examples
    --------
    >>> y = feature_alpha_dropout(torch.ones(2, 3, 4, 4), rate=0.5, training=True)
    >>> bool((y == y[:, :, :1, :1]).all())
    True
    """
    require_floating(x)
    if isinstance(x, torch.fx.Proxy):
        point, training = single_fixed_point(p), flag("training", training)
        return _node(feature_alpha_dropout, x, rate, kept(point), training=training)
    if x.dim() < 2:
        raise ValueError(f"x must be of shape (batch, channels, ...), got {tuple(x.shape)}")
    noise_shape = (None, None, *(1,) * (x.dim() - 2))
    return alpha_dropout(x, rate, p, training=training, noise_shape=noise_shape)


def _node(
    function: Callable[..., Tensor], x: Tensor, *arguments: object, **options: object
) -> Tensor:
    """Return what ``torch.fx`` records of a call: one node, as of PyTorch's own functions."""
    node: Tensor = handle_torch_function(function, (x,), x, *arguments, **options)
    return node


@functools.lru_cache(maxsize=1024)
def _constants(p: Kept[float], rate: float, dtype: torch.dtype) -> tuple[float, float, float]:
    a, b, d = dropout_constants(p, rate, functools.partial(rounded, dtype))
    return float(a), float(b), float(d)


def constants(
    p: FixedPoint | Kept[float], rate: float, dtype: torch.dtype
) -> tuple[float, float, float]:
    """Return a, b and d of alpha dropout for a dtype."""
    return _constants(kept(p), rate, dtype)


constants._dynamo_marked_constant = True  # type: ignore[attr-defined]
"""As by ``torch.compiler.assume_constant_result``, which would import the compiler."""


def rounded(dtype: torch.dtype, value: float) -> float:
    """Return the number of a dtype that is nearest to a value.

    It makes no tensor, which would lie on the device of a ``with torch.device("meta")``.
    """
    limits = torch.finfo(dtype)
    _, exponent = math.frexp(value)
    step = max(math.ldexp(limits.eps, exponent - 1), limits.tiny * limits.eps)
    nearest = round(value / step) * step
    return nearest if abs(nearest) <= limits.max else math.copysign(math.inf, value)


def _wide(x: Tensor) -> Tensor:
    """Return the values in at least single precision."""
    return x if x.dtype == torch.float64 else x.float()
