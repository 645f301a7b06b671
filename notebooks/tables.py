"""Shows a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from IPython.display import display
from tabulate import tabulate

__all__ = ["show_table"]


def show_table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> None:
    """Show a table in Markdown, whose cells may contain formulas between dollar signs.

    A terminal shows the same table as plain text.

    Parameters
    ----------
    header
        The titles of the columns. Each needs a word or a letter: a formula alone is no title for
        those who cannot see the table.
    rows
        The cells of each row.
    left
        How many columns are aligned to the left, as words are. The others are aligned to the right.

    Raises
    ------
    ValueError
        If a row has more or fewer cells than the header, or if a cell contains a bar.
    """
    rows = [list(row) for row in rows]
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"each row must have {len(header)} cells, as the header has")
    if any("|" in cell for row in (header, *rows) for cell in row):
        raise ValueError("a cell must not contain |, which begins a new cell in Markdown")
    align = ["left"] * left + ["right"] * (len(header) - left)
    data = {
        kind: tabulate(rows, header, style, disable_numparse=True, colalign=align)
        for kind, style in (("text/markdown", "pipe"), ("text/plain", "simple"))
    }
    display(data, raw=True)
