"""Draw the picture of the how-to on networks that do not train: a network before and after advice.

Usage: ``python docs/observed.py`` writes docs/observed.png. It runs the first code of
docs/how-to/train.md, and draws its reports side by side.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np

from selu_sym._observe.report import Report

DOCS = Path(__file__).parent


def reports() -> dict[str, Report]:
    """Return the reports of the page's first example, by their titles."""
    page = (DOCS / "how-to" / "train.md").read_text("utf-8")
    code = re.search(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert code is not None
    names: dict[str, dict[str, Report]] = {}
    exec(code[1], names)
    return names["reports"]


def main() -> None:
    """Write the picture."""
    from matplotlib import image  # noqa: PLC0415

    figures = {title: report.plot() for title, report in reports().items()}
    for panels in zip(*(figure.axes for figure in figures.values()), strict=True):
        limits = [limit for panel in panels for limit in panel.get_ylim()]
        for panel in panels:  # so that both can be compared
            panel.set_ylim(min(limits), max(limits))
    pictures = []
    for title, figure in figures.items():
        figure.suptitle(title)
        file = io.BytesIO()
        figure.savefig(file, dpi=100)
        file.seek(0)
        pictures.append(image.imread(file))
    image.imsave(DOCS / "observed.png", np.hstack(pictures))


if __name__ == "__main__":
    main()
