"""The paper's theorems, and claims that are false."""

from pathlib import Path

import numpy as np
import pytest

import selu_sym
from selu_sym import certify, jacobian, moment_map, precise, selu_parameters
from selu_sym.certify import check
from tests.selu_sym.certify.theorems import FLOATS, ONE, PAPER, THEOREMS, THREE, TWO, singular_value

NOTEBOOK = (Path(__file__).parents[3] / "notebooks" / "08_theorems.ipynb").read_text("utf-8")


def contains(bounds: tuple[float, float], number: float, digits: float = 1e-6) -> bool:
    """Return whether bounds contain a number, and are no wider than 1e-4."""
    low, high = bounds
    return low - digits <= number <= high + digits and high - low <= 1e-4


@pytest.mark.parametrize("p", [PAPER, FLOATS], ids=["exact", "floats"])
class TestTheoremsOfThePaper:
    def test_1_contraction(self, p):
        found = certify.contraction(p, **ONE)
        assert found.status == "proved"
        published = THEOREMS["theorem_1"]
        assert contains(found.bounds["largest singular value"], published["max_singular_value"])
        assert {k: abs(x) for k, x in found.witness.items()} == pytest.approx(
            {k: abs(x) for k, x in published["at"].items()}
        )
        assert found.boxes < 1000
        assert check(found)

    def test_1_invariance(self, p):
        found = certify.invariance(p, **ONE)
        assert found.status == "proved"
        for kind in ("mean", "variance"):
            for size, number in zip(
                ("smallest", "largest"), THEOREMS["theorem_1"][f"{kind}_range"], strict=True
            ):
                assert contains(found.bounds[f"{size} new {kind}"], number, 6e-6)
        assert check(found)

    def test_2(self, p):
        found = certify.variance_decreases(p, **TWO)
        assert found.status == "proved"
        published = THEOREMS["theorem_2"]
        assert contains(
            found.bounds["largest change of the variance"],
            published["max_of_new_minus_old_variance"],
        )
        assert found.witness == pytest.approx(published["at"])
        assert check(found)

    @pytest.mark.parametrize("part", [0, 1])
    def test_3(self, p, part):
        found = certify.variance_increases(p, **THREE[part])
        assert found.status == "proved"
        number = THEOREMS["theorem_3"][part]["recomputed"]
        assert contains(found.bounds["smallest change of the variance"], number, 1e-8)
        assert check(found)


def test_theorem_1_fails_in_a_wider_box():
    found = certify.contraction(PAPER, **{**ONE, "nu": ("0.5", "1.5"), "tau": ("0.95", "1.25")})
    assert found.status == "refuted"
    assert singular_value(found.witness) > 1
    assert found.bounds["largest singular value"][0] > 1
    assert check(found)


def test_a_fixed_point_that_repels_is_no_contraction():
    p = selu_parameters(-0.1, 2.0, weights="unit-sum")
    near = {"mu": (-0.11, -0.09), "omega": (1, 1), "nu": (1.9, 2.1), "tau": (1, 1)}
    found = certify.contraction(p, **near)
    assert found.status == "refuted"
    assert singular_value(found.witness, p) > 1
    assert check(found)


def test_other_refutations():
    found = certify.invariance(PAPER, **{**ONE, "nu": ("0.9", "1.1")})
    assert found.status == "refuted"
    layer = found.witness
    mean, variance = moment_map(
        layer["mu"], layer["nu"], FLOATS, weights=(layer["omega"], layer["tau"])
    )
    assert not (-0.1 <= mean <= 0.1 and 0.9 <= variance <= 1.1)
    assert check(found)
    grows = certify.variance_decreases(PAPER, **THREE[0])
    assert grows.status == "refuted"
    assert check(grows)
    assert certify.variance_increases(PAPER, **TWO).status == "refuted"


def test_another_fixed_point_contracts():
    p = precise.enclose("-0.1", 2, weights="normalized")
    near = ("-0.05", "0.05")
    found = certify.contraction(
        p, mu=("-0.3", "0.1"), omega=near, nu=("1.6", "2.6"), tau=("0.95", "1.05")
    )
    assert found.status == "proved"
    assert check(found)


def test_no_unit_sum_fixed_point_attracts():
    found = certify.repulsion(mu=("-0.2", 0), nu=(1, "2.5"))
    assert found.status == "proved"
    assert check(found)
    for mean, variance in ((-0.2, 1.0), (0.0, 1.0), (-0.1, 2.0), (0.0, 2.5)):
        p = selu_parameters(mean, variance, weights="unit-sum")
        J = jacobian(mean, variance, p, weights="unit-sum")
        assert np.linalg.det(np.eye(2) - J) <= found.bounds["largest 1 - trace + det"][1]
        assert not selu_sym.stability(p).attracting


def test_no_unit_sum_fixed_point_of_the_set_in_notebook_8_attracts():
    found = certify.repulsion(mu=(-2, 1), nu=("0.5", 10))
    assert found.status == "proved"
    assert r"certify.repulsion(mu=(-2, 1), nu=(\"0.5\", 10))" in NOTEBOOK
