"""Tables in notebooks are Markdown, and plain text."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tests.scripts import script

tables = script("tables")


def shown(*table, **options):
    """Return the data of what is displayed."""
    InteractiveShell.instance()
    with capture_output() as captured:
        tables.show_table(*table, **options)
    (output,) = captured.outputs
    return output.data


def test_a_table_is_markdown_and_plain_text():
    data = shown(("name", r"$\rho$"), [("relu", "0.50"), ("a b", "-1")])
    assert data["text/markdown"].splitlines() == [
        r"| name   |   $\rho$ |",
        "|:-------|---------:|",
        "| relu   |     0.50 |",
        "| a b    |       -1 |",
    ]
    assert data["text/plain"].splitlines()[2:] == ["relu        0.50", "a b           -1"]


def test_the_columns_of_words_are_on_the_left():
    data = shown(("a", "b", "c"), [("1", "2", "3")], left=2)
    assert data["text/markdown"].splitlines()[1] == "|:----|:----|----:|"


@pytest.mark.parametrize(
    ("row", "message"),
    [(("1",), "2 cells"), (("1", "2", "3"), "2 cells"), (("1", "|"), "new cell")],
)
def test_a_row_that_does_not_fit_is_refused(row, message):
    with pytest.raises(ValueError, match=message):
        tables.show_table(("a", "b"), [row])
