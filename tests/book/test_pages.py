"""Every page of the book: complete, typeset, linked, readable on a phone and without a mouse."""

import ast
import re
import zlib
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup

from tests.book.conftest import HTML, ROOT, needs_npm

pytestmark = pytest.mark.book

PAGES = sorted(
    name
    for name in (path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html"))
    if not name.startswith("_static/")
)
AXE = ROOT / "docs" / "node_modules" / "axe-core" / "axe.min.js"
SCROLLS = "document.documentElement.scrollWidth - window.innerWidth"


def violations(page, part="html") -> list[str]:
    """Return what axe-core finds wrong with a page, or with a part of it."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found = page.evaluate("part => axe.run(part).then(({ violations }) => violations)", part)
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]


@needs_npm
@pytest.mark.parametrize("name", PAGES)
def test_page(open_page, name):
    page = open_page(name)
    assert page.locator("h1").count() == 1
    equations = page.locator(".math").count()
    assert page.locator("mjx-container").count() >= equations
    assert page.locator("mjx-merror").count() == 0
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate(SCROLLS) <= 0


def test_links_lead_somewhere(site):
    soups = {
        path.resolve(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in (HTML / name for name in PAGES)
    }
    checked = 0
    for path, soup in soups.items():
        for link in soup.find_all("a", href=True):
            address, anchor = urldefrag(unquote(link["href"]))
            if re.match(r"[a-z]+:", address):
                assert address.startswith("https:"), link
                continue
            target = (path.parent / address).resolve() if address else path
            assert target.exists(), (path, link["href"])
            if target.name == "explorer.html" and "=" in anchor:
                continue  # settings, which tests/book/views.test.js reads
            if anchor and target in soups:
                assert soups[target].find(id=anchor), (path, link["href"])
            checked += 1
    assert checked > 500


def test_no_prose_is_taken_for_a_formula(site):
    """As where a parser pairs the wrong dollar signs."""
    formulas = [
        formula.get_text()
        for name in PAGES
        for formula in BeautifulSoup((HTML / name).read_text("utf-8"), "html.parser").select(
            ".math"
        )
    ]
    assert len(formulas) > 500
    for formula in formulas:
        without_text = re.sub(r"\\text\w*\s*\{[^}]*\}", "", formula)
        assert not re.search(r"(?<!\\)\b[a-z]{3,} [a-z]{2,} [a-z]{2,}\b", without_text), formula


def public_names() -> dict[str, list[str]]:
    """Return the public names of each public module, without importing it."""
    folder = ROOT / "selu_sym"
    files = [folder / "__init__.py", *folder.glob("[!_]*.py"), *folder.glob("[!_]*/__init__.py")]
    found = {}
    for file in files:
        path = file.parent if file.name == "__init__.py" else file.with_suffix("")
        module = path.relative_to(ROOT).as_posix().replace("/", ".")
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                found[module] = ast.literal_eval(node.value)
    return found


def test_the_book_is_complete(site):
    """All notebooks, and every public name of every public module."""
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"notebooks/{notebook.stem}.html" in PAGES
    entries = zlib.decompress((HTML / "objects.inv").read_bytes().split(b"\n", 4)[4]).decode()
    documented = {line.split()[0] for line in entries.splitlines()}
    modules = public_names()
    assert {"selu_sym", "selu_sym.certify", "selu_sym.keras"} < set(modules)
    for module, names in modules.items():
        assert module in documented
        assert {f"{module}.{name}" for name in names} <= documented
        page = BeautifulSoup((HTML / "api" / f"{module}.html").read_text("utf-8"), "html.parser")
        assert "*args" not in " ".join(sig.get_text() for sig in page.select("dt.sig"))


def test_what_a_notebook_needs_can_be_downloaded(site):
    page = BeautifulSoup((HTML / "notebooks.html").read_text("utf-8"), "html.parser")
    offered = {link["href"].rpartition("/")[2] for link in page.select("a.download")}
    needed = [*(ROOT / "notebooks").glob("*.py"), *(ROOT / "notebooks").glob("*.json")]
    assert offered == {path.name for path in needed} - {"execute.py"}
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        html = (HTML / f"notebooks/{notebook.stem}.html").read_text("utf-8")
        assert f'href="../_static/notebooks/{notebook.name}" download' in html


SEARCHES = {
    "correlation_map": "api/selu_sym",
    "ellipse": "notebooks/02_fixed_points",
    "install": "start",
    "GPU": "start",
    "cite": "cite",
    "licence": "cite",
    "license": "cite",
    "speed": "speed",
    "exploding": "how-to/depth",
    "vanishing gradients": "how-to/depth",
    "gain": "how-to/gain",
    "calculate_gain": "how-to/gain",
    "normalize2mom": "how-to/gain",
    "NFNet gamma": "how-to/gain",
    "fixed_mean": "coming-from",
    "fixed_var": "coming-from",
    "dropout": "how-to/dropout",
    "initializer": "how-to/initializer",
}
"""What people search for, and the page that they should find first."""


def test_searches_find_the_right_page_first(open_page):
    page = open_page("search.html?q=ellipse")
    first = page.locator("#search-results ul.search li a").first
    assert SEARCHES["ellipse"] in first.evaluate("link => link.href")
    found = page.evaluate(  # from the last one on, they are shown
        "all => all.map(one => Search._performSearch(...Search._parseQuery(one)).at(-1)[0])",
        list(SEARCHES),
    )
    assert dict(zip(SEARCHES, found, strict=True)) == SEARCHES


def test_a_dark_page_is_printed_light_and_whole(open_page):
    page = open_page("notebooks/14_published_constants.html", scheme="dark")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins
    page.emulate_media(media="print")
    page.wait_for_function(f"{theme} === 'light'")
    cut = "all => all.filter(part => part.scrollWidth > part.clientWidth + 1).length"
    assert page.locator("pre, .pst-scrollable-table-container").evaluate_all(cut) == 0
    page.emulate_media(media="screen")
    page.wait_for_function(f"{theme} === 'dark'")
