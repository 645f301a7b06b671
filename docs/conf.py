"""Sphinx's settings for the book, which ``make book`` builds."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

import selu_sym

project = "selu-sym"
author = "The selu-sym developers"
copyright = author  # noqa: A001 - Sphinx's name
version = release = selu_sym.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_design",
]
templates_path = ["_templates"]
root_doc = "index"
nitpicky = True

myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_dmath_double_inline = True  # as Jupyter, which takes $$ in the middle of a paragraph, too
myst_heading_anchors = 3
nb_render_markdown_format = "myst"  # tables of outputs, with formulas in them
nb_execution_mode = "off"  # the notebooks hold their outputs, which tests compare
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"

# PyTorch is large, and only `make test-torch` installs it
autodoc_mock_imports = [] if importlib.util.find_spec("torch") else ["torch"]
autodoc_typehints = "none"  # the docstrings have them, with shapes
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False

html_title = "selu-sym"
html_theme = "pydata_sphinx_theme"
html_context = {"default_mode": "auto"}
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["book.css", "explorer.css"]
html_js_files = ["print.js"]
html_search_scorer = str(Path(__file__).with_name("_static") / "search.js")
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_sidebars = {  # pages without others below them
    name: []
    for name in (
        *("index", "start", "frameworks", "explorer", "accuracy", "speed", "networks"),
        *("coming-from", "cite", "CONTRIBUTING", "CHANGELOG", "search"),
    )
}
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "secondary_sidebar_items": {
        "**": ["page-toc", "download"],
        "index": [],
        "explorer": [],
    },
}
mathjax_path = "mathjax/tex-mml-chtml.js"  # of the site itself: it needs no other host


def own_signature(_: Sphinx, what: str, __: str, thing: Any, *others: Any) -> Any:
    """Return the signature of a layer's ``__init__``: that of Keras's ``__new__`` says nothing."""
    _, signature, returns = others
    if what != "class" or signature != "(*args, **kwargs)":
        return None
    _, *parameters = inspect.signature(thing.__init__).parameters.values()
    own = inspect.Signature(parameters)
    return stringify_signature(own, show_annotation=False), returns


def name_by_text(_: Sphinx, __: str, ___: str, context: dict[str, Any], ____: Any) -> None:
    """Let folded code be called what its button says: MyST-NB gives it another name."""
    if "body" in context:
        context["body"] = re.sub(r'<summary aria-label="[^"]*">', "<summary>", context["body"])


def setup(app: Sphinx) -> None:
    """Register what Sphinx calls before it formats a signature, and before it writes a page."""
    app.connect("autodoc-process-signature", own_signature)
    app.connect("html-page-context", name_by_text)
