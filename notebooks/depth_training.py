"""Train the networks of notebook 15, in the order of what they tell, and keep what comes out.

``python notebooks/depth_training.py`` goes on where the file beside the notebook ends, until all
trainings are done or it is stopped; with ``--minutes M`` it stops by itself. All of them take some
hours on two cores. The notebook shows what there is.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from deep_training import Network, activation_of, train, write
from depth_methods import METHODS

__all__ = ["Case", "best_rate", "load", "run"]

FILE = Path(__file__).with_name("15_hundreds_of_layers.json")

SETTINGS = {"width": 128, "epochs": 10, "batch": 64}
IMAGES = "digits as images"

OF_IMAGES = {"width": 24, "epochs": 4}
"""What convolutions have instead: channels, and fewer epochs, for they take longer."""

RATES = {"momentum": (1e-3, 3e-4, 3e-3, 1e-2), "adam": (3e-4, 1e-4, 1e-3, 3e-3)}
"""Learning rates of each optimizer, in the order in which they are tried."""

FIRST, MORE = 0, (1, 2)
"""The seed with which rates are tried, and those with which the best one is tried again."""

WITHOUT_HOPE = "gain GELU", "balanced+ GELU"
"""Methods that do not train 48 layers, and are not tried with more."""

CORE = tuple(METHODS)[:14]
"""Methods that are compared everywhere."""

MILD = "attracting ReLU, 0.4", "attracting GELU, 0.4"
DEEP = (*(method for method in CORE if method not in WITHOUT_HOPE), *MILD)
FEW = ("attracting ReLU", "attracting GELU", "SELU for depth", "TAT tanh", "TAT GELU")
TRAINED = (*FEW, *MILD, "DKS tanh", "attracting tanh", "TAT leaky ReLU")
"""Methods with which 100 layers train."""

EASY = (*FEW, MILD[0], "gain ReLU", "balanced- GELU")
"""Methods that are tried on other data, and with Adam."""

CONVOLVED = (*MILD, "SELU for depth", "TAT tanh", "TAT GELU", "attracting ReLU", "gain ReLU")
"""Methods that are tried with convolutions."""

CORRELATIONS = (*FEW[:2], *MILD)
"""Methods that differ by the correlation alone, in pairs."""

SMOOTH = (
    *(f"attracting {name}" for name in ("SiLU", "Mish", "softplus")),
    *("gain tanh", "balanced tanh"),
)

Results = dict[str, float]


class Case(NamedTuple):
    """One training."""

    data: str
    depth: int
    optimizer: str
    method: str
    rate: float
    seed: int

    def __str__(self) -> str:
        """Return the name by which the result is kept."""
        return " | ".join(f"{x:g}" if isinstance(x, float) else str(x) for x in self)


class Stage(NamedTuple):
    """Trainings of several methods: some rates with the first seed, the best with more."""

    data: str
    depth: int
    optimizer: str
    methods: tuple[str, ...]
    rates: int = 3
    """How many rates are tried; 0 stands for 0.0003 and the one that was best with 100 layers."""

    more: bool = True
    """Whether the best rate is tried again with more seeds."""


STAGES = (
    Stage("digits", 48, "momentum", CORE),
    Stage("digits", 100, "momentum", DEEP, 2, more=False),
    Stage("digits", 48, "momentum", MILD, 2),
    Stage("digits", 100, "momentum", TRAINED, 2),
    Stage("digits", 48, "momentum", SMOOTH, 2),
    Stage("wine", 48, "momentum", EASY, 2),
    Stage("breast cancer", 48, "momentum", EASY, 2),
    Stage(IMAGES, 48, "momentum", CONVOLVED, 1),
    Stage("digits", 200, "momentum", (*FEW, *MILD), 0, more=False),
    Stage("digits", 48, "adam", EASY, 2),
    Stage("digits", 200, "momentum", (*FEW, *MILD), 0),
    Stage("breast cancer", 100, "momentum", CORRELATIONS, 2),
    Stage("digits", 100, "adam", CORRELATIONS, 2),
    Stage("wine", 100, "momentum", CORRELATIONS, 2),
    Stage("digits", 48, "momentum", TRAINED, 4),
    Stage("digits", 48, "adam", DEEP, 4),
    Stage("digits", 100, "momentum", TRAINED),
    Stage("digits", 48, "momentum", tuple(METHODS)),
    Stage("digits", 100, "momentum", tuple(METHODS)),
    Stage("digits", 100, "adam", DEEP),
)


def best_rate(results: Results, data: str, depth: int, optimizer: str, method: str) -> float | None:
    """Return the rate with which the first seed came out best, None if it was not trained."""
    found = {
        rate: results[name]
        for rate in RATES[optimizer]
        if (name := str(Case(data, depth, optimizer, method, rate, FIRST))) in results
    }
    return max(found, key=lambda rate: found[rate]) if found else None


def wanted(results: Results) -> Iterator[Case]:
    """Yield what is to be trained, in the order of what it tells."""
    for data, depth, optimizer, methods, rates, more in STAGES:
        for method in methods:
            tried = set(RATES[optimizer][:rates])
            if not rates:
                best = best_rate(results, data, 100, optimizer, method)
                tried = {3e-4} if best is None else {3e-4, best}
            for rate in sorted(tried):
                yield Case(data, depth, optimizer, method, rate, FIRST)
        for method in methods:
            best = best_rate(results, data, depth, optimizer, method)
            if more and best is not None:
                for seed in MORE:
                    yield Case(data, depth, optimizer, method, best, seed)


@cache
def network(data: str, depth: int, method: str) -> Network:
    """Return the network of a method, with inputs that are at its fixed point."""
    p = METHODS[method](depth)
    return Network(
        activation_of(p),
        depth=depth,
        width=_settings(data)["width"],
        second_moment=p.variance + p.mean**2,
    )


def _settings(data: str) -> dict[str, int]:
    return SETTINGS | OF_IMAGES if data == IMAGES else SETTINGS


LOCK = Lock()


def run(case: Case) -> float:
    """Train one network, and return the share of right answers."""
    with LOCK:
        made = network(case.data, case.depth, case.method)
    epochs = _settings(case.data)["epochs"]
    return round(train(made, case.rate, case.seed, case.optimizer, epochs, case.data), 4)


def load() -> Results:
    """Return what was trained."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return kept["accuracies"] if kept.get("settings") == SETTINGS else {}


def save(results: Results) -> None:
    """Write what was trained."""
    write(FILE, {"settings": SETTINGS, "accuracies": results})


def main() -> None:
    """Train what is wanted and not there, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=np.inf)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    results = load()
    running: dict[Future[float], Case] = {}
    with ThreadPoolExecutor(2) as pool:
        while time.monotonic() < end:
            missing = (case for case in wanted(results) if str(case) not in results)
            for case in missing:
                if len(running) == 2:
                    break
                if case not in running.values():
                    running[pool.submit(run, case)] = case
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                case = running.pop(future)
                results[str(case)] = future.result()
                print(case, results[str(case)], flush=True)
            save(results)


if __name__ == "__main__":
    main()
