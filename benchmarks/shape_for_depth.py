"""How long ``shape_for_depth`` takes for each activation, in seconds of CPU time.

``python -m benchmarks.shape_for_depth [name ...]`` prints one line for each activation and
conditions; an x stands for no solution. ``benchmarks.shaping`` compares with DKS's own search.
"""

from __future__ import annotations

import sys
import time
import warnings

import selu_sym

DEPTHS = (8, 48, 200, 1000)
CONDITIONS = ("attracting", "dks", "tat")


def seconds(name: str, depth: int, conditions: str) -> str:
    start = time.process_time()
    try:
        selu_sym.shape_for_depth(name, depth, conditions=conditions)
    except ValueError:
        return f"{time.process_time() - start:.2f}x"
    return f"{time.process_time() - start:.2f} "


def main() -> None:
    warnings.simplefilter("ignore", UserWarning)  # of slopes that are not attained
    print(f"{'activation':<14}{'conditions':<12}" + "".join(f"{depth:>8} " for depth in DEPTHS))
    for name in sys.argv[1:] or selu_sym.list_activations():
        for conditions in CONDITIONS:
            row = "".join(f"{seconds(name, depth, conditions):>9}" for depth in DEPTHS)
            print(f"{name:<14}{conditions:<12}{row}", flush=True)


if __name__ == "__main__":
    main()
