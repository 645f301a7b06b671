"""Basins are proved where second moments come to 1, and refuted where other code found an edge."""

from fractions import Fraction

import numpy as np
import pytest

import selu_sym
from selu_sym import certify
from selu_sym.certify import BasinCertificate, CertificateError

RELU = certify.basin(selu_sym.shape_for_depth("relu", 48))


def by_sampling(q, moment):
    """Return what one layer makes of a second moment, by a sum over a grid of deviations."""
    z, step = np.linspace(-10, 10, 40001, retstep=True)
    weights = np.exp(-(z**2) / 2) * step / np.sqrt(2 * np.pi)
    return weights @ q(np.sqrt(moment) * z) ** 2


def test_the_shaped_relu():
    assert RELU.status == "proved"
    assert RELU.beyond
    assert 0 < RELU.slope < 1
    q = selu_sym.shape_for_depth("relu", 48)
    for moment in (1e-6, 0.01, 0.5, 2.0, 30.0, 1e6, 1e9):
        after = by_sampling(q, moment)
        assert abs(after - 1) <= RELU.ratio * abs(moment - 1)
    near = float(RELU.near)
    ends = [by_sampling(q, 1 + side * near) for side in (-1, 1)]
    assert ends[1] - ends[0] <= RELU.slope * 2 * near
    assert "proved from 1e-06 to 1e+06 and beyond" in str(RELU)


@pytest.mark.parametrize("name", ["elu", "selu", "tanh", "leaky_relu"])
def test_balanced_activations(name):
    assert certify.basin(selu_sym.balance(name)).status == "proved"


@pytest.mark.parametrize(
    ("name", "edge"), [("gelu", 105.1), ("silu", 7.271), ("mish", 381.5), ("softplus", 3.159)]
)
def test_edges_refute(name, edge):
    """The edges are those of design 8.4, found by other code; below them it is proved."""
    q = selu_sym.balance(name)
    found = certify.basin(q)
    assert found.status == "refuted"
    assert edge * 0.999 < found.witness
    assert by_sampling(q, float(found.witness)) > float(found.witness)


def test_a_range_below_the_edge_is_proved():
    found = certify.basin(selu_sym.balance("silu"), "0.25", 3)
    assert found.status == "proved"
    assert not found.beyond


def test_a_global_basin_of_a_balanced_activation():
    found = certify.basin(selu_sym.balance("gelu", basin="global"))
    assert found.status == "proved"
    assert not found.beyond  # E y^2/q tends to 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["tanh", "leaky_relu", "gelu", "silu", "mish", "softplus", "elu", "selu"]
)
def test_shaped_activations(name):
    found = certify.basin(selu_sym.shape_for_depth(name, 48))
    assert found.status == "proved"
    assert found.beyond
    assert certify.check(found)


def test_what_repels_is_undecided():
    with pytest.warns(UserWarning, match="repels"):
        q = selu_sym.standardize("gelu")
    assert certify.basin(q).status == "undecided"


def test_a_file_comes_back(tmp_path):
    path = tmp_path / "basin.json"
    RELU.save(path)
    assert BasinCertificate.load(path) == RELU
    assert certify.check(path)
    with pytest.raises(CertificateError, match="claim must be one of"):
        certify.Certificate.load(path)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((selu_sym.selu_parameters(),), TypeError, "q must be a TransformedActivation"),
        ((selu_sym.standardize("sin"),), ValueError, "q must be of one of the activations relu"),
        ((selu_sym.balance("relu"), "0.7"), ValueError, "low and high must be below 1/2"),
        ((selu_sym.standardize("relu", [0.0, 0.1]),), ValueError, "q must be a single one"),
    ],
    ids=["selu", "activation", "range", "array"],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        certify.basin(*arguments)


def test_numbers_are_exact():
    assert RELU.numbers[1] == Fraction(selu_sym.shape_for_depth("relu", 48).input_shift)
