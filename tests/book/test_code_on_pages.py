"""The code of each page runs, and prints what the page says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
PAGES = [*HOW_TO, *(ROOT / "docs" / name for name in ("frameworks.md", "coming-from.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


def test_there_are_as_many_as_the_readme_says():
    assert len(HOW_TO) == 6
    assert "six questions" in (ROOT / "README.md").read_text("utf-8")


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
