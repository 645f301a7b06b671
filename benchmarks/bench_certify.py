"""The proof of the paper's theorem 1 against a plain bisection with balls."""

from __future__ import annotations

import flint
import pytest

from selu_sym import certify, precise
from selu_sym._generated import arb_kernels

PAPER = precise.enclose(0, 1, digits=30)
BOX = {
    "mu": ("-0.1", "0.1"),
    "omega": ("-0.1", "0.1"),
    "nu": ("0.8", "1.5"),
    "tau": ("0.95", "1.1"),
}
SIDES = ((-0.01, 0.01), (0.76, 1.65))
"""The ranges of m and v."""


def bound(sides: tuple[tuple[float, float], ...]) -> flint.arb:
    """Return a ball of the Jacobian's norm, as the formulas stand, for the worst omega and tau."""
    m, v = (flint.arb((a + b) / 2, (b - a) / 2) for a, b in sides)
    omega, tau = flint.arb("0.1"), flint.arb("1.1")
    T0, T1, T2 = (
        (i * m + i * i * v / 2).exp() * ((m + i * v) / (2 * v).sqrt()).erfc() / 2 for i in range(3)
    )
    p0 = (-m * m / (2 * v)).exp() / (2 * flint.arb.pi() * v).sqrt()
    above = 1 - T0
    moments = m * above + v * p0, T1 - T0, T2 - 2 * T1 + T0
    first = arb_kernels.layer_derivatives(*moments, above, T0, T1, T2, T1 - T2, p0, *PAPER)
    entries = [x * factor for x, factor in zip(first, (omega, tau, omega, tau), strict=True)]
    return sum((x * x for x in entries), flint.arb(0)).sqrt()


def bisect() -> int:
    """Halve the longest side, relatively, until all bounds are below 1; return the boxes."""
    boxes, stack = 0, [SIDES]
    while stack:
        sides = stack.pop()
        boxes += 1
        if bound(sides) < 1:
            continue
        shares = [(b - a) / (d - c) for (a, b), (c, d) in zip(sides, SIDES, strict=True)]
        i = shares.index(max(shares))
        low, high = sides[i]
        for half in ((low, (low + high) / 2), ((low + high) / 2, high)):
            stack.append((*sides[:i], half, *sides[i + 1 :]))
    return boxes


@pytest.mark.benchmark(group="theorem 1, contraction")
def test_plain_bisection(benchmark):
    benchmark.extra_info |= {"label": "plain bisection of (m, v)", "peer": True}
    print(f"\n{benchmark.pedantic(bisect, rounds=3):,} boxes by plain bisection")


@pytest.mark.benchmark(group="theorem 1, contraction")
def test_contraction(benchmark):
    benchmark.extra_info |= {"label": "certify.contraction"}
    proof = benchmark(certify.contraction, PAPER, **BOX)
    assert proof.status == "proved"
    print(f"\n{proof.boxes:,} boxes by certify")
