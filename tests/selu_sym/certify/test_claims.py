"""Claims: resuming, what is shown, and arguments."""

import subprocess
import sys

import pytest

import selu_sym
from selu_sym import certify, precise, selu_parameters, stability
from selu_sym.certify import Certificate
from tests.selu_sym.certify.theorems import FLOATS, ONE, PAPER, SLOW, THREE


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
        (
            {"omega": ("a", 1)},
            ValueError,
            "omega must be a finite number such as -0.1, 1e-3 or -1/10, got 'a'",
        ),
        ({"p": (1.6, 1.05)}, TypeError, "p must be SeluParameters or an Enclosure"),
        (
            {"p": selu_parameters([0.0, 0.1], 1.0, weights="iid")},
            TypeError,
            "one fixed point, got arrays",
        ),
    ],
    ids=str,
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        certify.contraction(**{"p": PAPER, **ONE, **arguments})


def test_it_needs_the_extra():
    code = "import sys; sys.modules['pydantic'] = None; import selu_sym.certify"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.stderr.strip().endswith(
        "ImportError: selu_sym.certify needs pydantic and tqdm: pip install pydantic tqdm"
    )


def test_a_selu_for_the_weights_of_an_initializer():
    p = selu_parameters(0.0, 1.0, weights="he_normal")
    found = certify.contraction(p, mu=(0, 0), omega=(0, 0), nu=("0.8", "1.5"), tau=(2, 2))
    assert found.status == "proved"
    _, upper = found.bounds["largest singular value"]
    assert stability(p).singular_value <= upper < 1
