"""The check of basins: its integrals, what it refuses, and forged files."""

import json
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import acb, arb

import selu_sym
from selu_sym import certify
from selu_sym._exact.arb import working_precision
from selu_sym.certify import BasinCertificate, CertificateError, schema
from selu_sym.certify._check.basin import _Layer, shape_of
from tests.activations import FUNCTIONS

TANH = certify.basin(selu_sym.balance("tanh"))
EDGE = certify.basin(selu_sym.balance("softplus"))
NUMBERS = {"elu": [1], "silu": [1], "softplus": [1], "celu": [1], "prelu": ["0.25"]}


@pytest.mark.parametrize("name", sorted(set(schema.BASIN_PARAMETERS) - {"selu", "leaky_relu"}))
def test_activations_are_those_of_mpmath(name):
    with working_precision(80):
        shape = shape_of(name, [arb(value) for value in NUMBERS.get(name, [])])
        for x in (-3.5, -0.25, 0.75, 5.0):
            part = shape.parts[-1 if x > 0 else 0]
            expected = FUNCTIONS[name](mpmath.mpf(x))
            assert float(acb(part(acb(x), False)).real) == pytest.approx(float(expected), rel=1e-14)
            line = float(shape.right if x > 0 else shape.left) * x
            assert abs(float(expected) - line) <= float(shape.rest) + 1e-15


@pytest.mark.parametrize("q", ["0.001", "1", "2000"])
def test_means_contain_the_integrals(q):
    data = schema.parse_any(EDGE.to_json())
    with working_precision(80):
        first, weighted = (_Layer(data).mean(Fraction(q), power) for power in (0, 2))
    s, t, a, b = (mpmath.mpf(x.numerator) / x.denominator for x in data.numbers)
    root = mpmath.sqrt(mpmath.mpf(q))

    def y(z):
        return a * FUNCTIONS["softplus"](s * root * z + t) + b

    places = [-14, -8, -4, -2, -1, -0.3, -0.1, 0, 0.1, 0.3, 1, 2, 4, 8, 14]
    for found, power in ((first, 0), (weighted, 2)):
        expected = mpmath.quad(lambda z, n=power: z**n * y(z) ** 2 * mpmath.npdf(z), places)
        assert float(found) == pytest.approx(float(expected), rel=1e-10)


def test_true_statements():
    assert certify.check(TANH)
    assert certify.check(EDGE)
    assert certify.check(replace(TANH, ratio=0.95, slope=0.9))


def test_the_ratio_may_not_be_smaller_than_the_true_one():
    """Chords and tangents are sharp: the largest ratio is that of a sum over a grid."""
    s, t, a, b = map(float, TANH.numbers)
    z, step = np.linspace(-10, 10, 4001, retstep=True)
    weights = np.exp(-(z**2) / 2) * step / np.sqrt(2 * np.pi)
    sides = (1e-6, 1 - float(TANH.near)), (1 + float(TANH.near), 1e6)
    q = np.concatenate([np.geomspace(*side, 500) for side in sides])
    after = (a * np.tanh(s * np.sqrt(q)[:, None] * z + t) + b) ** 2 @ weights
    largest = float(np.max(np.abs(after - 1) / np.abs(q - 1)))
    assert certify.check(replace(TANH, ratio=largest + 0.01))
    assert not certify.check(replace(TANH, ratio=largest - 1e-4))


@pytest.mark.parametrize(
    "changes",
    [
        {"ratio": 0.3},
        {"ratio": 1.0},
        {"slope": 0.2},
        {"slope": 1.5},
        {"slope": -0.9},
        {"second_moment": Fraction(3, 2)},
        {"weights": (Fraction(2), Fraction(0))},
        {"activation": "mish"},
        {"numbers": (Fraction(1), Fraction(0), Fraction(2), Fraction(0))},
        {"status": "refuted", "witness": Fraction(3)},
        {"status": "refuted", "witness": Fraction(10**9)},
        {"status": "refuted", "witness": Fraction(1)},
    ],
    ids=str,
)
def test_false_statements(changes):
    assert not certify.check(replace(TANH, **changes))


def test_what_escapes_is_not_said_to_stay():
    """With the ReLU, Q(q)/q tends to 1; the softplus leaves from 3.2 on."""
    relu = certify.basin(selu_sym.balance("relu"))
    assert relu.status == "proved"
    assert not certify.check(replace(relu, beyond=True))
    assert not certify.check(replace(EDGE, status="proved", witness=None, ratio=0.97))


def changed(**changes):
    return json.dumps({**json.loads(TANH.to_json()), **changes})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(activation="exp"), "must be of one of the activations"),
        (changed(param=["1"]), "must have the parameters"),
        (changed(activation="silu", param=["-1"]), "must have positive parameters"),
        (changed(param=["1", "1", "1"]), "param"),
        (changed(numbers=["1", "0", "1"]), "numbers"),
        (changed(numbers=["0", "0", "1", "0"]), "positive scale of the input"),
        (changed(numbers=[1.5, "0", "1", "0"]), "numbers.0 must be a string"),
        (changed(weights=["0", "0"]), "tau > 0"),
        (changed(range=["0", "2"]), "range must be positive"),
        (changed(range=["1/2", "1/3"]), "range must be a lower and an upper end"),
        (changed(near="2"), "distance that lies in the range"),
        (changed(slope="0.5"), "slope must be a number"),
        (changed(witness="3"), "witness just where the claim is refuted"),
        (changed(status="true"), "status"),
        (changed(cells=10**9), "cells"),
        (changed(cells=True), "cells"),
        (changed(more=1), "more must not be there"),
        (changed(claim="basins"), "claim must be one of"),
        (changed(near="1/0"), "near must have a denominator that is not zero"),
        (TANH.to_json()[:-1], "must be JSON"),
        ("[" * 600, "brackets"),
    ],
    ids=range(21),
)
def test_hostile_files(text, message, tmp_path):
    path = tmp_path / "basin.json"
    path.write_text(text, encoding="utf-8")
    for read in (certify.check, BasinCertificate.load):
        with pytest.raises(CertificateError, match=message):
            read(path)


def test_a_missing_field():
    data = json.loads(TANH.to_json())
    del data["near"]
    with pytest.raises(CertificateError, match="near must be there"):
        BasinCertificate.from_json(json.dumps(data))
