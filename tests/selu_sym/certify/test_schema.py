"""What is no certificate is refused, and costs little."""

import copy
import json
import resource
import subprocess
import sys

import pytest

from selu_sym.certify import Certificate, CertificateError, check
from tests.selu_sym.certify.files import FILES, FOUND


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


LOADED = """
import resource, sys
from selu_sym import certify
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
certificate = certify.Certificate.load(sys.argv[1])
assert certificate.boxes > 400_000
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss")
def test_loading_takes_a_small_multiple_of_the_file(tmp_path):
    """It took 1 GB for half a megabyte, as each box kept the halvings that led to it."""
    data = copy.deepcopy(FILES["undecided"])
    deep = "m." * 3900 + "."
    tree = deep
    for _ in range(6):
        tree = "v" + tree + tree
    data["extrema"][0]["trees"] = [tree]
    data["boxes"] = len(tree)
    path = tmp_path / "deep.json"
    path.write_text(json.dumps(data))
    result = subprocess.run(
        [sys.executable, "-c", LOADED, str(path)], capture_output=True, text=True, check=True
    )
    assert int(result.stdout) < 40 * path.stat().st_size


@pytest.mark.parametrize(
    "number", ["1e309", "1e-400", "0e-99999999", "1e99999999", "1e-99999999999999999999", "true"]
)
def test_a_bound_that_is_no_double_is_refused(number, tmp_path):
    data = copy.deepcopy(FILES["contraction"])
    data["extrema"][0]["bounds"] = [0.25, 0.75]
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(data).replace("0.75", number))
    for function in (check, Certificate.load):
        with pytest.raises(CertificateError, match=r" must .*, got "):
            function(path)
