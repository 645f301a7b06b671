"""``python -m derivations`` derives every formula and writes the modules of all targets.

They are in ``selu_sym/_generated``, and for JavaScript in ``docs/explorer``.
"""

from __future__ import annotations

import argparse
import difflib
import sys

from tqdm import tqdm

from derivations.codegen.backends import TARGETS
from derivations.codegen.writer import render


def main(arguments: list[str] | None = None) -> int:
    """Write the generated modules, or with ``--check`` compare them with what is there."""
    parser = argparse.ArgumentParser(prog="python -m derivations", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; show the difference and exit with 1 if a module is out of date",
    )
    check = parser.parse_args(arguments).check

    stale = []
    count = sum(len(target.functions) for target in TARGETS)
    with tqdm(total=count, unit="function", disable=None) as bar:

        def progress(name: str) -> None:
            bar.set_description(name)
            bar.update()

        for target in TARGETS:
            path, text = target.path(), render(target, progress)
            present = path.read_text(encoding="utf-8") if path.exists() else ""
            if present == text:
                continue
            stale.append(path.name)
            if check:
                name = f"{path.parent.name}/{path.name}"
                difference = difflib.unified_diff(
                    present.splitlines(keepends=True),
                    text.splitlines(keepends=True),
                    f"{name} (in the tree)",
                    f"{name} (as derived)",
                )
                tqdm.write("".join(difference), file=sys.stdout)
            else:
                path.write_text(text, encoding="utf-8")

    if check and stale:
        print(f"out of date: {', '.join(stale)}. Run `python -m derivations`.", file=sys.stderr)
        return 1
    print(f"written: {', '.join(stale)}" if stale else "everything is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
