"""Weight models: which net input a layer with given activations feeds to the next one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any, Literal, TypeAlias, TypeVar, cast

from selu_sym._generated import numpy_kernels
from selu_sym._numeric import validation
from selu_sym._numeric.elementwise import elementwise
from selu_sym._numeric.validation import Values


@dataclass(frozen=True)
class Iid:
    r"""Independent weights and biases, both of mean 0, as initializers draw them.

    A layer whose activations have mean mu and variance nu feeds the next one the net input

    .. math:: z \sim N(0, \tau (\nu + \mu^2) + \beta).

    Parameters
    ----------
    tau : float
        Expected sum of the squared weights of a unit, > 0: the number of its inputs times the
        variance of a weight. 1 for LeCun's initializers, 2 for He's.
    bias_variance : float
        Variance beta >= 0 of the biases.

    Raises
    ------
    ValueError
        If tau is not positive, or bias_variance is negative.

    Notes
    -----
    Every function that takes weights also takes these names of such models: ``"iid"``,
    ``"lecun_normal"``, ``"lecun_uniform"``, ``"orthogonal"``, and for layers of equal width
    ``"glorot_normal"`` and ``"glorot_uniform"``, are ``Iid()``; ``"he_normal"`` and
    ``"he_uniform"`` are ``Iid(2.0)``; ``"torch"``, the default of PyTorch's Linear and Conv, is
    ``Iid(1/3)``, the limit of wide layers. For a given width, :meth:`torch` has the biases, too.
    :mod:`selu_sym.precise` takes tau and bias_variance at their exact binary values.

    Source: ``derivations.moments.net_input_iid``.

    Examples
    --------
    >>> import selu_sym
    >>> alpha, scale = selu_sym.selu_parameters(0.0, 1.0, weights=Iid(tau=2.0))
    >>> print(f"{alpha:.6f} {scale:.6f}")
    1.971256 0.750035
    """

    tau: float = 1.0
    bias_variance: float = 0.0

    def __post_init__(self) -> None:
        """Check both, and keep them as floats."""
        for name, value in (
            ("tau", validation.positive("tau", self.tau)),
            ("bias_variance", validation.finite("bias_variance", self.bias_variance)),
        ):
            if not isinstance(value, float):
                raise ValueError(f"{name} must be a number, got an array of shape {value.shape}")
            object.__setattr__(self, name, value)
        if self.bias_variance < 0:
            raise ValueError(f"bias_variance must not be negative, got {self.bias_variance!r}")

    @classmethod
    def torch(cls, fan_in: int) -> Iid:
        """Return PyTorch's default for layers whose units have fan_in inputs.

        Weights and biases are uniform between -1/sqrt(fan_in) and 1/sqrt(fan_in).
        """
        return cls(1 / 3, 1 / (3 * float(validation.positive("fan_in", fan_in))))


WeightModel: TypeAlias = Literal[
    "unit-sum",
    "normalized",
    "iid",
    "lecun_normal",
    "lecun_uniform",
    "glorot_normal",
    "glorot_uniform",
    "orthogonal",
    "he_normal",
    "he_uniform",
    "torch",
]
Weights: TypeAlias = WeightModel | tuple[float, float] | Iid

Number = TypeVar("Number")
"""A float, an array, or a framework's tensor."""

SUMS: dict[str, tuple[float, float]] = {"unit-sum": (1.0, 1.0), "normalized": (0.0, 1.0)}
"""(omega, tau), sum and sum of squares of a unit's weights, of the models that fix both."""

INDEPENDENT: dict[str, Iid] = {
    "iid": Iid(),
    "lecun_normal": Iid(),
    "lecun_uniform": Iid(),
    "glorot_normal": Iid(),
    "glorot_uniform": Iid(),
    "orthogonal": Iid(),
    "he_normal": Iid(2.0),
    "he_uniform": Iid(2.0),
    "torch": Iid(1 / 3),
}
"""Models of independent weights, by Keras's names of their initializers."""


def checked(weights: object) -> Weights:
    """Return a valid weight model, or raise ValueError with the list of models."""
    if isinstance(weights, Iid):
        return weights
    if isinstance(weights, Mapping) and weights.keys() == {"tau", "bias_variance"}:
        return Iid(**weights)
    if isinstance(weights, str):
        if weights in SUMS or weights in INDEPENDENT:
            return weights  # type: ignore[return-value]
    elif isinstance(weights, tuple | list) and len(weights) == 2:
        omega = validation.finite("weights (omega)", weights[0])
        tau = validation.positive("weights (tau)", weights[1])
        if isinstance(omega, float) and isinstance(tau, float):
            return omega, tau
    names = ", ".join(map(repr, list(INDEPENDENT)[1:]))
    raise ValueError(
        "weights must be 'unit-sum', 'normalized', 'iid' or a pair of numbers (omega, tau), "
        f"selu_sym.Iid(tau, bias_variance), or one of {names}; got {weights!r}"
    )


def chosen(weights: Weights | None, *, centered: bool, stacklevel: int = 3) -> Weights:
    """Return a valid weight model, or the default if none is given.

    If every mean is 0 (centered), it is that of networks: all models give the same alpha and
    scale. Otherwise it is the published notebook's, with a warning.
    """
    if weights is not None:
        return checked(weights)
    if centered:
        return "iid"
    warnings.warn(
        "no weights are given, and with a mean that is not 0 they matter: taken as 'unit-sum', "
        "which gives the numbers of the published notebook. Pass weights='iid' for networks "
        "with independent weights of mean 0 (LeCun normal), or weights='unit-sum' to keep these",
        UserWarning,
        stacklevel,
    )
    return "unit-sum"


def required(weights: Weights | None, what: str) -> Weights:
    """Return the weight model, or raise ValueError if there is none."""
    if weights is None:
        raise ValueError(
            f"{what} needs a weight model, got parameters of match_moments; use selu_parameters"
        )
    return weights


def in_words(weights: Weights) -> str:
    """Return the name of a weight model and its meaning."""
    if fixed := sums(weights):
        omega, tau = fixed
        text = f"sum {omega:g}, sum of squares {tau:g}"
    else:
        tau, bias_variance = astuple(independent(weights))
        text = f"independent weights of mean 0 and variance {tau:.6g}/n"
        if bias_variance:
            text += f", biases of variance {bias_variance:.6g}"
    return f"{weights} ({text})" if isinstance(weights, str) else text


def plain(weights: Weights | None) -> str | tuple[float, float] | dict[str, float] | None:
    """Return a weight model as JSON can hold it; :func:`checked` takes it back."""
    return asdict(weights) if isinstance(weights, Iid) else weights


def sums(weights: Weights) -> tuple[float, float] | None:
    """Return (omega, tau) of a model that fixes both, and None for independent weights."""
    if isinstance(weights, str):
        return SUMS.get(weights)
    return None if isinstance(weights, Iid) else weights


def independent(weights: Weights) -> Iid:
    """Return the model of independent weights, or raise ValueError if they are not."""
    model = INDEPENDENT.get(weights) if isinstance(weights, str) else weights
    if isinstance(model, Iid):
        return model
    raise ValueError(f"weights must be independent, selu_sym.Iid or its names, got {weights!r}")


def sum_of_squares(weights: Weights) -> float:
    """Return tau of any model."""
    fixed = sums(weights)
    return independent(weights).tau if fixed is None else fixed[1]


def net_input(mean: Values, variance: Values, weights: Weights) -> tuple[Values, Values]:
    """Return (m, v) of the net input; v is infinite or zero where float64 cannot hold it."""
    if isinstance(mean, float):
        try:
            return net_input_of(mean, variance, weights)
        except OverflowError:  # of the square
            return 0.0, math.inf
    m, v = elementwise(lambda mu, nu: net_input_of(mu, nu, weights), mean, variance)
    return m, v


def net_input_of(mean: Number, variance: Number, weights: Weights) -> tuple[Number, Number]:
    """Return (m, v) of numbers, arrays or tensors, by arithmetic alone."""
    kernels = cast("Any", numpy_kernels)  # they compute with tensors, too
    fixed = sums(weights)
    if fixed is None:
        model = independent(weights)
        m, v = kernels.net_input_iid(mean, variance, model.tau, model.bias_variance)
        return m + 0 * v, v  # the constant mean takes the shape of the variance
    m, v = kernels.net_input(mean, variance, *fixed)
    return m + 0.0, v  # -0.0 becomes 0.0


def finite_net_input(mean: Values, variance: Values, weights: Weights) -> tuple[Values, Values]:
    """Return (m, v) of the net input, or raise ValueError if float64 cannot hold them."""
    m, v = net_input(mean, variance, weights)
    v = validation.positive("the net input's variance", v)
    return validation.finite("the net input's mean", m), v


def net_input_derivatives(mean: Values, weights: Weights) -> tuple[Values, Values, Values, Values]:
    """Return (dm/dmean, dm/dvariance, dv/dmean, dv/dvariance)."""
    fixed = sums(weights)
    if fixed is None:
        tau = independent(weights).tau
        return numpy_kernels.iid_net_input_derivatives(mean, tau)
    return numpy_kernels.linear_net_input_derivatives(*fixed)
