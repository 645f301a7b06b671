"""An activation with scale and shift, as the ops of every framework compute it.

y = scale * f(input_scale * x + input_shift) + shift. Where f allows it, its parameters and the
scale of its input go into the other numbers, so that few functions and few operations are left:
celu(x) = alpha elu(x/alpha) is an ELU, and a relu(s x + t) is a s relu(x + t/s).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from selu_sym._balance import standardize
from selu_sym._generated.activation_kernels import QUICK_STEEPNESS
from selu_sym._numeric import catalogue
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.catalogue import Param
from selu_sym._numeric.weights import Weights
from selu_sym._tensors import arguments
from selu_sym._tensors.selu_tensors import Tensor
from selu_sym._transformed import TransformedActivation

NUMBERS = ("input_scale", "input_shift", "scale", "shift", "mean", "variance")
"""The numbers of an activation with scale and shift."""

Value = TypeVar("Value")


class Same(NamedTuple):
    """An activation by another one: f(x) = after * function(before * x + moved)."""

    function: str
    parameters: tuple[float, ...] = ()
    before: float = 1.0
    after: float = 1.0
    moved: float = 0.0


ZERO_SHIFT = 2.0**-52
"""Shift, in units of the scale, that rounding makes where it is 0."""

BY_OTHERS: dict[str, Callable[..., Same]] = {
    "prelu": lambda slope: Same("leaky_relu", (slope,)),
    "celu": lambda alpha: Same("elu", (1.0,), 1 / alpha, alpha),
    "selu": lambda alpha, scale: Same("elu", (alpha,), after=scale),
    "silu": lambda steepness: Same("silu", (), steepness, 1 / steepness),
    "quick_gelu": lambda: Same("silu", (), QUICK_STEEPNESS, 1 / QUICK_STEEPNESS),
    "softplus": lambda steepness: Same("softplus", (), steepness, 1 / steepness),
    "log_sigmoid": lambda: Same("softplus", (), -1.0, -1.0),
    "squareplus": lambda b: Same("squareplus", (), 2 / b**0.5, b**0.5 / 2),
    "hard_sigmoid": lambda: Same("relu6", (), after=1 / 6, moved=3.0),
}
"""Activations by those of which frameworks have a function, from their parameters."""

DEGREES = {"relu": 1, "leaky_relu": 1, "squared_relu": 2}
"""Degrees k of homogeneous functions: f(s x) = s^k f(x) for s > 0."""


@dataclass(frozen=True)
class Folded:
    """A function of a framework, with what is done before and after it.

    Attributes
    ----------
    function : str
        A key of the framework's table of functions.
    parameters : tuple of floats
        What the function takes besides x.
    input_scale, input_shift, scale, shift : float
        As of :class:`selu_sym.TransformedActivation`. There is nothing to do for the scale 1 and
        for the shift 0.
    """

    function: str
    parameters: tuple[float, ...]
    input_scale: float
    input_shift: float
    scale: float
    shift: float

    def __call__(self, x: Tensor, functions: dict[str, Callable[..., Tensor]]) -> Tensor:
        """Return the activation of a tensor, by functions of its library."""
        z = _affine(x, self.input_scale, self.input_shift)
        return _affine(functions[self.function](z, *self.parameters), self.scale, self.shift)


def _affine(x: Tensor, scale: float, shift: float) -> Tensor:
    """Return scale * x + shift, by the operations that are needed."""
    y = x if scale == 1 else scale * x
    return y if shift == 0 else y + shift


def folded(q: TransformedActivation, name: str = "q") -> Folded:
    """Return an activation with scale and shift in as few operations as it can be computed in.

    Raise TypeError or ValueError, which name the argument, if frameworks have no such function.
    """
    require_single(name, q)
    if not isinstance(q.activation, str):
        raise TypeError(
            f"{name} must have an activation of selu_sym.list_activations(), got the Python "
            f"function {q.source.name!r}: compute scale * f(input_scale * x + input_shift) + shift "
            "with it"
        )
    return _folded(q, q.activation)


@functools.lru_cache(maxsize=1024)
def _folded(q: TransformedActivation, activation: str) -> Folded:
    by_other = BY_OTHERS.get(activation)
    same = Same(activation, q.param) if by_other is None else by_other(*q.param)
    s, t = same.before * q.input_scale, same.before * q.input_shift + same.moved
    a, b = float(q.scale) * same.after, float(q.shift)
    if abs(b) <= ZERO_SHIFT * abs(a):  # as of odd functions
        b = 0.0
    if same.function == "linear":
        return Folded("linear", (), 1.0, 0.0, a * s, a * t + b)
    if same.function in DEGREES and s > 0:
        a, s, t = a * s ** DEGREES[same.function], 1.0, t / s
    return Folded(same.function, same.parameters, s, t, a, b)


def given_or_named(
    activation: TransformedActivation[float] | str,
    mean: float,
    variance: float,
    weights: Weights,
    param: Param,
) -> TransformedActivation[float]:
    """Return the activation with scale and shift that a layer is given, or that of a name.

    A name is standardized for the mean, the variance and the weights. Raise TypeError or ValueError
    if these come without a name, or if frameworks have no such function.
    """
    if isinstance(activation, str):
        mean, variance = arguments.number("mean", mean), arguments.number("variance", variance)
        return standardize(activation, mean, variance, weights=weights, param=param)
    folded(activation, "activation")  # which says what is wrong with it
    if (mean, variance, weights, param) != (0.0, 1.0, "iid", None):
        raise ValueError(
            "mean, variance, weights and param must be left out with a TransformedActivation, "
            "which has them: give them with the name of an activation alone, got them with "
            f"{activation!r}"
        )
    return activation


@dataclass(frozen=True)
class Kept(Generic[Value]):
    """What alpha dropout takes of a fixed point, as numbers or as tensors.

    Attributes
    ----------
    mean, variance : number or tensor
        What is kept.
    saturation : number or tensor
        What dropped units become before a x + b.
    """

    mean: Value
    variance: Value
    saturation: Value


def kept(q: TransformedActivation) -> Kept[float]:
    """Return what alpha dropout takes of an activation with scale and shift."""
    require_single("p", q)
    return Kept(float(q.mean), float(q.variance), float(q.dropped_value))


def require_single(name: str, q: TransformedActivation) -> None:
    """Raise TypeError or ValueError unless q is an activation with scale and shift, of numbers."""
    if not isinstance(q, TransformedActivation):
        raise TypeError(
            f"{name} must be a TransformedActivation, as standardize, balance and shape_for_depth "
            f"return, got {q!r}"
        )
    if np.ndim(q.scale):
        raise ValueError(f"{name} must hold numbers, got arrays of shape {np.shape(q.scale)}")


def plain(q: TransformedActivation[float]) -> dict[str, object]:
    """Return an activation with scale and shift as JSON can hold it."""
    weights = weight_models.plain(q.weights)
    return {
        "activation": q.activation,
        "param": list(q.param),
        **{name: getattr(q, name) for name in NUMBERS},
        "weights": list(weights) if isinstance(weights, tuple) else weights,
    }


def of_plain(saved: Mapping[str, Any]) -> TransformedActivation[float]:
    """Return what :func:`plain` saved, without computing its numbers again."""
    name, param = saved["activation"], tuple(saved["param"])
    numbers = {name: float(saved[name]) for name in NUMBERS}
    source = catalogue.source(name, param)
    if (numbers["input_scale"], numbers["input_shift"]) != (1.0, 0.0):
        source = source.with_input(numbers["input_scale"], numbers["input_shift"])
    weights = weight_models.checked(saved["weights"])
    return TransformedActivation(
        activation=name, param=param, **numbers, weights=weights, source=source
    )
