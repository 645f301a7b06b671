"""``python -m benchmarks.networks``: observe networks that others wrote, and write the table.

Each framework has a process of its own, and a file of rows beside this one, to which a row is added
as soon as it is known: what was stopped goes on where it was. With ``--anew NAME`` the networks of
a name are observed again, with ``--anew all`` all of them. torchvision and timm must be installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
import zlib
from importlib import import_module

from benchmarks.networks.case import PAGE, Case, Row, load, save
from benchmarks.networks.page import page

MODULES = {
    "tensorflow": ("keras_examples", "of_keras"),
    "jax": ("keras_examples", "of_keras"),
    "torch": ("torch_examples", "of_torch"),
}
"""Where the networks of each framework are, the small ones first. Only its process imports them."""


def add_rows(framework: str, anew: str) -> None:
    """Observe the networks of a framework that have no row yet, or are asked for."""
    modules = [import_module(f"benchmarks.networks.{name}") for name in MODULES[framework]]
    found = {(row.name, row.source, row.planted): row for row in load(framework)}
    cases: list[Case] = [case for module in modules for case in module.cases()]
    known = {(case.name, case.source, case.planted): case for case in cases}
    for key, case in known.items():
        if key in found and anew not in (case.name, "all"):
            continue
        start = time.perf_counter()
        # weights and examples are the same each time
        report = modules[-1].observed(case, seed=zlib.crc32(" ".join(key).encode()))
        found[key] = row = Row.of(case, framework, report)
        save(framework, [found[one] for one in known if one in found])
        mark = "right" if row.is_right else "WRONG"
        seconds = time.perf_counter() - start
        print(f"{mark} {seconds:5.1f} s {framework} {case.source}: {case.name}", flush=True)
        if not row.is_right:
            print(f"  {case.planted}: {row.seen} {row.first}", flush=True)
    save(framework, [found[key] for key in known])


def main() -> None:
    """Observe all networks, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__)
    parser.add_argument("--framework", choices=MODULES, help="only networks of this one")
    parser.add_argument("--anew", default="", help="a name of networks to observe again, or all")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        warnings.simplefilter("ignore")
        add_rows(options.framework, options.anew)
        return
    for framework in [options.framework] if options.framework else list(MODULES):
        backend = {} if framework == "torch" else {"KERAS_BACKEND": framework}
        command = [sys.executable, "-m", "benchmarks.networks", "--here", "--framework", framework]
        subprocess.run(
            [*command, "--anew", options.anew],
            check=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **backend},
        )
    rows = [row for framework in MODULES for row in load(framework)]
    PAGE.write_text(page(rows), "utf-8")
    wrong = sum(not row.is_right for row in rows)
    print(f"{len(rows)} networks, {wrong} wrong: see {PAGE.name}")


if __name__ == "__main__":
    main()
