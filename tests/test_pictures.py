"""The pictures in the notebooks have alternative texts, and those in docs/ are the same ones."""

import base64
import json
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.scripts import script

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def outputs(path):
    """Return (cell id, output) of all pictures of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        (cell["id"], output)
        for cell in cells
        for output in cell.get("outputs", [])
        if any(kind.startswith("image/") for kind in output.get("data", {}))
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_picture_has_an_alternative_text(path):
    pictures = outputs(path)
    assert pictures, "a notebook without a picture"
    for cell, output in pictures:
        alt = output["metadata"].get("image/png", {}).get("alt", "")
        assert 50 < len(alt) < 600, cell
        assert alt.endswith("."), cell
        assert "".join(output["data"]["text/plain"]) == alt, cell


def test_pictures_in_docs_are_those_of_the_notebooks():
    shown = {cell: output for path in NOTEBOOKS for cell, output in outputs(path)}
    files = script("execute").PICTURES
    drawn = {ROOT / "docs" / f"{name}.png" for name in ("landing", "observed")}  # by docs/*.py
    assert set(files.values()) | drawn == set((ROOT / "docs").glob("*.png"))
    for cell, file in files.items():
        assert file.read_bytes() == base64.b64decode("".join(shown[cell]["data"]["image/png"]))


def test_a_figure_without_labels_is_refused():
    figure = Figure()
    figure.subplots().set(xlabel="time")
    with pytest.raises(ValueError, match=r"must have a label.*\['y of axes 0'\]"):
        script("pictures").show(figure, "An empty frame.")
