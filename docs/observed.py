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

    pictures = []
    for title, report in reports().items():
        figure = report.plot()
        figure.suptitle(title)
        file = io.BytesIO()
        figure.savefig(file, dpi=100)
        file.seek(0)
        pictures.append(image.imread(file))
    image.imsave(DOCS / "observed.png", np.hstack(pictures))


if __name__ == "__main__":
    main()
