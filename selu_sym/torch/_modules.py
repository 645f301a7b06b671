"""The activations and alpha dropout of PyTorch as modules."""

# no `from __future__ import annotations`: TorchScript and torch.fx read those of `forward`

from collections.abc import Sequence
from typing import ClassVar, cast

import torch
from torch import Tensor

from selu_sym._numeric import validation
from selu_sym._numeric.catalogue import Param
from selu_sym._numeric.weights import Weights, checked
from selu_sym._parameters import SeluParameters, selu_parameters
from selu_sym._tensors.arguments import number
from selu_sym._tensors.transformed import Kept, given_or_named
from selu_sym._transformed import TransformedActivation
from selu_sym.torch import _ops
from selu_sym.torch._arguments import FixedPoint, single_fixed_point
from selu_sym.torch._ops import alpha_dropout, feature_alpha_dropout, selu
from selu_sym.torch._script import Constants, scripted_dropout
from selu_sym.torch._transformed import numbers, transformation, transformed


class _Dropout(torch.nn.Module):
    """A module that drops units."""

    # what TorchScript reads when it compiles a module, and its properties that it does not compile
    __constants__: ClassVar[Sequence[str]] = ("script_rate", "script_constants")
    __jit_unused_properties__: ClassVar[Sequence[str]] = __constants__

    def __init__(
        self,
        rate: float,
        mean: float,
        variance: float,
        weights: Weights,
        fixed_point: FixedPoint | None,
    ) -> None:
        super().__init__()
        if fixed_point is None:
            self.fixed_point: FixedPoint = _selu_of(mean, variance, weights)
        elif (mean, variance, weights) != (0.0, 1.0, "iid"):
            raise ValueError("pass fixed_point, or mean, variance and weights, and not both")
        else:
            found = single_fixed_point(fixed_point)
            assert not isinstance(found, Kept)  # which nobody outside makes
            self.fixed_point = found
        self.rate = validation.single_rate(rate)

    @property
    def script_constants(self) -> tuple[Constants, Constants, Constants, Constants]:
        """The constants of alpha dropout for float16, bfloat16, float32 and float64."""
        p, rate = self.fixed_point, self.rate
        half = _ops.constants(p, rate, torch.float16), _ops.constants(p, rate, torch.bfloat16)
        return *half, _ops.constants(p, rate, torch.float32), _ops.constants(p, rate, torch.float64)

    @property
    def script_rate(self) -> float:
        """The rate."""
        return self.rate

    def extra_repr(self) -> str:
        """Return the arguments that make an equal module."""
        return f"rate={self.rate}, {_arguments(self.fixed_point)}"


class SELU(torch.nn.Module):
    """The SELU with a given fixed point, as a module.

    Formula and accuracy are those of :func:`selu`.

    Parameters
    ----------
    mean, variance : float
        The fixed point: mean and variance > 0 that the activations keep. The layers before need
        the weights that the weight model assumes. :func:`init_` draws them; for the weights that
        PyTorch's own layers draw, pass ``weights="torch"``.
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
    Like ``torch.nn.SELU``, the module has no parameters and no state. So a checkpoint of a model
    with either loads into a model with the other.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> module = SELU(mean=-0.1, variance=2.0)
    >>> print(f"{module.fixed_point.alpha:.6f} {module.fixed_point.scale:.6f}")
    2.329997 0.979819
    """

    def __init__(self, mean: float = 0.0, variance: float = 1.0, weights: Weights = "iid") -> None:
        super().__init__()
        self.fixed_point = _selu_of(mean, variance, weights)

    def extra_repr(self) -> str:
        """Return the arguments that make an equal module."""
        return _arguments(self.fixed_point)

    __constants__: ClassVar[Sequence[str]] = ("script_alpha", "script_scale")
    __jit_unused_properties__: ClassVar[Sequence[str]] = __constants__

    @property
    def script_alpha(self) -> float:
        """Alpha, as TorchScript reads it."""
        return self.fixed_point.alpha

    @property
    def script_scale(self) -> float:
        """Scale, as TorchScript reads it."""
        return self.fixed_point.scale

    def forward(self, x: Tensor) -> Tensor:
        """Return the SELU of a tensor."""
        if torch.jit.is_scripting():
            return self.script_scale * torch.nn.functional.elu(x, self.script_alpha)
        node = _node(self, x)
        if node is not None:
            return node
        return selu(x, self.fixed_point)


class Transformed(torch.nn.Module):
    """Any activation with scale and shift, as a module.

    Formula and accuracy are those of :func:`transformed`.

    Parameters
    ----------
    activation : TransformedActivation or str
        From :func:`selu_sym.standardize`, :func:`selu_sym.balance` or
        :func:`selu_sym.shape_for_depth`. A name of :func:`selu_sym.list_activations` stands for
        the standardized activation, ``standardize(activation, mean, variance, weights=weights,
        param=param)``.
    mean, variance : float
        With a name: the fixed point, mean and variance > 0 that the activations keep.
    weights : str, Iid or (omega, tau)
        With a name: the weight model of the layers before, which :func:`init_` draws.
    param : float, or tuple of floats, optional
        With a name: the activation's parameters, as the slope of a leaky ReLU.

    Attributes
    ----------
    fixed_point : TransformedActivation
        The activation.

    Raises
    ------
    ValueError, TypeError
        As :func:`selu_sym.standardize`; if an activation holds arrays, or is a function of NumPy
        arrays; and if it is no name, and another argument is given.

    Warns
    -----
    UserWarning
        As :func:`selu_sym.standardize`, if the fixed point repels.

    Notes
    -----
    The module has no parameters and no state, as PyTorch's activations.

    Source: ``derivations.transformed``.

    Examples
    --------
    >>> import selu_sym
    >>> module = Transformed(selu_sym.balance("relu"))
    >>> module(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-1.1284, -1.1284,  0.2858])
    >>> Transformed("tanh", weights="he_normal")
    Transformed('tanh', mean=0.0, variance=1.0, weights='he_normal')
    """

    def __init__(
        self,
        activation: TransformedActivation[float] | str,
        mean: float = 0.0,
        variance: float = 1.0,
        weights: Weights = "iid",
        param: Param = None,
    ) -> None:
        super().__init__()
        self._named = isinstance(activation, str)
        self.fixed_point = given_or_named(activation, mean, variance, weights, param)

    __constants__: ClassVar[Sequence[str]] = ("script_numbers",)
    __jit_unused_properties__: ClassVar[Sequence[str]] = __constants__

    @property
    def script_numbers(self) -> tuple[str, float, float, float, float, float]:
        """What ``transformation`` takes, as TorchScript reads it."""
        return (*numbers(self.fixed_point),)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of a tensor."""
        if torch.jit.is_scripting():
            name, param, s, t, a, b = self.script_numbers
            return transformation(x, name, param, s, t, a, b)
        node = _node(self, x)
        if node is not None:
            return node
        return transformed(x, self.fixed_point)

    def extra_repr(self) -> str:
        """Return the arguments that make an equal module."""
        q = self.fixed_point
        if not self._named:
            return repr(q)
        param = f", param={q.param}" if q.param else ""
        return f"{q.activation!r}, {_arguments(q, named=True)}{param}"


class AlphaDropout(_Dropout):
    """Alpha dropout that keeps a given fixed point, as a module.

    In training, units are dropped as by :func:`alpha_dropout`. Otherwise the input is returned.

    Parameters
    ----------
    rate : float
        Probability in [0, 1) that a unit is dropped.
    mean, variance : float
        The fixed point, as of the :class:`SELU` before.
    weights : str, Iid or (omega, tau)
        The weight model, as of the :class:`SELU` before.
    noise_shape : sequence of int or None, optional
        As for :func:`alpha_dropout`.
    fixed_point : SeluParameters or TransformedActivation, optional
        The activation before, in place of mean, variance and weights: the ``fixed_point`` of a
        :class:`SELU` or of :class:`Transformed`, for example.

    Attributes
    ----------
    rate : float
        The probability.
    fixed_point : SeluParameters or TransformedActivation
        The activation of the fixed point.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`; and if the rate is outside [0, 1), the noise shape
        holds anything but positive integers and None, or both kinds of fixed point are given.

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
        noise_shape: Sequence[int | None] | None = None,
        fixed_point: FixedPoint | None = None,
    ) -> None:
        super().__init__(rate, mean, variance, weights, fixed_point)
        self.noise_shape = None if noise_shape is None else validation.noise_shape(noise_shape)

    __constants__: ClassVar[Sequence[str]] = (*_Dropout.__constants__, "script_shared")
    __jit_unused_properties__: ClassVar[Sequence[str]] = __constants__

    @property
    def script_shared(self) -> tuple[bool, ...]:
        """Whether a mask is shared: along dimensions that it lacks, then along each of its own."""
        own = self.noise_shape
        return (False,) if own is None else (True, *(size == 1 for size in own))

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor, in training with some of its units dropped."""
        if torch.jit.is_scripting():
            if not self.training:
                return x
            shared = list(self.script_shared)
            return scripted_dropout(x, self.script_rate, self.script_constants, shared)
        node = _node(self, x)
        if node is not None:
            return node
        return alpha_dropout(
            x, self.rate, self.fixed_point, training=self.training, noise_shape=self.noise_shape
        )

    def extra_repr(self) -> str:
        """Return the arguments that make an equal module."""
        own = super().extra_repr()
        return own if self.noise_shape is None else f"{own}, noise_shape={self.noise_shape}"


class FeatureAlphaDropout(_Dropout):
    """Alpha dropout of whole channels that keeps a given fixed point, as a module.

    In training, channels are dropped as by :func:`feature_alpha_dropout`. Otherwise the input is
    returned.

    Parameters
    ----------
    rate : float
        Probability in [0, 1) that a channel is dropped.
    mean, variance : float
        The fixed point, as of the :class:`SELU` before.
    weights : str, Iid or (omega, tau)
        The weight model, as of the :class:`SELU` before.
    fixed_point : SeluParameters or TransformedActivation, optional
        As of :class:`AlphaDropout`.

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
        fixed_point: FixedPoint | None = None,
    ) -> None:
        super().__init__(rate, mean, variance, weights, fixed_point)

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor, in training with some of its channels dropped."""
        if torch.jit.is_scripting():
            if not self.training:
                return x
            shared = [False, False, False] + [True] * (x.dim() - 2)
            return scripted_dropout(x, self.script_rate, self.script_constants, shared)
        node = _node(self, x)
        if node is not None:
            return node
        return feature_alpha_dropout(x, self.rate, self.fixed_point, training=self.training)


def _selu_of(mean: float, variance: float, weights: Weights) -> SeluParameters[float]:
    """Return the SELU of a fixed point, of numbers alone."""
    mean, variance = number("mean", mean), number("variance", variance)
    return selu_parameters(mean, variance, weights=checked(weights))


def _arguments(p: FixedPoint, *, named: bool = False) -> str:
    """Return the arguments that make an equal module: of the SELU or of a name, or a fixed point.

    Those of match_moments have no weights, which a module of their mean and variance would have.
    """
    if not named and (isinstance(p, TransformedActivation) or p.weights is None):
        return f"fixed_point={p!r}"
    return f"mean={p.mean}, variance={p.variance}, weights={p.weights!r}"


def _node(module: torch.nn.Module, x: object) -> Tensor | None:
    """Return what ``torch.fx`` records of the call of a module: one node, as of PyTorch's own.

    So a traced dropout still follows ``train()`` and ``eval()``. None is returned where nothing is
    traced, or the module itself.
    """
    tracer = x.tracer if isinstance(x, torch.fx.Proxy) else None
    if not isinstance(tracer, torch.fx.Tracer) or tracer.root is module:
        return None
    node = tracer.create_proxy("call_module", tracer.path_of_module(module), (x,), {})
    return cast("Tensor", node)  # which it stands for
