"""The table of networks: its page is that of its rows, and some of its rows are made again."""

from importlib.util import find_spec

import pytest

from benchmarks.networks.case import PAGE, Row, load
from benchmarks.networks.page import page

ROWS = [row for framework in ("tensorflow", "jax", "torch") for row in load(framework)]


def test_the_page_is_that_of_the_rows():
    assert PAGE.read_text("utf-8") == page(ROWS)


def test_many_networks_of_each_kind():
    """At least 60, sound and planted, on each framework."""
    assert len(ROWS) >= 60
    for framework in ("tensorflow", "jax", "torch"):
        kinds = {bool(row.planted) for row in ROWS if row.framework == framework}
        assert kinds == {True, False}


@pytest.mark.parametrize(
    ("expected", "seen", "right"),
    [
        ([], [], True),
        ([], ["sum"], False),
        (["sum"], [], False),
        (["sum"], ["sum", "sum"], True),
        (["sum"], ["input", "sum"], False),
    ],
)
def test_what_counts_as_right(expected, seen, right):
    row = Row("a", "b", "torch", "c" if expected else "", expected, seen, "", 1)
    assert row.is_right == right
    assert ("(wrong)" in page([row])) == (not right)


@pytest.mark.torch
@pytest.mark.parametrize("name", ["test_byobnet", "test_nfnet", "test_mambaout"])
def test_small_networks_of_timm(name):
    pytest.importorskip("torch")
    if not (find_spec("torchvision") and find_spec("timm")):
        pytest.skip("torchvision and timm are not installed")
    from benchmarks.networks import of_torch  # noqa: PLC0415 - where there is PyTorch

    (case,) = (case for case in of_torch.cases() if case.name == name)
    kinds = {finding.kind for finding in of_torch.observed(case, seed=0).findings}
    assert kinds == set(case.expected)
