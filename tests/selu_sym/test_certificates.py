"""Files of certificates: all that they say is checked, and all others are refused."""

import copy
import json
import resource
import subprocess
import sys
import textwrap

import pytest

from selu_sym import certify, selu_parameters
from selu_sym.certify import Certificate, CertificateError, check
from tests.selu_sym.theorems import ONE, PAPER, THREE, TWO, same

SMALL = {"mu": ("-0.2", 0), "nu": (1, "2.5")}

FOUND = {
    "contraction": certify.contraction(PAPER, **ONE),
    "invariance": certify.invariance(PAPER, **ONE),
    "variance_decreases": certify.variance_decreases(PAPER, **TWO),
    "variance_increases": certify.variance_increases(PAPER, **THREE[0]),
    "repulsion": certify.repulsion(**SMALL),
    "refuted": certify.contraction(PAPER, **{**ONE, "nu": ("0.5", "1.5"), "tau": ("0.95", "1.25")}),
    "undecided": certify.repulsion(mu=(-5, 5), nu=("0.001", 100), max_boxes=1),
}
FILES = {name: json.loads(found.to_json()) for name, found in FOUND.items()}


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
        places = [{(x.piece, x.path) for x in (*e.closed, *e.open)} for e in (one, other)]
        assert places[0] == places[1]


def test_a_file_is_all_that_a_check_needs(tmp_path):
    path = tmp_path / "theorem_2.json"
    FOUND["variance_decreases"].save(path)
    code = f"from selu_sym import certify; print(certify.check({str(path)!r}))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True"


def test_a_check_shares_nothing_with_the_search():
    code = textwrap.dedent("""
        import importlib.util, sys, types
        import selu_sym
        package = types.ModuleType("selu_sym.certify")
        package.__path__ = [selu_sym.__path__[0] + "/certify"]
        sys.modules["selu_sym.certify"] = package
        import selu_sym.certify.check
        print(sorted(name for name in sys.modules if name.startswith("selu_sym.certify.")))
        """)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    modules = [f"selu_sym.certify.{name}" for name in ("check", "jets", "schema")]
    assert result.stdout.strip() == str(modules)
    assert not any("generated" in name for name in modules)


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


# what each file says is changed: each of these was verified once


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


# what is no certificate


def hostile() -> dict[str, bytes]:
    good = FOUND["contraction"].to_json()

    def instead(old: str, new: str) -> bytes:
        assert old in good
        return good.replace(old, new, 1).encode()

    many = "9" * 10**6
    deep = 10**5
    return {
        "empty": b"",
        "not UTF-8": b"\xff\xfe\x00",
        "no JSON": b"proved",
        "a list": b"[]",
        "a number": b"1",
        "null": b"null",
        "an empty object": b"{}",
        "NaN": instead("1e-05", "NaN"),
        "Infinity": instead("1e-05", "Infinity"),
        "-Infinity": instead("1e-05", "-Infinity"),
        "overflow": instead("1e-05", "1e999"),
        "exponent": instead('"-1/10"', '"1e99999999"'),
        "exponent of a number": instead("1e-05", "1e99999999"),
        "digits": instead('"-1/10"', f'"{many}"'),
        "denominator": instead('"-1/10"', f'"1/{many}"'),
        "zero denominator": instead('"-1/10"', '"1/0"'),
        "other digits": instead('"-1/10"', '"٣"'),
        "spaces": instead('"-1/10"', '" 1"'),
        "an integer of many digits": instead("1e-05", many),
        "a fraction of many digits": instead("1e-05", "0." + many),
        "a count of many digits": instead('"boxes": ', f'"boxes": {many}'),
        "a long path": instead('"trees": ["', '"trees": ["' + "m." * deep),
        "a long path to the left": instead('"trees": ["', '"trees": ["' + "m" * deep + "." * deep),
        "lists in lists": b"[" * deep + b"]" * deep,
        "objects in objects": b'{"a":' * deep + b"1" + b"}" * deep,
        "few lists in lists": instead("1e-05", "[" * 300 + "]" * 300),
        "lists": b"[" + b"[]," * 2**20 + b"[]]",
        "keys": b"{" + b",".join(b'"%d":1' % i for i in range(10**5)) + b"}",
        "a key twice": instead('"claim"', '"claim": "contraction", "claim"'),
        "a key of an inner object twice": instead('"mu": [', '"mu": ["0", "1"], "mu": ['),
        "a long key": instead('"claim"', f'"{many}": 1, "claim"'),
        "a long claim": instead('"contraction"', f'"{many}"'),
        "a claim that is a list": instead('"contraction"', "[]"),
        "more leaves than boxes": instead('"boxes": ', '"boxes": -'),
        "an unpaired surrogate": instead('"contraction"', '"\\ud800"'),
    }


@pytest.mark.parametrize("name", hostile())
def test_what_is_no_certificate_is_refused(name, tmp_path):
    path = tmp_path / "certificate.json"
    path.write_bytes(hostile()[name])
    for function in (check, Certificate.load):
        with pytest.raises(CertificateError, match=r"^[^\n]* must .*, got ") as caught:
            function(path)
        assert len(str(caught.value)) < 400
    assert isinstance(caught.value, ValueError)


def test_a_text_that_is_no_certificate_is_refused():
    for text in ("", "{}", b"\xff", "\ud800"):
        with pytest.raises(CertificateError):
            Certificate.from_json(text)


def test_an_error_names_the_field_the_value_and_the_rule():
    data = copy.deepcopy(FILES["contraction"])
    data["extrema"][0]["witness"]["nu"] = "1/0"
    with pytest.raises(
        CertificateError,
        match=r"^extrema\.0\.witness\.nu must have a denominator that is not zero, got '1/0'$",
    ):
        Certificate.from_json(json.dumps(data))


LIMITED = """
import resource, sys, time
from selu_sym import certify
from selu_sym.certify import schema
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        certify.check(path)
    except certify.CertificateError:
        pass
    else:
        raise AssertionError(path)
    seconds = time.process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(path, seconds, grown)
    assert seconds < 1, (path, seconds)
    assert grown < 200, (path, grown)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss")
def test_a_hostile_file_costs_little(tmp_path):
    paths = []
    for i, content in enumerate(hostile().values()):
        paths.append(tmp_path / f"{i}.json")
        paths[-1].write_bytes(content)
    sparse = tmp_path / "sparse.json"
    with sparse.open("wb") as file:
        file.truncate(2**40)
    full = tmp_path / "full.json"
    full.write_bytes(b'{"claim": "' + b"m" * (2**23 - 20) + b'"}')
    tree = tmp_path / "tree.json"  # one leaf is missing
    text = FOUND["contraction"].to_json().replace('"trees": ["', '"trees": ["' + "m." * 1000, 1)
    tree.write_text(text + " " * (2**23 - len(text)))
    (tmp_path / "folder").mkdir()
    paths += [sparse, full, tree, tmp_path / "folder"]

    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    subprocess.run([sys.executable, "-c", LIMITED, *map(str, paths)], check=True, preexec_fn=limits)


def test_a_file_that_is_missing_is_no_certificate_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        check(tmp_path / "none.json")


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
    module = sys.modules["selu_sym.certify.check"]
    verdict = module._verdict
    monkeypatch.setattr(module, "_verdict", lambda *of: looked_at.append(of) or verdict(*of))
    assert check(found)
    leaves = (found.boxes + 1) // 2
    assert leaves < len(looked_at) < 2 * leaves


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
