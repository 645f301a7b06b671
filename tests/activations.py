"""The activations as the libraries document them, and their means by quadrature.

Nothing here comes from the package or from its derivations: mpmath has the functions, and splits
its integrals at their kinks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import mpmath
import pytest
from mpmath import mpf


def _silu(z, k=1):
    return z / (1 + mpmath.exp(-k * z))


def _elu(z, alpha=1, lamda=1):
    return lamda * (z if z > 0 else alpha * mpmath.expm1(z))


def _clip(z, low, high):
    return min(max(z, low), high)


def _softplus(z):
    return mpmath.log1p(mpmath.exp(z))


def _gelu_tanh(z):
    inner = mpmath.sqrt(2 / mpmath.pi) * (z + mpf("0.044715") * z**3)
    return z * (1 + mpmath.tanh(inner)) / 2


SELU = (mpf("1.6732632423543772848170429916717"), mpf("1.0507009873554804934193349852946"))

FUNCTIONS: dict[str, Callable[[mpf], mpf]] = {
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: z if z > 0 else z / mpf(100),
    "prelu": lambda z: z if z > 0 else z / mpf(4),
    "relu6": lambda z: _clip(z, 0, 6),
    "squared_relu": lambda z: max(z, 0) ** 2,
    "elu": _elu,
    "celu": _elu,
    "selu": lambda z: _elu(z, *SELU),
    "gelu": lambda z: z * mpmath.ncdf(z),
    "gelu_tanh": _gelu_tanh,
    "quick_gelu": partial(_silu, k=mpf("1.702")),
    "silu": _silu,
    "mish": lambda z: z * mpmath.tanh(_softplus(z)),
    "hard_silu": lambda z: z * _clip(z + 3, 0, 6) / 6,
    "softplus": _softplus,
    "squareplus": lambda z: (z + mpmath.sqrt(z * z + 4)) / 2,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "hard_sigmoid": lambda z: mpf(_clip(z + 3, 0, 6)) / 6,
    "log_sigmoid": lambda z: -_softplus(-z),
    "tanh": mpmath.tanh,
    "hard_tanh": lambda z: _clip(z, -1, 1),
    "tanh_shrink": lambda z: z - mpmath.tanh(z),
    "softsign": lambda z: z / (1 + abs(z)),
    "soft_shrink": lambda z: mpmath.sign(z) * max(abs(z) - 0.5, 0),
    "hard_shrink": lambda z: z if abs(z) > 0.5 else 0,
    "threshold": lambda z: z if z > 1 else 0,
    "erf": mpmath.erf,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "gaussian": lambda z: mpmath.exp(-z * z),
}
"""Each activation with its default parameters."""

KINKS = {
    "relu6": (0, 6),
    "hard_silu": (-3, 3),
    "hard_sigmoid": (-3, 3),
    "hard_tanh": (-1, 1),
    "soft_shrink": (-0.5, 0.5),
    "hard_shrink": (-0.5, 0.5),
    "threshold": (1,),
}
"""Where they are not smooth, if not at 0."""

NAMES = {"celu2": ("celu", 2)}
"""Names of the reference data that are an activation with a parameter."""


@dataclass(frozen=True)
class Row:
    """Means of an activation for z ~ N(m, v), by quadrature of 25 digits."""

    activation: str
    m: str
    v: str
    mean: str
    second_moment: str
    slope: str
    slope_second_moment: str
    correlation: str | None = None
    pair_mean: str | None = None

    @property
    def name_and_parameter(self) -> tuple[str, float | None]:
        return NAMES.get(self.activation, (self.activation, None))

    @property
    def means(self) -> tuple[str, str, str, str]:
        return self.mean, self.second_moment, self.slope, self.slope_second_moment

    def __str__(self) -> str:
        return f"{self.activation},{self.m},{self.v}"


ROWS = [
    Row(**row)
    for row in json.loads((Path(__file__).parent / "data" / "activations.json").read_text())
]


def each(rows: list[Row]) -> pytest.MarkDecorator:
    """Run a test once for each row."""
    return pytest.mark.parametrize("row", rows, ids=str)


def mean(function, m, v, kinks=(0,), digits=30):
    """Return E[function(z)] for z ~ N(m, v)."""
    with mpmath.workdps(digits + 10):
        m, v = mpf(m), mpf(v)
        s = mpmath.sqrt(v)
        size = mpmath.mpf(1)
        inside = {m + s * j for j in range(-16, 17, 2)} | set(map(mpf, kinks))
        inside |= {sign * size * 4**j for sign in (1, -1) for j in range(-2, 6)}
        ends = m - 16 * s, m + 16 * s
        points = sorted({p for p in inside if ends[0] <= p <= ends[1]} | set(ends))
        return mpmath.quad(
            lambda z: function(z) * mpmath.npdf(z, m, s), points, method="gauss-legendre"
        )
