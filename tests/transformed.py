"""Activations with scale and shift, for the tests of every framework, and their exact values."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import mpmath
import numpy as np
import pytest

from selu_sym import TransformedActivation, list_activations
from selu_sym._numeric.catalogue import source
from tests import activations

PARAMETERS = {
    "leaky_relu": 0.2,
    "prelu": 0.1,
    "elu": 0.5,
    "celu": 2.0,
    "silu": 2.5,
    "softplus": 3.0,
    "squareplus": 1.5,
    "soft_shrink": 0.3,
    "hard_shrink": 0.7,
    "threshold": 0.4,
}
"""A parameter beside the default."""

WITH_PARAMETER: dict[str, Callable] = {
    "leaky_relu": lambda z, slope: z if z > 0 else slope * z,
    "prelu": lambda z, slope: z if z > 0 else slope * z,
    "elu": activations.FUNCTIONS["elu"],
    "celu": lambda z, alpha: z if z > 0 else alpha * mpmath.expm1(z / alpha),
    "silu": activations.FUNCTIONS["silu"],
    "softplus": lambda z, k: mpmath.log1p(mpmath.exp(k * z)) / k,
    "squareplus": lambda z, b: (z + mpmath.sqrt(z * z + b)) / 2,
    "soft_shrink": lambda z, most: mpmath.sign(z) * max(abs(z) - most, 0),
    "hard_shrink": lambda z, most: z if abs(z) > most else 0,
    "threshold": lambda z, least: z if z > least else 0,
}


@dataclass(frozen=True)
class Case:
    """An activation, its parameter, and what is done to its input and output."""

    name: str
    param: float | None = None
    input_scale: float = 1.0
    input_shift: float = 0.0
    scale: float = 1.3
    shift: float = -0.2

    def __str__(self) -> str:
        parameter = "" if self.param is None else f"({self.param:g})"
        return f"{self.name}{parameter}{'' if self.input_shift == 0 else ' shaped'}"

    @property
    def q(self) -> TransformedActivation[float]:
        return made(self)

    @property
    def function(self) -> Callable:
        if self.param is None:
            return activations.FUNCTIONS[self.name]
        return partial(_swapped, WITH_PARAMETER[self.name], self.param)

    def exact(self, x: np.ndarray) -> np.ndarray:
        """Return the values from the definition, in 30 digits, rounded to float64."""
        with mpmath.workdps(30):
            return np.array([float(self._value(mpmath.mpf(float(value)))) for value in x])

    def exact_slope(self, x: np.ndarray) -> np.ndarray:
        """Return the derivatives, away from the kinks."""
        with mpmath.workdps(30):
            return np.array([float(mpmath.diff(self._value, float(value))) for value in x])

    def _value(self, x: mpmath.mpf) -> mpmath.mpf:
        z = self.input_scale * x + self.input_shift
        return self.scale * mpmath.mpf(self.function(z)) + self.shift


def _swapped(function: Callable, param: float, z: mpmath.mpf) -> mpmath.mpf:
    return function(z, mpmath.mpf(param))


@cache
def made(case: Case) -> TransformedActivation[float]:
    """Return it as the package's functions take it."""
    plain = source(case.name, case.param)
    return TransformedActivation(
        *(case.name, plain.parameters),
        *(case.input_scale, case.input_shift, case.scale, case.shift),
        *(0.0, 1.0, "iid"),
        plain.with_input(case.input_scale, case.input_shift),
    )


CASES = [Case(name) for name in list_activations()]
CASES += [Case(name, param) for name, param in PARAMETERS.items()]
SHAPED = [Case(name, PARAMETERS.get(name), 0.7, 0.4) for name in list_activations()]
CASES += SHAPED

SOME = np.concatenate([np.linspace(-9.03, 9.01, 41), [-1e-3, 2e-3, 0.0]])
"""Numbers at which no activation jumps, and the only kink is at 0."""

LARGE = np.array([-1e18, -1e9, -1e4, 1e4, 1e9, 1e18])

each_case = pytest.mark.parametrize("case", CASES, ids=str)


@cache
def values(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact values at some numbers, and what their errors are measured in."""
    z = case.input_scale * SOME + case.input_shift
    size = abs(case.scale) * np.maximum(1, abs(z)) + abs(case.shift)
    y = case.exact(SOME)
    return y, np.maximum(size, abs(y))


@cache
def slopes(case: Case) -> np.ndarray:
    """Return the exact derivatives at some numbers, but at 0."""
    return case.exact_slope(SOME[:-1])
