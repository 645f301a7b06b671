"""Shaped activations beside DKS's own search: time, digits and how well the conditions hold.

``python -m benchmarks.shaping`` prints one table. DKS installs by ``pip install dks absl-py
autograd``; where it is missing, that is said. Both solve for plain layers. The digits are those of
the input scale that agree with the proved ones.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import selu_sym
from selu_sym import precise

NAMES = ("softplus", "tanh", "gelu")
DEPTH, NETWORK_SLOPE, CURVATURE = 48, 1.5, 0.3

PEER = {"gelu": "gelu_exact"}
"""What DKS calls them, where that differs."""


class Numbers(NamedTuple):
    """Scale and shift of the input, then of the output."""

    s: float
    t: float
    a: float
    b: float


def ours(name: str, conditions: str) -> Numbers:
    q = selu_sym.shape_for_depth(
        name,
        DEPTH,
        conditions=conditions,
        network_slope=NETWORK_SLOPE,
        curvature=CURVATURE,
    )
    return Numbers(q.input_scale, q.input_shift, q.scale, q.shift)


def theirs(name: str, conditions: str) -> Numbers:
    from dks.base import activation_transform  # noqa: PLC0415 - it may be missing

    def plain(x, layer):
        for _ in range(DEPTH):
            x = layer(x)
        return x

    (found,) = activation_transform._get_activations_params(
        activation_names=(PEER.get(name, name),),
        method=conditions.upper(),
        dks_params={"c_slope_1_target": NETWORK_SLOPE},
        tat_params={"c_val_0_target": 0.8, "c_curve_target": CURVATURE},
        subnet_max_func=plain,
    ).values()
    a = found["output_scale"]
    return Numbers(found["input_scale"], found["input_shift"], a, a * found["output_shift"])


def largest_error(name: str, conditions: str, x: Numbers) -> float:
    """Return by how much the worst condition is missed: E y^2, rho, and what the network gets."""
    found = selu_sym.activation_moments(name, x.t, x.s**2)
    mean = x.a * found.mean + x.b
    gain = (x.a * x.s) ** 2 * found.derivative_second_moment
    errors = [mean**2 + x.a**2 * found.variance - 1]
    errors += [mean, gain**DEPTH - NETWORK_SLOPE] if conditions == "dks" else [gain - 1]
    step = 1e-3
    near = [selu_sym.activation_moments(name, x.t, x.s**2 * (1 + k * step)) for k in (-2, -1, 1, 2)]
    second = [(x.a * m.mean + x.b) ** 2 + x.a**2 * m.variance for m in near]
    errors.append((8 * (second[2] - second[1]) - second[3] + second[0]) / (12 * step) - 1)
    return max(map(abs, errors))


def main() -> None:
    try:
        theirs("tanh", "dks")
    except ImportError as error:
        print(f"DKS is not installed ({error}): pip install dks absl-py autograd")
        return
    print(f"{'activation':<11}{'conditions':<12}{'how':<10}{'s':>7}{'digits':>8}{'missed by':>11}")
    for name in NAMES:
        for conditions in ("dks", "tat"):
            truth = float(
                precise.shape_for_depth(
                    name,
                    DEPTH,
                    conditions=conditions,
                    network_slope=str(NETWORK_SLOPE),
                    curvature=str(CURVATURE),
                    digits=17,
                ).input_scale
            )
            how: dict[str, Callable[[str, str], Numbers]] = {"selu_sym": ours, "DKS": theirs}
            for label, call in how.items():
                start = time.process_time()
                found = call(name, conditions)
                seconds = time.process_time() - start
                agree = -math.log10(max(abs(found.s / truth - 1), 1e-16))
                missed = largest_error(name, conditions, found)
                print(
                    f"{name:<11}{conditions:<12}{label:<10}{seconds:>7.2f}{agree:>8.1f}{missed:>11.0e}"
                )


if __name__ == "__main__":
    main()
