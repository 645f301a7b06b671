"""SELU parameters against the root finder of 2017, and against the functions they need."""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import scipy.special
import sympy

from derivations import symbols
from derivations.moments import HALF_LINE_MOMENTS
from selu_sym import half_line_moments, selu_parameters


@pytest.fixture
def million(benchmark) -> int:
    """Return a million; for ``make test``, which only sees whether all of it runs, a thousand."""
    return 10**6 if benchmark.enabled else 10**3


def solve_as_in_2017(mean: float, variance: float) -> tuple[float, float]:
    """Find alpha and lambda with SymPy's root finder on the two moment equations.

    The moments are typed in with erf and erfc, the starting point is near the solution
    for (0, 1), and the unknowns are those of the notebook published with the paper.
    """
    alpha, lamda = sympy.symbols("alpha lamda")
    root, deviation = np.sqrt(2 * variance), np.sqrt(variance)
    density = np.exp(-((mean / root) ** 2)) * deviation / np.sqrt(2 * np.pi)
    above = scipy.special.erfc(-mean / root) / 2
    below = scipy.special.erfc(mean / root) / 2
    below_e = np.exp(mean + variance / 2) * scipy.special.erfc((mean + variance) / root) / 2
    below_e2 = (
        np.exp(2 * mean + 2 * variance) * scipy.special.erfc((mean + 2 * variance) / root) / 2
    )
    first = lamda * (mean * above + density - alpha * below + alpha * below_e)
    second = lamda**2 * (
        mean**2 * above
        + variance * above
        + mean * density
        + alpha**2 * below
        - 2 * alpha**2 * below_e
        + alpha**2 * below_e2
    )
    equations = (second - first**2 - variance, first - mean)
    found = sympy.nsolve(equations, (alpha, lamda), (1.67, 1.05))
    return float(found[0]), float(found[1])


def fresh_targets() -> Iterator[tuple[float, float]]:
    """Yield targets near the published (-0.1, 2) that SymPy's cache has not seen."""
    while True:
        step = next(STEPS)
        yield -0.1 + 1e-4 * step, 2.0 + 1e-4 * step


STEPS = itertools.count()
"""Shared, so that no two benchmarks yield the same target."""


def targets(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return means and variances around those that people ask for."""
    random = np.random.default_rng(0)
    return random.uniform(-1, 1, count), random.uniform(0.1, 10, count)


def box(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points all over the box of half_line_moments, uniform in m/sqrt(v) and log(v)."""
    random = np.random.default_rng(0)
    deviation = 10 ** random.uniform(-4, 4, count)
    return random.uniform(-8, 8, count) * deviation, deviation**2


def special_functions(m: np.ndarray, v: np.ndarray) -> None:
    """Evaluate the three erfcx and three exp that the four moments need, and no more."""
    s = np.sqrt(v)
    for i in range(3):
        scipy.special.erfcx(np.abs(m + i * v) / s)
        np.exp(np.minimum(i * m, 0))


@functools.cache
def textbook_moments() -> Callable[..., tuple[np.ndarray, ...]]:
    """Return the closed forms as they stand in the derivation, as lambdify's NumPy code."""
    closed = [moment.doit() for moment in HALF_LINE_MOMENTS.values()]
    return sympy.lambdify([symbols.m, symbols.v], closed, ["scipy", "numpy"], cse=True)


def test_both_solvers_agree():
    assert solve_as_in_2017(-0.1, 2.0) == pytest.approx(
        tuple(selu_parameters(-0.1, 2.0, weights="unit-sum")), rel=1e-9
    )


@pytest.mark.benchmark(group="one target")
def test_scalar_2017(benchmark):
    benchmark.extra_info |= {"label": "SymPy nsolve", "peer": True}
    fresh = fresh_targets()
    benchmark.pedantic(solve_as_in_2017, setup=lambda: (next(fresh), {}), rounds=50)


@pytest.mark.benchmark(group="one target")
def test_scalar(benchmark):
    benchmark.extra_info |= {"label": "selu_parameters of two floats"}
    benchmark(selu_parameters, -0.1, 2.0, weights="unit-sum")


@pytest.mark.benchmark(group="a million targets, each")
def test_million_2017(benchmark):
    benchmark.extra_info |= {"label": "SymPy nsolve", "peer": True}
    fresh = fresh_targets()
    benchmark.pedantic(solve_as_in_2017, setup=lambda: (next(fresh), {}), rounds=50)


@pytest.mark.benchmark(group="a million targets, each")
def test_million(benchmark, million):
    benchmark.extra_info |= {"label": "selu_parameters of arrays", "count": million}
    benchmark(selu_parameters, *targets(million), weights="unit-sum")


@pytest.mark.benchmark(group="a million targets")
def test_special_functions(benchmark, million):
    benchmark.extra_info |= {"label": "three erfcx and three exp", "peer": True}
    benchmark(special_functions, *targets(million))


@pytest.mark.benchmark(group="a million targets")
@pytest.mark.parametrize("weights", ["unit-sum", "iid"])
def test_parameters(benchmark, weights, million):
    benchmark.extra_info |= {"label": f"selu_parameters, {weights}"}
    benchmark(selu_parameters, *targets(million), weights=weights, missing="nan")


@pytest.mark.benchmark(group="a million targets")
def test_moments(benchmark, million):
    benchmark.extra_info |= {"label": "half_line_moments"}
    benchmark(half_line_moments, *targets(million))


@pytest.mark.benchmark(group="a million half-line moments: the price of stability")
def test_textbook_moments(benchmark, million):
    benchmark.extra_info |= {"label": "the textbook forms", "peer": True}
    with np.errstate(all="ignore"):
        benchmark(textbook_moments(), *targets(million))


@pytest.mark.benchmark(group="a million half-line moments: the price of stability")
@pytest.mark.parametrize("where", ["near the usual targets", "all over the box"])
def test_stable_moments(benchmark, where, million):
    benchmark.extra_info |= {"label": f"half_line_moments {where}"}
    benchmark(half_line_moments, *(targets if "usual" in where else box)(million))


def start_python(statement: str) -> None:
    """Run a statement in a fresh interpreter that may keep its bytecode."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)


@pytest.mark.benchmark(group="import")
def test_import_numpy_and_scipy(benchmark):
    benchmark.extra_info |= {"label": "import numpy, scipy.special", "peer": True}
    benchmark.pedantic(start_python, ("import numpy, scipy.special",), rounds=15, warmup_rounds=2)


@pytest.mark.benchmark(group="import")
def test_import_selu_sym(benchmark):
    benchmark.extra_info |= {"label": "import selu_sym"}
    benchmark.pedantic(start_python, ("import selu_sym",), rounds=15, warmup_rounds=2)
