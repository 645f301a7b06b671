"""Certificates: what they say, their files, and arguments."""

import json
import subprocess
import sys

import pytest

import selu_sym
from selu_sym import certify, precise, selu_parameters
from selu_sym.certify import Certificate, check
from tests.selu_sym.theorems import FLOATS, ONE, PAPER, SLOW, THREE, TWO, same

# what is wrong with a certificate is found


def tampered(change) -> Certificate:
    data = json.loads(certify.contraction(PAPER, **ONE).to_json())
    change(data)
    return Certificate.from_json(json.dumps(data))


def shrink_bounds(data):
    for leaf in (*data["extrema"][0]["closed"], *data["extrema"][0]["open"]):
        leaf["upper"] = min(leaf["upper"], 0.89)


def drop_a_box(data):
    data["extrema"][0]["closed" if data["extrema"][0]["closed"] else "open"].pop()


def widen_the_box(data):
    data["ranges"]["nu"] = ["1/2", "3/2"]


def other_parameters(data):
    data["extrema"][0]["objective"]["alpha"] = ["2", "2"]


def raise_the_limit(data):
    data["extrema"][0]["limit"] = "2"


def raise_the_value(data):
    data["extrema"][0]["lower"] += 0.01


@pytest.mark.parametrize(
    "change",
    [shrink_bounds, drop_a_box, widen_the_box, other_parameters, raise_the_limit, raise_the_value],
)
def test_a_wrong_certificate_is_found_out(change):
    assert check(tampered(lambda data: None))
    assert not check(tampered(change))


# files, resuming, and where the work is done


def test_a_file_is_all_that_a_check_needs(tmp_path):
    path = tmp_path / "theorem_2.json"
    found = certify.variance_decreases(PAPER, **TWO)
    found.save(path)
    assert same(Certificate.load(path), found)
    code = f"from selu_sym import certify; print(certify.check({str(path)!r}))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True"


def test_a_file_is_json_also_without_a_bound():
    """Of the first box of so large a domain nothing is known."""
    found = certify.repulsion(mu=(-5, 5), nu=("0.001", 100), max_boxes=1)
    assert found.bounds["largest 1 - trace + det"][1] == float("inf")

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    json.loads(found.to_json(), parse_constant=refuse)
    assert same(Certificate.from_json(found.to_json()), found)
    assert found.status == "undecided"
    assert check(found)


def test_a_search_resumes_where_it_stopped():
    whole = certify.repulsion(**SLOW)
    part = certify.repulsion(**SLOW, max_boxes=300)
    assert part.status == "undecided"
    assert part.boxes <= 302
    stopped = part.to_json()
    resumed = certify.resume(Certificate.from_json(stopped))
    assert resumed.status == whole.status == "proved"
    assert part.to_json() == stopped
    low, high = resumed.bounds["largest 1 - trace + det"]
    assert low <= high < 0


def test_progress(capsys):
    certify.contraction(PAPER, **ONE, progress=True)
    assert "largest singular value in [" in capsys.readouterr().err


def test_display():
    text = str(certify.contraction(PAPER, **ONE))
    assert text.startswith("contraction: proved for mu in [-0.1, 0.1], omega in [-0.1, 0.1], nu in")
    assert "largest singular value in [0.897608, 0.897608], claimed to be below 1" in text
    smallest = str(certify.variance_increases(PAPER, **THREE[0]))
    assert (
        "smallest change of the variance in [0.00773608, 0.00773608], claimed to be above 0"
        in smallest
    )


def test_parameters_of_every_kind():
    many = precise.selu_parameters(0, 1, digits=30)
    for p in (PAPER, many, FLOATS, selu_sym.match_moments(0.0, 1.0, 0.0, 1.0)):
        assert certify.contraction(p, **ONE).status == "proved"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mu": (0.1, -0.1)}, ValueError, "mu must be a pair of a lower and an upper end"),
        ({"nu": (0, 1)}, ValueError, "nu must be positive, got 0"),
        ({"tau": ("-1", 1)}, ValueError, "tau must be positive, got '-1'"),
        ({"omega": 1}, TypeError, "omega must be a pair of numbers, got 1"),
        ({"omega": ("a", 1)}, ValueError, "omega must be a finite decimal number, got 'a'"),
        ({"p": (1.6, 1.05)}, TypeError, "p must be SeluParameters or an Enclosure"),
        ({"p": selu_parameters([0.0, 0.1], 1.0)}, TypeError, "one fixed point, got arrays"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        certify.contraction(**{"p": PAPER, **ONE, **arguments})


def test_it_needs_the_extra():
    code = "import sys; sys.modules['flint'] = None; import selu_sym; selu_sym.certify"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (
        "ImportError: selu_sym.certify needs python-flint: pip install selu-sym[certify]"
        in result.stderr
    )
