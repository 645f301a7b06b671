"""The SELU and alpha dropout of PyTorch tensors."""

from __future__ import annotations

import functools
import math
from typing import Any

import torch

from selu_sym._generated import torch_kernels as kernels
from selu_sym._numeric import validation
from selu_sym._numeric.weights import Weights, checked
from selu_sym._parameters import SeluParameters, selu_parameters
from selu_sym._tensors import arguments, random_bits
from selu_sym._tensors.dropout import dropout_constants, threshold


def selu(x: Any, p: SeluParameters[float] | None = None) -> Any:
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
    Eagerly it is PyTorch's own kernel, ``aten::elu`` with alpha and scale of p: one pass, with its
    derivatives of any order, forward and reverse. Compilers write e^x - 1 such that no digit is
    right near 0; so there, compiled and exported, the value of a polynomial is put in. Accuracy on
    a CPU: within 8 units in the last place for float32 and float64 over their whole range, and 2
    for float16 and bfloat16. The derivative at 0 is lambda alpha, and derivatives are finite for
    every finite or infinite x. NaN gives NaN.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> selu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-1.1113,  0.0000,  1.0507])
    """
    p, x = arguments.single_parameters(p), _floating(x)
    if not torch.compiler.is_compiling():
        return kernels.selu(x, p.alpha, p.scale)
    wide = _wide(x)
    y = kernels.selu(wide, p.alpha, p.scale)
    # what compilers make of it loses all digits near 0, but its derivatives are right
    lost = kernels.selu_correction_near_0(wide.detach(), y.detach(), p.saturation)
    return (y + lost).to(x.dtype)


def alpha_dropout(
    x: Any,
    rate: float = 0.5,
    p: SeluParameters[float] | None = None,
    *,
    training: bool = False,
    noise_shape: Any = None,
    generator: Any = None,
) -> Any:
    r"""Return a tensor after alpha dropout, which keeps the mean and variance of p.

    Each unit is kept with probability 1 - rate, or set to the SELU's saturation value s;
    then a x + b restores mean and variance, with
    (a, b) = :meth:`~selu_sym.SeluParameters.dropout_affine`. Dropped units become a s + b
    rounded to the dtype, and a and b take that rounding into account, so that mean and
    variance hold in bfloat16, too.

    Parameters
    ----------
    x : tensor
        The activations, of any shape and dtype float16, bfloat16, float32 or float64.
    rate : float
        Probability in [0, 1) that a unit is dropped.
    p : SeluParameters, optional
        As of :func:`selu`.
    training : bool
        Whether to drop units. Without it x itself is returned, and also at rate 0.
    noise_shape : sequence of int or None, optional
        Shape of the mask, which broadcasts to that of x. None stands for the size of x
        there: with (None, 1, None), all time steps of a (batch, time, units) tensor share
        a mask. By default the shape of x.
    generator : torch.Generator, optional
        What draws the mask, eagerly; by default PyTorch's own of the device.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError
        If x is not a tensor of a floating-point dtype, p is not SeluParameters, or another
        argument is of the wrong kind.
    ValueError
        If rate is outside [0, 1), noise_shape does not broadcast to the shape of x, or p holds
        arrays.

    Notes
    -----
    The mask comes from PyTorch's own generators, which ``torch.manual_seed`` controls. Eagerly
    each unit has 32 random bits of its own. Compiled, 64 bits are drawn, and the mask is a hash of
    them and the unit's position, computed in the loop that uses it; so the masks of a seed are not
    the eager ones, and a mask can have at most 2**32 units. The rate is a constant of a compiled
    function; another one is computed eagerly, or ``fullgraph=True`` says that it cannot.

    The gradient is a for the units that were kept and 0 for the others; values that were dropped
    may be infinite or NaN.

    Source: ``derivations.dropout``, ``derivations.activation``; Klambauer et al. 2017
    (arXiv 1706.02515), "New Dropout Technique".

    Examples
    --------
    >>> _ = torch.manual_seed(1)
    >>> alpha_dropout(torch.tensor([1.0, 2.0, 3.0, 4.0]), rate=0.5, training=True)
    tensor([-0.7792,  2.5520, -0.7792, -0.7792])
    """
    p, rate = arguments.single_parameters(p), validation.single_rate(rate)
    shape = _floating(x).shape
    if noise_shape is not None:
        shape = validation.mask_shape(validation.noise_shape(noise_shape), shape)
    if not arguments.flag("training", training) or rate == 0:
        return x
    hashed = generator is None and torch.compiler.is_compiling()
    bits = _hashed_bits(x, shape) if hashed else _drawn_bits(x, shape, generator)
    constants = _constants(p, rate, x.dtype)
    y = kernels.alpha_dropout(_wide(x), bits, threshold(rate) - 2**31, *constants)
    return y.to(x.dtype)


def feature_alpha_dropout(
    x: Any, rate: float = 0.5, p: SeluParameters[float] | None = None, *, training: bool = False
) -> Any:
    """Return a tensor after alpha dropout of whole channels.

    It is :func:`alpha_dropout` with one mask for all places of a channel.

    Parameters
    ----------
    x : tensor
        Of shape (batch, channels, ...), and at least these two dimensions.
    rate, p, training
        As of :func:`alpha_dropout`.

    Returns
    -------
    tensor of the shape and dtype of x

    Raises
    ------
    TypeError, ValueError
        As :func:`alpha_dropout`, and if x has less than two dimensions.

    Examples
    --------
    >>> y = feature_alpha_dropout(torch.ones(2, 3, 4, 4), rate=0.5, training=True)
    >>> bool((y == y[:, :, :1, :1]).all())
    True
    """
    if _floating(x).dim() < 2:
        raise ValueError(f"x must be of shape (batch, channels, ...), got {tuple(x.shape)}")
    noise_shape = (None, None, *(1,) * (x.dim() - 2))
    return alpha_dropout(x, rate, p, training=training, noise_shape=noise_shape)


class _FixedPointModule(torch.nn.Module):  # type: ignore[misc]
    """A module that has a fixed point."""

    def __init__(self, mean: float, variance: float, weights: Weights) -> None:
        super().__init__()
        self.fixed_point = selu_parameters(
            arguments.number("mean", mean),
            arguments.number("variance", variance),
            weights=checked(weights),
        )

    def extra_repr(self) -> str:
        """Return the arguments that make an equal module."""
        p = self.fixed_point
        return f"mean={p.mean}, variance={p.variance}, weights={p.weights!r}"


class SELU(_FixedPointModule):
    """The SELU with a given fixed point, as a module.

    Formula and accuracy are those of :func:`selu`.

    Parameters
    ----------
    mean, variance : float
        The fixed point: mean and variance > 0 that the activations keep. The layers before need
        weights of the model given, which :func:`init_` draws; those of PyTorch's own layers are
        ``weights="torch"``.
    weights : str, Iid or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.

    Attributes
    ----------
    fixed_point : SeluParameters
        The SELU of the fixed point.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`.

    Notes
    -----
    Like ``torch.nn.SELU`` it has no parameters and no state, so that checkpoints of the one load
    into the other.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> module = SELU(mean=-0.1, variance=2.0)
    >>> print(f"{module.fixed_point.alpha:.6f} {module.fixed_point.scale:.6f}")
    2.329997 0.979819
    """

    def __init__(self, mean: float = 0.0, variance: float = 1.0, weights: Weights = "iid") -> None:
        super().__init__(mean, variance, weights)

    def forward(self, x: Any) -> Any:
        """Return the SELU of a tensor."""
        return selu(x, self.fixed_point)


class AlphaDropout(_FixedPointModule):
    """Alpha dropout that keeps a given fixed point, as a module.

    In training, units are dropped as by :func:`alpha_dropout`; else the input is returned.

    Parameters
    ----------
    rate : float
        Probability in [0, 1) that a unit is dropped.
    mean, variance : float
        The fixed point, as of the :class:`SELU` before.
    weights : str, Iid or (omega, tau)
        The weight model, as of the :class:`SELU` before.
    noise_shape : sequence of int or None, optional
        As of :func:`alpha_dropout`.

    Attributes
    ----------
    rate : float
        The probability.
    fixed_point : SeluParameters
        The SELU of the fixed point.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`; and if the rate is outside [0, 1), or the noise shape
        holds anything else than positive integers and None.

    Notes
    -----
    Source: ``derivations.dropout``; Klambauer et al. 2017 (arXiv 1706.02515), "New Dropout
    Technique".

    Examples
    --------
    >>> module = AlphaDropout(0.2, mean=-0.1, variance=2.0).eval()
    >>> x = torch.ones(2, 3)
    >>> module(x) is x
    True
    """

    def __init__(
        self,
        rate: float = 0.5,
        mean: float = 0.0,
        variance: float = 1.0,
        weights: Weights = "iid",
        noise_shape: Any = None,
    ) -> None:
        super().__init__(mean, variance, weights)
        self.rate = validation.single_rate(rate)
        self.noise_shape = None if noise_shape is None else validation.noise_shape(noise_shape)

    def forward(self, x: Any) -> Any:
        """Return a tensor, in training with some of its units dropped."""
        return alpha_dropout(
            x, self.rate, self.fixed_point, training=self.training, noise_shape=self.noise_shape
        )

    def extra_repr(self) -> str:
        """Return the arguments that make an equal module."""
        own = f"rate={self.rate}, {super().extra_repr()}"
        return own if self.noise_shape is None else f"{own}, noise_shape={self.noise_shape}"


class FeatureAlphaDropout(_FixedPointModule):
    """Alpha dropout of whole channels that keeps a given fixed point, as a module.

    In training, channels are dropped as by :func:`feature_alpha_dropout`; else the input is
    returned.

    Parameters
    ----------
    rate : float
        Probability in [0, 1) that a channel is dropped.
    mean, variance : float
        The fixed point, as of the :class:`SELU` before.
    weights : str, Iid or (omega, tau)
        The weight model, as of the :class:`SELU` before.

    Attributes
    ----------
    rate, fixed_point
        As of :class:`AlphaDropout`.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :class:`AlphaDropout`.

    Examples
    --------
    >>> FeatureAlphaDropout(0.2)
    FeatureAlphaDropout(rate=0.2, mean=0.0, variance=1.0, weights='iid')
    """

    def __init__(
        self,
        rate: float = 0.5,
        mean: float = 0.0,
        variance: float = 1.0,
        weights: Weights = "iid",
    ) -> None:
        super().__init__(mean, variance, weights)
        self.rate = validation.single_rate(rate)

    def forward(self, x: Any) -> Any:
        """Return a tensor, in training with some of its channels dropped."""
        return feature_alpha_dropout(x, self.rate, self.fixed_point, training=self.training)

    def extra_repr(self) -> str:
        """Return the arguments that make an equal module."""
        return f"rate={self.rate}, {super().extra_repr()}"


def _drawn_bits(x: Any, shape: Any, generator: Any) -> Any:
    """Return uniform int32 numbers: halves of integers, which PyTorch draws faster than others."""
    size = math.prod(shape)
    pairs = x.new_empty((size + 1) // 2, dtype=torch.int64)
    pairs.random_(-(2**63), None, generator=generator)
    return pairs.view(torch.int32)[:size].view(shape)


def _hashed_bits(x: Any, shape: Any) -> Any:
    """Return uniform int32 numbers that a compiler computes where they are used."""
    size = math.prod(shape)
    if not isinstance(size, torch.SymInt):  # of an export, where it would be a condition
        random_bits.require_distinct(tuple(shape), size)
    # by a generator's own operation, and not torch.randint, which would be computed in the loop
    key = torch.ops.aten.random(torch.zeros(2, dtype=torch.int64, device=x.device))
    positions = torch.arange(size, dtype=torch.int32, device=x.device)

    def shifted(bits: Any, places: int) -> Any:
        return (bits >> places) & (2 ** (32 - places) - 1)

    return random_bits.random_bits(positions, key.to(torch.int32), _signed, shifted).view(shape)


def _signed(number: int) -> int:
    """Return the 32-bit integer with the same bits."""
    return number - 2**32 if number >= 2**31 else number


@functools.lru_cache(maxsize=1024)
def _constants_of(p: SeluParameters[float], rate: float, dtype: Any) -> tuple[float, ...]:
    def rounded(value: Any) -> float:
        return float(torch.tensor(float(value), dtype=dtype))

    return tuple(map(float, dropout_constants(p, rate, rounded)))


def _constants(p: SeluParameters[float], rate: float, dtype: Any) -> tuple[float, ...]:
    """Return the constants of alpha dropout for a dtype."""
    return _constants_of(p, rate, dtype)


_constants._dynamo_marked_constant = True  # type: ignore[attr-defined]
"""As by ``torch.compiler.assume_constant_result``, which would import the compiler."""


def _wide(x: Any) -> Any:
    """Return the values in at least single precision."""
    return x if x.dtype == torch.float64 else x.float()


def _floating(x: Any) -> Any:
    """Return a tensor of a floating-point dtype, or say that it is none."""
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"x must be a tensor, got {type(x).__name__}")
    if not x.is_floating_point():
        raise TypeError(f"x must be of a floating-point dtype, got {x.dtype}")
    return x
