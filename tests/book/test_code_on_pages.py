"""The code of each page runs, and prints what the page says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import selu_sym

ROOT = Path(__file__).parents[2]
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
PAGES = [*HOW_TO, *(ROOT / "docs" / name for name in ("frameworks.md", "coming-from.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


def test_there_are_as_many_as_the_readme_says():
    assert len(HOW_TO) == 9
    assert "nine questions" in (ROOT / "README.md").read_text("utf-8")


def test_no_other_page_has_code_that_prints():
    """The landing page opens as the README does, which has a test of its own."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        assert page in PAGES or not blocks(page, "text"), page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks(page, "python"))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "".join(blocks(page, "text"))


@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.stem)
def test_how_to_is_short(page):
    assert len(page.read_text("utf-8").splitlines()) <= 70


def test_the_landing_page_opens_as_the_readme_does():
    assert blocks(ROOT / "docs" / "index.md", "python") == blocks(ROOT / "README.md", "python")[:1]


def test_the_table_of_gains():
    """Each to the digits that are shown, by balls."""
    table = re.findall(
        r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$",
        (ROOT / "docs" / "how-to" / "gain.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert [name for name, *_ in table] == selu_sym.list_activations()
    for name, *cells in table:
        for keeps, cell in zip(("second_moment", "variance", "gradient"), cells, strict=True):
            if cell == "—":
                with pytest.raises(ValueError, match="jump"):
                    selu_sym.precise.gain(name, keeps=keeps)
            else:
                assert f"{float(selu_sym.precise.gain(name, keeps=keeps, digits=15)):.11f}" == cell
