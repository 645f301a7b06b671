"""The error of the half-line moments over the box that their docstring names.

``python -m tests.accuracy`` prints the largest relative error of each moment, where it
lies, and a map over the box; then the same of the points that a search finds from the worst
of these. The truth comes from balls of python-flint, which evaluate
the closed forms with as many bits as they need; the closed forms are proved, and held
to quadrature, in tests/derivations.
"""

from __future__ import annotations

import argparse

import flint
import numpy as np

from selu_sym import half_line_moments
from selu_sym._generated import arb_kernels, numpy_kernels

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


def main() -> None:
    """Print the errors at as many points as asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    m, v = all_points(options.points, options.seed)
    errors = relative_errors(m, v)
    print(f"largest relative errors at {m.size:,} points\n{report(m, v, errors)}\n")
    print(f"largest of the four, in units of 1e-16\n{error_map(m, v, errors)}\n")
    worst = worst_points(m, v, errors, rounds=20, seed=options.seed)
    print(f"worse ones, by a search\n{report(*worst, relative_errors(*worst))}")


if __name__ == "__main__":
    main()
