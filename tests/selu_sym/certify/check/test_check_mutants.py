"""Every leaf of the JSON of every kind of certificate is changed, in every way.

Each mutant must be refused, or each of its statements must still be true. Whether it is, is
decided here by exact values of layers (``test_certify_soundness``), not by the package: the
witness must reach what is stated, and no corner of the box, nor the witness, may exceed it.

``make mutants`` tries all of them and prints the table; ``make test`` a random part.
"""

import copy
import itertools
import json
import os
import random
from collections import Counter
from fractions import Fraction

import pytest

from selu_sym import certify
from selu_sym.certify import CertificateError, check
from tests.selu_sym.certify.layers import Layer, ball, gap
from tests.selu_sym.certify.theorems import ONE, PAPER, THREE, TWO

NEAR = {"mu": ("-0.2", "0.2"), "omega": ("-0.2", "0.2"), "nu": ("0.5", 2), "tau": ("0.5", "1.1")}
EVEN = {**NEAR, "tau": ("0.9", "1.1")}
TALL = {**ONE, "nu": ("0.5", "1.5"), "tau": ("0.95", "1.25")}
NARROW = {**ONE, "nu": ("0.9", "1.1")}
SMALL = {"mu": ("-0.1", 0), "nu": (1, "1.2")}

KINDS = {
    "contraction proved": lambda: certify.contraction(PAPER, **ONE),
    "contraction refuted": lambda: certify.contraction(PAPER, **TALL),
    "contraction undecided": lambda: certify.contraction(PAPER, **NEAR, max_boxes=1),
    "invariance proved": lambda: certify.invariance(PAPER, **ONE),
    "invariance refuted": lambda: certify.invariance(PAPER, **NARROW),
    "invariance undecided": lambda: certify.invariance(PAPER, **EVEN, max_boxes=1),
    "variance_decreases proved": lambda: certify.variance_decreases(PAPER, **TWO),
    "variance_decreases refuted": lambda: certify.variance_decreases(PAPER, **THREE[0]),
    "variance_decreases undecided": lambda: certify.variance_decreases(PAPER, **TWO, max_boxes=1),
    "variance_increases proved": lambda: certify.variance_increases(PAPER, **THREE[0]),
    "variance_increases refuted": lambda: certify.variance_increases(PAPER, **TWO),
    "repulsion proved": lambda: certify.repulsion(**SMALL),
    "repulsion undecided": lambda: certify.repulsion(mu=(-5, 5), nu=("0.001", 100), max_boxes=1),
}


SOME = 60
"""Mutants of each kind that are tried, if not all are."""


def nodes(data, path=()):
    """Yield the path of everything in JSON data, but not the whole."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from nodes(value, (*path, key))


def others(value):
    """Yield what may stand there instead: another type, sign or size."""
    yield from (None, True, [], {}, "", [value], str(value) + " ")
    if isinstance(value, bool) or value is None:
        yield from (0, 1.0, "0")
    elif isinstance(value, int | float):
        yield from (-value, 2 * value, value / 2, value * (1 + 1e-7), value * (1 - 1e-7))
        yield from (value + 1, value - 1, 0, 1e300, 10**400, str(value), int(value))
    elif isinstance(value, str):
        yield from ("proved", "refuted", "undecided", *KINDS, value.upper())
        if value.lstrip("-")[:1].isdigit():
            number = Fraction(value)
            changed = (
                -number,
                2 * number,
                number / 2,
                number + 1,
                number * (1 + Fraction(1, 10**7)),
            )
            yield from map(str, (*changed, number - Fraction(1, 10**9), 0, 10**1000))
            yield float(number)
        elif not value.strip("mv."):
            yield from (value + ".", value[:-1], f"m{value}.", f"v.{value}", value[::-1])
            yield from (value.replace("m", "v"), value.replace("v", "m"), ".")


def mutants(data):
    """Yield (what was done, mutant) for everything in the data."""
    for path in nodes(data):

        def changed(action, path=path):
            mutant = copy.deepcopy(data)
            parent = mutant
            for step in path[:-1]:
                parent = parent[step]
            action(parent, path[-1])
            return mutant

        value = data
        for step in path:
            value = value[step]
        if not isinstance(value, dict | list):
            for other in others(value):
                yield "changed", changed(lambda parent, key, x=other: parent.__setitem__(key, x))
        yield "deleted", changed(lambda parent, key: parent.__delitem__(key))
        yield "added", changed(add)
        for shift in (1, 2):
            yield "swapped", changed(lambda parent, key, n=shift: swap(parent, key, n))
    tied = copy.deepcopy(data)
    tied["boxes"] += 2
    for extremum, other in enumerate(data["extrema"]):
        for piece, tree in enumerate(other["trees"]):
            for i, axis in itertools.product(range(min(len(tree), 12)), "mv."):
                mutant = copy.deepcopy(tied)
                halved = f"{axis}.." if tree[i] == "." else axis
                mutant["extrema"][extremum]["trees"][piece] = tree[:i] + halved + tree[i + 1 :]
                mutant["boxes"] = sum(len(t) for x in mutant["extrema"] for t in x["trees"])
                yield "halved", mutant


def add(parent, key):
    if isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    else:
        parent[f"{key}_"] = parent[key]


def swap(parent, key, shift):
    keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
    other = keys[(keys.index(key) + shift) % len(keys)]
    parent[key], parent[other] = parent[other], parent[key]


LIMITS = {
    "contraction": lambda ranges: [(1, True)],
    "invariance": lambda ranges: [(x, False) for name in ("mu", "nu") for x in ranges[name]],
}


def falsehoods(data) -> list[str]:
    """Return what is wrong with the statements of a well-formed file, by exact values."""
    ranges = {k: [Fraction(x) for x in ends] for k, ends in data["ranges"].items()}
    selus = list(itertools.product(*([Fraction(x) for x in data.get(k, "0")] for k in SELU)))
    limits = LIMITS.get(data["claim"], lambda ranges: [(0, True)])(ranges)
    wrong, words = [], set()
    for (limit, strict), extremum in zip(limits, data["extrema"], strict=True):
        sign = 1 if extremum["name"].startswith("largest") else -1
        ends = [None if x is None else sign * Fraction(x) for x in extremum["bounds"]][::sign]
        wrong += false_bounds(extremum, sign, ends, ranges, selus)
        words.add(decided(*ends, sign * limit, strict))
    if data["status"] != next(w for w in ("refuted", "undecided", "proved") if w in words):
        wrong.append("status")
    if data["boxes"] != sum(len(tree) for x in data["extrema"] for tree in x["trees"]):
        wrong.append("boxes")
    return wrong


SELU = "alpha", "scale"


def decided(reached, upper, limit, strict) -> str:
    if reached is not None and (reached > limit or (strict and reached == limit)):
        return "refuted"
    if upper is not None and (upper < limit or (not strict and upper == limit)):
        return "proved"
    return "undecided"


def false_bounds(extremum, sign, ends, ranges, selus) -> list[str]:
    """Hold the bounds to the witness for every SELU, and to the corners of the box for one."""
    name = extremum["name"]
    wrong = []

    def value(layer, selu):
        if len(layer) == 2:
            return sign * gap(layer["mu"], layer["nu"])
        return sign * Layer(**layer, alpha=selu[0], scale=selu[1]).value(name)

    layers = [dict(zip(ranges, x, strict=True)) for x in set(itertools.product(*ranges.values()))]
    if ends[0] is not None:
        witness = {k: Fraction(x) for k, x in extremum["witness"].items()}
        layers.append(witness)
        if not all(a <= witness[k] <= b for k, (a, b) in ranges.items()):
            wrong.append(f"the witness of the {name} is outside")
        if any(value(witness, selu) < ball(ends[0]) for selu in selus):
            wrong.append(f"the witness does not reach the {name}")
    if ends[1] is not None and any(value(layer, selus[0]) > ball(ends[1]) for layer in layers):
        wrong.append(f"the {name} is larger")
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_mutant_says_what_is_false(kind, tmp_path):
    data = json.loads(KINDS[kind]().to_json())
    assert data["status"] == kind.split()[1]
    assert falsehoods(data) == []
    path = tmp_path / "certificate.json"
    count = Counter()
    known = {json.dumps(data)}
    tried = list(mutants(data))
    if "ALL_MUTANTS" not in os.environ:
        tried = random.Random(kind).sample(tried, SOME)
    for how, mutant in tried:
        text = json.dumps(mutant)
        if text in known:
            continue
        known.add(text)
        path.write_text(text)
        try:
            found = check(path)
        except CertificateError:
            count["refused"] += 1
            continue
        if not found:
            count["found false"] += 1
            continue
        assert falsehoods(mutant) == [], (how, text)
        count["still true"] += 1
    print(f"{kind}: {sum(count.values())} mutants, {dict(count)}, none gets through")
    assert count["refused"] > SOME / 2
