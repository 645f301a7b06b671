"""The code of each page runs, and prints what the page says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import selu_sym

ROOT = Path(__file__).parents[2]
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
OTHERS = ("index.md", "start.md", "frameworks.md", "coming-from.md")
PAGES = [*HOW_TO, *(ROOT / "docs" / name for name in OTHERS)]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


def test_there_are_as_many_as_the_readme_says():
    assert len(HOW_TO) == 10
    assert "ten questions" in (ROOT / "README.md").read_text("utf-8")


def test_no_other_page_has_code_that_prints():
    """So that each page that shows results is tested here."""
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


def test_the_landing_page_has_the_first_example_of_the_readme():
    example = blocks(ROOT / "README.md", "python")[0]
    assert blocks(ROOT / "docs" / "index.md", "python")[-1] == example


def test_the_numbers_of_the_landing_page():
    shown = (ROOT / "docs" / "index.md").read_text("utf-8")
    q = selu_sym.shape_for_depth("gelu", 64)
    shaped = f"{q.scale:.5f} gelu({q.input_scale:.5f} z + {q.input_shift:.5f}) - {-q.shift:.5f}"
    assert f"# {shaped}\n" in shown
    assert f"# {str(selu_sym.gain('silu'))[:10]}...\n" in shown


def test_the_example_for_pytorch():
    """That each layer has weights of its own."""
    torch = pytest.importorskip("torch")
    (code,) = blocks(ROOT / "docs" / "start.md", "py")
    names = {"p": selu_sym.for_depth(48)}
    exec(code, names)
    assert len({id(parameter) for parameter in names["model"].parameters()}) == 96
    assert torch.isfinite(names["model"](torch.randn(4, 128))).all()


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
