"""The errors of the half-line moments, and of the means of all activations, over their domains.

``python -m tests.accuracy`` prints the largest relative error of each moment, where it
lies, and a map over the box; then the same of the points that a search finds from the worst
of these. The truth comes from balls of python-flint, which evaluate
the closed forms with as many bits as they need; the closed forms are proved, and held
to quadrature, in tests/derivations. Then it prints the largest error of each mean of each
activation; there the truth is balls of the definitions.
"""

from __future__ import annotations

import argparse
import math
from fractions import Fraction

import flint
import numpy as np

from selu_sym import half_line_moments, list_activations
from selu_sym._exact.activation_means import Problem
from selu_sym._exact.arb import working_precision
from selu_sym._generated import arb_kernels, numpy_kernels
from selu_sym._numeric import catalogue
from selu_sym._numeric.gaussian_means import means

FARTHEST = 8.0
"""Largest |m|/sqrt(v) of the box."""

EXPONENTS = (-4.0, 4.0)
"""The box's sqrt(v), as powers of ten."""

PARENTS, CHILDREN = 100, 20
"""Points that a round of the search keeps, and new ones that it makes of each."""


def enclosed(kernel, *arguments: float) -> tuple[float, ...]:
    """Return the true values of an Arb kernel at float64 arguments, correctly rounded."""
    bits = 128
    while True:
        with flint.ctx.workprec(bits):
            balls = kernel(*map(flint.arb, arguments))
            if all(ball.rel_accuracy_bits() > 70 for ball in balls):
                return tuple(float(ball.mid()) for ball in balls)
        bits *= 2


def true_moments(m: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return A, B, C and D at each point."""
    points = zip(m.tolist(), v.tolist(), strict=True)
    return np.array([enclosed(arb_kernels.half_line_moments, *point) for point in points]).T


def random_points(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return points (m, v) all over the box, half of them where the forms change."""
    random = np.random.default_rng(seed)
    a = random.uniform(-FARTHEST, FARTHEST, count)
    exponents = random.uniform(*EXPONENTS, count)
    exponents[::2] = random.uniform(-2, 1, len(exponents[::2]))
    s = 10.0**exponents
    return inside(a * s, s**2)


def adversarial_points() -> tuple[np.ndarray, np.ndarray]:
    """Return points on both sides of each border between forms, on corners and on axes."""
    a = np.linspace(-FARTHEST, FARTHEST, 641)
    s = np.geomspace(*10.0 ** np.array(EXPONENTS), 641)
    far = np.array([-1.25, 1.25])
    borders = [
        (a, np.where(a < 0, 0.75 / (1 + a**2 / 5), 0.75 + 0.4 * a)),  # where differences cancel
        (1.25 - s[s < 9], s[s < 9]),  # where the series turns to the fraction
        *((np.full_like(s, x), s) for x in (*far, 0.0, -FARTHEST, FARTHEST, 1e-9, -1e-300)),
        *((a, np.full_like(a, x)) for x in (1e-4, 1e4, 1.0)),
    ]
    steps = (-1e-3, -1e-9, -4e-16, 0.0, 4e-16, 1e-9, 1e-3)
    points = [(x * (1 + step) * y, y**2) for x, y in borders for step in steps]
    return inside(*(np.concatenate(column) for column in zip(*points, strict=True)))


def all_points(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return as many random points, and the adversarial ones."""
    parts = (random_points(count, seed), adversarial_points())
    m, v = (np.concatenate(column) for column in zip(*parts, strict=True))
    return m, v


def inside(m: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the points that rounding has not put out of the box."""
    low, high = 10.0 ** (2 * np.array(EXPONENTS))
    v = np.clip(v, low, high)
    limit = FARTHEST * np.sqrt(v)
    return np.clip(m, -limit, limit), v


def relative_errors(m: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the relative error of A, B, C and D at each point."""
    return np.abs(np.array(half_line_moments(m, v)) / true_moments(m, v) - 1)


def worst_points(
    m: np.ndarray, v: np.ndarray, errors: np.ndarray, *, rounds: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return worse points than these: each round moves the worst by steps of any size."""
    random = np.random.default_rng(seed)
    found = []
    for i, of_moment in enumerate(errors):
        parents = _largest(np.array([m, v, of_moment]))
        for _ in range(rounds):
            shape = (2, PARENTS * CHILDREN)
            steps = 10.0 ** random.uniform(-16, -1, shape) * random.standard_normal(shape)
            points = inside(*(np.repeat(parents[:2], CHILDREN, axis=1) * (1 + steps)))
            children = np.array([*points, relative_errors(*points)[i]])
            parents = _largest(np.concatenate([parents, children], axis=1))
        found.append(parents[:2])
    m, v = np.concatenate(found, axis=1)
    return m, v


def _largest(candidates: np.ndarray) -> np.ndarray:
    """Return the columns (m, v, error) of the largest errors."""
    return candidates[:, np.argsort(-candidates[2])[:PARENTS]]


def report(m: np.ndarray, v: np.ndarray, errors: np.ndarray) -> str:
    """Return the largest error of each moment, where it lies, and which form computed it."""
    far, series, fraction = numpy_kernels.moment_forms(m, v)
    above = np.where(far, "continued fraction", "closed form")
    below = np.select([series, fraction], ["series", "continued fraction"], "differences")
    lines = []
    for name, error in zip("ABCD", errors, strict=True):
        worst = error.argmax()
        form = (above if name in "AC" else below)[worst]
        a, s = m[worst] / np.sqrt(v[worst]), np.sqrt(v[worst])
        lines.append(
            f"{name}: {error[worst]:.2e} at m/sqrt(v) = {a:.3f}, sqrt(v) = {s:.4g} ({form})"
        )
    return "\n".join(lines)


def error_map(m: np.ndarray, v: np.ndarray, errors: np.ndarray) -> str:
    """Return a table of the largest error of any moment, in units of 1e-16."""
    a, exponent = m / np.sqrt(v), np.log10(v) / 2
    rows, columns = np.arange(-8, 8, 2), np.arange(-4, 4)
    lines = ["m/sqrt(v)   sqrt(v) = " + "  ".join(f"1e{c:+d}.." for c in columns)]
    for row in rows:
        cells = []
        for column in columns:
            cell = (a >= row) & (a <= row + 2) & (exponent >= column) & (exponent <= column + 1)
            cells.append(f"{errors[:, cell].max() * 1e16:6.0f}" if cell.any() else "     -")
        lines.append(f"{row:+d}..{row + 2:+d}{'':16}" + "  ".join(cells))
    return "\n".join(lines)


MEANS = ("E f", "E f^2", "Var f", "E f'", "E f'^2")
"""The means of an activation whose errors are measured."""


def net_inputs(name: str, count: int) -> list[tuple[float, float]]:
    """Return net inputs (m, v) in the domain of the means, its corners among them.

    Beyond v = 100 balls of tanh of a polynomial would take minutes each.
    """
    random = np.random.default_rng(list(name.encode()))
    v = 10 ** random.uniform(-6, 2, count)
    m = random.uniform(-8, 8, count) * np.sqrt(v)
    corners = [(0.0, 1e-6), (8e-3, 1e-6), (-8e-3, 1e-6), (-8.0, 1.0), (8.0, 1.0)]
    return [*corners, *zip(m.tolist(), v.tolist(), strict=True)]


def errors_of_means(name: str, m: float, v: float) -> list[float]:
    """Return the errors of :data:`MEANS`, relative to what they are stated to be.

    Those of E f and E f', which cross 0, are relative to the root mean square. NaN stands where
    there is no finite mean, or none that float64 holds.
    """
    source = catalogue.source(name)
    found = means(source, m, v)
    with working_precision(192):
        problem = Problem(source, None, Fraction(m), Fraction(v))
        first, second = problem.mean(), problem.mean(2)
        pairs = [
            (found.mean, first, second.sqrt()),
            (found.second_moment, second, second),
            (found.variance, second - first**2, second - first**2),
        ]
        if not source.jumps:
            squared = problem.mean(2, slope=True)
            pairs += [
                (found.derivative_mean, problem.mean(slope=True), squared.sqrt()),
                (found.derivative_second_moment, squared, squared),
            ]
        errors = [
            float(abs((flint.arb(value) - truth) / size).mid()) if size > 1e-290 else math.nan
            for value, truth, size in pairs
        ]
    return errors + [math.nan] * (len(MEANS) - len(errors))


def report_of_means(count: int) -> str:
    """Return a table of the largest errors of each activation."""
    lines = [f"{'':14}" + "".join(f"{mean:>10}" for mean in MEANS)]
    for name in list_activations():
        rows = [errors_of_means(name, m, v) for m, v in net_inputs(name, count)]
        largest = np.nanmax([*rows, [-1.0] * len(MEANS)], axis=0)
        cells = (f"{error:10.1e}" if error >= 0 else f"{'-':>10}" for error in largest)
        lines.append(f"{name:14}" + "".join(cells))
    return "\n".join(lines)


def main() -> None:
    """Print the errors at as many points as asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--means", type=int, default=100, help="net inputs of each activation")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    m, v = all_points(options.points, options.seed)
    errors = relative_errors(m, v)
    print(f"largest relative errors at {m.size:,} points\n{report(m, v, errors)}\n")
    print(f"largest of the four, in units of 1e-16\n{error_map(m, v, errors)}\n")
    worst = worst_points(m, v, errors, rounds=20, seed=options.seed)
    print(f"worse ones, by a search\n{report(*worst, relative_errors(*worst))}\n")
    print(f"largest errors of the means of activations\n{report_of_means(options.means)}")


if __name__ == "__main__":
    main()
