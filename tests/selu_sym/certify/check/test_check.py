"""All that a file says is checked: each of the forgeries here was verified once."""

import copy
import json
import math
import subprocess
import sys
import time
from decimal import Decimal
from fractions import Fraction

import pytest

from selu_sym import certify, selu_parameters
from selu_sym.certify import Certificate, CertificateError, check
from selu_sym.certify._check import halving
from tests.selu_sym.certify.files import FILES, FOUND
from tests.selu_sym.certify.layers import Layer, enclosure
from tests.selu_sym.certify.theorems import PAPER


def verdict(data, tmp_path) -> bool | str:
    """Return what a check of the file says, or the error; loading it must say the same."""
    path = tmp_path / "certificate.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    try:
        found = check(path)
    except CertificateError as error:
        with pytest.raises(CertificateError):
            Certificate.load(path)
        return str(error)
    return found


def test_a_file_is_all_that_a_check_needs(tmp_path):
    path = tmp_path / "theorem_2.json"
    FOUND["variance_decreases"].save(path)
    code = f"from selu_sym import certify; print(certify.check({str(path)!r}))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True"


ALONE = """
import sys, types
import selu_sym
package = types.ModuleType("selu_sym.certify")
package.__path__ = [selu_sym.__path__[0] + "/certify"]
sys.modules["selu_sym.certify"] = package
before = set(sys.modules)
import selu_sym.certify._check.check
print(*sorted(name for name in set(sys.modules) - before if name.startswith("selu_sym.")))
"""


def test_a_check_shares_two_modules_with_the_search():
    """Conversions of fractions to balls, and reading files."""
    result = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True
    )
    names = {name.removeprefix("selu_sym.") for name in result.stdout.split()}
    own = {name for name in names if name.startswith("certify._check")}
    assert own >= {f"certify._check.{name}" for name in ("check", "halving", "means", "quantities")}
    assert names - own <= {"_exact", "_exact.arb", "certify.schema"}


def at(data, *steps):
    for step in steps:
        data = data[step]
    return data


def put(*path_and_value):
    *path, last, value = path_and_value

    def change(data):
        at(data, *path)[last] = value

    return change


def drop(*path):
    def change(data):
        del at(data, *path[:-1])[path[-1]]

    return change


def loose(data):
    """An enclosure [0.1, 0.5] of 0.8976 with a tolerance of 1."""
    data["tolerance"] = 1.0
    data["extrema"][0]["bounds"] = [0.1, 0.5]


def two_selus(data):
    data["extrema"][1]["alpha"] = ["1", "1"]


def shift(end, amount):
    def change(data):
        data["extrema"][0]["bounds"][end] += amount

    return change


def at_the_limit(data):
    """The maximum is below the limit, but for a tolerance."""
    data["extrema"][0]["bounds"] = [1.0, 1.0]
    data["status"] = "refuted"


def swap_names(data):
    one, other = data["extrema"][:2]
    one["name"], other["name"] = other["name"], one["name"]


def swap_extrema(data):
    data["extrema"][:2] = data["extrema"][1::-1]


def twice(data):
    data["extrema"].append(data["extrema"][0])


def no_such_piece(data):
    data["extrema"][0]["trees"].append(".")
    data["boxes"] += 1


def fewer_pieces(data):
    data["boxes"] -= len(data["extrema"][0]["trees"].pop())


def shorter(data):
    data["extrema"][0]["trees"][0] = data["extrema"][0]["trees"][0][:-1]
    data["boxes"] -= 1


def from_theorem_3(data):
    """Says of the box where the variance grows that it falls."""
    data["ranges"] = FILES["variance_increases"]["ranges"]
    data["extrema"][0]["witness"] = FILES["variance_increases"]["extrema"][0]["witness"]


def zero_refutes(data):
    data["extrema"][0]["bounds"] = [0.0, 0.0]
    data["status"] = "refuted"


FORGERIES = {
    "upper too small": ("contraction", put("extrema", 0, "bounds", [0.5, 0.89])),
    "a little": ("contraction", shift(1, -2e-8)),
    "lower too large": ("contraction", shift(0, 1e-8)),
    "loosened by a tolerance": ("contraction", loose),
    "status": ("contraction", put("status", "refuted")),
    "status undecided": ("contraction", put("status", "undecided")),
    "refuted is proved": ("refuted", put("status", "proved")),
    "undecided is proved": ("undecided", put("status", "proved")),
    "witness": ("contraction", put("extrema", 0, "witness", "nu", "1")),
    "witness outside": ("contraction", put("extrema", 0, "witness", "nu", "2")),
    "no witness": ("contraction", put("extrema", 0, "witness", None)),
    "one more of a layer's numbers": ("repulsion", put("extrema", 0, "witness", "tau", "1")),
    "boxes": ("contraction", put("boxes", 65)),
    "two SELUs": ("invariance", two_selus),
    "another SELU": ("contraction", put("alpha", ["2", "2"])),
    "a wider SELU": ("contraction", put("alpha", ["1", "2"])),
    "scale zero": ("contraction", put("scale", ["0", "0"])),
    "ends of alpha swapped": ("contraction", lambda data: data["alpha"].reverse()),
    "negative nu": ("contraction", put("ranges", "nu", ["-1", "3/2"])),
    "negative tau": ("contraction", put("ranges", "tau", ["-1", "3/2"])),
    "ends of a range swapped": ("contraction", lambda data: data["ranges"]["mu"].reverse()),
    "lower above upper": ("contraction", put("extrema", 0, "bounds", [0.9, 0.8])),
    "a wider box": ("contraction", put("ranges", "nu", ["1/2", "3/2"])),
    "no omega": ("variance_decreases", drop("ranges", "omega")),
    "omega for fixed points": ("repulsion", put("ranges", "omega", ["1", "1"])),
    "a claim of theorem 3's box": ("variance_decreases", from_theorem_3),
    "another claim": ("variance_decreases", put("claim", "variance_increases")),
    "an extremum twice": ("invariance", twice),
    "an extremum missing": ("invariance", drop("extrema", 3)),
    "names swapped": ("invariance", swap_names),
    "extrema swapped": ("invariance", swap_extrema),
    "a name of one's own": ("contraction", put("extrema", 0, "name", "smallest singular value")),
    "a piece that does not exist": ("contraction", no_such_piece),
    "a piece missing": ("contraction", fewer_pieces),
    "a box missing": ("contraction", shorter),
    "refuted at the limit": ("contraction", at_the_limit),
    "repulsion refuted at the limit": ("repulsion", zero_refutes),
    "a limit of one's own": ("contraction", put("extrema", 0, "limit", "2")),
    "tolerance inf": ("contraction", put("tolerance", "inf")),
    "negative tolerance": ("contraction", put("tolerance", -1.0)),
    "seconds": ("contraction", put("seconds", 1.0)),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found_out(name, tmp_path):
    kind, change = FORGERIES[name]
    data = copy.deepcopy(FILES[kind])
    assert verdict(data, tmp_path) is True
    change(data)
    assert data != FILES[kind]
    found = verdict(data, tmp_path)
    assert found is False or isinstance(found, str)


def test_a_maximum_just_below_the_limit_is_not_refuted(tmp_path):
    """0.999996 of a strict claim: the limit is within the tolerance, and still not reached."""
    p = selu_parameters(0.0, 1.0)
    tau = 1.16975
    found = certify.contraction(p, mu=(0, 0), omega=(0, 0), nu=(1, 1), tau=(1, tau))
    assert found.status == "proved"
    data = json.loads(found.to_json())
    assert verdict(data, tmp_path) is True
    at_the_limit(data)
    assert verdict(data, tmp_path) is False


def test_a_file_that_is_missing_is_no_certificate_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        check(tmp_path / "none.json")


N = ("-0.1", "0.1")


@pytest.mark.parametrize(
    "prove",
    [
        lambda: certify.contraction(PAPER, N, N, nu=("1e-3", 10**6), tau=(1, 1)),
        lambda: certify.variance_increases(
            PAPER, N, N, nu=("1e-30", "0.1"), tau=(1, 1), max_boxes=300
        ),
        lambda: certify.variance_increases(PAPER, N, N, nu=("1e-8", 100), tau=(1, 1)),
        lambda: certify.repulsion(mu=(-2, 2), nu=("1e-3", 10**6), max_boxes=1),
    ],
    ids=["contraction", "variance_increases", "small v", "repulsion"],
)
def test_boxes_over_nine_decades_are_checked(prove):
    """Balls of v that contain 0 ended in an error of python-flint."""
    assert check(prove())


@pytest.mark.parametrize("claim", ["contraction", "invariance", "variance_decreases"])
@pytest.mark.parametrize("low", ["1e-2", "1e-4", "1e-6", "1e-8"])
def test_a_check_takes_about_as_long_as_the_search(claim, low, monkeypatch):
    """It took 5 to 934 times as long, for it halved boxes down to the smallest deviation."""
    found = getattr(certify, claim)(PAPER, N, N, nu=(low, 100), tau=(1, 1), max_boxes=2000)
    looked_at = []
    still_open = halving._open
    monkeypatch.setattr(halving, "_open", lambda *of: looked_at.append(of) or still_open(*of))
    assert check(found)
    assert len(looked_at) < 4 * found.boxes


def test_a_proof_of_small_variances_is_checked():
    found = certify.variance_increases(PAPER, N, N, nu=("1e-6", "0.1"), tau=(1, 1))
    assert found.status == "proved"
    start = time.process_time()
    assert check(found)
    assert time.process_time() - start < 10 * found.seconds + 1


HOSTILE = {
    "claim": "repulsion",
    "ranges": {"mu": ["-20", "20"], "nu": ["1", "100"]},
    "tolerance": None,
    "status": "proved",
    "boxes": 1,
    "extrema": [
        {
            "name": "largest 1 - trace + det",
            "bounds": [None, -1e-300],
            "witness": None,
            "trees": ["."],
        }
    ],
}
"""One box for what would take a million."""


def hostile(name):
    """Return a file that states far too good a bound for one box of a wide range."""
    data = copy.deepcopy(HOSTILE)
    if name == "tiny":
        data["ranges"] = {"mu": ["-1", "1"], "nu": ["1/" + "9" * 3000, "9" * 3000]}
    if name == "contraction":
        data = copy.deepcopy(FILES["contraction"])
        data["ranges"]["nu"] = ["1/" + "9" * 100, "9" * 100]
        data["extrema"][0]["trees"] = [".", "."]
        data["boxes"] = 2
    return data


@pytest.mark.parametrize("name", ["wide", "tiny", "contraction"])
def test_the_work_is_bounded_by_the_boxes_of_a_file(name, tmp_path, monkeypatch):
    """The first of them kept a check busy for a minute."""
    data = hostile(name)
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(data))
    looked_at = []
    still_open = halving._open
    monkeypatch.setattr(halving, "_open", lambda *of: looked_at.append(of) or still_open(*of))
    assert not check(path)
    assert len(looked_at) <= data["boxes"] * (1000 + 20) + 500


def test_every_digit_of_a_bound_is_checked(tmp_path):
    """Bounds were rounded to doubles before they were checked, and a false 25th digit passed."""
    selu = Fraction(3, 2), Fraction(1)
    point = {"mu": (0, 0), "omega": (0, 0), "nu": (1, 1), "tau": (1, 1)}
    proof = certify.variance_decreases(enclosure(tuple((x, x) for x in selu)), **point)
    change = Layer(*(Fraction(side[0]) for side in point.values()), *selu).change
    data = json.loads(proof.to_json())
    low, high = (Decimal(repr(x)) for x in data["extrema"][0]["bounds"])
    data["extrema"][0]["bounds"] = [0.25, 0.75]

    def stated(low: Decimal, high: Decimal) -> bool | str:
        text = json.dumps(data).replace("0.25", str(low)).replace("0.75", str(high))
        return verdict(text, tmp_path)

    assert stated(low, high) is True
    true = Decimal(change.mid().str(25, radius=False))
    below, nearest = true - Decimal("1e-24"), Decimal(repr(float(true)))
    assert float(below) == float(nearest)  # as a double it is no other number
    refused = f"must have no other digits than the nearest double, {nearest}, got {below}"
    assert stated(low, below) == f"extrema.0.bounds.1 {refused}"
    assert stated(below, high) is not True
    assert stated(low, Decimal(repr(math.nextafter(float(below), -math.inf)))) is False


@pytest.mark.parametrize(
    ("mu", "nu"),
    [
        ((-1, 1), (100, 1000)),  # e^z has a mean of 10^217 there
        (("1.0958", "1.0964"), ("0.1539", "0.1542")),  # 1 - trace + det is -5e-9
        ((-10, -9), (20, 40)),
    ],
    ids=str,
)
def test_few_boxes_of_the_search_need_be_halved_to_check_them(mu, nu, monkeypatch):
    found = certify.repulsion(mu, nu)
    assert found.status == "proved"
    looked_at = []
    still_open = halving._open
    monkeypatch.setattr(halving, "_open", lambda *of: looked_at.append(of) or still_open(*of))
    assert check(found)
    leaves = (found.boxes + 1) // 2
    assert leaves < len(looked_at) < 2 * leaves
