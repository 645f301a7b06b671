"""The book as a reader has it: served by a plain web server, in a real browser."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HTML = ROOT / "docs" / "_build" / "html"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

needs_npm = pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "docs" / "node_modules").exists(),
    reason="needs Node and npm's packages: make book",
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Log nothing."""


@pytest.fixture(scope="session")
def site():
    """Return the address of the book."""
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: make book")
    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="pip install .[docs]")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(browser):
    """Return a function that returns the context of a colour scheme, with touch or without.

    Pages of one context share what was loaded before.
    """

    @functools.cache
    def context(scheme, touch):
        return browser.new_context(color_scheme=scheme, has_touch=touch, reduced_motion="reduce")

    return context


@pytest.fixture
def open_page(contexts, site):
    """Return a function that opens a page, and in the end finds that nothing went wrong."""
    pages, faults = [], []

    def opened(name, *, width=1280, scheme="light", address=site):
        page = contexts(scheme, width < 600).new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(f"{name}: {error}"))
        page.on("requestfailed", lambda request: faults.append(f"{name}: {request.url} failed"))
        page.on(
            "console",
            lambda said: (
                said.type in ("error", "warning") and faults.append(f"{name}: {said.text}")
            ),
        )
        page.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:", "blob:"))
                or faults.append(f"{name} asks {request.url}")
            ),
        )
        page.goto(address + name)
        page.evaluate("window.MathJax?.startup?.promise")
        return page

    yield opened
    for page in pages:
        page.close()
    assert not faults
