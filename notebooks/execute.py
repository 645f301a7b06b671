"""Execute notebooks in place, show the progress, and report which outputs changed.

Usage: ``python notebooks/execute.py NOTEBOOK...``; ``make notebooks`` runs it on all of them. It
also writes the pictures in ``docs`` from the notebooks' outputs.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""Metadata of each notebook. They name no versions, so that they are the same on each machine."""


DOCS = Path(__file__).parents[1] / "docs"

PICTURES = {"nb02-36": DOCS / "fixed_points.png", "nb15-23": DOCS / "shaped.png"}
"""The file to which the picture of a cell is written, by the cell's id."""


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks named, write them back and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    paths = parser.parse_args(arguments).notebooks
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        before = [_visible_outputs(cell) for cell in notebook.cells]
        _execute(notebook, path)
        changed = [
            number
            for number, (cell, outputs) in enumerate(zip(notebook.cells, before, strict=True), 1)
            if _visible_outputs(cell) != outputs
        ]
        nbformat.write(notebook, path)
        _save_pictures(notebook)
        print(f"{path.name}: {f'outputs changed in cells {changed}' if changed else 'unchanged'}")
    return 0


def _execute(notebook: nbformat.NotebookNode, path: Path) -> None:
    client = NotebookClient(
        notebook,
        timeout=300,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
    )
    with client.setup_kernel():
        cells = tqdm(notebook.cells, desc=path.stem, unit="cell", leave=False, disable=None)
        for index, cell in enumerate(cells):
            client.execute_cell(cell, index)
            cell.metadata.pop("execution", None)
    notebook.metadata = nbformat.from_dict(METADATA)


def _save_pictures(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        if file := PICTURES.get(cell.id):
            (picture,) = (output.data["image/png"] for output in cell.outputs)
            file.write_bytes(base64.b64decode(picture))


def _visible_outputs(cell: nbformat.NotebookNode) -> str:
    """Return a cell's outputs as text, without images, whose bytes may differ anywhere."""

    def strip(output: dict[str, Any]) -> dict[str, Any]:
        data = {
            kind: value for kind, value in output.get("data", {}).items() if "image" not in kind
        }
        return {**output, "data": data, "execution_count": None}

    return json.dumps([strip(output) for output in cell.get("outputs", [])], sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())
