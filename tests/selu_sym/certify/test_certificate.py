"""Certificates in memory and as files."""

import copy
import json

import pytest

from selu_sym import certify
from selu_sym.certify import Certificate, check
from tests.selu_sym.certify.files import FILES, FOUND
from tests.selu_sym.certify.theorems import same


@pytest.mark.parametrize("name", FOUND)
def test_a_file_says_what_the_certificate_says(name, tmp_path):
    found = FOUND[name]
    path = tmp_path / "certificate.json"
    found.save(path)
    loaded = Certificate.load(path)
    assert same(loaded, found)
    assert loaded.bounds == found.bounds
    assert loaded.witness == found.witness
    assert str(loaded) == str(found)
    assert check(path)
    assert check(found)
    # the boxes are those of the search
    for one, other in zip(found.extrema, loaded.extrema, strict=True):
        assert one.trees() == other.trees()


def test_a_file_is_json_also_without_a_bound():
    """Of the first box of so large a domain nothing is known."""
    found = FOUND["undecided"]
    assert found.bounds["largest 1 - trace + det"][1] == float("inf")

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    json.loads(found.to_json(), parse_constant=refuse)
    assert found.status == "undecided"


def test_which_selu_it_is_about_is_shown():
    assert "alpha = 1.6732632423543772, scale = 1.0507009873554805" in str(FOUND["contraction"])


def test_a_million_boxes_are_a_file():
    """As many as a search makes, unless it is told to make more."""
    data = copy.deepcopy(FILES["undecided"])
    half = "m" * 18
    tree = "."
    for axis in half:
        tree = axis + tree + tree
    data["extrema"][0]["trees"] = [f"v{tree}{tree}"]
    data["boxes"] = len(data["extrema"][0]["trees"][0])
    assert data["boxes"] > 10**6
    loaded = Certificate.from_json(json.dumps(data))
    assert loaded.boxes == data["boxes"]
    assert json.loads(loaded.to_json()) == data


def test_a_file_is_not_believed_when_a_search_is_resumed():
    """Whatever bounds it states, those of the resumed search are right."""
    part = certify.repulsion(mu=("-1", "0.5"), nu=("0.5", "4"), max_boxes=100)
    assert part.status == "undecided"
    data = json.loads(part.to_json())
    for bounds, status in (([-2.0, -1.0], "proved"), ([1.0, 2.0], "refuted")):
        data["extrema"][0]["bounds"] = bounds
        data["status"] = status
        forged = Certificate.from_json(json.dumps(data))
        assert not check(forged)
        resumed = certify.resume(forged, max_boxes=200)
        assert resumed.status == "undecided"
        assert check(resumed)
